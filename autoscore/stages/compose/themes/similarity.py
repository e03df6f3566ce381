"""How much one tune remembers another: 1 = the same at any pitch, 0 = nothing in common (craft guide 4.3).

Tunes are compared by their intervals and the distances between their onsets, never by absolute pitch. Upside down,
twice as slow or twice as fast still counts, but less than plain repetition does; a fragment counts less than the whole.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Protocol

from autoscore.model.score import Theme

_VIEWS = ((1, 1.0, 1.0), (1, 2.0, 0.86), (1, 0.5, 0.86), (-1, 1.0, 0.8), (-1, 2.0, 0.7), (-1, 0.5, 0.7))
"""Ways to look at a tune: (sign of its intervals, stretch of its rhythm, how much such a likeness counts)."""
_BY_INTERVAL = 0.6
_GAP = 0.8
_FRAGMENT = 0.25
"""A fragment of no length would lose this much against the whole."""
HEARD = 0.6
"""Likeness from which a theme is recognised (craft guide 9.9)."""
WINDOW = 5
"""Intervals that a passage must share with a theme to be heard as a piece of it."""
Pair = tuple[int, float]


class Sung(Protocol):
    """Anything with a start and a pitch: a Note, a Tone, a ThemeNote."""

    @property
    def start_beats(self) -> Fraction: ...
    @property
    def pitch(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tune:
    """A melody as (interval in semitones, beats from onset to onset), one pair for each note but the last."""

    pairs: tuple[Pair, ...]


def tune(notes: Iterable[Sung]) -> Tune:
    """The tune of ``notes``, of which the highest counts where several begin together."""
    tops: dict[Fraction, int] = {}
    for note in notes:
        tops[note.start_beats] = max(note.pitch, tops.get(note.start_beats, 0))
    line = sorted(tops.items())
    return Tune(pairs=tuple((q - p, float(b - a)) for (a, p), (b, q) in pairwise(line)))


def of_theme(theme: Theme, notes: int | None = None) -> Tune:
    """The tune of a theme, or of its first ``notes`` notes."""
    degrees, lengths = theme.degrees[:notes], theme.durations_beats[:notes]
    moves = [b - a for a, b in pairwise(degrees)]
    return Tune(pairs=tuple(zip(moves, (float(x) for x in lengths), strict=False)))


def _interval_cost(a: int, b: int) -> float:
    gap = abs(a - b)
    if gap <= 1:
        return 0.25 * gap
    return (0.5 if gap == 2 else 0.7) if a * b > 0 else 1.0


def _rhythm_cost(a: float, b: float) -> float:
    return min(1.0, abs(math.log2(a / b))) if a > 0 and b > 0 else 1.0


@lru_cache(maxsize=1 << 16)
def pair_cost(left: Pair, right: Pair) -> float:
    """Unlikeness of two steps of a tune, 0..1."""
    return _BY_INTERVAL * _interval_cost(left[0], right[0]) + (1 - _BY_INTERVAL) * _rhythm_cost(left[1], right[1])


def _aligned(short: Sequence[Pair], long: Sequence[Pair]) -> float:
    """Likeness 0..1 of ``short`` with the passage of ``long`` that is most like it, gaps allowed."""
    row = [0.0] * (len(long) + 1)
    for i, a in enumerate(short, 1):
        before, row[0] = row[0], i * _GAP
        for j, b in enumerate(long, 1):
            kept = before + pair_cost(a, b)
            before = row[j]
            row[j] = min(kept, row[j] + _GAP, row[j - 1] + _GAP)
    return 1.0 - min(1.0, min(row) / len(short))


def _seen(pairs: Sequence[Pair], sign: int, stretch: float) -> list[Pair]:
    return [(sign * move, gap * stretch) for move, gap in pairs]


def similarity(left: Tune, right: Tune) -> float:
    """Likeness of two tunes, 0..1; the shorter may be a passage of the longer.

    >>> up = Tune(pairs=((2, 1.0), (2, 1.0), (-4, 2.0)))
    >>> similarity(up, up), similarity(up, Tune(pairs=((-2, 1.0), (-2, 1.0), (4, 2.0))))
    (1.0, 0.8)
    """
    short, long = sorted((left.pairs, right.pairs), key=len)
    if len(short) < 2:
        return 0.0
    best = max(weight * _aligned(_seen(short, sign, stretch), long) for sign, stretch, weight in _VIEWS)
    return round(best * (1.0 - _FRAGMENT * (1.0 - len(short) / len(long))), 6)


def heard_in(theme: Tune, line: Tune) -> float:
    """How like ``theme``, as a whole, the passage of ``line`` is that comes nearest to it, 0..1: is it stated there?"""
    if len(theme.pairs) < 2 or len(line.pairs) < 2:
        return 0.0
    return round(max(weight * _aligned(_seen(theme.pairs, sign, by), line.pairs) for sign, by, weight in _VIEWS), 6)


def recalled(line: Tune, themes: Iterable[Tune], heard: float = HEARD) -> tuple[bool, ...]:
    """For each note of ``line``: is it inside a passage of ``WINDOW`` intervals that is like one of ``themes``?

    Likeness is judged note against note, as in ``similarity``, but a passage must keep most of its intervals: rhythm
    alone, or contour alone, is not a theme.
    """
    found = [False] * (len(line.pairs) + 1)
    views = [(_seen(t.pairs, sign, stretch), weight) for t in themes for sign, stretch, weight in _VIEWS]
    for at in range(len(line.pairs) - WINDOW + 1):
        passage = line.pairs[at : at + WINDOW]
        if any(_passage_like(passage, pairs, weight, heard) for pairs, weight in views):
            found[at : at + WINDOW + 1] = [True] * (WINDOW + 1)
    return tuple(found)


def _passage_like(passage: Sequence[Pair], pairs: Sequence[Pair], weight: float, heard: float) -> bool:
    room = len(passage) * (1.0 - heard / weight)
    for start in range(len(pairs) - len(passage) + 1):
        cost, strange = 0.0, 0
        for at, a in enumerate(passage, start):
            b = pairs[at]
            cost += pair_cost(a, b)
            if not -1 <= a[0] - b[0] <= 1:
                strange += 1
            if cost > room or strange > 1:
                break
        else:
            return True
    return False
