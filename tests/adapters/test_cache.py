"""The cache keeps what was measured, and is done without where it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from autoscore.adapters import cache


def test_the_folder_is_made_when_something_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a new machine the first measurement is found again."""
    monkeypatch.setenv("AUTOSCORE_CACHE", str(tmp_path / "new" / "folder"))
    assert cache.read("fonts") == {}
    cache.write("fonts", {"a": "b"})
    assert cache.read("fonts") == {"a": "b"}


def test_a_place_that_cannot_be_written_or_read_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file where the folder should be, and a damaged table, count as nothing known."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("AUTOSCORE_CACHE", str(tmp_path / "file"))
    cache.write("fonts", {"a": "b"})
    assert cache.read("fonts") == {}
    monkeypatch.setenv("AUTOSCORE_CACHE", str(tmp_path))
    (tmp_path / "fonts.json").write_text("{")
    assert cache.read("fonts") == {}
