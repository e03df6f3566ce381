"""A tune of one's own: never refused, its oddities told, and treated like any other theme."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoscore.model.cues import MOST_OWN_BARS, CuePlan, OwnTheme
from autoscore.model.score import ThemeNote
from autoscore.stages.compose import theme_book
from autoscore.stages.compose.themes.book import FAR_ENOUGH, distance
from autoscore.stages.compose.themes.own import adopt
from autoscore.tables.keys import parse_key

ODE = (64, 64, 65, 67, 67, 65, 64, 62, 60, 60, 62, 64, 64, 62, 62)
ODE_LENGTHS = (1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1.5, 0.5, 2)


def _notes(
    pitches: tuple[int, ...] = ODE, lengths: tuple[float, ...] = ODE_LENGTHS, start: float = 0.0
) -> tuple[ThemeNote, ...]:
    at, notes = Fraction(start), []
    for pitch, length in zip(pitches, lengths, strict=True):
        notes.append(ThemeNote(start_beats=at, length_beats=Fraction(length), pitch=pitch))
        at += Fraction(length)
    return tuple(notes)


def _plan(notes: tuple[ThemeNote, ...], themes: tuple[str, ...] = ("main", "contrast")) -> CuePlan:
    return CuePlan(
        film="f", rate=Fraction(24), duration_s=100.0, seed=1, home_mood="pastoral", home_key="C major",
        palette="orchestral", cues=(), themes=themes,
        own_theme=OwnTheme(title="Mine", metre="4/4", key="C major", notes=notes),
    )  # fmt: skip


def test_a_tune_keeps_its_notes() -> None:
    """The theme has the tune's intervals, rhythm, metre and mode, and nothing is said about a good one."""
    adopted = adopt(_notes(), "4/4", key="C major")
    theme = adopted.theme
    assert [d - theme.degrees[0] for d in theme.degrees] == [p - ODE[0] for p in ODE]
    assert theme.durations_beats[:-1] == tuple(Fraction(n) for n in ODE_LENGTHS[:-1])
    assert (theme.metre, theme.mode, theme.lead_in_beats) == ("4/4", "major", 0)
    assert theme.motif_notes == 8 and theme.cell_notes == 4


def test_an_upbeat_leads_in() -> None:
    """Notes at the end of the first bar are an upbeat: the theme begins on the bar line after them."""
    theme = adopt(_notes((55, 60, 62, 64, 65), (1, 1, 1, 2, 4), start=3.0), "4/4", key="C major").theme
    assert theme.lead_in_beats == -1
    assert theme.lead_in_beats + sum(theme.durations_beats, Fraction(0)) == 8


@given(
    pitches=st.lists(st.integers(36, 96), min_size=1, max_size=90),
    start=st.sampled_from([0.0, 1.0, 3.5, 9.0]),
    metre=st.sampled_from(["4/4", "3/4", "6/8", "5/4", "2/4"]),
)
def test_nobody_is_refused(pitches: list[int], start: float, metre: str) -> None:
    """Whatever the tune, it becomes a theme of whole bars with its own pitches, and remarks are sentences."""
    adopted = adopt(_notes(tuple(pitches), (0.75,) * len(pitches), start), metre, key="C major")
    theme = adopted.theme
    assert len(theme.degrees) == len(theme.durations_beats) == len(theme.held_beats) <= len(pitches)
    numerator, denominator = (int(part) for part in metre.split("/"))
    bars = (theme.lead_in_beats + sum(theme.durations_beats, Fraction(0))) / Fraction(4 * numerator, denominator)
    assert bars.denominator == 1 and 1 <= bars <= MOST_OWN_BARS
    assert all(d > 0 for d in theme.durations_beats)
    assert all(remark.endswith(".") for remark in adopted.remarks)
    assert parse_key(f"C {theme.mode}")


@pytest.mark.parametrize(
    ("pitches", "lengths", "word"),
    [
        ((60, 60, 62), (1, 1, 1), "three|3 notes"),
        ((60, 62, 64, 65, 67), (1, 1, 1, 1, 1), "equally long"),
        ((60, 72, 84, 60, 62), (1, 2, 1, 1, 1), "octave"),
        ((60, 61, 60, 61, 62), (1, 2, 1, 1, 1), "spans 2"),
    ],
)
def test_oddities_are_told(pitches: tuple[int, ...], lengths: tuple[float, ...], word: str) -> None:
    """What the tests of a motif would have against the tune is said in plain words."""
    remarks = " ".join(adopt(_notes(pitches, lengths), "4/4", key="C major").remarks)
    assert any(part in remarks for part in word.split("|"))


def test_chords_give_their_top_line() -> None:
    """Of notes that sound together the highest is the tune, and that is said."""
    low = tuple(ThemeNote(start_beats=n.start_beats, length_beats=n.length_beats, pitch=n.pitch - 12) for n in _notes())
    adopted = adopt((*_notes(), *low), "4/4", key="C major")
    assert len(adopted.theme.degrees) == len(ODE)
    assert any("together" in remark for remark in adopted.remarks)


def test_a_tune_of_ones_own_is_the_main_theme() -> None:
    """It stays in every take; other themes keep their distance from it, and it has a harmony."""
    plan = _plan(_notes())
    first, second = theme_book(plan), theme_book(plan, take=2)
    assert first[0].degrees == second[0].degrees and first[0].id == "main"
    assert len(first[0].romans) == 4
    assert distance(first[0], first[1]) >= FAR_ENOUGH
    assert first[1].degrees != second[1].degrees


def test_a_tune_without_notes_is_an_error() -> None:
    """There is nothing to make a theme of."""
    with pytest.raises(ValueError, match="no notes"):
        adopt((), "4/4", key="C major")
