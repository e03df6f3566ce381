"""A folder that films land in: each becomes a job once it has stopped growing.

The folder is looked through again and again: unlike the system's messages about changes that works on network drives
and in containers too, misses nothing, and costs a listing.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from autoscore.batch import films
from autoscore.batch.films import Found
from autoscore.batch.job import FilmJob
from autoscore.errors import UsageError

EVERY_S = 2.0
SETTLED_S = 10.0


@dataclass(slots=True, kw_only=True)
class _Seen:
    """A file as it was last seen: size and time of change, since when it has been so, and whether it was handed on."""

    look: tuple[int, int]
    since_s: float
    taken: bool = False


class Watch:
    """What lies in folders, and since when it has not changed.

    Args:
        settled_s: so long a film's size and time of change must have been the same.
        clock: seconds that only go forward.
    """

    def __init__(
        self,
        places: Sequence[str],
        out: Path,
        *,
        settled_s: float = SETTLED_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.places, self.out, self.settled_s, self.clock = places, out, settled_s, clock
        self.there: list[Found] = []
        self._seen: dict[str, _Seen] = {}

    def ready(self) -> list[Found]:
        """Films that have settled since the last call. One that changes later, or was replaced, settles anew."""
        now = self.clock()
        try:
            there = self.there = films.find(self.places, out=self.out)
        except UsageError:  # a drive that is away comes back
            return []
        self._seen = {one.path: self._seen[one.path] for one in there if one.path in self._seen}
        result = []
        for one in there:
            look = _look(one.path)
            if look is None:
                self._seen.pop(one.path, None)
                continue
            seen = self._seen.get(one.path)
            if seen is None or seen.look != look:
                seen = self._seen[one.path] = _Seen(look=look, since_s=now)
            if not seen.taken and now - seen.since_s >= self.settled_s:
                seen.taken = True
                result.append(one)
        return result

    @property
    def waiting(self) -> bool:
        """Whether there is a film that has not settled yet."""
        return any(not seen.taken for seen in self._seen.values())

    @property
    def left(self) -> list[str]:
        """Names of the films that were there at the last look and cannot be taken: see ``_look``."""
        return [one.name for one in self.there if one.path not in self._seen]


def _look(path: str) -> tuple[int, int] | None:
    """Size and time of change; None for what is empty, gone, closed to us or still has its download beside it."""
    try:
        about = Path(path).stat()
        if about.st_size == 0 or any(os.path.exists(path + suffix) for suffix in films.UNFINISHED):  # noqa: PTH110
            return None
        with open(path, "rb") as file:  # noqa: PTH123 - on Windows one that is being written is closed to us
            file.read(1)
    except OSError:
        return None
    return about.st_size, about.st_mtime_ns


def jobs(
    watch: Watch,
    made: Callable[[Sequence[Found], Sequence[Found]], Sequence[FilmJob]],
    *,
    once: bool = False,
    every_s: float = EVERY_S,
) -> Iterator[FilmJob | None]:
    """A job for each film as it settles, None while there is none; without end, unless ``once``: then until all have.

    Args:
        made: the jobs of films that are ready, given these and all that are there.
    """
    looked = float("-inf")
    while True:
        if watch.clock() - looked < every_s:
            yield None
            continue
        looked = watch.clock()
        ready = watch.ready()
        if ready:
            yield from made(ready, watch.there)
        elif once and not watch.waiting:
            return
        yield None


def check(places: Sequence[str]) -> None:
    """Raises UsageError when a place is not a folder."""
    for place in places:
        if not Path(place).is_dir():
            raise UsageError(f"{place} is not a folder that can be watched.")
