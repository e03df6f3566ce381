"""Voicings: the laws of voice leading, over the real bass."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest

from autoscore.stages.compose.harmony.basspath import bass_path
from autoscore.stages.compose.harmony.graph import graph
from autoscore.stages.compose.harmony.idea import walk
from autoscore.stages.compose.harmony.keys import parse_key
from autoscore.stages.compose.harmony.rows import build
from autoscore.stages.compose.harmony.voicing import Manner, Voicing, limit_above, voice
from autoscore.stages.compose.values import Chord, generator
from autoscore.tables import mood, mood_names

TONAL = [name for name in mood_names() if mood(name).harmony.style != "chromatic"]


def chords_of(romans: tuple[str, ...], key: str = "C major") -> tuple[Chord, ...]:
    return tuple(build(r, parse_key(key), Fraction(4 * i), Fraction(4)) for i, r in enumerate(romans))


def walked(name: str, seed: int, count: int = 24) -> tuple[Chord, ...]:
    """Chords as the mood's graph walks them."""
    key = parse_key(f"C {mood(name).harmony.modes[0]}")
    return chords_of(tuple(walk(graph(mood(name).harmony, key), count, generator(seed, name))), "C major")


def parallels(placed: tuple[Voicing, ...], basses: tuple[int, ...]) -> int:
    """Fifths and octaves that two voices (the bass among them) take to another such, both moving."""
    found = 0
    for (a, low_a), (b, low_b) in pairwise(zip(placed, basses, strict=True)):
        left, right = (low_a, *a), (low_b, *b)
        for i in range(len(left)):
            for j in range(i + 1, len(left)):
                if left[i] != right[i] and left[j] != right[j]:
                    interval = (left[j] - left[i]) % 12
                    found += interval in (0, 7) and (right[j] - right[i]) % 12 == interval
    return found


@pytest.mark.parametrize("voices", [3, 4])
def test_a_plain_progression_is_led_without_a_fault(voices: int) -> None:
    """Over I-IV-V-I-vi-ii-V7-I no voices move in parallel fifths or octaves, and they move two semitones on average."""
    chords = chords_of(("I", "IV", "V", "I", "vi", "ii", "V7", "I"))
    basses = bass_path(chords)
    placed = voice(chords, basses, voices, 48, 74, leading=11, manner=Manner(resolve=True))
    moves = [abs(b - a) for left, right in pairwise(placed) for a, b in zip(left, right, strict=True)]
    assert sum(moves) / len(moves) <= 2.5
    assert parallels(placed, basses) == 0
    for voicing, chord, bass in zip(placed, chords, basses, strict=True):
        assert {p % 12 for p in (*voicing, bass)} >= set(chord.classes[:2])


@pytest.mark.parametrize("name", TONAL)
def test_laws_of_voicing_hold_on_every_moods_harmony(name: str) -> None:
    """On walks of a mood's graph: voices stay in order and range, respect the low-interval limits over the real bass,
    seldom leap over a fifth, and hardly ever move in parallel perfect intervals."""
    faults = leaps = moved = crowded = 0
    for seed in range(3):
        chords = walked(name, seed)
        basses = bass_path(chords)
        placed = voice(chords, basses, 3, 47, 68, leading=11, manner=Manner(resolve=True))
        for voicing, bass in zip(placed, basses, strict=True):
            assert list(voicing) == sorted(set(voicing))
            assert bass < voicing[0] and voicing[-1] <= 68 + 12
            crowded += voicing[0] - bass < limit_above(bass)
            crowded += sum(b - a < limit_above(a) for a, b in pairwise(voicing))
        faults += parallels(placed, basses)
        steps = [abs(b - a) for x, y in pairwise(placed) for a, b in zip(x, y, strict=True)]
        leaps += sum(s > 7 for s in steps)
        moved += len(steps)
    assert crowded == 0
    assert leaps <= 0.05 * moved
    assert faults <= 3 * 24 / 16


def test_common_tones_of_a_chromatic_mediant_stay_in_their_voice() -> None:
    """I to bVI, III, bIII and VI: the tone that both chords share is held by the voice that had it."""
    for other in ("bVI", "III", "bIII", "VI"):
        chords = chords_of(("I", other, "I"))
        placed = voice(chords, bass_path(chords), 3, 48, 70)
        shared = set(chords[0].classes) & set(chords[1].classes)
        assert any(a == b and a % 12 in shared for a, b in zip(placed[0], placed[1], strict=True))


def test_leading_tones_rise_and_sevenths_fall() -> None:
    """In V7-I the leading tone goes up to the tonic (or stays where it is inner and falls no further than it must) and
    the seventh goes down by step, in every upper voice that has them."""
    for key, romans in (
        ("C major", ("I", "V7", "I", "IV", "V7", "vi")),
        ("A minor", ("i", "V7", "i", "iv", "V7", "i")),
    ):
        chords = chords_of(romans, key)
        tonic = parse_key(key).tonic
        placed = voice(chords, bass_path(chords), 4, 48, 72, leading=(tonic + 11) % 12, manner=Manner(resolve=True))
        for (a, b), chord in zip(pairwise(placed), chords, strict=False):
            if not chord.roman.startswith("V7"):
                continue
            for x, y in zip(a, b, strict=True):
                if x % 12 == (tonic + 11) % 12:
                    assert y - x in (0, 1)
                if x % 12 == (tonic + 5) % 12:
                    assert y - x in (-1, -2)


def test_a_bass_line_does_not_leap() -> None:
    """A bass path keeps to its register and never leaps over an octave."""
    for name in mood_names():
        path = bass_path(walked(name, 5))
        assert all(28 <= p <= 50 for p in path)
        assert all(abs(b - a) <= 12 for a, b in pairwise(path))
