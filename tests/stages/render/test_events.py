from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from autoscore.adapters.synth import BLOCK
from autoscore.model.audio import RATE_HZ
from autoscore.model.score import Control, Note, Part
from autoscore.model.tempo import CueTempo, TempoSegment
from autoscore.stages.render.clock import Clock
from autoscore.stages.render.events import first_tone, part_events
from autoscore.stages.render.fonts import Choice, Font
from autoscore.stages.render.measure import Voice, expression_value

FONT = Font(name="Any", path=Path("any.sf2"), sha256="0" * 64, licence="", presets=())
TEMPO = Clock(
    CueTempo(
        cue_id="1M1",
        start_s=10.0,
        end_s=40.0,
        base_bpm=60.0,
        bars=(),
        segments=(
            TempoSegment(start_beats=Fraction(0), end_beats=Fraction(30), start_bpm=60.0, end_bpm=60.0, start_s=10.0),
        ),
    )
)


def voice(*, attack_ms: float = 0.0, expression_cc: int = 11, peaks_s: dict[int, float] | None = None) -> Voice:
    return Voice(
        choice=Choice(font=FONT, bank=0, program=0, expression_cc=expression_cc),
        instrument="piano",
        level_lufs=-20.0,
        attack_ms={60: (attack_ms, attack_ms, attack_ms)},
        peaks_s=peaks_s or {},
    )


def note(start: float, length: float, pitch: int = 60, velocity: int = 80, **more: object) -> Note:
    return Note(
        start_beats=Fraction(start).limit_denominator(1000),
        length_beats=Fraction(length).limit_denominator(1000),
        pitch=pitch,
        velocity=velocity,
        **more,  # type: ignore[arg-type]
    )


def part(*notes: Note, controls: tuple[Control, ...] = (), instrument: str = "piano") -> Part:
    return Part(id="p", name="P", instrument=instrument, group="keys", role="melody", notes=notes, controls=controls)


def times(events: list, kind: str) -> list[float]:
    return sorted(event.block * BLOCK / RATE_HZ for event in events if event.kind == kind)


def test_a_note_is_sent_early_by_its_attack() -> None:
    """A preset that needs 120 ms to speak is sent 120 ms before its written time, nudge included."""
    sent = part_events(part(note(2, 1, nudge_ms=5.0)), TEMPO, voice(attack_ms=120.0), 0)
    assert abs(times(sent, "on")[0] - (12.0 + 0.005 - 0.120)) < BLOCK / RATE_HZ


def test_a_swell_is_sent_so_that_its_peak_lands() -> None:
    """A note anchored at its peak starts earlier by the measured time to peak and lasts until after the peak."""
    sent = part_events(part(note(5, 0.25, anchor="peak")), TEMPO, voice(peaks_s={60: 1.375}), 0)
    assert abs(times(sent, "on")[0] - (15.0 - 1.375)) < BLOCK / RATE_HZ
    assert times(sent, "off")[0] >= 15.0


def test_release_moves_the_end_only() -> None:
    """release_ms lengthens a note without moving its start."""
    plain = part_events(part(note(2, 1)), TEMPO, voice(), 0)
    longer = part_events(part(note(2, 1, release_ms=50.0)), TEMPO, voice(), 0)
    assert times(plain, "on") == times(longer, "on")
    assert abs(times(longer, "off")[0] - times(plain, "off")[0] - 0.05) < 2 * BLOCK / RATE_HZ


@given(
    st.lists(
        st.tuples(
            st.integers(0, 200), st.integers(1, 60), st.sampled_from([60, 62, 64]), st.integers(1, 127),
            st.integers(-40, 40),
        ),
        min_size=1,
        max_size=25,
    )
)  # fmt: skip
def test_no_note_off_ends_the_next_note(rows: list[tuple[int, int, int, int, int]]) -> None:
    """On one pitch, messages alternate on, off, on, off: whatever overlaps is untangled, and nothing hangs."""
    notes = [note(a / 10, b / 10, p, v, nudge_ms=float(n)) for a, b, p, v, n in rows]
    sent = sorted(part_events(part(*notes), TEMPO, voice(attack_ms=30.0), 0), key=lambda e: e.order)
    for pitch in (60, 62, 64):
        kinds = [e.kind for e in sent if e.kind in ("on", "off") and e.number == pitch]
        assert kinds == ["on", "off"] * (len(kinds) // 2)


def test_expression_goes_to_the_preset_s_own_controller() -> None:
    """Expression becomes CC2 as it is on expressive presets and its equivalent on CC11 elsewhere."""
    controls = (Control(at_beats=Fraction(1), kind="expression", value=73.0),
                Control(at_beats=Fraction(2), kind="expression", value=96.0))  # fmt: skip
    expressive = part_events(part(note(1, 3), controls=controls), TEMPO, voice(expression_cc=2), 0)
    assert [e.value for e in expressive if e.kind == "control" and e.number == 2] == [96]
    plain = part_events(part(note(1, 3), controls=controls), TEMPO, voice(), 0)
    assert [e.value for e in plain if e.kind == "control" and e.number == 11] == [101]
    assert expression_value(73.0, 11) == 80


def test_an_accent_is_louder_where_velocity_is_not_heard() -> None:
    """On an expressive preset a stronger note raises the controller with which it starts."""
    notes = (note(0, 1, velocity=80), note(1, 1, velocity=110))
    sent = part_events(part(*notes, instrument="trumpet"), TEMPO, voice(expression_cc=2), 0)
    values = [e.value for e in sorted(sent, key=lambda e: e.order) if e.kind == "control" and e.number == 2]
    assert values and values[-1] > 73


def test_bend_keeps_its_range() -> None:
    """Twelve semitones down is the lowest bend value, none is the middle."""
    controls = (Control(at_beats=Fraction(1), kind="bend_semitones", value=-12.0),
                Control(at_beats=Fraction(2), kind="bend_semitones", value=0.0))  # fmt: skip
    sent = sorted(part_events(part(note(1, 3), controls=controls), TEMPO, voice(), 0), key=lambda e: e.order)
    assert [e.value for e in sent if e.kind == "bend"] == [0, 8192]


def test_soft_players_are_darker() -> None:
    """A crescendo opens the brightness of players that swell; a piano's is left to its font."""
    controls = (Control(at_beats=Fraction(0), kind="expression", value=30.0),
                Control(at_beats=Fraction(2), kind="expression", value=96.0))  # fmt: skip
    sent = part_events(part(note(0, 4), controls=controls, instrument="violins1"), TEMPO, voice(), 0)
    assert [e.value for e in sent if e.kind == "tone"] == [0]
    soft = first_tone(part(note(0, 4), controls=controls, instrument="violins1"), TEMPO)
    assert soft < -1000
    assert first_tone(part(note(0, 4), controls=controls), TEMPO) == 0
