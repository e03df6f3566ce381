"""Spans that lie in order: finding those that touch a stretch without looking at all of them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import TypeVar

from autoscore.model.time import Span

S = TypeVar("S", bound=Span)


def touching(items: Sequence[S], span: Span) -> Sequence[S]:
    """Those of ``items`` (sorted by start, not overlapping each other) that may share time with ``span``."""
    first = bisect_right(items, span.start_s, key=lambda s: s.start_s) - 1
    last = bisect_left(items, span.end_s, key=lambda s: s.start_s)
    return items[max(0, first) : last]


def share_of(items: Sequence[Span], span: Span) -> float:
    """Share 0..1 of ``span`` that ``items`` cover."""
    covered = sum(span.overlap_s(item) for item in touching(items, span))
    return min(1.0, covered / max(span.duration_s, 1e-9))


def is_near(times: Sequence[float], low: float, high: float) -> bool:
    """Whether one of ``times`` (sorted) lies in low..high."""
    at = bisect_left(times, low)
    return at < len(times) and times[at] <= high
