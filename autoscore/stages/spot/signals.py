"""Analysis curves brought to one grid and to one scale, with a guard against blowing up what is flat."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autoscore.model.analysis import CURVE_RATE_HZ, Analysis, Shot
from autoscore.model.spotting import SPOT_RATE_HZ

Array = NDArray[np.float64]

RELATIVE_SHARE = 0.75
"""How far a lively curve is measured against this film (the rest against films in general)."""
CUT_KERNEL_S = 2.5
GRADUAL_COUNTS = 0.4
"""A dissolve or fade, as a share of a cut, in the cutting rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """Curves at SPOT_RATE_HZ, all of one length. ``motion``, ``cutting``, ``sound`` are 0..1 after scaling.

    ``sound`` is None where the film has none. ``talk`` is the share of each step that is speech. ``brightness``,
    ``contrast``, ``saturation`` are 0..1, ``warmth`` -1..+1, ``pace`` (motion) is in picture heights a second, all as
    measured.
    """

    motion: Array
    pace: Array
    cutting: Array
    sound: Array | None
    talk: Array
    brightness: Array
    contrast: Array
    saturation: Array
    warmth: Array

    @property
    def count(self) -> int:
        return len(self.motion)


def signals(analysis: Analysis, duration_s: float, shots: Sequence[Shot]) -> Signals:
    """All curves of a film of ``duration_s`` seconds; what the analysis does not have is neutral."""
    count = max(1, math.ceil(duration_s * SPOT_RATE_HZ - 1e-6))
    curves = analysis.curves
    pace = _grid(curves.motion, count, 0.0)
    motion = np.log1p(6.0 * pace) / math.log(7.0)
    sound = None
    if curves.loudness_lufs and analysis.loudness_lufs is not None:
        # 26 LU from an almost unheard background to a climax.
        sound = (_grid(curves.loudness_lufs, count, -70.0) - (analysis.loudness_lufs - 20.0)) / 26.0
        sound = scaled(sound, least_range=0.3)
    times = [shot.start_s for shot in shots[1:]]
    weights = [GRADUAL_COUNTS if _soft_edge(analysis, time) else 1.0 for time in times]
    return Signals(
        motion=scaled(motion, least_range=0.4),
        pace=pace,
        cutting=scaled(_rate(times, weights, count) / 0.6, least_range=0.35),
        sound=sound,
        talk=_share(analysis, count),
        brightness=_grid(curves.brightness, count, 0.38),
        contrast=_grid(curves.contrast, count, 0.5),
        saturation=_grid(curves.saturation, count, 0.15),
        warmth=_grid(curves.warmth, count, 0.0),
    )


def scaled(curve: Array, *, least_range: float) -> Array:
    """``curve`` (0..1 on a scale for films in general) measured against its own range, clipped to 0..1.

    A curve that spans less than ``least_range`` between its 10th and 95th percentile is flat: the less it spans, the
    less it is stretched, so that noise in a still picture stays noise.
    """
    low, high = np.percentile(curve, [10, 95])
    width = max(float(high - low), 1e-9)
    lively = RELATIVE_SHARE * min(1.0, width / least_range) ** 2
    own = 0.5 + (curve - 0.5 * (low + high)) / max(width, least_range)
    return np.asarray(lively * np.clip(own, 0.0, 1.0) + (1.0 - lively) * np.clip(curve, 0.0, 1.0))


def smooth(curve: Array, window_s: float, resets: Sequence[int] = ()) -> Array:
    """Hann-weighted mean over ``window_s``, never across the indices in ``resets``."""
    half = max(1, round(window_s * SPOT_RATE_HZ / 2))
    kernel = np.hanning(2 * half + 3)[1:-1]
    result = np.empty_like(curve)
    edges = [0, *sorted({r for r in resets if 0 < r < len(curve)}), len(curve)]
    for first, last in pairwise(edges):
        part = curve[first:last]
        full = np.convolve(part, kernel)[half : half + len(part)]
        weight = np.convolve(np.ones(len(part)), kernel)[half : half + len(part)]
        result[first:last] = full / weight
    return result


def step(curve: Array, time_s: float, reach_s: float = 3.0) -> float:
    """Mean of the ``reach_s`` after ``time_s`` minus the mean of those before; 0 at the ends."""
    at = round(time_s * SPOT_RATE_HZ)
    reach = max(1, round(reach_s * SPOT_RATE_HZ))
    before, after = curve[max(0, at - reach) : at], curve[at : at + reach]
    return float(after.mean() - before.mean()) if len(before) and len(after) else 0.0


def at(curve: Array, time_s: float) -> float:
    """The value of a spotting curve at ``time_s``, clamped at the ends."""
    return float(curve[min(max(0, int(time_s * SPOT_RATE_HZ)), len(curve) - 1)])


def _grid(curve: Sequence[float], count: int, missing: float) -> Array:
    """Means of a 10 Hz curve over each step of the spotting grid; the last value is held to the end."""
    if not curve:
        return np.full(count, missing)
    size = CURVE_RATE_HZ // SPOT_RATE_HZ
    values = np.asarray(curve, np.float64)
    values = np.nan_to_num(values, nan=missing)
    need = count * size
    if len(values) < need:
        values = np.concatenate([values, np.full(need - len(values), values[-1])])
    return np.asarray(values[:need].reshape(count, size).mean(axis=1))


def _rate(times: Sequence[float], weights: Sequence[float], count: int) -> Array:
    """Cuts per second at each step, by a Gaussian kernel that is made whole again at the film's ends."""
    impulses = np.zeros(count)
    for time, weight in zip(times, weights, strict=True):
        impulses[min(max(0, int(time * SPOT_RATE_HZ)), count - 1)] += weight
    reach = round(3 * CUT_KERNEL_S * SPOT_RATE_HZ)
    x = np.arange(-reach, reach + 1) / SPOT_RATE_HZ
    kernel = np.exp(-0.5 * (x / CUT_KERNEL_S) ** 2)
    full: Any = np.convolve(impulses, kernel)[reach : reach + count]
    mass: Any = np.convolve(np.ones(count), kernel)[reach : reach + count]
    return np.asarray(full / mass * SPOT_RATE_HZ)


def _share(analysis: Analysis, count: int) -> Array:
    talk = np.zeros(count)
    for span in analysis.speech:
        first, last = span.start_s * SPOT_RATE_HZ, span.end_s * SPOT_RATE_HZ
        for index in range(max(0, int(first)), min(count, math.ceil(last))):
            talk[index] += max(0.0, min(last, index + 1) - max(first, index))
    return np.minimum(talk, 1.0)


def _soft_edge(analysis: Analysis, time_s: float) -> bool:
    return any(g.start_s - 0.1 <= time_s <= g.end_s + 0.1 for g in analysis.gradual)
