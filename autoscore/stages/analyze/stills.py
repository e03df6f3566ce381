"""Where lettering on black stands still: the cards of a stretch of pictures, each told from the next.

That it is still is seen in its light, coarsely, which grain and a slow zoom change least; that it is another one in its
lines, for two names set alike have the same light.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autoscore.adapters import vision
from autoscore.adapters.vision import Floats, Plane

SIZE = (64, 36)
"""Width and height of the pictures in which light is compared."""

BLACK = 12
"""Level up to which a point counts as black ground."""

CRISP = 0.35
"""Least crispness of lettering: it has 0.42 to 0.7, dark pictures 0.05 to 0.2."""

LEAST_S = 0.5
"""What is there for less time cannot be read."""

_FAINT = 2
"""Levels that do not count in lines: noise on black."""

_STILL = 0.2
_AGO_S = 0.2
"""Still: less than this share of the picture changes in so many seconds. The upper end of a slow fade passes for that,
a dissolve between two cards does not."""

_BRIEF_S = 0.25
"""What changes again after less time is on its way to becoming another card."""

_MARGIN = 0.2
"""Lettering whose middle is in this part of the picture at the left, right or bottom is a subtitle or a mark."""

_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class View:
    """A card's light and lines."""

    light: Floats
    lines: Floats

    @classmethod
    def of(cls, seen: Seen, start: int, stop: int) -> View:
        return cls(_brightest(seen.light(start, stop)), _brightest(seen.lines(start, stop)))


@dataclass(slots=True)
class Still:
    """A card where it does not change: ``start`` <= frame < ``stop`` in its stretch; as it comes and as it goes."""

    start: int
    stop: int
    new: View
    old: View

    @classmethod
    def of(cls, seen: Seen, start: int, stop: int, second: int) -> Still:
        rest = min(second // 4, (stop - start) // 3)
        new = View.of(seen, start + rest, min(stop, start + second))
        old = View.of(seen, max(start, stop - second), stop - rest)
        return cls(start, stop, new, old)


class Seen:
    """The pictures of one stretch, as lines and as light; frames that were passed over are mixtures of those beside
    them."""

    def __init__(self, smalls: list[Plane | None], crispness: NDArray[np.float64]) -> None:
        at = [number for number, small in enumerate(smalls) if small is not None]
        seen = [small for small in smalls if small is not None]
        self.crispness = np.where([small is None for small in smalls], -1.0, crispness)
        self._place = np.interp(np.arange(len(smalls)), at, np.arange(len(at)))
        self._lines = np.stack([vision.lines(small, _FAINT).reshape(-1) for small in seen])
        self._light = _above_ground(np.stack([vision.resize(small, *SIZE).reshape(-1) for small in seen]))

    def __len__(self) -> int:
        return len(self._place)

    def lines(self, start: int, stop: int, offset: int = 0) -> Floats:
        """Fine detail of the frames ``start`` <= frame - ``offset`` < ``stop``: half levels, frames x points."""
        return self._mixed(self._lines, start + offset, stop + offset)

    def light(self, start: int, stop: int, offset: int = 0) -> Floats:
        """Coarse light, in the same way: levels."""
        return self._mixed(self._light, start + offset, stop + offset)

    def _mixed(self, pictures: NDArray[Any], start: int, stop: int) -> Floats:
        place = self._place[start:stop]
        low = place.astype(int)
        if len(self._light) == len(self):
            return np.asarray(pictures[start:stop], dtype=np.float32)
        mixed = pictures[low].astype(np.float32)
        between = np.flatnonzero(place > low)
        if len(between):
            share = (place - low).astype(np.float32)[between, None]
            mixed[between] += share * (pictures[low[between] + 1].astype(np.float32) - mixed[between])
        return np.asarray(mixed, dtype=np.float32)


def _above_ground(light: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Levels over the darkest fourth of each picture (frames x points)."""
    fourth = light.shape[1] // 4
    ground = np.partition(light, fourth, axis=1)[:, fourth, None]
    return np.maximum(light, ground) - ground


def _changes(part: Callable[[int, int], Floats], count: int, ago: int, *, fading: bool) -> Floats:
    """How much of each picture (as a length) is another ``ago`` frames later; the last ``ago`` have none.

    ``fading``: whether it counts when all of it gets lighter or darker.
    """
    found = np.ones(max(0, count - ago), np.float32)
    for start in range(0, len(found), _AT_ONCE):
        stop = min(len(found), start + _AT_ONCE)
        run = part(start, stop + ago)
        now, later = run[: stop - start], run[ago:]
        squares = np.einsum("ij,ij->i", run, run)
        ours, theirs = squares[: stop - start], squares[ago:]
        both = np.einsum("ij,ij->i", now, later)
        lit = np.minimum(ours, theirs) > 0
        if fading:
            change = (ours + theirs - 2 * both)[lit] / np.maximum(ours, theirs)[lit]
        else:
            change = 2 - 2 * both[lit] / np.sqrt(ours * theirs)[lit]
        found[start:stop][lit] = np.sqrt(np.maximum(change, 0))
    return found


def stills(seen: Seen, rate_hz: float) -> list[Still]:
    """The cards of one stretch, where they do not change."""
    ago, long_ago = max(2, round(_AGO_S * rate_hz)), max(4, round(2 * _AGO_S * rate_hz))
    found: list[Still] = []
    for start, last in _unchanged(seen, ago):
        stop = last + ago
        here = seen.crispness[start:stop][seen.crispness[start:stop] >= 0]
        if last - start < max(2, ago // 2) or not len(here) or np.median(here) < CRISP:
            continue
        if _marginal(seen.light(start, stop).mean(axis=0)):
            continue
        turning = _changes(partial(seen.lines, offset=start), stop - start, long_ago, fading=False)
        usual = float(np.median(turning)) if len(turning) else 0.0
        most = max(_STILL, 2 * usual)
        bounds = [0]
        for first, end in _runs(turning > most):
            bounds += [first + 1, end]
        bounds.append(stop - start)
        for begin, over in zip(bounds[::2], bounds[1::2], strict=True):
            if over - begin >= _BRIEF_S * rate_hz or len(bounds) == 2:
                _join(found, Still.of(seen, start + begin, start + over, round(rate_hz)), seen, most, rate_hz)
    return found


def _unchanged(seen: Seen, ago: int) -> list[tuple[int, int]]:
    """Runs of frames, of those that may hold lettering, that look the same ``ago`` frames later."""
    found = []
    at = np.flatnonzero(seen.crispness >= 0)
    crisp = np.interp(np.arange(len(seen)), at, seen.crispness[at] >= CRISP) > 0
    for first, end in _runs(np.convolve(crisp, np.ones(2 * ago + 1), "same") > 0):
        light, count = partial(seen.light, offset=first), end - first
        still = _changes(light, count, ago, fading=True) <= _STILL
        still &= _changes(light, count, ago // 2, fading=True)[: len(still)] <= _STILL
        found += [(first + start, first + last) for start, last in _runs(still)]
    return found


def _join(found: list[Still], one: Still, seen: Seen, most: float, rate_hz: float) -> None:
    """Adds ``one``, or to the last card where that is the same: all it may have changed by is ``most``."""
    last = found[-1] if found else None
    if last:
        last.stop = min(last.stop, one.start)
    if last and one.start - last.stop < LEAST_S * rate_hz:
        end = last.stop - 1
        apart = _changes(partial(seen.lines, offset=end), one.start - end + 1, one.start - end, fading=False)
        if apart[0] <= most:
            last.stop, last.old = one.stop, one.old
            return
    found.append(one)


def _runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First of each run of True, and the one behind it."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]]))).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))


def _brightest(run: Floats) -> Floats:
    """The mean of those pictures that are within 5 % of the brightest: without what is still fading."""
    length = np.linalg.norm(run, axis=1)
    return np.asarray(run[length >= 0.95 * length.max()].mean(axis=0), dtype=np.float32)


def alike(one: Floats, other: Floats) -> float:
    """Cosine of the angle between two pictures, 0..1."""
    return float(one @ other) / max(1e-9, float(np.linalg.norm(one) * np.linalg.norm(other)))


def _marginal(card: Floats) -> bool:
    """Whether the light lies at an edge of the picture."""
    plane = np.where(card >= 0.25 * card.max(), card, np.float32(0.0)).reshape(SIZE[1], SIZE[0])
    total = max(1e-9, float(plane.sum()))
    x = float(plane.sum(axis=0) @ np.arange(SIZE[0])) / total / SIZE[0]
    y = float(plane.sum(axis=1) @ np.arange(SIZE[1])) / total / SIZE[1]
    return not _MARGIN < x < 1 - _MARGIN or y > 1 - _MARGIN
