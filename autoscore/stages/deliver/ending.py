"""Work beside other work, that ends with it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

from autoscore.model.events import Progress


@contextmanager
def ending(pool: ThreadPoolExecutor) -> Iterator[Progress]:
    """What the work in ``pool`` is to tell how far it is: once this is left it stops there, and nothing new is begun.

    Reading a film of many gigabytes takes minutes, and a Ctrl-C is answered at once.
    """
    over = Event()

    def go_on(_share: float) -> None:
        if over.is_set():
            raise CancelledError

    try:
        yield go_on
    finally:
        over.set()
        pool.shutdown(wait=False, cancel_futures=True)
