"""Where the work on a film lies that was scored with its folder: found by the ledgers near the film and near us."""

from __future__ import annotations

import glob
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from autoscore import artifacts
from autoscore.adapters import remote
from autoscore.adapters.strangers import read_text
from autoscore.batch import ledger
from autoscore.batch.job import FilmRecord
from autoscore.batch.ledger import Ledger
from autoscore.batch.naming import workspace_name
from autoscore.errors import AutoscoreError
from autoscore.model.media import Media
from autoscore.verbs import PROBE
from autoscore.workspace import MANIFEST, SUFFIX, locate

_UP = 3
"""So many folders above the film are looked in, each with the folders in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The workspace of a film that a batch scored, and the finished film."""

    workspace: Path
    output: Path


def workspace_of(film: Path, wanted: Path | None) -> Path | None:
    """``wanted``; where that is None and there is no work beside the film, the workspace that a batch has made."""
    if wanted is not None:
        return wanted
    with suppress(AutoscoreError):
        if (locate(film).workspace / MANIFEST).exists():
            return None
    found = find(film)
    return found.workspace if found is not None else None


def find(film: Path) -> Work | None:
    """The work on ``film``; None when no ledger near it or in the folders here tells of any. Its content decides: a
    film of the same name, or one that has changed since, is another film."""
    from autoscore.stages.probe.digest import digest

    try:
        content = digest(film)
    except OSError:
        return None
    for record in _records(film):
        output = Path(record.output)
        for workspace in sorted(output.parent.glob(f"{glob.escape(workspace_name(film.name, ''))}*{SUFFIX}")):
            with suppress(OSError, ValueError, AutoscoreError):
                if artifacts.load(Media, read_text(workspace / PROBE.file)).digest == content:
                    return Work(workspace=workspace, output=output)
    return None


def failure(film: Path) -> FilmRecord | None:
    """The last record near ``film`` that says that a film of this name could not be scored; None when there is none."""
    return next((record for record in _records(film) if record.status == "failed"), None)


def _records(film: Path) -> Iterator[FilmRecord]:
    """What the ledgers say of films that are called so; results elsewhere are passed over."""
    seen: set[Path] = set()
    for folder in (Path.cwd(), *film.resolve().parents[:_UP]):
        for path in (folder / ledger.NAME, *sorted(folder.glob(f"*/{ledger.NAME}"))):
            if path in seen:
                continue
            seen.add(path)
            with suppress(OSError, AutoscoreError):  # what is closed to us tells nothing
                for record in Ledger(path.parent).last().values():
                    if PurePosixPath(record.film).name == film.name and not remote.is_url(record.output):
                        yield record
