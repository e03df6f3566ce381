"""Stage A: which constant tempi already meet the hits (craft guide 2.2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from autoscore.stages.tempo.metre import Metre

STEP_BPM = 0.25
STEP_LONG_BPM = 0.1
LONG_CUE_S = 120.0
BEST = 5
MU_DOWNBEAT, MU_MIDDLE, MU_BEAT, MU_OFFBEAT = 1.0, 0.85, 0.7, 0.45
IRREGULAR_BAR = 0.15
PREFERENCE = 0.6
APART = 0.004
"""Base tempi closer than this share are one and the same."""


def scan(
    times_s: NDArray[np.float64],
    weights: NDArray[np.float64],
    tolerances_s: NDArray[np.float64],
    *,
    low_bpm: float,
    high_bpm: float,
    prefer_bpm: float,
    duration_s: float,
    metre: Metre,
) -> list[float]:
    """The best constant tempi, best first, in notated pulses a minute; ``times_s`` count from the cue's start.

    The phase is that of the cue's start, or of the first hit if that scores higher.
    """
    if high_bpm <= low_bpm or not len(times_s):
        return [min(max(prefer_bpm, low_bpm), high_bpm)]
    step = STEP_LONG_BPM if duration_s > LONG_CUE_S else STEP_BPM
    tempi = np.append(np.arange(low_bpm, high_bpm + step / 2, step), min(max(prefer_bpm, low_bpm), high_bpm))
    units_per_s = tempi[:, None] * metre.pulse_units / 60.0
    at_start = units_per_s * times_s[None, :]
    phases = (at_start, at_start - at_start[:, :1])
    scores = np.stack([_score(units, units_per_s, weights, tolerances_s, metre) for units in phases]).max(axis=0)
    total = scores - PREFERENCE * np.abs(np.log(tempi / prefer_bpm)) / 0.10
    chosen: list[float] = []
    for index in np.argsort(-total, kind="stable"):
        bpm = float(tempi[index])
        if all(abs(bpm / other - 1.0) > APART for other in chosen):
            chosen.append(bpm)
        if len(chosen) == BEST:
            break
    return chosen


def _score(
    units: NDArray[np.float64],
    units_per_s: NDArray[np.float64],
    weights: NDArray[np.float64],
    tolerances_s: NDArray[np.float64],
    metre: Metre,
) -> NDArray[np.float64]:
    """Sum of w * mu * g over the hits, for each tempo; an irregular bar may move the grid at its price."""
    best = np.zeros_like(units)
    for unit, level in enumerate(metre.levels):
        mu = MU_DOWNBEAT if unit == 0 else MU_MIDDLE if unit == metre.middle else MU_BEAT
        if level == "offbeat":
            mu = MU_OFFBEAT
        elif unit:
            # An irregular bar turns any beat into a downbeat at its price.
            mu = max(mu, MU_DOWNBEAT - IRREGULAR_BAR)
        length = metre.regular.units
        away = np.abs((units - unit + length / 2) % length - length / 2) / units_per_s
        # 1 within tolerance, linear to 0 at 2.5 times it.
        good = np.clip((2.5 - away / tolerances_s[None, :]) / 1.5, 0.0, 1.0)
        best = np.maximum(best, mu * good)
    score: NDArray[np.float64] = (best * weights[None, :]).sum(axis=1)
    return score
