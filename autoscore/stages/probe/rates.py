"""Frame rate from time stamps: exact where the rate is constant, average where it is not."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from statistics import median

from autoscore.adapters.packets import RawStream

FALLBACK = Fraction(25)
"""Only for a film whose time stamps and header say nothing."""

_USUAL = tuple(
    Fraction(n, d)
    for n, d in (
        (24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1), (48, 1), (50, 1), (60000, 1001), (60, 1),
        (12, 1), (15, 1), (10, 1), (5, 1), (1, 1), (120000, 1001), (120, 1), (100, 1),
    )
)  # fmt: skip

_REORDERED = 16
"""More frames than these are never decoded before one that is shown first (H.264 and HEVC)."""

_SANE = (Fraction(1, 60), Fraction(1000))


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameRate:
    """``rate`` in frames a second, and whether frames are unequally long."""

    rate: Fraction
    variable: bool


def find_rate(stream: RawStream) -> FrameRate:
    """The rate whose grid the time stamps lie on; the average and ``variable`` where no rate fits.

    A candidate fits when every stamp of the head lies within one and a half ticks of the time base of its grid
    (stamps are rounded to ticks: 1 ms in Matroska) and the index shows no frame of another length. Holes between the
    last few frames do not count: a film that was cut without encoding ends in decoding order.
    """
    times = _whole(stream.times_s)
    declared = tuple(r for r in stream.rates if _SANE[0] <= r <= _SANE[1])
    if len(times) < 3:
        return FrameRate(rate=declared[0] if declared else FALLBACK, variable=False)
    steps = [b - a for a, b in pairwise(times) if b > a]
    if not steps:
        return FrameRate(rate=declared[0] if declared else FALLBACK, variable=False)
    tick = stream.time_base
    average = Fraction(len(times) - 1) / (times[-1] - times[0])
    typical = 1 / Fraction(median(steps))
    candidates = [*declared, *(u for u in _USUAL if abs(u / average - 1) < Fraction(1, 200)), typical]
    for rate in candidates:
        if abs(rate / average - 1) < Fraction(1, 20) and _fits(times, rate, tick):
            return FrameRate(rate=rate, variable=_index_varies(stream.step_s, 1 / rate, tick))
    mean = declared[0] if declared else average
    if not Fraction(1, 2) < mean / average < 2:
        mean = average
    return FrameRate(rate=_limited(mean), variable=True)


def _whole(times: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    """``times`` up to the first hole among the last few."""
    if len(times) <= 2 * _REORDERED:
        return times
    step = Fraction(median([b - a for a, b in pairwise(times)]))
    holes = (n for n in range(len(times) - _REORDERED, len(times)) if times[n] - times[n - 1] > Fraction(3, 2) * step)
    return times[: next(holes, len(times))]


def _fits(times: tuple[Fraction, ...], rate: Fraction, tick: Fraction) -> bool:
    first = times[0]
    slack = max(Fraction(3, 2) * tick, Fraction(1, 20_000))
    return all(abs(at - first - number / rate) <= slack for number, at in enumerate(times))


def _index_varies(steps: tuple[Fraction, ...], length: Fraction, tick: Fraction) -> bool:
    """Whether some index step is no single frame long. Decode stamps are what an index holds; they are as regular."""
    return any(abs(step - length) > max(2 * tick, length / 10) for step in steps if step > 0)


def _limited(rate: Fraction) -> Fraction:
    """``rate`` with a denominator that a person can read, inside what is sane."""
    return min(max(rate.limit_denominator(1001), _SANE[0]), _SANE[1])
