"""Memory that was freed but that the C library still holds."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_MMAP_THRESHOLD = -3
"""M_MMAP_THRESHOLD of mallopt: pieces from this size on are the system's own, and go back to it when they are freed."""
_TRIM_THRESHOLD = -1
"""M_TRIM_THRESHOLD: so much free memory at the end of the heap is kept."""
_ARENA_MAX = -8
"""M_ARENA_MAX: so many heaps, which threads share."""
_SMALL_BYTES = 1 << 18
_USUAL_BYTES = 1 << 25
"""Larger than any array of a mix: a new array of the system's is filled with zeros page by page, which took 3.7 s of a
600 s film. Some versions of glibc take no more, and would stay with the small one."""
_KEPT_BYTES = 1 << 28


def _of_c_library(name: str) -> Any:
    """A function of the C library; None where it has none of this name (Windows cannot be asked)."""
    return getattr(ctypes.CDLL(None), name, None) if os.name == "posix" else None


def one_heap() -> None:
    """All threads that begin from now on share one heap (glibc).

    Otherwise each of them has its own, keeps what it freed from the others, and ``give_back`` does not reach the end of
    any but the first: 60 MB a thread after the mix of two minutes. Waiting for each other costs nothing that shows.
    """
    option = _of_c_library("mallopt")
    if option is not None:
        option(_ARENA_MAX, 1)


def give_back() -> None:
    """Returns free memory to the system where the C library can (glibc); elsewhere nothing happens.

    Samples and synthesisers come and go in two threads and leave holes between them: after twelve cues a run held
    500 MB of which 410 MB were free. Only of ``one_heap`` all goes back.
    """
    trim = _of_c_library("malloc_trim")
    if trim is not None:
        trim(ctypes.c_size_t(0))


def keep_large() -> None:
    """What is freed of large arrays is kept for the next ones (glibc), as behind ``without_holes``."""
    option = _of_c_library("mallopt")
    if option is not None:
        option(_MMAP_THRESHOLD, _USUAL_BYTES)
        option(_TRIM_THRESHOLD, _KEPT_BYTES)


@contextmanager
def without_holes() -> Iterator[None]:
    """In its block whatever is as large as a sample goes back to the system as soon as it is freed (glibc).

    Of 548 MB at the worst moment of playing 117 were holes. Not for work on large arrays: each would be a new one of
    the system's, which takes longer than to fill it.
    """
    option = _of_c_library("mallopt")
    if option is not None:
        option(_MMAP_THRESHOLD, _SMALL_BYTES)
    try:
        yield
    finally:
        keep_large()
