"""Jobs on an executor: a few at a time, records as they come, and never more than one record a job."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import replace
from typing import Any, Protocol

from autoscore.batch.job import FilmJob, FilmRecord
from autoscore.batch.minding import StoppedError
from autoscore.batch.one import failure, now
from autoscore.errors import AutoscoreError

Work = Callable[[str], str]
"""A job as JSON in, its record as JSON out."""
_LOOK_S = 0.2
_END = object()


class Executor(Protocol):
    """What is asked of an executor; those of concurrent.futures have it, and what Dask gives for one."""

    def submit(self, fn: Work, text: str, /) -> Future[str]: ...


def run(
    jobs: Iterable[FilmJob | None],
    executor: Executor | Any,
    work: Work,
    *,
    most: int,
    wanted: Callable[[], bool] = lambda: True,
) -> Iterator[tuple[FilmJob, FilmRecord | None]]:
    """Each job with its record, in the order in which they end; None: it was given up (StoppedError, cancelled).

    Args:
        work: what is submitted; it must mean the same where the executor calls it.
        jobs: the next is only looked at when there is room for it; None says that there is none at the moment.
        most: jobs that are handed over at a time.
        wanted: asked before each; once it says no, nothing is begun any more.
    """
    waiting = iter(jobs)
    running: dict[Future[str], FilmJob] = {}
    try:
        while True:
            pausing = False
            while len(running) < most and not pausing and wanted():
                job = next(waiting, _END)
                if isinstance(job, FilmJob):
                    running[executor.submit(work, job.to_json())] = job
                elif job is _END:
                    break
                else:
                    pausing = True
            if not running:
                if not pausing:
                    return
                time.sleep(_LOOK_S)
                continue
            done, _ = wait(running, timeout=_LOOK_S, return_when=FIRST_COMPLETED)  # short, so that Ctrl-C is answered
            for future in done:
                job = running.pop(future)
                yield job, _record(future, job)
    finally:
        for future in running:
            future.cancel()


def _record(future: Future[str], job: FilmJob) -> FilmRecord | None:
    blank = FilmRecord(film=job.name, status="failed", output=job.output, tries=1, exit_code=1, at=now())
    try:
        return FilmRecord.from_json(future.result())
    except (StoppedError, CancelledError):
        return None
    except AutoscoreError as error:
        return failure(blank, error)
    except Exception as error:  # the executor lost its worker, or the worker is not like us
        said = f"The worker that had it was lost: {type(error).__name__}: {error}".replace("\n", " ")
        return replace(blank, fault="crash", reason=said, hint="`--retry-failed` tries it again.")
