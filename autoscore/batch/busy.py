"""Films that another run has in hand: come back to as soon as that one has let go of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from autoscore.adapters.locks import HeldError, held
from autoscore.batch.job import FilmJob
from autoscore.placing import lock_of
from autoscore.workspace import LOCK

LOOK_S = 1.0
"""Locks are looked at this often."""
LONGEST_S = 60.0
"""A film whose lock cannot be seen from here (another machine's disk) is tried after 1, 2, 4, ... s, at last this."""


class BusyFilms:
    """The films that wait, each once. ``clock``: seconds that only go forward."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._waiting: dict[str, FilmJob] = {}
        self._pauses_s: dict[str, float] = {}
        self._not_before_s: dict[str, float] = {}
        self._looked_s = float("-inf")

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, job: FilmJob) -> None:
        """Somebody has the film of this job; one that waits for the same film is forgotten."""
        self._waiting[job.name] = job
        self._not_before_s[job.name] = self.clock() + self._pauses_s.get(job.name, 0.0)

    def forget(self, name: str) -> None:
        """There is a newer job for the film, or it is done."""
        for kept in (self._waiting, self._pauses_s, self._not_before_s):
            kept.pop(name, None)

    def free(self) -> list[FilmJob]:
        """Jobs whose films nobody has any more, so far as their locks tell; they wait no longer."""
        now = self.clock()
        if now - self._looked_s < LOOK_S:
            return []
        self._looked_s = now
        return [self._taken(job) for job in list(self._waiting.values()) if self._due(job, now)]

    def rest(self) -> list[FilmJob]:
        """All that still wait; they wait no longer."""
        return [self._taken(job) for job in list(self._waiting.values())]

    def _due(self, job: FilmJob, now_s: float) -> bool:
        if any(map(_held, (Path(job.workspace) / LOCK, lock_of(Path(job.output))))):
            self._not_before_s[job.name] = now_s  # it can be seen when it is let go of
            self._pauses_s.pop(job.name, None)
            return False
        return now_s >= self._not_before_s[job.name]

    def _taken(self, job: FilmJob) -> FilmJob:
        self._pauses_s[job.name] = min(LONGEST_S, max(LOOK_S, 2.0 * self._pauses_s.get(job.name, 0.0)))
        return self._waiting.pop(job.name)


def _held(lock: Path) -> bool:
    try:
        if not lock.exists():
            return False
        with held(lock):
            return False
    except HeldError:
        return True
    except OSError:  # whoever works on the film finds out what is wrong
        return False
