"""Title cards: still lettering on black, and the frames at which each comes and goes.

A card C that comes in over the picture B before it is a mixture F = b C + a B. So b, found by least squares, is 0
before it, 1 once it is all there, and a half in the middle of a fade or dissolve; where a card cuts in there is nothing
in between.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from autoscore.adapters import vision
from autoscore.adapters.vision import Floats, Plane

SIZE = (64, 36)
"""Width and height of the pictures compared: two names of one length differ in them."""

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

_SAME = 0.9
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


@dataclass(slots=True)
class _Still:
    """A card where it does not change: ``start`` <= frame < ``stop`` in its stretch; as it comes and as it goes."""

    start: int
    stop: int
    new: Floats
    old: Floats


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
        light = _light([small for small, _ in run])
        seen = np.array([-1.0 if small is None else crispness for small, crispness in run])
        stills = _stills(light, seen, self._rate_hz)
        for number, one in enumerate(stills):
            before = stills[number - 1] if number else None
            after = stills[number + 1] if number + 1 < len(stills) else None
            self._add(_showing(light, one, before, after), first)

    def _add(self, one: Showing, first: int) -> None:
        """``one`` of a stretch that begins at frame ``first``; one that is known already only stays for longer."""
        shifted = Showing(first=first + one.first, half=first + one.half, full=first + one.full, stop=first + one.stop)
        last = self.found[-1] if self.found else None
        if last and (shifted.half <= last.half + LEAST_S * self._rate_hz or (one.half == 0 and first <= last.stop)):
            self.found[-1] = replace(last, stop=max(last.stop, shifted.stop))
        else:
            self.found.append(shifted)


def _light(smalls: list[Plane | None]) -> Floats:
    """Levels above the black ground, frames x points; frames passed over are mixtures of those beside them."""
    seen = [at for at, small in enumerate(smalls) if small is not None]
    points = np.stack([vision.resize(one, *SIZE).reshape(-1) for one in smalls if one is not None]).astype(np.float32)
    fourth = points.shape[1] // 4
    points -= np.partition(points, fourth, axis=1)[:, fourth, None]
    light: Floats = np.maximum(points, np.float32(0.0))
    if len(seen) == len(smalls):
        return light
    place = np.interp(np.arange(len(smalls)), seen, np.arange(len(seen)))
    low = place.astype(int)
    share = (place - low).astype(np.float32)[:, None]
    mixed: Floats = light[low] * (1 - share) + light[np.minimum(low + 1, len(seen) - 1)] * share
    return mixed


def _stills(light: Floats, crispness: NDArray[np.float64], rate_hz: float) -> list[_Still]:
    """The cards of one stretch, where they do not change."""
    ago, second = max(2, round(_AGO_S * rate_hz)), max(4, round(rate_hz))
    if len(light) <= ago:
        return []
    length = np.linalg.norm(light, axis=1)
    change = np.linalg.norm(light[ago:] - light[:-ago], axis=1)
    still = (change <= _STILL * np.maximum(length[ago:], length[:-ago])) & (length[:-ago] > 0)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], still.astype(np.int8), [0]])))
    found: list[_Still] = []
    for start, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        stop = last + ago
        here = crispness[start:stop][crispness[start:stop] >= 0]
        if last - start < max(2, ago // 2) or not len(here) or np.median(here) < CRISP:
            continue
        new, old = _brightest(light[start:stop][:second]), _brightest(light[start:stop][-second:])
        if _marginal(new):
            continue
        if found and start - found[-1].stop < LEAST_S * rate_hz and _alike(found[-1].old, new) >= _SAME:
            found[-1].stop, found[-1].old = stop, old
        else:
            found.append(_Still(start=start, stop=stop, new=new, old=old))
    return found


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


def _showing(light: Floats, one: _Still, before: _Still | None, after: _Still | None) -> Showing:
    """From when to when ``one`` is seen; the cards beside it are what it may be mixed with."""
    low = max([before.stop - 1 if before else 0, *_jumps(light[: one.start + 1], one.new).tolist()])
    last = one.stop - 1
    high = min([after.start + 1 if after else len(light), *(last + _jumps(light[last:], one.old)).tolist()])
    coming = _shares(light[low : one.start + 1], one.new, light[low])[::-1]
    going = _shares(light[last:high], one.old, light[high - 1])
    half, full = (one.start - _lasting(coming, least) for least in (_HALF, _FULL))
    first = one.start - _lasting(coming, _SEEN)
    return Showing(first=min(first, half), half=half, full=max(half, full), stop=one.stop + _lasting(going, _HALF))


def _jumps(light: Floats, card: Floats) -> NDArray[np.intp]:
    """Frames of ``light`` at which the picture becomes another one at once."""
    length = np.maximum(np.linalg.norm(light, axis=1), np.linalg.norm(card))
    change = np.linalg.norm(np.diff(light, axis=0), axis=1)
    return np.flatnonzero(change > JUMP * np.maximum(length[1:], length[:-1])) + 1


def _shares(run: Floats, card: Floats, other: Floats) -> Floats:
    """How much of ``card`` is in each picture of ``run``, the rest being more or less of ``other``: least squares."""
    norm = float(card @ card)
    overlap = float(card @ other)
    rest = other - card * (overlap / max(norm, 1e-9))
    scale = float(rest @ rest)
    shares = run @ card / max(norm, 1e-9)
    if _alike(card, other) < _SAME and float(np.linalg.norm(other)) > 0.05 * norm**0.5:
        shares = shares - run @ rest / scale * (overlap / max(norm, 1e-9))
    return np.asarray(shares, dtype=np.float32)


def _lasting(shares: Floats, least: float) -> int:
    """Over how many steps from the first on ``shares`` stay at ``least`` or more."""
    under = np.flatnonzero(shares < least)
    return max(0, (int(under[0]) if len(under) else len(shares)) - 1)
