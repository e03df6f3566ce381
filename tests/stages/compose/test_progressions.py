"""The harmony of a cue: its numerals, rhythm, returns, keys, pedals and closes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from statistics import mean, median, pstdev

import pytest

from autoscore.stages.compose.form.ending import plan_ending
from autoscore.stages.compose.form.phrases import shape
from autoscore.stages.compose.harmony.cadence import kind_of
from autoscore.stages.compose.harmony.profile import key_fit
from autoscore.stages.compose.harmony.progressions import progress
from autoscore.stages.compose.harmony.roman import parse_roman
from autoscore.stages.compose.harmony.rows import build, moved
from autoscore.stages.compose.setting import read_setting
from autoscore.stages.compose.values import Chord, Phrase, Setting
from autoscore.tables import mood, mood_names

ARCH = (0.25, 0.4, 0.5, 0.45, 0.6, 0.95, 0.5, 0.3)
TONAL = [name for name in mood_names() if mood(name).harmony.style != "chromatic"]


def harmony_of(
    case: Callable, name: str, seconds: float = 100.0, **wishes: object
) -> tuple[Setting, tuple[Phrase, ...], tuple[Chord, ...]]:
    """A cue's setting, phrases and chords."""
    one = case(name, seconds, intensities=ARCH, **wishes)
    setting = read_setting(one.cue, one.tempo)
    phrases = shape(setting)
    return setting, phrases, progress(setting, phrases, plan_ending(setting), one.themes)


def inside(chords: tuple[Chord, ...], phrase: Phrase) -> list[Chord]:
    """The chords that begin in a phrase."""
    return [c for c in chords if phrase.start_beats <= c.start_beats < phrase.end_beats]


@pytest.mark.parametrize("name", mood_names())
def test_numerals_tell_the_truth_in_the_cues_key(name: str, case: Callable) -> None:
    """Wherever a cue has moved to, each chord's numeral, read in the cue's own key, names its tones and its bass."""
    for seed in (1, 2):
        setting, _, chords = harmony_of(case, name, seed=seed)
        for chord in chords:
            numeral = build(chord.roman, setting.key, chord.start_beats, chord.length_beats)
            assert (numeral.classes, numeral.bass) == (chord.classes, chord.bass), chord.roman


@pytest.mark.parametrize(
    ("roman", "steps", "found"),
    [("V7", 3, "bVII7"), ("I/3", 8, "bVI/1"), ("iv", 7, "i"), ("bII", 6, "V"), ("iiø", 3, "ivø"), ("V/7", 8, "bIII/5")],
)
def test_a_numeral_elsewhere_has_a_name_at_home(roman: str, steps: int, found: str) -> None:
    """A chord of another key is called by its name at home."""
    assert moved(roman, steps) == found
    assert {(c + steps) % 12 for c in parse_roman(roman).classes} == set(parse_roman(found).classes)


@pytest.mark.parametrize("name", mood_names())
def test_harmony_is_neither_stuck_nor_random(name: str, case: Callable) -> None:
    """No cycle of four chords more than three times in a row; some four to ten chords in sixteen bars; a phrase's
    chords establish a key (tonal moods)."""
    counts: list[int] = []
    clear: list[float] = []
    for seed in (1, 2):
        setting, phrases, chords = harmony_of(case, name, seed=seed)
        romans = [c.roman for c in chords]
        for i in range(len(romans) - 15):
            four = romans[i : i + 4]
            assert len(set(four)) == 1 or romans[i : i + 16] != four * 4
        for first in range(0, max(1, len(setting.bars) - 15), 4):
            last = setting.bars[min(first + 15, len(setting.bars) - 1)]
            start, end = setting.bars[first].start_beats, last.start_beats + last.length_beats
            counts.append(len({c.classes for c in chords if start <= c.start_beats < end}))
        for phrase in phrases:
            found = inside(chords, phrase)
            if len(found) > 1:
                lengths = [float(c.length_beats) for c in found]
                clear.append(key_fit([c.roman for c in found], setting.key, lengths))
    assert 4 <= median(counts) <= 11
    if name in TONAL:
        assert median(clear) >= 0.75


@pytest.mark.parametrize("name", mood_names())
def test_long_and_short_chords_alternate(name: str, case: Callable) -> None:
    """The lengths of a cue's chords vary by a third of their mean or more; none is too short for an ear."""
    spread = []
    for seed in (1, 2, 3):
        setting, _, chords = harmony_of(case, name, seed=seed)
        lengths = [float(c.length_beats) for c in chords[:-1]]
        spread.append(pstdev(lengths) / mean(lengths))
        for chord in chords[:-1]:
            seconds = setting.tempo.seconds_at(chord.end_beats) - setting.tempo.seconds_at(chord.start_beats)
            assert seconds >= 0.45
    assert median(spread) >= 0.33


def test_what_returns_has_its_harmony_again(case: Callable) -> None:
    """A third statement begins with the same chords at the same distance as the first."""
    compared = 0
    for name in ("heroic", "vlog", "comedy", "triumph"):
        for seed in (1, 2):
            _, phrases, chords = harmony_of(case, name, 150.0, seed=seed)
            same = [p for p in phrases if p.function == "A" and p.statement in (0, 2) and len(p.bars) >= 6]
            if len(same) < 2:
                continue
            heads = [
                [(c.root, c.classes, c.start_beats - p.start_beats) for c in inside(chords, p)][:2] for p in same[:2]
            ]
            assert heads[0][0] == heads[1][0]
            compared += heads[0] == heads[1]
    assert compared >= 2


def test_contrasts_go_elsewhere_and_come_back(case: Callable) -> None:
    """In moods with regions some contrasts stand in a key of their own, and every cue ends in its own key."""
    away = 0
    for name in ("heroic", "wonder", "action", "comedy", "vlog"):
        for seed in (1, 2):
            setting, phrases, chords = harmony_of(case, name, 130.0, seed=seed)
            assert chords[-1].key is None
            for phrase in phrases:
                for chord in inside(chords, phrase):
                    if chord.key is not None:
                        assert phrase.function in ("B", "development")
                        assert chord.key.tonic != setting.key.tonic
                        away += 1
    assert away > 10


def test_the_way_back_stands_on_the_dominant(case: Callable) -> None:
    """A retransition holds the dominant under chords that do not contain it, and ends on it."""
    heard = 0
    for name in ("heroic", "triumph", "romance", "wonder", "melancholic"):
        setting, phrases, _ = harmony_of(case, name, 60.0)
        longest = max(phrases[:-1], key=lambda p: len(p.bars))
        back = replace(longest, function="retransition", cadence="open", intensity=0.5)
        chords = progress(setting, tuple(back if p is longest else p for p in phrases), plan_ending(setting))
        found = inside(chords, back)
        dominant = (setting.key.tonic + 7) % 12
        assert found[-1].root == dominant
        if found[0].pedal:
            heard += 1
            assert {c.bass for c in found} == {dominant}
            assert sum(dominant not in c.classes for c in found) >= 2
    assert heard


def test_the_last_chord_leads_into_the_next_cue(case: Callable) -> None:
    """A cue that goes on into the next one ends on the dominant of the key that follows."""
    one = case("heroic", 40.0, key="C major", out_type="segue")
    for key, pitch_class in (("Eb major", 10), ("A minor", 4)):
        setting = read_setting(replace(one.cue, next_key=key), one.tempo)
        last = progress(setting, shape(setting), plan_ending(setting))[-1]
        assert last.root == pitch_class


def test_full_closes_are_rationed(case: Callable) -> None:
    """Inside a cue a dominant goes home at a phrase's end only in moods that have it so, never twice in a minute."""
    for name in mood_names():
        setting, phrases, chords = harmony_of(case, name, 140.0)
        closes = []
        for phrase in phrases[:-1]:
            last = inside(chords, phrase)[-2:]
            if len(last) == 2 and kind_of(tuple(c.roman for c in last)) == "authentic" and last[-1].key is None:
                closes.append(setting.tempo.seconds_at(phrase.end_beats))
        assert mood(name).harmony.authentic or not closes, name
        assert all(b - a >= 60.0 for a, b in pairwise(closes))


def test_horror_hardly_moves(case: Callable) -> None:
    """Horror has long chords, few of them, a tone held below them for most of the time, and clusters that resolve."""
    shares, clusters = [], 0
    for seed in (1, 2, 3):
        setting, _, chords = harmony_of(case, "horror", 120.0, seed=seed)
        seconds = [setting.tempo.seconds_at(c.end_beats) - setting.tempo.seconds_at(c.start_beats) for c in chords]
        assert median(seconds) >= 3.0
        held: dict[int, float] = {}
        for chord in chords:
            held[chord.bass] = held.get(chord.bass, 0.0) + float(chord.length_beats)
        shares.append(max(held.values()) / sum(held.values()))
        for a, b in pairwise(chords):
            clusters += a.cluster
            assert not (a.cluster and b.cluster)
    assert median(shares) >= 0.5
    assert clusters
