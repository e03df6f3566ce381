"""The table of checks: complete, sourced, and judged by its limits."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from autoscore.stages.compose.check.table import MEASURES, checks, examine_hearing, limits
from autoscore.tables import mood, mood_names, read


def test_every_measure_has_a_row_and_every_row_a_measure() -> None:
    """tables/taste.toml names exactly the measures of the code, each with a fault's number, a limit and a source."""
    rows = read("taste.toml")["checks"]
    assert {m.__name__ for m in MEASURES} == set(rows)
    assert len({row["title"] for row in rows.values()}) == len(rows)
    for check in checks():
        assert 1 <= check.number <= 25
        assert check.low is not None or check.high is not None, check.name
        assert check.source
        assert check.measure.__doc__


def test_exceptions_name_what_exists() -> None:
    """Rows of styles and moods in taste.toml belong to known moods, styles and checks."""
    table = read("taste.toml")
    names = {c.name for c in checks()}
    assert set(table["moods"]) <= set(mood_names())
    assert set(table["styles"]) <= {"functional", "modal", "jazz", "chromatic"}
    for rows in (*table["moods"].values(), *table["styles"].values()):
        for name, row in rows.items():
            assert name in names
            assert set(row) <= {"low", "high", "free"}


def test_a_mood_may_move_a_limit() -> None:
    """Tense moods may rub more than others; a mood without a row is judged by the check's own limits."""
    clashes = next(c for c in checks() if c.name == "clashes")
    assert limits(clashes, mood("heroic")) == (clashes.low, clashes.high)
    assert limits(clashes, mood("tense"))[1] > clashes.high


@pytest.mark.parametrize(("value", "passed"), [(0.1, False), (0.2, True), (0.8, True), (0.9, False), (None, None)])
def test_limits_are_inclusive(value: float | None, passed: bool | None) -> None:
    """A value on a limit passes, none beyond it, and nothing measured is nothing judged."""
    memory = next(c for c in checks() if c.name == "velocity_memory")
    finding = memory.judge(value)
    assert finding.passed is passed
    assert (finding.excess > 0) == (passed is False)
    assert memory.judge(value, (None, None)).passed is None


def test_silence_has_no_faults(hear: Callable) -> None:
    """A cue without parts is examined without an error and fails nothing."""
    assert [f for f in examine_hearing(hear()) if f.passed is False] == []
