"""The bass line and the harmony layer: what lies below, what is held over, what is struck."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from statistics import mean

import pytest

from autoscore.stages.compose.form.ending import plan_ending
from autoscore.stages.compose.form.phrases import shape
from autoscore.stages.compose.harmony.progressions import progress
from autoscore.stages.compose.lines.bass import bass
from autoscore.stages.compose.lines.chords import FULL_FROM, Harmony, harmony, heard, voicings
from autoscore.stages.compose.orchestra.layers import Cast, cast_cue
from autoscore.stages.compose.orchestra.players import player
from autoscore.stages.compose.setting import read_setting
from autoscore.stages.compose.values import Chord, Line, Phrase, Setting, chord_at
from autoscore.tables import mood_names

ARCH = (0.25, 0.4, 0.55, 0.45, 0.65, 0.95, 0.5, 0.3)
Written = tuple[Setting, tuple[Phrase, ...], tuple[Cast, ...], tuple[Chord, ...]]


def written(case: Callable, name: str, seed: int = 1, seconds: float = 90.0) -> Written:
    """A cue up to its chords."""
    one = case(name, seconds, seed=seed, intensities=ARCH)
    setting = read_setting(one.cue, one.tempo)
    phrases = shape(setting)
    chords = progress(setting, phrases, plan_ending(setting), one.themes)
    return setting, phrases, cast_cue(setting, phrases, one.themes[0].instrument), chords


def bass_of(cue: Written) -> tuple[Line, ...]:
    setting, phrases, casts, chords = cue
    return bass(setting, phrases, casts, chords, plan_ending(setting).at_beats)


@pytest.mark.parametrize("name", mood_names())
def test_the_bass_has_the_chords_own_bass_where_it_changes(name: str, case: Callable) -> None:
    """When a chord begins the bass has its bass tone; between, others are the exception (less so where it walks); it
    does not leap over an octave."""
    hits, own, far, leaps = [], [], 0, 0
    for seed in (1, 2):
        cue = written(case, name, seed)
        starts = {c.start_beats: c for c in cue[3]}
        for line in bass_of(cue):
            who = player(line.instrument)
            for tone in line.tones:
                assert who.low <= tone.pitch <= who.high
                own.append(tone.pitch % 12 == chord_at(cue[3], tone.start_beats).bass)
                if tone.start_beats in starts:
                    hits.append(tone.pitch % 12 == starts[tone.start_beats].bass)
            for a, b in pairwise(line.tones):
                leaps += 1
                far += abs(b.pitch - a.pitch) > 12
    assert mean(hits) >= 0.98
    assert mean(own) >= (0.35 if name == "noir" else 0.55)
    assert far <= 0.01 * leaps


def test_basses_lead_into_the_next_chord(case: Callable) -> None:
    """Where the bass moves between two chord tones, its last tone before the change lies a step, a fifth or an octave
    from the next one at least three times in four."""
    near = []
    for name in ("heroic", "noir", "romance", "triumph", "action"):
        cue = written(case, name)
        starts = {c.start_beats for c in cue[3]}
        for line in bass_of(cue):
            for a, b in pairwise(line.tones):
                foreign = a.pitch % 12 != chord_at(cue[3], a.start_beats).bass
                if b.start_beats in starts and foreign and a.end_beats == b.start_beats:
                    near.append(abs(b.pitch - a.pitch) in (0, 1, 2, 5, 7, 12))
    assert len(near) >= 5
    assert mean(near) >= 0.75


def late(cue: Written) -> list[tuple[Harmony, Harmony]]:
    """Pairs of a chord and the one whose voice is late after it."""
    setting, phrases, _, chords = cue
    found = [
        h for inside in heard(setting, phrases, chords, voicings(setting, chords), setting.end_beats) for h in inside
    ]
    return [(a, b) for a, b in pairwise(found) if b.late_voice >= 0]


@pytest.mark.parametrize("name", ["romance", "melancholic", "triumph", "heroic", "tense"])
def test_suspensions_are_prepared_held_and_resolved(name: str, case: Callable) -> None:
    """A late voice had its tone in the chord before, holds it into the new chord, falls by step, and nobody above the
    bass has the tone of resolution yet."""
    for seed in (1, 2):
        for before, now in late(written(case, name, seed)):
            pitch = now.voicing[now.late_voice]
            assert before.voicing[now.late_voice] == now.held_pitch
            assert before.end == now.start
            assert 1 <= now.held_pitch - pitch <= 2
            assert sum(p % 12 == pitch % 12 for p in now.voicing) == 1
            assert 0 < now.late_beats < now.end - now.start


def test_tender_moods_have_a_suspension_every_few_bars(case: Callable) -> None:
    """Melancholic and romance have about one in two to five bars, action hardly any."""

    def share(name: str) -> float:
        cues = [written(case, name, seed) for seed in (1, 2, 3)]
        return sum(len(late(cue)) for cue in cues) / sum(len(cue[0].bars) for cue in cues)

    for name in ("melancholic", "romance"):
        assert 0.2 <= share(name) <= 0.6
    assert share("action") <= 0.12


@pytest.mark.parametrize("name", mood_names())
def test_harmony_sounds_within_its_players_and_its_chords(name: str, case: Callable) -> None:
    """Tones of the harmony layers are chord tones (or late ones), in range, three voices below high intensity."""
    cue = written(case, name)
    setting, phrases, casts, chords = cue
    placed = voicings(setting, chords)
    for chord, voicing in zip(chords, placed, strict=True):
        assert len(voicing) == (4 if setting.intensity(chord.start_beats) >= FULL_FROM else 3)
        assert {p % 12 for p in voicing} <= set(chord.classes)
    foreign = total = 0
    for line in harmony(setting, phrases, casts, chords, placed, plan_ending(setting).at_beats):
        who = player(line.instrument)
        for tone in line.tones:
            assert who.low <= tone.pitch <= who.high
            assert tone.length_beats > 0
            total += 1
            foreign += tone.pitch % 12 not in chord_at(chords, tone.start_beats).classes
    assert foreign <= 0.1 * total
