"""Title cards: still lettering on black, and the frames at which each comes and goes.

A card C that comes in over the picture B before it is a mixture F = b C + a B. So b, found by least squares, is 0
before it, 1 once it is all there, and a half in the middle of a fade or dissolve; where a card cuts in there is nothing
in between.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autoscore.adapters import vision
from autoscore.adapters.vision import Floats, Plane

SIZE = (64, 36)
"""Width and height of the pictures in which light is compared; lines are compared as they are."""

_FAINT = 2
"""Levels that do not count: noise on black."""

_AT_ONCE = 64

BLACK = 12
"""Level up to which a point counts as black ground."""

MOSTLY = 0.5
"""Share of the picture that is black ground around lettering."""

CRISP = 0.35
"""Least crispness of lettering: it has 0.42 to 0.7, dark pictures 0.05 to 0.2."""

LEAST_LIGHT = 50.0
"""Level of the brightest point of a picture that may be lettering."""

LEAST_S = 0.5
"""What is there for less time cannot be read."""

JUMP = 0.6
"""Share of a picture (as a length) that changes where something cuts in."""

_STILL = 0.2
_AGO_S = 0.2
"""Still: less than this share of the picture changes in so many seconds. The upper end of a slow fade passes for that,
a dissolve between two cards does not."""

_MARGIN = 0.2
"""Lettering whose middle is in this part of the picture at the left, right or bottom is a subtitle or a mark."""

_ALIKE = 0.8
"""Cosine of the angle between the light of two pictures over which only their lines tell them apart."""

_APART = 0.02
_BRIGHT = 0.5
_SEEN, _HALF, _FULL = 0.1, 0.5, 0.9
_LEAD_S = 3.0
"""How long lettering may have been coming in before the picture around it is black."""

_DULL_S = 1.0
_LONGEST = 1200
"""Frames that are looked at together; a longer stretch is divided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """A card in frames: ``first`` shows a tenth of it, ``half`` half and ``full`` nine tenths, all one where it cuts
    in; from ``stop`` on less than half of it is left."""

    first: int
    half: int
    full: int
    stop: int


def crispness(luma: Plane, tiny: Floats) -> float:
    """How much of all change from point to point in a mostly black picture is from darkest to brightest at once, 0..1:
    the mean step, weighted by itself, as a share of the largest level. 0 where it can be no lettering.

    Args:
        luma: the picture, some 256x144.
        tiny: the same as a few hundred points.
    """
    if np.count_nonzero(tiny <= BLACK) < MOSTLY * tiny.size:
        return 0.0
    peak = float(luma.max())
    if peak < LEAST_LIGHT:
        return 0.0
    edges, squares = vision.edges(luma, BLACK)
    return squares / (edges * (peak - BLACK)) if edges else 0.0


@dataclass(frozen=True, slots=True)
class _View:
    """A card's light and lines."""

    light: Floats
    lines: Floats

    @classmethod
    def of(cls, seen: _Seen, start: int, stop: int) -> _View:
        return cls(_brightest(seen.light(start, stop)), _brightest(seen.lines(start, stop)))


@dataclass(slots=True)
class _Still:
    """A card where it does not change: ``start`` <= frame < ``stop`` in its stretch; as it comes and as it goes."""

    start: int
    stop: int
    new: _View
    old: _View

    @classmethod
    def of(cls, seen: _Seen, start: int, stop: int, second: int) -> _Still:
        rest = min(second // 4, (stop - start) // 3)
        new = _View.of(seen, start + rest, min(stop, start + second))
        old = _View.of(seen, max(start, stop - second), stop - rest)
        return cls(start, stop, new, old)


class Cards:
    """Pushed frame by frame; keeps pictures of the last seconds, and of the stretch it is in."""

    def __init__(self, rate_hz: float) -> None:
        self._rate_hz = rate_hz
        self._lead: deque[tuple[Plane | None, float]] = deque(maxlen=max(4, round(_LEAD_S * rate_hz)))
        self._run: list[tuple[Plane | None, float]] = []
        """The stretch it is in, with what came before it; empty outside."""
        self._next = 0
        self._dull = 0
        """Frames since the last one that may hold lettering."""
        self.found: list[Showing] = []

    def push(self, small: Plane | None, crispness: float) -> None:
        """``small``: the frame, None where it was passed over. ``crispness``: what the function of that name says."""
        frame = (small, crispness)
        if crispness and not self._run:
            self._run, self._dull = list(self._lead), 0
        if self._run or crispness:
            self._run.append(frame)
            self._dull = 0 if crispness else self._dull + 1
        self._lead.append(frame)
        self._next += 1
        if self._run and (self._dull > _DULL_S * self._rate_hz or len(self._run) >= _LONGEST):
            self._close()

    def finish(self) -> list[Showing]:
        """All cards, in order."""
        self._close()
        self._lead.clear()
        return [one for one in self.found if one.stop - one.half >= LEAST_S * self._rate_hz]

    def _close(self) -> None:
        run, self._run = self._run, []
        if max((crispness for _, crispness in run), default=0.0) < CRISP:
            return
        first = self._next - len(run)
        seen = _Seen([small for small, _ in run], np.array([crispness for _, crispness in run]))
        stills = _stills(seen, self._rate_hz)
        for number, one in enumerate(stills):
            before = stills[number - 1] if number else None
            after = stills[number + 1] if number + 1 < len(stills) else None
            self._add(_showing(seen, one, before, after), first)

    def _add(self, one: Showing, first: int) -> None:
        """``one`` of a stretch that begins at frame ``first``; one that is known already only stays for longer."""
        shifted = Showing(first=first + one.first, half=first + one.half, full=first + one.full, stop=first + one.stop)
        last = self.found[-1] if self.found else None
        if last and (shifted.half <= last.half + LEAST_S * self._rate_hz or (one.half == 0 and first <= last.stop)):
            self.found[-1] = replace(last, stop=max(last.stop, shifted.stop))
        else:
            self.found.append(shifted)


class _Seen:
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

    def light(self, start: int, stop: int) -> Floats:
        """Coarse light: levels, frames x points."""
        return self._mixed(self._light, start, stop)

    def _mixed(self, pictures: NDArray[Any], start: int, stop: int) -> Floats:
        place = self._place[start:stop]
        low = place.astype(int)
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


def _changes(part: Callable[[int, int], Floats], count: int, ago: int) -> Floats:
    """How much of each picture (as a length) is another ``ago`` frames later; the last ``ago`` have none."""
    found = np.ones(max(0, count - ago), np.float32)
    for start in range(0, len(found), _AT_ONCE):
        stop = min(len(found), start + _AT_ONCE)
        now, later = part(start, stop), part(start + ago, stop + ago)
        length = np.maximum(np.linalg.norm(now, axis=1), np.linalg.norm(later, axis=1))
        lit = np.minimum(np.linalg.norm(now, axis=1), length) > 0
        found[start:stop][lit] = np.linalg.norm(later - now, axis=1)[lit] / length[lit]
    return found


def _stills(seen: _Seen, rate_hz: float) -> list[_Still]:
    """The cards of one stretch, where they do not change."""
    ago, long_ago = max(2, round(_AGO_S * rate_hz)), max(4, round(2 * _AGO_S * rate_hz))
    still = _changes(seen.light, len(seen), ago) <= _STILL
    still &= _changes(seen.light, len(seen), ago // 2)[: len(still)] <= _STILL
    found: list[_Still] = []
    for start, last in _runs(still):
        stop = last + ago
        here = seen.crispness[start:stop][seen.crispness[start:stop] >= 0]
        if last - start < max(2, ago // 2) or not len(here) or np.median(here) < CRISP:
            continue
        if _marginal(seen.light(start, stop).mean(axis=0)):
            continue
        turning = _changes(partial(seen.lines, offset=start), stop - start, long_ago)
        usual = float(np.median(turning)) if len(turning) else 0.0
        most = max(_STILL, 2 * usual)
        bounds = [0]
        for first, end in _runs(turning > most):
            bounds += [first + 1, end]
        bounds.append(stop - start)
        for begin, over in zip(bounds[::2], bounds[1::2], strict=True):
            if over > begin:
                _join(found, _Still.of(seen, start + begin, start + over, round(rate_hz)), seen, most, rate_hz)
    return found


def _join(found: list[_Still], one: _Still, seen: _Seen, most: float, rate_hz: float) -> None:
    """Adds ``one``, or to the last card where that is the same: all it may have changed by is ``most``."""
    last = found[-1] if found else None
    if last:
        last.stop = min(last.stop, one.start)
    if last and one.start - last.stop < LEAST_S * rate_hz:
        ends = np.concatenate([seen.lines(last.stop - 1, last.stop), seen.lines(one.start, one.start + 1)])
        if float(np.linalg.norm(ends[1] - ends[0])) <= most * float(np.linalg.norm(ends, axis=1).max()):
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


def _alike(one: Floats, other: Floats) -> float:
    """Cosine of the angle between two pictures, 0..1."""
    return float(one @ other) / max(1e-9, float(np.linalg.norm(one) * np.linalg.norm(other)))


def _marginal(card: Floats) -> bool:
    """Whether the light lies at an edge of the picture."""
    plane = card.reshape(SIZE[1], SIZE[0])
    total = max(1e-9, float(plane.sum()))
    x = float(plane.sum(axis=0) @ np.arange(SIZE[0])) / total / SIZE[0]
    y = float(plane.sum(axis=1) @ np.arange(SIZE[1])) / total / SIZE[1]
    return not _MARGIN < x < 1 - _MARGIN or y > 1 - _MARGIN


def _showing(seen: _Seen, one: _Still, before: _Still | None, after: _Still | None) -> Showing:
    """From when to when ``one`` is seen; the cards beside it are what it may be mixed with."""
    low, last, high = before.stop - 1 if before else 0, one.stop - 1, after.start + 1 if after else len(seen)
    jumps = _jumps(seen.light(low, one.start + 1))
    low += jumps[-1] if jumps else 0
    other = before.old if before and not jumps else _View.of(seen, low, low + 1)
    coming = _shares(seen, low, one.start + 1, one.new, other)[::-1]
    jumps = _jumps(seen.light(last, high))
    high = last + jumps[0] if jumps else high
    going = _shares(seen, last, high, one.old, after.new if after and not jumps else _View.of(seen, high - 1, high))
    half, full = (one.start - _lasting(coming, least) for least in (_HALF, _FULL))
    first = one.start - _lasting(coming, _SEEN)
    return Showing(first=min(first, half), half=half, full=max(half, full), stop=one.stop + _lasting(going, _HALF))


def _jumps(light: Floats) -> list[int]:
    """Frames of ``light`` at which the picture becomes another one at once. What fades in from black does not: it is
    compared with the brightest here."""
    length = np.linalg.norm(light, axis=1)
    longest = np.maximum(np.maximum(length[1:], length[:-1]), _BRIGHT * length.max())
    change = np.linalg.norm(np.diff(light, axis=0), axis=1)
    found: list[int] = (np.flatnonzero(change > JUMP * longest) + 1).tolist()
    return found


def _shares(seen: _Seen, start: int, stop: int, card: _View, other: _View) -> Floats:
    """How much of ``card`` is in each picture, the rest being more or less of ``other``: least squares. By their light,
    which a slow zoom changes least, unless that is the same in both."""
    if _alike(card.light, other.light) < _ALIKE:
        return _mixture(seen.light(start, stop), card.light, other.light)
    return _mixture(seen.lines(start, stop), card.lines, other.lines)


def _mixture(run: Floats, card: Floats, other: Floats) -> Floats:
    norm, overlap = max(float(card @ card), 1e-9), float(card @ other)
    rest = other - card * np.float32(overlap / norm)
    scale = float(rest @ rest)
    shares = run @ card / norm
    if scale > _APART * norm:
        shares -= run @ rest * (overlap / norm / scale)
    return np.asarray(shares, dtype=np.float32)


def _lasting(shares: Floats, least: float) -> int:
    """Over how many steps from the first on ``shares`` stay at ``least`` or more."""
    under = np.flatnonzero(shares < least)
    return max(0, (int(under[0]) if len(under) else len(shares)) - 1)
