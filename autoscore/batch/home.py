"""Where a run keeps its ledger and the series' file: with the results, or here when those lie elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from autoscore.adapters import cache, remote
from autoscore.batch import ledger, series
from autoscore.errors import StorageError
from autoscore.manifest import digest


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
    if remote.look(remote.inside(out, series.NAME)) is not None:
        remote.fetch(remote.inside(out, series.NAME), folder / series.NAME)
    if not (folder / ledger.NAME).exists():
        with suppress(StorageError):
            remote.fetch(remote.inside(out, ledger.NAME), folder / ledger.NAME)
    try:
        yield folder
    finally:
        for name in () if dry else (ledger.NAME, series.NAME):
            if (folder / name).exists():
                remote.store(folder / name, remote.inside(out, name))
