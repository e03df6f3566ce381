"""Faults 8 to 11, 20 and 21: repetition, themes, form, layers, the leading timbre."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction

import pytest

from autoscore.model.score import Theme
from autoscore.stages.compose.check import form, thematic

BAR = [(0, 1, 60), (1, 1, 64), (2, 1, 67), (3, 1, 64)]


def _bars(order: list[int]) -> list[tuple[float, float, int]]:
    """Bar i of the piece is ``BAR`` ``order[i]`` semitones up."""
    return [(4 * i + at, length, pitch + up) for i, up in enumerate(order) for at, length, pitch in BAR]


def test_copied_bars_are_counted_with_all_parts(hear: Callable, play: Callable) -> None:
    """A loop of one bar repeats 15 of 16; another part that changes makes the bars new."""
    loop = play("motion", "piano", _bars([0] * 16))
    moving = play("bass", "cellos", [(4 * i, 4, 40 + i) for i in range(16)])
    assert form.repeated_bars(hear(loop)) == pytest.approx(15 / 16)
    assert form.longest_copy(hear(loop)) == 15.0
    assert form.repeated_bars(hear(loop, moving)) == 0.0
    assert form.longest_copy(hear(loop, moving)) == 0.0


def test_a_copied_phrase_is_a_run(hear: Callable, play: Callable) -> None:
    """A phrase of four bars that comes back note for note is a copy of four bars."""
    order = [0, 2, 4, 5, 7, 9, 11, 12, 0, 2, 4, 5, 14, 16, 17, 19]
    heard = hear(play("motion", "piano", _bars(order)))
    assert form.longest_copy(heard) == 4.0
    assert form.repeated_bars(heard) == 0.25


THEME = Theme(
    id="main", metre="4/4", mode="major", degrees=(0, 7, 5, 4, 2, 9, 7, 4, 5, 0),
    durations_beats=tuple(Fraction(n, 2) for n in (2, 1, 1, 3, 1, 2, 1, 1, 2, 2)), cell_notes=3, motif_notes=6,
    instrument="horn",
)  # fmt: skip


def _sung(degrees: tuple[int, ...], tonic: int, times: int) -> list[tuple[float, float, int]]:
    rows, at = [], 0.0
    for _ in range(times):
        for degree, length in zip(degrees, THEME.durations_beats, strict=True):
            rows.append((at, float(length), tonic + degree))
            at += float(length)
    return rows


def test_a_melody_of_its_theme_and_one_of_nothing(hear: Callable, play: Callable) -> None:
    """The theme in another key is recalled, the same rhythm with other notes is not; no theme, no value."""
    rng = random.Random(1)
    stray = tuple(rng.randrange(-7, 12) for _ in THEME.degrees)
    assert thematic.theme_share(hear(play("melody", "horn", _sung(THEME.degrees, 63, 3)), themes=(THEME,))) == 1.0
    assert thematic.theme_share(hear(play("melody", "horn", _sung(stray, 63, 3)), themes=(THEME,))) < 0.4
    assert thematic.theme_share(hear(play("melody", "horn", _sung(THEME.degrees, 63, 3)))) is None


def _two_halves(play: Callable) -> list:
    """Eight bars of a low piano in C, then eight of high strings and drums in F sharp, twice."""
    low = [(4 * i + b, 1, 48 + (0, 4, 7, 4)[b]) for i in (*range(8), *range(16, 24)) for b in range(4)]
    high = [(4 * i + b / 2, 0.5, 78 + (0, 4, 7, 4)[b % 4]) for i in (*range(8, 16), *range(24, 32)) for b in range(8)]
    return [play("motion", "piano", low), play("harmony", "violins1", high)]


def test_form_is_found_where_it_is(hear: Callable, play: Callable) -> None:
    """Three changes of everything are three turning points, on the sections' starts; one texture has other ones."""
    heard = hear(*_two_halves(play), bars=32, sections=[0, 8, 16, 24])
    assert [abs(a - b) <= 1 for a, b in zip(form.turning_points(heard), (8, 16, 24), strict=True)] == [True] * 3
    assert form.turning_rate(heard) == pytest.approx(32.0)
    assert form.turning_with_form(heard) == 1.0
    assert form.turning_with_form(hear(*_two_halves(play), bars=32, sections=[0, 4, 12, 20])) == 0.0


PLAYERS = ("flute", "oboe", "clarinet", "horn", "violins1", "violas", "cellos", "basses")


def _layers(play: Callable, counts: list[int]) -> list:
    """In bar i the first ``counts[i]`` players play."""
    return [
        play("harmony", who, [(4 * i, 4, 60) for i, count in enumerate(counts) if count > k])
        for k, who in enumerate(PLAYERS)
    ]


def test_layers_that_follow_the_picture(hear: Callable, play: Callable) -> None:
    """Players that grow with intensity follow it and vary; everybody always on does neither and has no thin passage."""
    grown = hear(*_layers(play, [2, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 4, 2]), intensity=(0.1, 0.9, 0.3))
    always = hear(*_layers(play, [8] * 16), intensity=(0.1, 0.9, 0.3))
    assert form.layers_follow(grown) > 0.5
    assert form.layers_vary(grown) > 0.35
    assert form.tutti_share(grown) == pytest.approx(1 / 16)
    assert form.thin_passages(grown) == pytest.approx(2 * 45 / 64)
    assert form.layers_follow(always) == 0.0
    assert form.layers_vary(always) == 0.0
    assert form.tutti_share(always) == 1.0
    assert form.thin_passages(always) == 0.0


def test_density_follows_the_picture(hear: Callable, play: Callable) -> None:
    """Twice as many notes where the picture is loud follow it, as many everywhere do not, fewer contradict it."""
    rising = [(4 * i + k / (1 + i), 1 / (1 + i), 60) for i in range(16) for k in range(4 * (1 + i))]
    even = [(b, 1, 60) for b in range(64)]
    assert form.density_follows(hear(play("motion", "piano", rising), intensity=(0.1, 0.9))) == pytest.approx(1.0)
    assert form.density_follows(hear(play("motion", "piano", rising), intensity=(0.9, 0.1))) == pytest.approx(-1.0)
    assert form.density_follows(hear(play("motion", "piano", even), intensity=(0.1, 0.9))) == 0.0


def test_an_even_picture_asks_for_no_change_of_layers(hear: Callable, play: Callable) -> None:
    """Where the plan is flat, layers are not judged against it."""
    heard = hear(*_layers(play, [4] * 16), intensity=(0.5, 0.5))
    assert form.layers_follow(heard) is None
    assert form.layers_vary(heard) is None


def test_a_lead_that_never_hands_over(hear: Callable, play: Callable) -> None:
    """One flute for 32 bars has led for 32; flute and horn in turn for 8 each."""
    rows = [(b, 1, 72 + b % 5) for b in range(128)]
    alone = hear(play("melody", "flute", rows), bars=32)
    turns = hear(
        play("melody", "flute", [r for r in rows if r[0] // 32 % 2 == 0]),
        play("melody", "oboe", [r for r in rows if r[0] // 32 % 2 == 1]),
        bars=32,
    )
    assert form.lead_held(alone) == 32.0
    assert form.lead_held(turns) == 8.0
