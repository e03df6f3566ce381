"""The ledger takes a power cut, a stranger's line and two writers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from autoscore.batch.job import FilmRecord
from autoscore.batch.ledger import Ledger
from autoscore.errors import StorageError


def record(film: str, status: str = "done", **more: object) -> FilmRecord:
    return FilmRecord(film=film, status=status, **more)  # type: ignore[arg-type]


def test_the_last_line_of_a_film_counts(tmp_path: Path) -> None:
    """Lines are added, never changed."""
    ledger = Ledger(tmp_path / "new")
    assert ledger.last() == {}
    for one in (record("a", "failed"), record("b"), record("a")):
        ledger.append(one)
    assert ledger.last() == {"a": record("a"), "b": record("b")}
    assert len(ledger.path.read_text().splitlines()) == 3


@pytest.mark.parametrize("keep", [1, 20, -2])
def test_a_torn_last_line_costs_that_line_only(tmp_path: Path, keep: int) -> None:
    """After a power cut in the middle of a line the next one starts on a line of its own."""
    ledger = Ledger(tmp_path)
    ledger.append(record("a"))
    whole = ledger.path.read_bytes()
    ledger.append(record("b"))
    ledger.path.write_bytes(whole + ledger.path.read_bytes()[len(whole) :][:keep])
    ledger.append(record("c"))
    assert ledger.last().keys() == {"a", "c"}


def test_lines_of_another_kind_are_passed_over(tmp_path: Path) -> None:
    """Whatever else is in the file."""
    ledger = Ledger(tmp_path)
    ledger.path.write_bytes(b"\xff\xfe\x00 rubbish\n[]\n\n{}\n" + record("a").to_json().encode() + b"\n")
    assert ledger.last() == {"a": record("a")}


@pytest.mark.parametrize("name", ["Zoë 🎬.mp4", "日本.mp4", "c\udcff.mp4", "a\u2028b.mp4", "x\x85y.mp4", 'q"\n.mp4'])
def test_names_are_read_as_they_are_written(tmp_path: Path, name: str) -> None:
    """By people where they are text, and in any case by us, from one line."""
    ledger, other = Ledger(tmp_path / "one"), Ledger(tmp_path / "other")
    ledger.append(record(name))
    assert ledger.last() == {name: record(name)}
    text = ledger.path.read_text(encoding="utf-8")
    assert len(text.splitlines()) == 1
    assert name in text or not name.isprintable() or '"' in name
    other.take_over(text)
    other.take_over(text)
    assert other.path.read_text(encoding="utf-8") == text


def test_two_runs_may_write_at_once(tmp_path: Path) -> None:
    """No line is lost or mixed with another."""
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: Ledger(tmp_path).append(record(f"film {n}", reason="x" * 500)), range(80)))
    assert len(Ledger(tmp_path).last()) == 80


def test_a_ledger_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """Not a traceback."""
    (tmp_path / "ledger.jsonl").mkdir()
    with pytest.raises(StorageError):
        Ledger(tmp_path).append(record("a"))
