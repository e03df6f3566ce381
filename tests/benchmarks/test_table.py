"""The table of all benchmarks: what it says of figures, and of a script that fails."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
import table as bench
from figures import figure, write


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two benchmarks: one measures, one falls over."""
    (tmp_path / "fine.py").write_text(
        f"import sys; sys.path.insert(0, {str(bench.HERE)!r})\n"
        "from pathlib import Path; from figures import figure, write\n"
        "write(Path(sys.argv[-1]), 'two films', [figure('speed', [1.0, 3.0, 2.0], unit='s', aim='< 2.5')])\n"
    )
    (tmp_path / "broken.py").write_text("raise SystemExit(7)\n")
    monkeypatch.setattr(bench, "HERE", tmp_path)
    monkeypatch.setattr(
        bench,
        "SCRIPTS",
        {
            name: bench.Script(title=name.title(), file=f"{name}.py", arguments=lambda out, rounds: [])
            for name in ("broken", "fine")
        },
    )
    return tmp_path


def test_a_script_that_fails_is_named_and_the_next_one_still_runs(scripts: Path) -> None:
    """The table has the figures of what ran and the exit code of what did not; the program says so by its own."""
    assert bench.main(["--out", str(scripts / "out")]) == 1
    told = (scripts / "out" / "benchmarks.md").read_text()
    assert "| speed | 2 s | 1 | 3 | 3 | < 2.5 |" in told
    assert "exit code 7" in told
    kept = json.loads((scripts / "out" / "benchmarks.json").read_text())
    assert kept["benchmarks"]["fine"]["data"] == "two films"
    assert kept["machine"]["cores"] >= 1


def test_figures_of_an_earlier_run_are_not_taken_for_new_ones(scripts: Path) -> None:
    """A script that fails today shows no figures, though it left some the last time."""
    out = scripts / "out"
    out.mkdir()
    write(out / "broken.json", "old", [figure("old", 1)])
    assert bench.main(["--only", "broken", "--out", str(out)]) == 1
    assert "old" not in (out / "benchmarks.md").read_text()


def test_a_figure_is_the_median_with_its_least_and_largest() -> None:
    """Of four runs the median is between the middle two."""
    found = figure("x", [4.0, 1.0, 2.0, 8.0])
    assert (found.value, found.low, found.high, found.runs) == (3.0, 1.0, 8.0, 4)
