"""Minding the process that scores a film: what befalls it befalls that film alone."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import autoscore
from autoscore.adapters.companion import Companion
from autoscore.batch.job import Fault, FilmJob, FilmRecord
from autoscore.batch.one import now
from autoscore.errors import AutoscoreError
from autoscore.model.events import Event

Heard = Callable[[FilmJob, Event], None]
"""Called from several threads with what a film's process tells."""

COMMAND = (sys.executable, "-P", "-m", "autoscore.batch.child")
"""-P: a module of the same name in the current folder, which may be a stranger's, is not imported."""
_LOOK_S = 0.5
_AGAIN = "`--retry-failed` tries it again."
_THREAD_WISHES = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)  # fmt: skip


class StoppedError(Exception):
    """The film was given up because the run is to end; nothing is wrong with it."""


def ignore(_job: FilmJob, _event: Event) -> None:
    """The Heard that tells nobody."""


class Child:
    """One process that scores films, one after another. ``threads``: what it may use, 0 leaves it alone."""

    def __init__(self, command: Sequence[str] = COMMAND, threads: int = 0) -> None:
        self.threads = threads
        self.films = 0
        self.stopping = False
        self._process = Companion(command, _environment(threads))

    def score(self, job: FilmJob, heard: Heard) -> FilmRecord:
        """The record of one film, whatever happens to the process.

        Raises:
            StoppedError: ``stop`` or ``kill`` was called before it was done.
        """
        self.films += 1
        started = last = time.monotonic()
        self._process.say(job.to_json())
        while True:
            line = self._process.hear(_LOOK_S)
            if line is None or (not line and self._process.gone):
                said = self._process.obituary()
                if self.stopping:
                    raise StoppedError(job.name)
                return _timed(_failed(job, "crash", said, _AGAIN), started)
            if line:
                last = time.monotonic()
                record = self._understood(line, job, heard)
                if record is not None:
                    return record
            if not self.stopping and (failed := self._beyond(job, started, last)) is not None:
                self.kill()
                return _timed(failed, started)

    def _understood(self, line: bytes, job: FilmJob, heard: Heard) -> FilmRecord | None:
        """The record in a line; events are passed on, what is no line of the protocol is passed over."""
        try:
            said = json.loads(line)
            if "record" in said:
                return replace(FilmRecord.from_json(json.dumps(said["record"])), film=job.name)
            if "event" in said:
                heard(job, Event(**said["event"]))
        except (ValueError, TypeError, AutoscoreError):
            self._process.note(line)
        return None

    def _beyond(self, job: FilmJob, started: float, last: float) -> FilmRecord | None:
        """The failure of a film that takes more than it may."""
        at = time.monotonic()
        if job.limit_s and at - started > job.limit_s:
            said = f"It took longer than {_duration(job.limit_s)}."
            return _failed(job, "time", said, "Give it more with --time-limit, and --retry-failed.")
        if job.stall_s and at - last > job.stall_s:
            return _failed(job, "time", f"Nothing was heard of it for {_duration(job.stall_s)}.", _AGAIN)
        if job.memory_mb and (holds := self._process.holds_mb) > job.memory_mb:
            said = f"Its process held {holds} MB of memory; {job.memory_mb} MB was the limit."
            return _failed(job, "memory", said, "Fewer --workers leave more for each; then --retry-failed.")
        return None

    @property
    def alive(self) -> bool:
        return self._process.alive

    def dismiss(self) -> None:
        """Nothing more is to come."""
        self._process.dismiss()

    def stop(self) -> None:
        """Ask it to give up its film and leave no half-written file. Returns at once."""
        self.stopping = True
        self._process.stop()

    def kill(self) -> None:
        """End it and all that it started, now."""
        self.stopping = True
        self._process.kill()


def _failed(job: FilmJob, fault: Fault, reason: str, hint: str) -> FilmRecord:
    return FilmRecord(
        film=job.name, status="failed", fault=fault, reason=reason, hint=hint, exit_code=1, output=job.output, tries=1
    )


def _timed(record: FilmRecord, started: float) -> FilmRecord:
    return replace(record, seconds=round(time.monotonic() - started, 2), at=now())


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 120 else f"{seconds:g} s"


def _environment(threads: int) -> dict[str, str]:
    found = dict(os.environ)
    here = str(Path(autoscore.__file__).parent.parent)
    found["PYTHONPATH"] = os.pathsep.join([here, *filter(None, [found.get("PYTHONPATH")])])
    if threads:
        found |= dict.fromkeys(_THREAD_WISHES, str(threads))
    return found
