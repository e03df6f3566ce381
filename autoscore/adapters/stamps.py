"""Which frame is which: the time stamps of what was decoded, and of what was passed over."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

from autoscore.adapters.skipping import UnevenError


class Stamps:
    """Told of packets stretch by stretch, then of the frames that came out of them in order."""

    def __init__(self) -> None:
        self._stamps: list[int] = []
        self._owed: set[int] = set()
        self._last: int | None = None
        """Of the frame that came last."""

    def begin(self) -> None:
        """A new stretch begins, which needs nothing of what was before.

        Raises:
            UnevenError: a frame is missing.
        """
        if self._last is None:
            # What a film begins with before its first key frame cannot be decoded and is none of its frames.
            self._stamps.clear()
            self._owed.clear()
        elif self._owed:
            raise UnevenError

    def enter(self, stamps: Iterable[int], owed: Iterable[int]) -> None:
        """Time stamps of more packets, in any order; ``owed``: those that will come out as frames.

        Raises:
            UnevenError: one of them belongs before a frame that has come already.
        """
        new = sorted(stamps)
        if new and self._last is not None and new[0] <= self._last:
            raise UnevenError
        self._stamps = sorted([*self._stamps, *new])
        self._owed.update(owed)

    def passed(self, stamp: int | None) -> list[int]:
        """Time stamps of the frames before the decoded one at ``stamp`` that were passed over; of the rest with None.

        Raises:
            UnevenError: it is no frame that was asked for, or another one that was is missing.
        """
        stop = len(self._stamps) if stamp is None else bisect_left(self._stamps, stamp)
        before = self._stamps[:stop]
        if self._last is None:
            self._owed.difference_update(before)
            before = []
        if stamp is not None:
            if stamp not in self._owed or self._stamps[stop] != stamp:
                raise UnevenError
            self._owed.discard(stamp)
            self._last = stamp
        if any(one in self._owed for one in before) or len(set(before)) < len(before):
            raise UnevenError
        del self._stamps[: stop + 1]
        return before
