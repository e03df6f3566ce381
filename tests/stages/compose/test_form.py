"""Form: what each phrase of a cue is for, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoscore.stages.compose.form.ending import BUTTON_S, RING_S, plan_ending
from autoscore.stages.compose.form.functions import Stretch, assign
from autoscore.stages.compose.form.phrases import PHRASE_BARS, label, shape
from autoscore.stages.compose.setting import read_setting


def _named(*rows: tuple[int, float], peaks: bool = False) -> list[str]:
    return assign([Stretch(bars=b, level=x) for b, x in rows], introduced=True, closes=True, peaks=peaks)


def test_the_climax_goes_where_the_picture_has_it() -> None:
    """The most intense phrase is the climax; the way up states, restates, contrasts and develops."""
    names = _named((4, 0.2), (8, 0.3), (8, 0.4), (8, 0.5), (8, 0.6), (8, 0.95), (8, 0.5), (4, 0.2))
    assert names == ["intro", "A", "A", "B", "development", "climax", "dissolve", "coda"]


def test_nothing_peaks_that_was_not_heard() -> None:
    """In a short cue whose climax follows its opening, the opening states the theme."""
    assert _named((6, 0.3), (8, 0.9), (8, 0.5), (4, 0.2), peaks=True)[:2] == ["A", "climax"]


def test_few_bars_lead_over() -> None:
    """Phrases of three bars between others are links: up they lead back, down they dissolve."""
    names = _named((4, 0.2), (8, 0.3), (3, 0.4), (8, 0.5), (8, 0.95), (8, 0.7), (8, 0.6), (3, 0.5), (4, 0.2))
    assert names[2] == "retransition" and names[7] == "dissolve"


def test_after_the_climax_nothing_is_built() -> None:
    """What follows a climax remembers: no development comes after it."""
    names = _named((4, 0.2), (8, 0.3), (8, 0.5), (8, 0.95), (8, 0.7), (8, 0.6), (8, 0.5), (8, 0.4), (4, 0.2))
    after = names[names.index("climax") + 1 :]
    assert "development" not in after and "reprise" in after


@given(
    rows=st.lists(st.tuples(st.integers(2, 12), st.floats(0, 1)), min_size=1, max_size=14),
    introduced=st.booleans(),
    closes=st.booleans(),
    peaks=st.booleans(),
)
def test_every_phrase_has_one_function(
    rows: list[tuple[int, float]], introduced: bool, closes: bool, peaks: bool
) -> None:
    """Whatever the picture does, each phrase has a function, at most one is the climax, and A comes before B."""
    stretches = [Stretch(bars=b, level=x) for b, x in rows]
    names = assign(stretches, introduced=introduced, closes=closes, peaks=peaks)
    assert len(names) == len(rows) and all(names)
    assert names.count("climax") <= 1
    assert "B" not in names or "A" in names[: names.index("B")] or "climax" in names[: names.index("B")]


@pytest.mark.parametrize("seconds", [6.0, 20.0, 52.0, 90.0, 180.0])
@pytest.mark.parametrize("mood", ["heroic", "melancholic"])
def test_phrases_cover_the_cue(case: Callable, mood: str, seconds: float) -> None:
    """Phrases follow each other without a gap, none is longer than two ordinary ones, and sections begin phrases."""
    one = case(mood, seconds, sections=(0.5,))
    setting = read_setting(one.cue, one.tempo)
    phrases = shape(setting)
    assert phrases[0].start_beats == 0 and phrases[-1].end_beats == setting.end_beats
    assert all(a.end_beats == b.start_beats for a, b in pairwise(phrases))
    assert all(len(p.bars) <= 2 * PHRASE_BARS for p in phrases)
    assert label(phrases[0]) in ("intro", "A")


def test_a_cue_with_time_for_it_has_a_form(case: Callable) -> None:
    """Two minutes with one peak: introduction, statement, return, contrast, a climax at the peak, a short coda."""
    one = case("heroic", 120.0, intensities=(0.15, 0.3, 0.4, 0.5, 0.6, 0.95, 0.4, 0.2))
    setting = read_setting(one.cue, one.tempo)
    phrases = shape(setting)
    names = [label(p) for p in phrases]
    assert names[0] == "intro" and names[-1] == "coda" and {"A", "A'", "B", "climax"} <= set(names)
    climax = phrases[names.index("climax")]
    assert climax.intensity == max(p.intensity for p in phrases)
    assert len(phrases[-1].bars) <= 6


@pytest.mark.parametrize(("out_type", "room_s"), [("button", BUTTON_S), ("ring", RING_S), ("fade", 3.0), ("stop", 1.0)])
def test_endings_leave_room(case: Callable, out_type: str, room_s: float) -> None:
    """The last attack leaves each ending its time, and lines stop there."""
    one = case("pastoral", 60.0, out_type=out_type)
    setting = read_setting(one.cue, one.tempo)
    ending = plan_ending(setting)
    assert ending.kind == out_type and ending.stop_beats == ending.at_beats < ending.until_beats
    assert one.tempo.seconds_at(ending.at_beats) <= one.cue.end_s - room_s + 1e-6


@pytest.mark.parametrize("out_type", ["button", "ring", "fade", "stop"])
def test_the_last_chord_is_long_enough(case: Callable, out_type: str) -> None:
    """The last sonority lasts as long as the melody's usual distance from note to note, or longer."""
    score = case("heroic", 60.0, out_type=out_type).score()
    notes = [n for p in score.parts if p.role not in ("percussion", "hit") for n in p.notes]
    off = max(n.start_beats + n.length_beats for n in notes)
    last = max(n.start_beats for n in notes if n.start_beats + n.length_beats > off - 0.5)
    starts = sorted({n.start_beats for p in score.parts if p.role == "melody" for n in p.notes})
    gaps = sorted(b - a for a, b in pairwise(starts))
    assert off - last >= gaps[len(gaps) // 2]
