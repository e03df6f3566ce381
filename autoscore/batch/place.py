"""Where films are worked on: the processes of this machine, or any other executor; and who watches."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from autoscore.batch import afar, machine
from autoscore.batch.job import FilmJob, FilmRecord
from autoscore.batch.nursery import Nursery
from autoscore.batch.pool import Work
from autoscore.model.events import Event

_GRACE_S = 15.0
_QUEUED = 512
"""Films that a cluster is given at once; its scheduler shares them out and sees from their number how many workers to
ask for."""


class Observer(Protocol):
    """Who watches a run. ``heard`` comes from several threads, the others from one."""

    def expect(self, films: int) -> None: ...
    def heard(self, job: FilmJob, event: Event) -> None: ...
    def ended(self, record: FilmRecord) -> None: ...
    def note(self, text: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An executor, what it is to call, and what films get there; ``shares.workers`` films are handed over at once."""

    executor: Any
    work: Work
    shares: machine.Shares


@contextmanager
def here(shares: machine.Shares, observer: Observer) -> Iterator[Place]:
    """This machine's processes, each minded by a thread."""
    nursery = Nursery(heard=observer.heard)
    threads = ThreadPoolExecutor(max_workers=shares.workers, thread_name_prefix="film")

    def work(text: str) -> str:
        return afar.score(FilmJob.from_json(text), nursery.score).to_json()

    try:
        yield Place(executor=threads, work=work, shares=shares)
    except BaseException:
        nursery.stop()
        if not nursery.wait(_GRACE_S):
            nursery.kill()
        raise
    finally:
        threads.shutdown(wait=True, cancel_futures=True)
        nursery.close()


@contextmanager
def cluster(address: str) -> Iterator[Place]:
    """The workers of a Dask cluster; what a film may take there is for those to decide who started them.

    Raises:
        ToolMissingError, UsageError: nobody answers, or not with this version.
    """
    from autoscore.adapters.cluster import executor

    with executor(address) as found:
        yield Place(executor=found, work=afar.work, shares=machine.Shares(workers=_QUEUED, threads=0, memory_mb=0))
