"""Where films are worked on: the processes of this machine, or any other executor; and who watches."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from autoscore.batch.job import FilmJob, FilmRecord
from autoscore.batch.nursery import Nursery
from autoscore.batch.pool import Work
from autoscore.model.events import Event

_GRACE_S = 15.0


class Observer(Protocol):
    """Who watches a run. ``heard`` comes from several threads, the others from one."""

    def expect(self, films: int) -> None: ...
    def heard(self, job: FilmJob, event: Event) -> None: ...
    def ended(self, record: FilmRecord) -> None: ...
    def note(self, text: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An executor, what it is to call, and how many films it takes at once."""

    executor: Any
    work: Work
    most: int


@contextmanager
def here(workers: int, observer: Observer) -> Iterator[Place]:
    """This machine's processes, each minded by a thread."""
    nursery = Nursery(heard=observer.heard)
    threads = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="film")
    try:
        yield Place(executor=threads, work=nursery.work, most=workers)
    except BaseException:
        nursery.stop()
        if not nursery.wait(_GRACE_S):
            nursery.kill()
        raise
    finally:
        threads.shutdown(wait=True, cancel_futures=True)
        nursery.close()
