"""Ledger and series file of results that lie elsewhere: one of each, however many machines work on them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from autoscore.adapters import remote
from autoscore.batch import series
from autoscore.batch.home import home
from autoscore.batch.job import FilmRecord
from autoscore.batch.ledger import NAME, Ledger


@pytest.fixture
def machines(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """AUTOSCORE_CACHE says which machine this is."""
    return monkeypatch


@pytest.fixture(params=["memory", "file"])
def out(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A folder in a store in memory, or on this disk by its URL."""
    monkeypatch.chdir(tmp_path)
    yield "memory://bucket/out" if request.param == "memory" else f"file://{tmp_path}/out"
    fsspec.filesystem("memory").store.clear()


def _work(machines: pytest.MonkeyPatch, out: str, machine: str, film: str) -> dict[str, FilmRecord]:
    """A run on ``machine`` that does one film; what it knows of others."""
    machines.setenv("AUTOSCORE_CACHE", machine)
    with home(out) as kept:
        known = Ledger(kept).last()
        Ledger(kept).append(FilmRecord(film=film, status="done"))
    return known


def test_two_machines_keep_one_ledger(machines: pytest.MonkeyPatch, out: str) -> None:
    """Whoever comes back knows what the other did, and no line is lost or there twice."""
    assert _work(machines, out, "a", "1.mp4") == {}
    assert set(_work(machines, out, "b", "2.mp4")) == {"1.mp4"}
    assert set(_work(machines, out, "a", "3.mp4")) == {"1.mp4", "2.mp4"}
    lines = (remote.read_text(f"{out}/{NAME}") or "").splitlines()
    assert [FilmRecord.from_json(line).film for line in lines] == ["1.mp4", "2.mp4", "3.mp4"]


def test_what_another_machine_wrote_meanwhile_stays(machines: pytest.MonkeyPatch, out: str) -> None:
    """Two runs at once: both have their lines, and a series file that somebody changed is not written over."""
    machines.setenv("AUTOSCORE_CACHE", "a")
    with home(out) as kept:
        Ledger(kept).append(FilmRecord(film="1.mp4", status="done"))
        (kept / series.NAME).write_text("identity = 'ours'")
        _work(machines, out, "b", "2.mp4")
        (Path.cwd() / "series").write_text("identity = 'theirs'")
        remote.store(Path.cwd() / "series", f"{out}/{series.NAME}")
    lines = (remote.read_text(f"{out}/{NAME}") or "").splitlines()
    assert sorted(FilmRecord.from_json(line).film for line in lines) == ["1.mp4", "2.mp4"]
    assert remote.read_text(f"{out}/{series.NAME}") == "identity = 'theirs'"


def test_a_series_file_that_was_deleted_is_gone(machines: pytest.MonkeyPatch, out: str) -> None:
    """It was deleted to have the series chosen anew: no copy of this machine stands in for it."""
    machines.setenv("AUTOSCORE_CACHE", "a")
    with home(out) as kept:
        (kept / series.NAME).parent.mkdir(parents=True, exist_ok=True)
        (kept / series.NAME).write_text("identity = 'word'")
    assert remote.read_text(f"{out}/{series.NAME}") == "identity = 'word'"
    system, path = fsspec.core.url_to_fs(f"{out}/{series.NAME}")
    system.rm(path)
    with home(out) as kept:
        assert not (kept / series.NAME).exists()
