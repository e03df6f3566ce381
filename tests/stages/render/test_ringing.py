from __future__ import annotations

from math import inf

from autoscore.adapters.synth import BLOCK
from autoscore.model.audio import RATE_HZ
from autoscore.stages.render.ringing import Ringing

RELEASE_S = 1.6


class FakeSynth:
    """Every note has voices that take RELEASE_S to die away; remembers what was cut."""

    def __init__(self) -> None:
        self.ended: list[int] = []

    def releases_s(self, note: int) -> set[float]:
        return {RELEASE_S}

    def cut(self, note: int, release_s: float) -> None:
        self.ended.append(note)


def test_a_note_ends_when_it_has_fallen_far_enough() -> None:
    """Let go at block 100 with a release of 1.6 s (96 dB), a note is cut 1.0 s later at -60 dB, and not before."""
    synth = FakeSynth()
    ringing = Ringing(synth, 60.0, 60.0)  # type: ignore[arg-type]
    ringing.on(0, 0, 60, 7)
    assert ringing.next_block == inf
    ringing.off(100, 0, 60)
    due = ringing.next_block
    assert 0 <= due - (100 + RATE_HZ / BLOCK) < 16
    ringing.cut_due(int(due) - 1)
    assert synth.ended == []
    ringing.cut_due(int(due))
    assert synth.ended == [7]
    assert ringing.next_block == inf


def test_the_pedal_holds_a_note() -> None:
    """A note let go under the pedal is counted from the moment the pedal comes up."""
    synth = FakeSynth()
    ringing = Ringing(synth, 60.0, 60.0)  # type: ignore[arg-type]
    ringing.pedal(0, 3, 127)
    ringing.on(0, 3, 60, 1)
    ringing.off(100, 3, 60)
    assert ringing.next_block == inf
    ringing.pedal(5_000, 3, 0)
    assert ringing.next_block >= 5_000 + RATE_HZ / BLOCK


def test_a_pedal_holds_its_own_channel_only() -> None:
    """The pedal of one channel is none of another's business."""
    ringing = Ringing(FakeSynth(), 60.0, 60.0)  # type: ignore[arg-type]
    ringing.pedal(0, 3, 127)
    ringing.on(0, 4, 60, 1)
    ringing.off(100, 4, 60)
    assert ringing.next_block < 1_000


def test_a_note_under_others_ends_sooner() -> None:
    """While another note of its channel is held, a note is cut at -42 dB; alone, or beside another channel, at -60."""
    synth = FakeSynth()
    ringing = Ringing(synth, 60.0, 42.0)  # type: ignore[arg-type]
    for channel, pitch, note in ((0, 60, 1), (0, 64, 2), (1, 60, 3)):
        ringing.on(0, channel, pitch, note)
    ringing.off(0, 0, 60)
    ringing.off(0, 1, 60)
    ringing.cut_due(round(0.8 * RATE_HZ / BLOCK))
    assert synth.ended == [1]
    ringing.cut_due(round(1.1 * RATE_HZ / BLOCK))
    assert synth.ended == [1, 3]


def test_notes_let_go_together_do_not_cover_each_other() -> None:
    """Of a chord let go at once no note ends before -60 dB; one let go after another's middle covers that one."""
    synth = FakeSynth()
    ringing = Ringing(synth, 60.0, 42.0)  # type: ignore[arg-type]
    for pitch in (60, 64, 67):
        ringing.on(0, 0, pitch, pitch)
    ringing.off(0, 0, 60)
    ringing.off(0, 0, 64)
    ringing.off(round(0.2 * RATE_HZ / BLOCK), 0, 67)
    ringing.cut_due(round(0.95 * RATE_HZ / BLOCK))
    assert synth.ended == []
    other = FakeSynth()
    ringing = Ringing(other, 60.0, 42.0)  # type: ignore[arg-type]
    ringing.on(0, 0, 60, 60)
    ringing.on(0, 0, 67, 67)
    ringing.off(0, 0, 60)
    ringing.off(round(0.5 * RATE_HZ / BLOCK), 0, 67)
    ringing.cut_due(round(0.8 * RATE_HZ / BLOCK))
    assert other.ended == [60]
