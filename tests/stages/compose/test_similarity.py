"""Likeness of tunes: what a theme and its transformations have in common."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from autoscore.model.score import ThemeNote
from autoscore.stages.compose.themes import develop
from autoscore.stages.compose.themes.answers import Occasion, answered, skeleton_tune
from autoscore.stages.compose.themes.similarity import Tune, heard_in, recalled, similarity, tune
from autoscore.stages.compose.themes.skeleton import Move, Skeleton, bars_of
from autoscore.stages.compose.themes.statements import ALIKE, OPERATORS, altered
from autoscore.tables import mood

SCALE = (0, 2, 4, 5, 7, 9, 11)
STEPS = (0, 1, 2, 4, 3, 2, 5, 4)
LENGTHS = (Fraction(3, 2), Fraction(1, 2), Fraction(1), Fraction(1), Fraction(1), Fraction(1), Fraction(1), Fraction(1))


def _skeleton() -> Skeleton:
    moves, at = [], Fraction(0)
    for step, length in zip(STEPS, LENGTHS, strict=True):
        moves.append(Move(bar=int(at // 4), at_beats=at % 4, length_beats=length, step=step))
        at += length
    return tuple(moves)


def _line(pitches: list[int], lengths: tuple[Fraction, ...] = LENGTHS, start: int = 0) -> list[ThemeNote]:
    notes, at = [], Fraction(start)
    for i, pitch in enumerate(pitches):
        length = lengths[i % len(lengths)]
        notes.append(ThemeNote(start_beats=at, length_beats=length, pitch=pitch))
        at += length
    return notes


PITCHES = [60, 62, 64, 67, 65, 64, 69, 67]


def test_a_tune_is_itself_at_any_pitch() -> None:
    """Transposition changes nothing, another tune little resembles it."""
    home = tune(_line(PITCHES))
    assert similarity(home, tune(_line([p + 5 for p in PITCHES]))) == 1.0
    assert similarity(home, tune(_line([60, 72, 59, 71, 61, 73, 58, 74]))) < 0.55


def test_likeness_goes_both_ways() -> None:
    """It does not matter which tune is asked about."""
    left, right = tune(_line(PITCHES)), tune(_line([60, 62, 63, 67, 65, 67, 69, 65, 64]))
    assert similarity(left, right) == similarity(right, left)


@pytest.mark.parametrize("name", sorted(set(OPERATORS) - {"ornament"}))
def test_operators_keep_a_theme_recognisable(name: str) -> None:
    """Each operator leaves a likeness of 0.45 or more, and none but a plain repetition is the same."""
    home = skeleton_tune(_skeleton(), Fraction(4), SCALE)
    made = OPERATORS[name](_skeleton(), Fraction(4))
    assert ALIKE[0] <= similarity(home, skeleton_tune(made, Fraction(4), SCALE)) < 1.0


@pytest.mark.parametrize("seed", range(12))
def test_an_alteration_is_akin_but_another(seed: int) -> None:
    """What a development makes of a motif lies between 0.45 and 0.9."""
    at = Occasion(bars=8, have=8, metre="4/4", statement=0, rise=0.1, scale=SCALE, melody=mood("heroic").melody,
                  chance=lambda *_: random.Random(seed))  # fmt: skip
    home = skeleton_tune(_skeleton(), Fraction(4), SCALE)
    likeness = similarity(home, skeleton_tune(altered(_skeleton(), at), Fraction(4), SCALE))
    assert ALIKE[0] <= likeness <= ALIKE[1]


def test_inversion_and_augmentation_count_less_than_repetition() -> None:
    """Upside down and twice as slow a tune is still known, but not for the same."""
    home = tune(_line(PITCHES))
    upside = tune(_line([120 - p for p in PITCHES]))
    slow = tune(_line(PITCHES, tuple(2 * n for n in LENGTHS)))
    assert 0.6 <= similarity(home, upside) < similarity(home, slow) < 1.0
    assert develop.invert(develop.invert(_skeleton())) == _skeleton()


def test_a_theme_is_found_in_a_longer_line() -> None:
    """A statement inside other music is heard as a whole, and only its notes are counted."""
    noise = random.Random(3)
    before = [noise.randrange(50, 80) for _ in range(16)]
    notes = [*_line(before), *_line([p + 3 for p in PITCHES], start=16)]
    line, theme = tune(notes), tune(_line(PITCHES))
    assert heard_in(theme, line) == 1.0
    found = recalled(line, [theme])
    assert all(found[16:]) and not any(found[:10])


def test_a_shuffled_melody_is_no_theme() -> None:
    """The same notes in another order recall next to nothing."""
    rng = random.Random(5)
    song = PITCHES * 6
    theme = tune(_line(PITCHES))
    assert sum(recalled(tune(_line(song)), [theme])) == len(song)
    rng.shuffle(song)
    assert sum(recalled(tune(_line(song)), [theme])) <= 0.35 * len(song)


def test_next_to_nothing_has_no_likeness() -> None:
    """One interval is not enough to compare."""
    assert similarity(Tune(pairs=((2, 1.0),)), tune(_line(PITCHES))) == 0.0


@pytest.mark.parametrize("seed", range(6))
def test_an_answer_is_not_the_theme_again(seed: int) -> None:
    """Of the notes of an answer between bars of the theme at most half are heard as the theme, where in its place the
    theme itself was; the bars around it stay as they were."""
    home = tuple(m for n in range(4) for m in bars_of(_skeleton(), 0, 2, to_bar=2 * n, shift=n % 2))
    known = skeleton_tune(home, Fraction(4), SCALE)
    at = Occasion(bars=8, have=8, metre="4/4", statement=1, rise=0.1, scale=SCALE, melody=mood("heroic").melody,
                  chance=lambda *_: random.Random(seed), known=(known,))  # fmt: skip
    told = answered(home, at, 4, 7)
    heard = recalled(skeleton_tune(told, Fraction(4), SCALE), (known,))
    fresh = [again for m, again in zip(told, heard, strict=True) if 4 <= m.home < 7 and not m.upbeat]
    assert len(fresh) >= 3 and sum(fresh) <= len(fresh) / 2
    assert [m for m in told if not 4 <= m.home < 7] == [m for m in home if not 4 <= m.home < 7]
