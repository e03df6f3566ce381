"""A run over many films: what is missing is made, what fails harms nothing else, the ledger says what became of all."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence, Sized
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

from autoscore import preflight, steps
from autoscore.adapters.files import storage_errors
from autoscore.batch import afar, finished, machine, pool
from autoscore.batch.busy import BusyFilms
from autoscore.batch.job import LASTING, FilmJob, FilmRecord
from autoscore.batch.ledger import Ledger
from autoscore.batch.place import Observer, Place, here
from autoscore.errors import AutoscoreError, StorageError, UsageError
from autoscore.model.brief import Brief
from autoscore.workspace import writable

STALL_S = 1800.0
"""So long a film may say nothing; its stages tell how far they are several times a second, but for short ones."""
_FAILED_BEFORE = "It failed before and has not changed"
_RETRIES = "`--retry-failed` tries it again."
RETRY = f"{_FAILED_BEFORE}; {_RETRIES}"

_OTHER_FONTS = (
    "{} finished, but with other SoundFonts than would be taken now. What is finished stands; to have a film played "
    "anew delete its result and run the same command again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How a run goes about it. ``limit_s``: the most that one film may take, 0 = as long as it takes."""

    workers: int | None = None
    retry_failed: bool = False
    fail_fast: bool = False
    dry: bool = False
    overwrite: bool = False
    keep: bool = False
    limit_s: float = 0.0


@dataclass(slots=True, kw_only=True)
class Summary:
    """What became of the films of a run, by name; ``left``: those that were not come to."""

    films: dict[str, FilmRecord] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    interrupted: bool = False

    @property
    def records(self) -> list[FilmRecord]:
        """The last record of each film."""
        return list(self.films.values())

    def of(self, status: str) -> list[FilmRecord]:
        """The records with that status."""
        return [record for record in self.films.values() if record.status == status]


def check(brief: Brief) -> None:
    """What is wrong for every film is said once, before any.

    Raises:
        BriefError, ToolMissingError, UsageError.
    """
    from autoscore.brought import bring
    from autoscore.verbs import PLAN
    from autoscore.workspace import Workspace

    nowhere = Workspace(Path(os.devnull) / "none", "")
    steps.check_brief(brief, bring(brief, nowhere, PLAN.file))
    preflight.check_tools()
    steps.find_fonts(brief.soundfont)


def check_place(out: Path) -> None:
    """Raises UsageError when the folder of the results is a file."""
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is a file, not a folder.", "Name a folder with --out.")


def prepare(out: Path) -> None:
    """Make the folder of the results.

    Raises:
        UsageError: it is a file.
        StorageError: it cannot be made or written.
    """
    check_place(out)
    with storage_errors(out):
        out.mkdir(parents=True, exist_ok=True)
    if not writable(out):
        raise StorageError(f"There is no permission to write in {out}.", "Name another folder with --out.")


def run(
    jobs: Iterable[FilmJob | None], ledger: Ledger, how: How, observer: Observer, place: Place | None = None
) -> Summary:
    """Score what is not scored yet.

    Args:
        jobs: they are looked at one by one, as there is room for them; None: there is none at the moment.
        place: another one than this machine's processes.

    Ctrl-C ends it: nothing is begun any more, films in hand are given up, ``interrupted`` is set in the summary.
    """
    return _Run(ledger, how, observer).go(jobs, place)


def plans(jobs: Sequence[FilmJob], how: How, observer: Observer, place: Place | None = None) -> list[FilmRecord]:
    """The plans of films, without their scores: records with mood, key and palette. What is found out is kept."""
    with nullcontext(place) if place else here(machine.shares(how.workers), observer) as where:
        looks = [_shared(replace(job, until="plan"), where.shares, how) for job in jobs]
        found = pool.run(looks, where.executor, where.work, most=where.shares.workers)
        return [record for _, record in found if record is not None]


class _Run:
    def __init__(self, ledger: Ledger, how: How, observer: Observer) -> None:
        self.ledger, self.how, self.observer = ledger, how, observer
        self.summary = Summary()
        self.keys: dict[str, str] = {}
        self.in_work: set[str] = set()
        self.busy = BusyFilms()
        self.patient = True
        self.endless = False
        self.told: set[str] = set()
        self.last: dict[str, FilmRecord] = {}
        try:
            self.last = ledger.last()
        except StorageError as error:
            observer.note(error.message)

    def go(self, jobs: Iterable[FilmJob | None], place: Place | None) -> Summary:
        if isinstance(jobs, Sized):
            self.observer.expect(len(jobs))
        else:
            self.endless = True
        try:
            with nullcontext(place) if place else here(machine.shares(self.how.workers), self.observer) as where:
                todo, most = self._todo(jobs, where.shares), where.shares.workers
                for job, record in pool.run(todo, where.executor, where.work, most=most, wanted=self._wanted):
                    self._heard(job, record)
        except KeyboardInterrupt:
            self.summary.interrupted = True
        if others := sum(record.reason == finished.OTHER_FONTS for record in self.summary.records):
            self.observer.note(_OTHER_FONTS.format(f"{others} films are" if others > 1 else "1 film is"))
        known = [job.name for job in jobs if job] if isinstance(jobs, Sequence) else list(self.keys)
        self.summary.left = [name for name in known if name not in self.summary.films]
        return self.summary

    def _heard(self, job: FilmJob, record: FilmRecord | None) -> None:
        self.in_work.discard(job.name)
        if record is not None and record.fault == "busy" and self.patient:
            self.busy.add(job)
            if self.endless and job.name not in self.told:
                self.told.add(job.name)
                self.observer.note(f"{job.name} is being scored by another run; it is looked at again after that.")
        elif record is not None:
            self._end(record)

    def _wanted(self) -> bool:
        # A film that failed in an earlier run stops nothing.
        return not (self.how.fail_fast and any(record.tries for record in self.summary.of("failed")))

    def _todo(self, jobs: Iterable[FilmJob | None], shares: machine.Shares) -> Iterator[FilmJob | None]:
        """What is to be worked on; None: nothing at the moment. Films that another run has are come back to as soon as
        it has let go of them, and at the end once more: by then it is done with them, or they are left to it."""
        for job in jobs:
            yield from self._missing(self.busy.free(), shares)
            if job is None:
                yield None
            else:
                self.busy.forget(job.name)
                yield from self._missing([job], shares)
        while self.busy and self.in_work:
            yield from self._missing(self.busy.free(), shares)
            yield None
        self.patient = False
        yield from self._missing(self.busy.rest(), shares)

    def _missing(self, jobs: Iterable[FilmJob], shares: machine.Shares) -> Iterator[FilmJob]:
        for job in jobs:
            if job.name in self.in_work:  # it was replaced while it is being scored
                self.busy.add(job)
                continue
            key = self.keys[job.name] = _key(job)
            last = self.last.get(job.name)
            known = _settled(job, key, last, retry=self.how.retry_failed)
            if known is not None:
                self._end(_left_alone(known) if self.how.dry else known)
            elif self.how.dry:
                why = "" if afar.distant(job) else finished.why(replace(job, keep=self.how.keep), last)
                self._end(FilmRecord(film=job.name, status="todo", output=job.output, reason=why))
            else:
                mine = not afar.distant(job) and finished.ours(job, last)
                self.in_work.add(job.name)
                yield _shared(replace(job, overwrite=self.how.overwrite or mine), shares, self.how)

    def _end(self, record: FilmRecord) -> None:
        record = replace(record, key=record.key or self.keys.get(record.film, ""), hint=_for_many(record.hint))
        self.summary.films.pop(record.film, None)  # the order is that in which they ended
        self.summary.films[record.film] = record
        before = self.last.get(record.film)
        news = before is None or record.tries or (before.status, before.key) != (record.status, record.key)
        if news and not self.how.dry and not (before and before.status == "done" and record.status == "skipped"):
            try:
                self.ledger.append(record)
            except StorageError as error:
                self.observer.note(f"The ledger is not whole: {error.message}")
        self.last[record.film] = record
        self.observer.ended(record)


def _for_many(hint: str) -> str:
    """A hint that was meant for one film: its result is named with --output, a folder of them with --out; and no stage
    of all films is made anew."""
    hint = re.sub(r"another (file|place)? ?with --output", "another folder with --out", hint)
    return re.sub(r"drop the edits with --redo \w+", "delete it to have it made anew", hint)


def _shared(job: FilmJob, shares: machine.Shares, how: How) -> FilmJob:
    """The job with what it may take."""
    return replace(
        job, threads=shares.threads, memory_mb=shares.memory_mb, stall_s=STALL_S, limit_s=how.limit_s,
        keep=how.keep,
    )  # fmt: skip


def _left_alone(record: FilmRecord) -> FilmRecord:
    """What a dry run says of a film that nothing would be done about: one that failed before fails nothing now."""
    if record.status != "failed":
        return record
    return replace(record, status="skipped", reason=f"{_FAILED_BEFORE}: {record.reason}", hint=_RETRIES)


def _key(job: FilmJob) -> str:
    """What the work is; empty where only the one who does it can see the film."""
    try:
        return afar.work_key(job) if afar.distant(job) else finished.work_key(job)
    except (OSError, AutoscoreError):
        return ""


def _settled(job: FilmJob, key: str, last: FilmRecord | None, *, retry: bool) -> FilmRecord | None:
    """The record of a film that nothing is to be done about: it is finished, or would fail again as it did."""
    if not key:
        return None
    done = afar.finished(job, key) if afar.distant(job) else finished.finished(job, key, last)
    if done is not None:
        return done
    if last is not None and last.status == "failed" and last.key == key and last.fault in LASTING and not retry:
        return replace(last, seconds=0.0, tries=0, hint=last.hint if "--retry-failed" in last.hint else RETRY)
    return None
