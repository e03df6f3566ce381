"""Whether a film is done already: by the film, the wishes and the finished film being there, not by anybody's word."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from autoscore.adapters.files import file_sha256, write_text
from autoscore.adapters.strangers import read_text
from autoscore.batch.job import FilmJob, FilmRecord
from autoscore.errors import AutoscoreError
from autoscore.manifest import digest
from autoscore.model.brief import Brief
from autoscore.workspace import MANIFEST

MARK = "batch.json"
"""In a film's workspace: what was delivered last, and what it was made from."""
FILES = ("theme", "palette", "soundfont")
"""Wishes that may name a file; another content is another wish."""


@cache
def makers() -> str:
    """Digest of everything in this version that decides how films sound."""
    from autoscore.sums import tables_digest
    from autoscore.verbs import STAGES

    return digest([(stage.name, stage.version) for stage in STAGES], tables_digest())


def work_key(job: FilmJob) -> str:
    """Digest of film, wishes and version: the same key, the same finished film.

    Raises:
        OSError: the film cannot be read.
    """
    from autoscore.stages.probe.digest import digest as film_digest

    default = asdict(Brief())
    wishes = {name: value for name, value in job.wishes.items() if value != default.get(name)}
    sums = {}
    for name in FILES:
        with suppress(OSError, ValueError):
            sums[name] = file_sha256(Path(str(wishes[name]))) if name in wishes else ""
    return digest(asdict(film_digest(Path(job.film))), wishes, sums, makers(), job.output)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The record of a film that was delivered, and how its files looked then: size and time of change of each."""

    record: FilmRecord
    output: tuple[int, int]
    sheet: tuple[int, int]


def _look(path: Path) -> tuple[int, int]:
    about = path.stat()
    return about.st_size, about.st_mtime_ns


def _sheet(job: FilmJob) -> Path:
    from autoscore.editing import SHEET

    return Path(job.workspace) / SHEET


def mark(job: FilmJob, record: FilmRecord) -> None:
    """Remember in the workspace that ``record`` was delivered.

    Raises:
        StorageError: it cannot be written.
        OSError: the finished film or the cue sheet is not there.
    """
    fields = {"record": asdict(record), "output": _look(Path(job.output)), "sheet": _look(_sheet(job))}
    write_text(Path(job.workspace) / MARK, json.dumps(fields, indent=1) + "\n")


def _marked(job: FilmJob) -> Mark | None:
    try:
        fields = json.loads(read_text(Path(job.workspace) / MARK))
        record = FilmRecord.from_json(json.dumps(fields["record"]))
        return Mark(record=record, output=tuple(fields["output"]), sheet=tuple(fields["sheet"]))
    except (OSError, ValueError, TypeError, KeyError, RecursionError, AutoscoreError):
        return None


def finished(job: FilmJob, key: str, last: FilmRecord | None = None) -> FilmRecord | None:
    """The record of the film when it is done: made from the same (``key``), and its output is there as it was left.

    Args:
        last: what the ledger says of this film; it counts where somebody has removed the workspace.
    """
    output = Path(job.output)
    found = _marked(job)
    if found is not None:
        with suppress(OSError):
            same = _look(output) == found.output and _look(_sheet(job)) == found.sheet
            return found.record if same and found.record.key == key else None
        return None
    if last is not None and last.status in ("done", "skipped") and last.key == key and last.output == job.output:
        return last if output.is_file() and not Path(job.workspace).exists() else None
    return None


def ours(job: FilmJob, last: FilmRecord | None = None) -> bool:
    """Whether a file at the job's output was made by us: only such a one may be written over unasked."""
    if last is not None and last.output == job.output and last.status in ("done", "skipped"):
        return True
    return (Path(job.workspace) / MANIFEST).is_file()
