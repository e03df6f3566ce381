"""The bed under speech: thin, but as restless as the scene."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest

from autoscore.stages.compose.check.form import density_follows
from autoscore.stages.compose.check.hearing import listen
from autoscore.stages.compose.form.phrases import shape
from autoscore.stages.compose.lines.murmur import murmured, pace
from autoscore.stages.compose.orchestra.layers import cast_cue
from autoscore.stages.compose.setting import read_setting
from autoscore.stages.compose.values import Line, Tone

ARCH = (0.2, 0.4, 0.55, 0.65, 0.45, 0.2)
TALK = ((0.0, 1.0),)


def _bed(end: Fraction) -> Line:
    tones = tuple(Tone(start_beats=Fraction(0), length_beats=end, pitch=p) for p in (55, 59, 62))
    return Line(role="pad", name="pad", tones=tones, instrument="strings_slow")


@pytest.mark.parametrize("mood", ["documentary", "melancholic", "tense"])
def test_under_speech_attacks_follow_intensity(mood: str, case: Callable) -> None:
    """Where somebody speaks all through, more notes begin where the plan wants more intensity (rank correlation .5)."""
    spoken = case(mood, 80.0, speech=TALK, intensities=ARCH)
    found = density_follows(listen(spoken.cue, spoken.tempo, spoken.score(), spoken.themes))
    assert found is not None and found >= 0.5


def test_a_bed_is_taken_anew_but_stays_the_same_chord(case: Callable) -> None:
    """What is taken anew sounds as long as before, on the same pitches, softer, more often where intensity is high."""
    spoken = case("documentary", 60.0, speech=TALK, intensities=ARCH)
    setting = read_setting(spoken.cue, spoken.tempo)
    phrases = shape(setting)
    casts = cast_cue(setting, phrases, "")
    lines = [_bed(p.length_beats) for p in phrases]
    lines = [
        replace(line, tones=tuple(replace(t, start_beats=p.start_beats) for t in line.tones))
        for line, p in zip(lines, phrases, strict=True)
    ]
    moved = murmured(setting, phrases, casts, lines, setting.end_beats)
    before = [t for line in lines for t in line.tones]
    after = [t for line in moved for t in line.tones]
    assert len(after) > 2 * len(before)
    for pitch in (55, 59, 62):
        lengths = [sum(t.length_beats for t in tones if t.pitch == pitch) for tones in (before, after)]
        assert lengths[0] == lengths[1]
    assert min(t.stress for t in after) < min(t.stress for t in before)
    paces = [pace(setting, bar) for bar in setting.bars]
    levels = list(setting.intensities)
    assert paces[levels.index(max(levels))] > 1.5 * paces[levels.index(min(levels))]


def test_without_speech_nothing_murmurs(case: Callable) -> None:
    """A cue that nobody speaks over keeps its lines as they are."""
    silent = case("documentary", 60.0)
    setting = read_setting(silent.cue, silent.tempo)
    phrases = shape(setting)
    lines = (_bed(setting.end_beats),)
    assert murmured(setting, phrases, cast_cue(setting, phrases, ""), lines, setting.end_beats) == lines
