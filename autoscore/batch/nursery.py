"""The processes that score films, kept from film to film; and the one function that any executor is given to call."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace

from autoscore.batch.job import FilmJob, FilmRecord
from autoscore.batch.minding import COMMAND, Child, Heard, StoppedError, ignore


class Nursery:
    """Processes that are kept from film to film; ``work`` may be called from any thread of any executor.

    Args:
        most_films: a process is replaced after so many: what libraries leak does not add up.
        tries: how often a film is begun whose process breaks down.
    """

    def __init__(
        self, *, command: Sequence[str] = COMMAND, heard: Heard = ignore, most_films: int = 20, tries: int = 2
    ) -> None:
        self.command, self.heard, self.most_films, self.tries = command, heard, most_films, tries
        self._idle: list[Child] = []
        self._busy: set[Child] = set()
        self._lock = threading.Lock()
        self._closed = False

    def work(self, text: str) -> str:
        """A job as JSON in, its record as JSON out.

        Raises:
            StoppedError: the run is to end.
            StorageError: the text is no job.
        """
        return self.score(FilmJob.from_json(text)).to_json()

    def score(self, job: FilmJob) -> FilmRecord:
        """The record of one film. Raises StoppedError when the run is to end."""
        seconds = 0.0
        for turn in range(1, self.tries + 1):
            child = self._taken(job.threads)
            try:
                record = child.score(job, self.heard)
            finally:
                self._given_back(child)
            seconds += record.seconds
            record = replace(record, tries=min(record.tries, 1) * turn, seconds=round(seconds, 2))
            if record.fault != "crash":
                break
        return record

    def _taken(self, threads: int) -> Child:
        with self._lock:
            if self._closed:
                raise StoppedError
            child = None
            for known in [c for c in self._idle if c.threads == threads]:
                self._idle.remove(known)
                if known.alive:
                    child = known
                    break
                known.kill()
            child = child or Child(self.command, threads)
            self._busy.add(child)
            return child

    def _given_back(self, child: Child) -> None:
        with self._lock:
            self._busy.discard(child)
            if child.alive and not child.stopping and not self._closed and child.films < self.most_films:
                self._idle.append(child)
                return
        child.dismiss()

    def stop(self) -> None:
        """Films in hand are given up, none is begun any more."""
        for child in self._close():
            child.stop()

    def kill(self) -> None:
        """The same at once, without tidying up."""
        for child in self._close():
            child.kill()

    @property
    def busy(self) -> int:
        """How many films are in work."""
        with self._lock:
            return len(self._busy)

    def wait(self, timeout_s: float) -> bool:
        """Wait until nobody is at work; False when somebody still is after so many seconds."""
        until = time.monotonic() + timeout_s
        while time.monotonic() < until:
            if not self.busy:
                return True
            time.sleep(0.05)
        return False

    def close(self) -> None:
        """All films are done: the processes end."""
        self._close()
        with self._lock:
            idle, self._idle = self._idle, []
        for child in idle:
            child.dismiss()

    def _close(self) -> list[Child]:
        with self._lock:
            self._closed = True
            return [*self._busy, *self._idle]


_OWN = Nursery()


def work(text: str) -> str:
    """``Nursery.work`` of this process: what an executor on other machines is given to call. JSON in, JSON out."""
    return _OWN.work(text)
