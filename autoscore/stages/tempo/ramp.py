"""Two geometric ramps from one tempo to another in a given time: q -> m over half the beats, m -> q' over the rest."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from autoscore.model.tempo import ramp_seconds

GRID_POINTS = 17
SAMPLES = 241


def slowness(start: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean of 1/tempo over one geometric ramp; the seconds of a beat, relative."""
    log = np.log(end / start)
    safe = np.where(np.abs(log) < 1e-12, 1.0, log)
    factor: NDArray[np.float64] = np.where(np.abs(log) < 1e-12, 1.0, -np.expm1(-safe) / safe)
    return factor / start


@dataclass(frozen=True, slots=True, kw_only=True)
class RampTable:
    """Middle tempi for every pair of end tempi, all relative to the base tempo.

    ``grid`` (Q) are the relative tempi an anchor may have. ``middle`` (R, Q, Q') is m/v0 for the relative slowness
    ``first + i * step`` (time over time at base tempo), NaN where m would leave the bounds.
    """

    grid: NDArray[np.float64]
    first: float
    step: float
    middle: NDArray[np.float64]

    def middles(self, relative: NDArray[np.float64]) -> NDArray[np.float64]:
        """m/v0, shape (C, Q, Q'), for relative slowness (C,); NaN where there is none within bounds."""
        at = (relative - self.first) / self.step
        low = np.clip(np.floor(at).astype(np.int64), 0, len(self.middle) - 2)
        share = (at - low)[:, None, None]
        found: NDArray[np.float64] = self.middle[low] * (1.0 - share) + self.middle[low + 1] * share
        return found


@cache
def ramp_table(hard_deviation: float) -> RampTable:
    """The table for tempi within ``hard_deviation`` of the base."""
    grid = np.linspace(1.0 - hard_deviation, 1.0 + hard_deviation, GRID_POINTS)
    inner = np.linspace(1.0 + hard_deviation, 1.0 - hard_deviation, 4 * SAMPLES)
    # mean[q, m] over half the beats; symmetric in its ends, as a ramp played backwards takes as long.
    mean = slowness(grid[:, None], inner[None, :])
    wanted = np.linspace(1.0 / (1.0 + hard_deviation), 1.0 / (1.0 - hard_deviation), SAMPLES)
    middle = np.full((SAMPLES, GRID_POINTS, GRID_POINTS), np.nan)
    for a in range(GRID_POINTS):
        for b in range(GRID_POINTS):
            both = 0.5 * (mean[a] + mean[b])
            middle[:, a, b] = np.interp(wanted, both, inner, left=np.nan, right=np.nan)
    return RampTable(grid=grid, first=float(wanted[0]), step=float(wanted[1] - wanted[0]), middle=middle)


def middle_bpm(start_bpm: float, end_bpm: float, beats: float, seconds: float) -> float:
    """The tempo m for which start -> m -> end over ``beats`` takes ``seconds``, by bisection to the last bit.

    Raises:
        ValueError: not even a tempo eight times faster or slower does it.
    """
    low, high = min(start_bpm, end_bpm) / 8.0, max(start_bpm, end_bpm) * 8.0
    half = beats / 2.0

    def taken(middle: float) -> float:
        return ramp_seconds(start_bpm, middle, half) + ramp_seconds(middle, end_bpm, half)

    if not taken(high) <= seconds <= taken(low):
        raise ValueError(f"{beats} beats cannot take {seconds} s from {start_bpm} to {end_bpm} bpm")
    while True:
        middle = 0.5 * (low + high)
        if not low < middle < high:
            return middle
        if taken(middle) > seconds:
            low = middle
        else:
            high = middle
