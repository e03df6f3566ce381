"""The cache keeps what was measured, and is done without where it cannot."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from autoscore.adapters import cache


def test_the_folder_is_made_when_something_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a new machine the first measurement is found again."""
    monkeypatch.setenv("AUTOSCORE_CACHE", str(tmp_path / "new" / "folder"))
    assert cache.read("fonts") == {}
    cache.change("fonts", lambda table: {**table, "a": "b"})
    assert cache.read("fonts") == {"a": "b"}


def test_a_place_that_cannot_be_written_or_read_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file where the folder should be, and a damaged table, count as nothing known."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("AUTOSCORE_CACHE", str(tmp_path / "file"))
    cache.change("fonts", lambda table: {**table, "a": "b"})
    assert cache.read("fonts") == {}
    monkeypatch.setenv("AUTOSCORE_CACHE", str(tmp_path))
    (tmp_path / "fonts.json").write_text("{")
    assert cache.read("fonts") == {}


def test_changes_at_one_time_are_all_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads and processes that add to one table at once lose nothing of each other's."""
    monkeypatch.setenv("AUTOSCORE_CACHE", str(tmp_path))
    adding = "from autoscore.adapters import cache\nfor n in range(20): cache.change('t', lambda t: t | {f'X{n}': 1})"
    children = [subprocess.Popen([sys.executable, "-c", adding.replace("X", name)]) for name in ("one", "two")]

    def add(name: str) -> None:
        for n in range(20):
            cache.change("t", lambda table, row=f"{name}{n}": table | {row: 1})  # type: ignore[misc]

    threads = [Thread(target=add, args=(name,)) for name in ("three", "four")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [child.wait() for child in children] == [0, 0]
    assert len(cache.read("t")) == 80
    assert [path.name for path in tmp_path.iterdir()] == ["t.json"]
