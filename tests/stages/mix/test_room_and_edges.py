"""The room, the track on disk, curves, and the edges of a cue."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from autoscore.model.cues import Cue, CueHit, ThemeUse
from autoscore.stages.mix.curves import drawn
from autoscore.stages.mix.music import edge_gain
from autoscore.stages.mix.reverb import Room, responses_of, room
from autoscore.stages.mix.scratch import Scratch

RATE_HZ = 48_000


def noise(seconds: float, seed: int = 1, level: float = 0.1) -> np.ndarray:
    random = np.random.default_rng(seed)
    return (random.standard_normal((round(seconds * RATE_HZ), 2)) * level).astype(np.float32)


@pytest.mark.parametrize("rt60_s", [0.5, 2.0])
def test_the_room_has_its_reverberation_time(rt60_s: float) -> None:
    """Schroeder's backward integral of the impulse response falls 30 dB in half of RT60 (within 20 %)."""
    tail = room(rt60_s).astype(np.float64).T
    decay = np.cumsum((tail**2).sum(axis=1)[::-1])[::-1]
    decay_db = 10 * np.log10(decay / decay[0])
    five, thirty_five = np.argmax(decay_db < -5), np.argmax(decay_db < -35)
    assert (thirty_five - five) / RATE_HZ * 2 == pytest.approx(rt60_s, rel=0.2)
    assert abs(np.corrcoef(tail.T)[0, 1]) < 0.4


def test_the_room_answers_each_side_and_the_other() -> None:
    """Block by block, the room gives what plain convolution of both sides, each with a share of the other, gives."""
    tail, sound = room(0.4), noise(0.8)
    fed = 0.8 * sound + 0.2 * sound[:, ::-1]
    wanted = np.stack([np.convolve(fed[:, side], tail[side])[: len(sound)] for side in (0, 1)])
    size = 48_000
    stream = Room(responses_of(tail, size), tail.shape[1], size)
    sides = np.stack([0.5 * (sound[:, 0] + sound[:, 1]), 0.5 * (sound[:, 0] - sound[:, 1])]).astype(np.float32)
    pieces = [stream.push(sides[:, start : start + 7_000]) for start in range(0, len(sound), 7_000)]
    middle, side = np.concatenate(pieces, axis=1)
    assert np.abs(np.stack([middle + side, middle - side]) - wanted).max() < 1e-4


def test_a_room_rings_on_in_silence() -> None:
    """Blocks of silence, even ones shorter and longer than the room, get the rest of its answer and then nothing."""
    tail, size = room(0.3), 60_000
    click = np.zeros((2, 30_000), dtype=np.float32)
    click[0, 0] = 1.0
    whole = Room(responses_of(tail, size), tail.shape[1], size).push(click)
    stream = Room(responses_of(tail, size), tail.shape[1], size)
    quiet = [np.zeros((2, count), dtype=np.float32) for count in (5_000, 10, 24_000)]
    pieces = np.concatenate([stream.push(click[:, :990]), *(stream.push(piece) for piece in quiet)], axis=1)
    assert np.abs(pieces - whole).max() < 1e-6
    assert not stream.push(quiet[0]).any()


def test_scratch_adds_and_leaves_nothing(tmp_path: Path) -> None:
    """Overlapping additions sum, what lies outside is dropped, channels stay apart, and the file goes away."""
    with Scratch(tmp_path / "x.part", 100) as track:
        track.add(-10, np.ones((2, 30), np.float32))
        track.add(10, np.stack([np.ones(200), np.full(200, 3.0)]).astype(np.float32))
        found = track.read(0, 1000)
        assert found.shape == (2, 100)
        assert found[:, :10].min() == 1.0
        assert found[0, 10:20].min() == 2.0
        assert found[0, 20:].max() == 1.0
        assert found[1, 20:].min() == 3.0
        track.extend(200_000)
        long = noise(4.0).T[:, :170_000]
        track.write(50, long)
        assert np.array_equal(track.read(60, 169_000), long[:, 10:169_010])
        assert np.array_equal(track.read(0, 50), found[:, :50])
    assert list(tmp_path.iterdir()) == []


def test_a_curve_is_drawn_through_its_points() -> None:
    """Values lie on the straight lines between points, from any sample on."""
    points = np.array([0.0, 1.0, 0.5, 0.5])
    wanted = np.interp(np.arange(7, 27) / 10.0, np.arange(4), points)
    assert drawn(points, 10, 7, 20) == pytest.approx(wanted, abs=1e-6)


def cue(**more: object) -> Cue:
    given_: dict[str, object] = {
        "start_s": 10.0, "end_s": 40.0, "id": "1M1", "title": "", "in_type": "hard", "out_type": "ring",
        "mood": "tense", "valence": 0.0, "arousal": 0.5, "key": "D minor", "tempo_bpm": 90.0, "metre": "4/4",
        "palette": "", "theme": ThemeUse(), "dynamics": (),
    }  # fmt: skip
    return Cue(**{**given_, **more})  # type: ignore[arg-type]


def test_a_sneak_begins_at_nothing_and_a_fade_ends_there() -> None:
    """The first 200 ms of a sneak are 12 dB down and more; a fade is silent at the cue's end; a hard cue is neither."""
    times = np.linspace(10.0, 40.0, 3001)
    sneak = edge_gain(times, cue(in_type="sneak", out_type="fade"), 100.0)
    assert sneak[:21].max() < 10 ** (-12 / 20)
    assert sneak[-1] == 0.0
    assert np.all(np.diff(sneak[:200]) >= 0)
    assert edge_gain(times, cue(), 100.0).min() == 1.0


def test_hard_hits_are_neither_sneaked_in_nor_faded() -> None:
    """A sneak is over before the first hard hit and a fade begins after the last one; both still happen."""
    one = cue(in_type="sneak", out_type="fade")
    times = np.arange(one.start_s, one.end_s, 0.01)
    hits = tuple(
        CueHit(id=f"h{t}", frame=0, time_s=t, klass="hard", weight=0.8) for t in (one.start_s + 1.0, one.end_s - 1.0)
    )
    gain = edge_gain(times, replace(one, hits=hits), 100.0)
    assert gain[0] < 0.05
    assert gain[-1] < 0.05
    for hit in hits:
        assert gain[np.abs(times - hit.time_s) < 0.15].min() > 0.99
    late = CueHit(id="h", frame=0, time_s=one.end_s - 0.3, klass="hard", weight=0.8)
    ringing = edge_gain(late.time_s + np.array([0.2, 0.6, 2.0]), replace(one, hits=(late,)), 100.0)
    assert ringing[0] > 0.99
    assert 0.1 < ringing[1] < 1.0
    assert ringing[2] == 0.0
    on_start = CueHit(id="h", frame=0, time_s=one.start_s, klass="hard", weight=0.8)
    assert edge_gain(times, replace(one, hits=(on_start,)), 100.0)[0] == 1.0


def test_music_is_silent_where_the_film_ends() -> None:
    """Whatever a cue does, at the film's end its gain is zero."""
    assert edge_gain(np.array([29.9, 30.0]), cue(), 30.0)[-1] == 0.0
