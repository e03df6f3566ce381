"""A film that lies elsewhere (``s3://``, ``gs://``, ``file://``): fetched, scored here, its results put back."""

from __future__ import annotations

import getpass
import glob
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path
from uuid import uuid4

from autoscore.adapters import remote
from autoscore.adapters.files import file_sha256
from autoscore.adapters.locks import HeldError, held
from autoscore.batch import nursery
from autoscore.batch.finished import FILES, MARK, makers
from autoscore.batch.job import FilmJob, FilmRecord
from autoscore.batch.one import failure, now
from autoscore.editing import SHEET
from autoscore.errors import AutoscoreError, StorageError
from autoscore.manifest import digest
from autoscore.model.brief import Brief

SCRATCH = "autoscore-films"
HEAVY = (".flac", ".wav")
"""Files that end so are made anew where they are missed, and weigh more than all others together."""

Score = Callable[[FilmJob], FilmRecord]


def work(text: str) -> str:
    """A job as JSON in, its record as JSON out: what a cluster's worker is given to call. Paths are looked for on the
    worker's own machine, URLs fetched.

    Raises:
        StoppedError: the worker is to end.
        StorageError: the text is no job.
    """
    return score(FilmJob.from_json(text), _minded).to_json()


def _minded(job: FilmJob) -> FilmRecord:
    return FilmRecord.from_json(nursery.work(job.to_json()))


def distant(job: FilmJob) -> bool:
    """Whether a part of the job has a URL."""
    return any(remote.is_url(place) for place in (job.film, job.output, job.workspace))


def score(job: FilmJob, scored: Score) -> FilmRecord:
    """The record of one film; ``scored`` works where everything has a path."""
    if not distant(job):
        return scored(job)
    started = time.monotonic()
    record = FilmRecord(film=job.name, status="failed", output=job.output, tries=1)
    try:
        record = replace(_scored(_addressed(job), scored), output=job.output)
    except AutoscoreError as error:
        record = failure(record, error)
    except OSError as error:
        record = failure(record, StorageError(f"{error.filename or SCRATCH}: {error.strerror or error}."))
    return replace(record, seconds=round(time.monotonic() - started, 2), at=now())


def _addressed(job: FilmJob) -> FilmJob:
    """The job with URLs only."""
    url = remote.as_url
    return replace(job, film=url(job.film), output=url(job.output), workspace=url(job.workspace))


def _scored(job: FilmJob, scored: Score) -> FilmRecord:
    key = work_key(job)
    if (before := finished(job, key)) is not None:
        return before
    with _scratch() as folder:
        remote.sweep(job.output)
        here = _fetched(job, folder)
        found = scored(here)
        _store_all(Path(here.workspace), job.workspace)
        reason, hint = (_elsewhere(said, here, job) for said in (found.reason, found.hint))
        found = replace(found, key=key, output=job.output, reason=reason, hint=hint)
        if not Path(here.output).is_file():
            return found
        output = Path(here.output)
        for beside in sorted(output.parent.glob(f"{glob.escape(output.name)}.*")):
            remote.store(beside, job.output.rpartition("/")[0] + "/" + beside.name)
        remote.store(output, job.output)
        if found.status == "done":
            _mark(job, found, folder)
        return found


def _elsewhere(sentence: str, here: FilmJob, job: FilmJob) -> str:
    """The sentence with the places that the user knows."""
    for local, known in ((here.film, job.film), (here.output, job.output), (here.workspace, job.workspace)):
        sentence = sentence.replace(local, known)
    return sentence


# What is done already


def _version(url: str) -> str:
    """A digest that changes when what is there does; empty where nothing is."""
    about = remote.look(url)
    return about.version if about is not None else ""


def work_key(job: FilmJob) -> str:
    """Digest of film, wishes and version, as ``finished.work_key`` for paths.

    Raises:
        StorageError, UsageError, ToolMissingError: the film cannot be seen from here.
    """
    default = asdict(Brief())
    wishes = {name: value for name, value in job.wishes.items() if value != default.get(name)}
    files = {name: file_sha256(Path(str(wishes[name]))) for name in FILES if Path(str(wishes.get(name, ""))).is_file()}
    if not (film := _version(remote.as_url(job.film))):
        raise StorageError(f"{job.film} is not there.")
    return digest(film, wishes, files, makers(), remote.as_url(job.output))


def finished(job: FilmJob, key: str) -> FilmRecord | None:
    """The record of the last delivery, when the same was asked for and nobody has touched film or cue sheet since.

    Raises:
        StorageError, UsageError, ToolMissingError: the place cannot be asked.
    """
    workspace = remote.as_url(job.workspace)
    text = remote.read_text(remote.inside(workspace, MARK))
    if text is None:
        return None
    try:
        marked = json.loads(text)
        record = FilmRecord.from_json(json.dumps(marked["record"]))
        if record.key != key or marked["output"] != _version(remote.as_url(job.output)):
            return None
        return record.stands(job.name) if marked["sheet"] == _version(remote.inside(workspace, SHEET)) else None
    except (ValueError, KeyError, TypeError, AutoscoreError):
        return None


def _mark(job: FilmJob, record: FilmRecord, folder: Path) -> None:
    fields = {
        "record": asdict(record),
        "output": _version(job.output),
        "sheet": _version(remote.inside(job.workspace, SHEET)),
    }
    mark = folder / MARK
    mark.write_text(json.dumps(fields, indent=1) + "\n", encoding="utf-8")
    remote.store(mark, remote.inside(job.workspace, MARK))


# There and back


@contextmanager
def _scratch() -> Iterator[Path]:
    """A folder on this machine for one film. What killed processes have left of theirs is removed."""
    # By number where there are numbers: in a container the user may have no name.
    user = os.getuid() if hasattr(os, "getuid") else getpass.getuser()
    base = Path(tempfile.gettempdir()) / f"{SCRATCH}-{user}"
    base.mkdir(parents=True, exist_ok=True, mode=0o700)
    if base.is_symlink() or (hasattr(os, "getuid") and base.stat().st_uid != os.getuid()):
        raise StorageError(f"{base} belongs to somebody else.", "Remove it, or set TMPDIR to a folder of your own.")
    for lock in sorted(base.glob("*.lock")):
        with suppress(HeldError, OSError), held(lock):
            shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
    folder = base / uuid4().hex[:12]
    with held(folder.with_suffix(".lock")):
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _name(url: str) -> str:
    return url.rstrip("/").rpartition("/")[2]


def _fetched(job: FilmJob, folder: Path) -> FilmJob:
    """The job on this machine's disk: the film, and what its workspace knows already."""
    film = remote.path_of(job.film)
    if film is None:
        film = folder / "film" / _name(job.film)
        remote.fetch(job.film, film)
    output, workspace = _mirrored(folder / "out", job.output, job.workspace)
    for name, url in _known(job.workspace).items():
        last = name.rpartition("/")[2]
        # What lies there may be a stranger's: nothing is written outside our folder.
        if not {"", ".", ".."} & set(name.split("/")) and not (last.startswith(".") and last.endswith(".part")):
            remote.fetch(url, workspace / name)
    return replace(job, film=str(film), output=str(output), workspace=str(workspace))


def _mirrored(folder: Path, *urls: str) -> list[Path]:
    """Paths in ``folder`` that lie to each other as the URLs do: a receipt says where its film is, seen from itself."""
    parts = [url.rstrip("/").split("/") for url in urls]
    common = 0
    while all(common < len(one) - 1 for one in parts) and len({one[common] for one in parts}) == 1:
        common += 1
    return [folder.joinpath(*one[common:]) for one in parts]


def _known(workspace: str) -> dict[str, str]:
    try:
        return remote.listing(workspace)
    except StorageError:
        return {}


def _store_all(folder: Path, url: str) -> None:
    """The workspace, but for what is heavy and can be made again."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not path.is_symlink() and not name.endswith(HEAVY) and not name.startswith("."):
            remote.store(path, remote.inside(url, name))
