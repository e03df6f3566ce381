"""The theme book: themes that are accepted, differ, and come from the seed alone."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest

from autoscore.model.cues import CuePlan
from autoscore.stages.compose import theme_book
from autoscore.stages.compose.themes import develop
from autoscore.stages.compose.themes.critic import Draft, Taste, displeasure
from autoscore.stages.compose.themes.skeleton import Move, bar_beats, bar_count, edit_distance
from autoscore.tables import mood_names, priors


def _plan(seed: int = 1, mood: str = "heroic", themes: tuple[str, ...] = ("main",)) -> CuePlan:
    return CuePlan(
        film="f", rate=Fraction(24), duration_s=100.0, seed=seed, home_mood=mood, home_key="D mixolydian",
        palette="orchestral", cues=(), themes=themes,
    )  # fmt: skip


@pytest.mark.parametrize("mood", mood_names())
def test_a_theme_fills_eight_bars_and_is_no_scale(mood: str) -> None:
    """Each mood's theme lasts exactly eight bars, has two note values or more, and turns round at least twice."""
    theme = theme_book(_plan(mood=mood))[0]
    assert theme.lead_in_beats + sum(theme.durations_beats, Fraction(0)) == 8 * bar_beats(theme.metre)
    assert len(theme.degrees) == len(theme.durations_beats) == len(theme.held_beats) >= 6
    assert all(0 < held <= room for held, room in zip(theme.held_beats, theme.durations_beats, strict=True))
    assert len(set(theme.durations_beats)) >= 2
    moves = [b - a for a, b in pairwise(theme.degrees) if a != b]
    assert sum(a * b < 0 for a, b in pairwise(moves)) >= 2
    assert 5 <= max(theme.degrees) - min(theme.degrees) <= 24


def test_the_seed_alone_decides_the_theme() -> None:
    """The same seed gives the same theme, other seeds give others."""
    themes = [theme_book(_plan(seed=s))[0] for s in range(1, 7)]
    assert themes[0] == theme_book(_plan(seed=1))[0]
    assert len({t.degrees for t in themes}) == len(themes)


def test_themes_of_one_film_are_far_apart() -> None:
    """Themes of one book differ in their motifs by an edit distance of 0.4 or more."""
    book = theme_book(_plan(themes=("main", "contrast", "place1")))
    assert [t.id for t in book] == ["main", "contrast", "place1"]
    motifs = [[b - a for a, b in pairwise(t.degrees[: t.motif_notes])] for t in book]
    assert all(edit_distance(a, b) >= 0.4 for i, a in enumerate(motifs) for b in motifs[:i])


def _draft(pitches: list[int]) -> Draft:
    count = len(pitches)
    return Draft(
        pitches=tuple(pitches), starts=tuple(Fraction(i) for i in range(count)),
        held=(*[Fraction(1)] * (count - 1), Fraction(2)),
        strengths=tuple(3 if i % 4 == 0 else 2 for i in range(count)), inside=(True,) * count,
        home=(False,) * count, tonic=7, minor=False, metre="4/4", bar_beats=Fraction(4), bars=4,
    )  # fmt: skip


def test_the_critic_prefers_a_tune_to_noise() -> None:
    """A well-formed line displeases less than leaps in every direction."""
    tune = [67, 69, 71, 67, 69, 71, 72, 71, 74, 72, 76, 74, 72, 71, 69, 67]
    noise = [60, 78, 61, 83, 62, 79, 59, 84, 63, 77, 60, 82, 61, 79, 58, 83]
    scores = [displeasure(_draft(p), Taste(), priors()) for p in (tune, noise)]
    assert scores[0] < scores[1] - 1


_IDEA = (
    Move(bar=0, at_beats=Fraction(0), length_beats=Fraction(2), step=0),
    Move(bar=0, at_beats=Fraction(2), length_beats=Fraction(2), step=2),
    Move(bar=1, at_beats=Fraction(0), length_beats=Fraction(4), step=-1),
)


def test_operators_keep_what_they_promise() -> None:
    """Inversion mirrors, sequences shift, augmentation doubles and diminution undoes it."""
    assert [m.step for m in develop.invert(_IDEA)] == [0, -2, 1]
    assert [m.step for m in develop.sequence(_IDEA, 3)] == [3, 5, 2]
    slow = develop.augment(_IDEA, Fraction(4))
    assert bar_count(slow) == 3
    assert develop.diminish(slow, Fraction(4)) == _IDEA


@pytest.mark.parametrize("bars", range(1, 15))
def test_a_theme_is_fitted_into_any_number_of_bars(bars: int) -> None:
    """Contracted or extended, a theme covers the bars it is given and no more."""
    eight = tuple(
        Move(bar=i, at_beats=Fraction(0), length_beats=Fraction(4), step=i) for i in range(8)
    )  # fmt: skip
    fitted = develop.fitted(eight, bars)
    assert bar_count(fitted) == bars
    assert fitted[-1].step == 7
