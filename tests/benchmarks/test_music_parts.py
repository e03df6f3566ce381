"""The music benchmark's own arithmetic, on figures whose answer is known."""

from __future__ import annotations

import random
import sys
from itertools import pairwise
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
import music
from music_checks import Cell
from music_long import statements
from music_moods import guesses
from music_takes import short, table
from studio import LONG_SCENES, compose_film, film, long_film


def _rows(moods: list[str], apart: float) -> list[dict[str, float]]:
    rng = random.Random(1)
    kinds = sorted(set(moods))
    return [{f"f{i}": apart * (kinds.index(m) == i) + rng.gauss(0, 1) for i in range(8)} for m in moods]


def test_moods_far_apart_are_named_and_noise_is_not() -> None:
    """Eight moods ten deviations apart are all named; without a difference hardly any are."""
    moods = [f"m{i}" for i in range(8) for _ in range(4)]
    seeds = [s for _ in range(8) for s in range(4)]
    assert guesses(_rows(moods, 10.0), moods, seeds) == moods
    lucky = sum(a == b for a, b in zip(guesses(_rows(moods, 0.0), moods, seeds), moods, strict=True))
    assert lucky < 12


def test_the_seed_that_is_judged_is_not_learnt_from() -> None:
    """Two features say the reverse in the other seed: only who learnt from the seed he judges would be right."""
    moods, seeds = ["a", "b", "a", "b"], [1, 1, 2, 2]
    rows = [{"x": x, "y": y, "z": y} for x, y in ((0.0, 9.0), (1.0, -9.0), (0.0, -9.0), (1.0, 9.0))]
    assert guesses(rows, moods, seeds) == ["b", "a", "b", "a"]


@pytest.mark.parametrize(
    ("value", "limit", "guide", "verdicts"),
    [
        (0.9, (0.5, None), (0.8, None), (True, True)),
        (0.6, (0.5, None), (0.8, None), (True, False)),
        (0.4, (0.5, None), (0.8, None), (False, False)),
        (None, (0.5, None), (0.8, None), (None, None)),
        (0.4, (None, None), (None, None), (None, None)),
    ],
)
def test_both_verdicts_of_a_check(
    value: float | None, limit: tuple, guide: tuple, verdicts: tuple[bool | None, bool | None]
) -> None:
    """A median is judged by the fitted limit and by the guide's own."""
    cell = Cell(value=value, low=limit[0], high=limit[1], share=None, guide=guide)
    assert (cell.passed, cell.passed_guide) == verdicts


def test_a_film_is_its_number() -> None:
    """The same number gives the same pictures whatever the mood; the long film has its scenes in 20 minutes."""
    (one, first), (two, second) = film(3, "heroic"), film(3, "noir")
    assert one == two
    assert first.intensity == second.intensity
    assert first.hits == second.hits
    media, spotting = long_film()
    assert media.duration_s == 1200.0
    assert len(spotting.scenes) == len(LONG_SCENES)
    assert spotting.scenes[-1].end_s == 1200.0


def test_a_theme_is_found_where_it_is_stated() -> None:
    """The film's melody states its main theme, and statements do not overlap within a cue."""
    told = statements(compose_film("pastoral", 1))
    assert any(s.theme == "main" and s.likeness > 0.75 for s in told)
    assert all(a.end_s <= b.start_s + 0.5 for a, b in pairwise(told))


def test_tables_are_markdown() -> None:
    """A head, a rule and a row for each line; figures with three digits, a dash for nothing."""
    assert table(["a", "b"], [["x", short(0.12345)]]) == ["| a | b |", "|---|--:|", "| x | 0.123 |"]
    assert [short(v) for v in (None, 1234.5, 12.345)] == ["-", "1234", "12.3"]


def test_an_unknown_part_or_mood_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelt part is named before anything is composed."""
    with pytest.raises(SystemExit):
        music.main(["--only", "chekcs", "--moods", "heroic"])
    assert "chekcs" in capsys.readouterr().err
