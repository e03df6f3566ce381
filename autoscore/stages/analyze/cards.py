"""Title cards: still lettering on black, and the frames at which each comes and goes.

A card C that comes in over the picture B before it is a mixture F = b C + a B. So b, found by least squares, is 0
before it, 1 once it is all there, and a half in the middle of a fade or dissolve; where a card cuts in there is nothing
in between.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

import numpy as np

from autoscore.adapters import vision
from autoscore.adapters.vision import Floats, Plane
from autoscore.stages.analyze.stills import BLACK, CRISP, LEAST_S, Seen, Still, View, alike, stills

MOSTLY = 0.5
"""Share of the picture that is black ground around lettering."""

LEAST_LIGHT = 50.0
"""Level of the brightest point of a picture that may be lettering."""

JUMP = 0.6
"""Share of a picture (as a length) that changes where something cuts in."""

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
        seen = Seen([small for small, _ in run], np.array([crispness for _, crispness in run]))
        found = stills(seen, self._rate_hz)
        for number, one in enumerate(found):
            before = found[number - 1] if number else None
            after = found[number + 1] if number + 1 < len(found) else None
            self._add(_showing(seen, one, before, after), first)

    def _add(self, one: Showing, first: int) -> None:
        """``one`` of a stretch that begins at frame ``first``; one that is known already only stays for longer."""
        shifted = Showing(first=first + one.first, half=first + one.half, full=first + one.full, stop=first + one.stop)
        last = self.found[-1] if self.found else None
        if last and (shifted.half <= last.half + LEAST_S * self._rate_hz or (one.half == 0 and first <= last.stop)):
            self.found[-1] = replace(last, stop=max(last.stop, shifted.stop))
        else:
            self.found.append(shifted)


def _showing(seen: Seen, one: Still, before: Still | None, after: Still | None) -> Showing:
    """From when to when ``one`` is seen; the cards beside it are what it may be mixed with."""
    low, last, high = before.stop - 1 if before else 0, one.stop - 1, after.start + 1 if after else len(seen)
    jumps = _jumps(seen.light(low, one.start + 1))
    low += jumps[-1] if jumps else 0
    other = before.old if before and not jumps else View.of(seen, low, low + 1)
    coming = _shares(seen, low, one.start + 1, one.new, other)[::-1]
    jumps = _jumps(seen.light(last, high))
    high = last + jumps[0] if jumps else high
    going = _shares(seen, last, high, one.old, after.new if after and not jumps else View.of(seen, high - 1, high))
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


def _shares(seen: Seen, start: int, stop: int, card: View, other: View) -> Floats:
    """How much of ``card`` is in each picture, the rest being more or less of ``other``: least squares. By their light,
    which a slow zoom changes least, unless that is the same in both."""
    if alike(card.light, other.light) < _ALIKE:
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
