"""What this machine can carry: how many films at a time, and what each of them may take."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

FILM_MB = 1200
"""What one film in work is reckoned with; measured is half of that."""
_LEAST_LIMIT_MB = 2000
_SHARE = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """``workers`` films at a time, each on ``threads`` cores and ended when it holds over ``memory_mb`` (0: never)."""

    workers: int
    threads: int
    memory_mb: int


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _total_mb() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    except (AttributeError, OSError, ValueError):
        return 0


def _free_mb() -> int:
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) >> 10
    except (OSError, ValueError, IndexError):
        pass
    return _total_mb() // 2


def shares(workers: int | None = None) -> Shares:
    """Shares for so many ``workers``; by default one a core, and no more than there is memory for."""
    found = cores()
    if workers is None:
        workers = max(1, min(found, _free_mb() // FILM_MB or 1))
    total = _total_mb()
    limit = max(_LEAST_LIMIT_MB, int(_SHARE * total / workers)) if total else 0
    return Shares(workers=workers, threads=max(1, found // workers), memory_mb=limit)
