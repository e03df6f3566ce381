"""Where a run keeps its ledger and the series' file: with the results, or here when those lie elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from autoscore.adapters import cache, remote
from autoscore.batch import ledger, series
from autoscore.manifest import digest

_MOST_LEDGER_BYTES = 1 << 30


@contextmanager
def home(out: str, *, dry: bool = False) -> Iterator[Path]:
    """The folder for both. For a URL a folder of this machine, whose files are fetched before and stored afterwards.

    Raises:
        StorageError, UsageError, ToolMissingError: ``out`` cannot be asked or written.
    """
    if not remote.is_url(out):
        yield Path(out)
        return
    folder = cache.folder() / "folders" / digest(out.rstrip("/"))[:16]
    remote.reach(out)
    shared, told = remote.inside(out, series.NAME), remote.inside(out, ledger.NAME)
    if remote.look(shared) is not None:
        remote.fetch(shared, folder / series.NAME)
    else:  # whoever deleted it wants another choice
        (folder / series.NAME).unlink(missing_ok=True)
    _take_over(told, folder)
    try:
        yield folder
    finally:
        if not dry:
            _take_over(told, folder)
            _store(folder / ledger.NAME, told)
            if remote.look(shared) is None:  # what a person has written there meanwhile stays
                _store(folder / series.NAME, shared)


def _take_over(url: str, folder: Path) -> None:
    """What other machines have noted in the ledger at ``url`` meanwhile."""
    text = remote.read_text(url, _MOST_LEDGER_BYTES)
    if text is not None:
        ledger.Ledger(folder).take_over(text)


def _store(file: Path, url: str) -> None:
    if file.exists():
        remote.store(file, url)
