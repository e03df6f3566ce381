"""Themes over a film: which cue tells which theme, and how much of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from autoscore.stages.plan.themes import EARLY, LONG_S, STATEMENTS, WHOLE, theme_uses


def _uses(homely: list[bool], talk: list[float], climax: int, seconds: float = 1200.0) -> list[tuple[str, str]]:
    count = len(homely)
    found = theme_uses(
        homely=homely, starts_s=[seconds * n / count for n in range(count)], talk=talk, climax=climax,
        duration_s=seconds, themes=("main", "contrast", "place1"),
    )  # fmt: skip
    return [(use.theme, use.treatment) for use, _ in found]


def test_a_theme_grows_over_a_film() -> None:
    """From a fragment to the whole, altered, at its greatest at the climax, an echo at the end."""
    told = _uses([True] * 9, [0.0] * 9, 7)
    order = ("fragment", "partial", "full", "altered", "climax", "echo")
    places = [order.index(how) for _, how in told]
    assert places == sorted(places)
    assert set(places) == set(range(len(order)))


@given(data=st.data(), count=st.integers(2, 14))
def test_a_long_film_is_remembered_by_its_theme(data: st.DataObject, count: int) -> None:
    """Wherever it can be, the main theme is stated three times, heard early, whole at the climax, echoed at the end."""
    homely = data.draw(st.lists(st.booleans(), min_size=count, max_size=count))
    talk = data.draw(st.lists(st.sampled_from([0.0, 0.3, 0.5]), min_size=count, max_size=count))
    climax = data.draw(st.integers(0, count - 1))
    told = _uses(homely, talk, climax, LONG_S)
    early = [n for n in range(count) if n / count <= EARLY]
    assert any(told[n][0] == "main" for n in early)
    assert told[climax] == ("main", "climax")
    assert climax == count - 1 or told[-1] == ("main", "echo")
    stated = sum(theme == "main" and how in WHOLE for theme, how in told)
    assert stated >= min(STATEMENTS, count - 1)


def test_where_all_is_talk_other_themes_stay() -> None:
    """A cue of another theme that is talked over is not turned into a statement of the main one."""
    told = _uses([True, False, False, False, True, True], [0.0, 0.9, 0.9, 0.9, 0.0, 0.0], 4)
    assert [theme for theme, _ in told[1:4]] == ["contrast", "place1", "contrast"]
