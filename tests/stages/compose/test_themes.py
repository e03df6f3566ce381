"""The theme book: themes that are accepted, differ, and come from the seed alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest

from autoscore.model.cues import CuePlan
from autoscore.model.tempo import Bar
from autoscore.stages.compose import theme_book
from autoscore.stages.compose.themes import develop, motif, phrase
from autoscore.stages.compose.themes.critic import Draft, Taste, displeasure, judge
from autoscore.stages.compose.themes.metres import into_metre
from autoscore.stages.compose.themes.skeleton import Move, bar_beats, bar_count, edit_distance
from autoscore.tables import mood_names, priors, read


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


def test_seed_identity_and_take_decide_the_theme() -> None:
    """The same words give the same theme; another seed, another film and another take give other ones."""
    plan = _plan()
    others = [theme_book(_plan(seed=s))[0] for s in (2, 3, 4)]
    others += [theme_book(replace(plan, identity="another"))[0], theme_book(plan, take=2)[0]]
    home = theme_book(plan)[0]
    assert home == theme_book(_plan(seed=1))[0]
    assert len({t.degrees for t in (home, *others)}) == len(others) + 1
    assert theme_book(replace(plan, film="g", identity="f"))[0] == theme_book(replace(plan, identity="f"))[0]


@pytest.mark.parametrize("mood", ["heroic", "pastoral", "noir", "romance", "mystery"])
def test_a_theme_can_be_remembered_and_sung(mood: str) -> None:
    """Its range is at most a twelfth, half of its bars share a rhythm, its end is held, a harmony comes with it."""
    theme = theme_book(_plan(mood=mood))[0]
    assert max(theme.degrees) - min(theme.degrees) <= 19
    beats, at, bars = bar_beats(theme.metre), theme.lead_in_beats, {}
    for length in theme.durations_beats:
        bars.setdefault(at // beats, []).append(at % beats)
        at += length
    rhythms = Counter(tuple(v) for bar, v in bars.items() if bar >= 0)
    assert sum(n for n in rhythms.values() if n > 1) >= 0.5 * sum(rhythms.values())
    assert theme.held_beats[-1] >= Fraction(3, 2) * sorted(theme.held_beats)[len(theme.held_beats) // 2]
    assert len(theme.romans) == 8
    assert 2 <= theme.cell_notes <= theme.motif_notes <= 9


def test_a_motif_without_rhythm_or_turn_is_refused() -> None:
    """A scale in equal notes is no motif; a figure with a leap and two note values is one."""
    even = tuple(
        Move(bar=i // 4, at_beats=Fraction(i % 4), length_beats=Fraction(1), step=i) for i in range(8)
    )  # fmt: skip
    scale = (0, 2, 4, 5, 7, 9, 11)
    assert {"durations", "monotone"} <= set(motif.faults(even, scale))
    lengths = (Fraction(3, 2), Fraction(1, 2), Fraction(2), Fraction(4))
    starts = ((0, Fraction(0)), (0, Fraction(3, 2)), (0, Fraction(2)), (1, Fraction(0)))
    figure = tuple(
        Move(bar=b, at_beats=at, length_beats=n, step=s)
        for (b, at), n, s in zip(starts, lengths, (0, 1, 4, 3), strict=True)
    )
    assert motif.faults(figure, scale) == []


def test_every_layout_is_eight_bars_of_known_words() -> None:
    """Each row of phrases.toml has eight words that the phrase builder knows, and begins with the motif."""
    for kind in phrase.KINDS:
        for rows in read("phrases.toml")[kind].values():
            for row in rows:
                words = row.split()
                assert len(words) == phrase.BARS and words[0] == "a"
                assert {w.strip("+-") for w in words} <= set("abnmifclh.")


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


@pytest.mark.parametrize(
    ("name", "worse"),
    [
        ("peak", [67, 76, 71, 67, 69, 71, 76, 71, 74, 72, 76, 74, 72, 71, 69, 67]),
        ("leaps", [67, 73, 71, 65, 71, 77, 72, 71, 74, 68, 76, 74, 72, 71, 69, 67]),
        ("intervals", [67, 67, 67, 67, 69, 69, 69, 69, 74, 74, 76, 74, 74, 74, 67, 67]),
        ("range", [55, 57, 59, 55, 57, 59, 72, 71, 74, 72, 81, 74, 72, 71, 69, 67]),
    ],
)
def test_the_critic_hears_each_fault(name: str, worse: list[int]) -> None:
    """Several peaks, leaps without return, too few steps and too wide a range each displease under their own name."""
    tune = [67, 69, 71, 67, 69, 71, 72, 71, 74, 72, 76, 74, 72, 71, 69, 67]
    good, bad = (judge(_draft(p), Taste(), priors())[name] for p in (tune, worse))
    assert bad > good


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


def test_ostinato_head_and_tail_are_cut_from_the_theme() -> None:
    """The head repeats at one height, the tail is the last bar moved to the front."""
    assert [m.step for m in develop.ostinato(_IDEA, 3)] == [0, 2] * 3
    assert [m.step for m in develop.tail(_IDEA)] == [-1]
    assert bar_count(develop.head(_IDEA)) == 1


@pytest.mark.parametrize(("metre", "lengths"), [("3/4", (2, 1)), ("5/4", (3, 2)), ("2/4", (1, 1))])
def test_a_new_metre_keeps_the_figure(metre: str, lengths: tuple[int, ...]) -> None:
    """In another metre a bar keeps its notes; the longest of them grows or gives way."""
    bar = Bar(number=1, start_beats=Fraction(0), numerator=int(metre[0]), denominator=4)
    moved = into_metre(_IDEA[:2], "4/4", bar)
    assert [m.step for m in moved] == [0, 2]
    assert sum(m.length_beats for m in moved) == bar.length_beats
    assert sorted(m.length_beats for m in moved) == sorted(Fraction(n) for n in lengths)
