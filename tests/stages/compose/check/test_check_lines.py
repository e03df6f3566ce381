"""Faults 18, 19 and 22 to 24: melody, parts, hits, tempo, the end."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest

from autoscore.model.tempo import TempoSegment
from autoscore.stages.compose.check import melody, pace, parts


def _line(pitches: list[int], length: float = 1.0, every: float = 1.0) -> list[tuple[float, float, int]]:
    return [(every * i, length, pitch) for i, pitch in enumerate(pitches)]


def test_a_melody_that_rests(hear: Callable, play: Callable) -> None:
    """Notes of half a beat on every beat rest half of the time; a gap of two bars is not a rest of the melody."""
    assert melody.rest_share(hear(play("melody", "flute", _line([72] * 32)))) == 0.0
    gaps = _line([72] * 32, 0.5)
    assert melody.rest_share(hear(play("melody", "flute", gaps))) == pytest.approx(0.5)
    away = [*_line([72] * 16), *[(24 + i, 1, 72) for i in range(16)]]
    assert melody.rest_share(hear(play("melody", "flute", away))) == 0.0


def test_winds_must_breathe(hear: Callable, play: Callable) -> None:
    """A flute without a rest for 30 s runs out of breath, one that rests every 8 beats not; strings need no air."""
    long = _line([72] * 30)
    breathing = [row for row in long if row[0] % 8 != 7]
    assert melody.longest_breath(hear(play("melody", "flute", long))) == pytest.approx(30.0)
    assert melody.longest_breath(hear(play("melody", "flute", breathing))) == pytest.approx(7.0)
    assert melody.longest_breath(hear(play("melody", "violins1", long))) is None
    held = play("pad", "horn", [(0, 40, 60)])
    assert melody.longest_hold(hear(held)) == pytest.approx(40.0)
    assert melody.longest_breath(hear(held)) is None


def test_phrases_end_on_a_long_note(hear: Callable, play: Callable) -> None:
    """Three short notes and a long one end well, four short ones do not."""
    well = [(8 * i + at, length, 72) for i in range(8) for at, length in ((0, 1), (1, 1), (2, 1), (3, 3))]
    ill = [(8 * i + at, 1, 72) for i in range(8) for at in range(4)]
    assert melody.phrase_ends(hear(play("melody", "flute", well))) == 1.0
    assert melody.phrase_ends(hear(play("melody", "flute", ill))) == 0.0


def test_turns_and_wide_leaps(hear: Callable, play: Callable) -> None:
    """A zigzag turns every time, a scale never; sevenths are wide, octaves and thirds are not."""
    zigzag, scale = [60, 64] * 16, list(range(60, 92))
    assert melody.turns(hear(play("melody", "piano", _line(zigzag)))) == 1.0
    assert melody.turns(hear(play("melody", "piano", _line(scale)))) == 0.0
    assert melody.wide_leaps(hear(play("melody", "piano", _line([60, 71] * 16)))) == 1.0
    assert melody.wide_leaps(hear(play("melody", "piano", _line([60, 72] * 16)))) == 0.0
    assert melody.wide_leaps(hear(play("melody", "piano", _line(zigzag)))) == 0.0


def test_one_summit_or_many(hear: Callable, play: Callable) -> None:
    """The highest pitch is counted as often as it is reached; repeated at once it counts once."""
    rows = _line([60, 62, 64, 72, 72, 64, 62, 60, 62, 64, 65, 64, 62, 60])
    assert melody.summits(hear(play("melody", "piano", rows))) == 1.0
    assert melody.summits(hear(play("melody", "piano", _line([60, 72] * 8)))) == 8.0


def test_notes_that_nobody_has(hear: Callable, play: Callable) -> None:
    """Below a flute's compass notes are counted; in its weak low octave they are strained."""
    assert parts.out_of_range(hear(play("melody", "flute", _line([50, 72, 59, 72])))) == 2.0
    assert parts.out_of_range(hear(play("melody", "flute", _line([61, 72, 62, 72])))) == 0.0
    assert parts.strained(hear(play("melody", "flute", _line([61, 72, 62, 72])))) == pytest.approx(0.5)


def test_chords_on_a_flute(hear: Callable, play: Callable) -> None:
    """Overlapping notes are counted on an instrument of one voice, not on a piano."""
    rows = [(0, 4, 72), (1, 1, 76), (6, 1, 72)]
    assert parts.chords_on_solo(hear(play("melody", "flute", rows))) == 1.0
    assert parts.chords_on_solo(hear(play("melody", "piano", rows))) == 0.0


def test_faster_than_players_can(hear: Callable, play: Callable) -> None:
    """Twelve notes a second are too many for a trombone, six are not; violins may."""
    quick = [(i / 12, 1 / 12, 55) for i in range(36)]
    assert parts.too_fast(hear(play("motion", "trombone", quick))) > 10
    assert parts.too_fast(hear(play("motion", "trombone", [(i / 6, 1 / 6, 55) for i in range(36)]))) == 0.0
    assert parts.too_fast(hear(play("motion", "violins1", quick))) == 0.0


def test_hits_missed_and_crowded(hear: Callable, play: Callable, tone: Callable) -> None:
    """A stroke on the picture meets it, one 100 ms late does not; a loud note just before crowds it."""
    stab, late = (play("hit", "horn", [tone(8, 1, 60, 115, ms)]) for ms in (0.0, 100.0))
    before = play("motion", "piano", [tone(7.875, 0.125, 60)])
    hits = [(8, stab.id, 0.0)]
    assert parts.missed_hits(hear(stab, hits=hits)) == 0.0
    assert parts.missed_hits(hear(late, hits=hits)) == 1.0
    assert parts.crowded_hits(hear(stab, hits=hits)) == 0.0
    assert parts.crowded_hits(hear(stab, before, hits=hits)) == 1.0
    assert parts.missed_hits(hear(stab)) is None


def test_nothing_hangs_over_the_end(hear: Callable, play: Callable, tone: Callable) -> None:
    """A note held to the last beat is in time, one let go 200 ms later is not."""
    assert parts.past_the_end(hear(play("pad", "strings", [tone(60, 4, 60)]))) == 0.0
    assert parts.past_the_end(hear(play("pad", "strings", [tone(60, 4, 60, 80, 0.0, 200.0)]))) == 1.0


def _pace(*bpms: float, label: str = "") -> tuple[TempoSegment, ...]:
    found, start_s = [], 0.0
    for i, bpm in enumerate(bpms):
        found.append(
            TempoSegment(
                start_beats=Fraction(16 * i), end_beats=Fraction(16 * (i + 1)), start_bpm=bpm, end_bpm=bpm,
                start_s=start_s, label=label,
            )
        )  # fmt: skip
        start_s += 960 / bpm
    return tuple(found)


def test_a_tempo_that_jumps(hear: Callable, play: Callable) -> None:
    """From 60 to 66 in one step is far more than allowed, 60 to 60.3 is not; a written change is free."""
    pad = play("pad", "strings", [(0, 4, 60)])
    jump = hear(pad, segments=_pace(60, 66, 60, 60))
    assert pace.tempo_step(jump) > 2
    assert pace.tempo_deviation(jump) > 1
    assert pace.tempo_step(hear(pad, segments=_pace(60, 60.3, 60, 60))) < 1
    assert pace.tempo_deviation(hear(pad, segments=_pace(60, 60.3, 60, 60))) < 1
    assert pace.tempo_step(hear(pad, segments=_pace(60, 66, 60, 60, label="rit"))) is None


def test_bars_of_another_metre(hear: Callable, play: Callable) -> None:
    """Two bars of 3/4 among sixteen of 4/4 are one in eight."""
    pad = play("pad", "strings", [(0, 4, 60)])
    assert pace.irregular_bars(hear(pad)) == 0.0
    assert pace.irregular_bars(hear(pad, metres={3: "3/4", 9: "3/4"})) == 1.0
