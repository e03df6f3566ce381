"""Measures for gradual transitions: is the middle picture the mean of its neighbours, and how strong is the contrast.

A dissolve or fade mixes two pictures linearly: F(t) = (1 - a) A + a B. So at its centre F is the mean of the frames one
half-length before and after, while those two differ; camera or subject motion does not keep that (its middle frame
shows a third picture), nor does a cut (its middle frame equals one end).
"""

from __future__ import annotations

from array import array
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autoscore.adapters import vision
from autoscore.adapters.vision import Floats, Plane

SIZE = (32, 18)
"""Width and height of the pictures compared: coarse, so that small motion inside the shots does not matter."""

HALF_LENGTHS_S = (0.1, 0.2, 0.4, 0.8, 1.5)
"""Half-lengths of the transitions that are looked for."""

BLACK = 10.0
"""Level below which an edge row or column is a bar."""

LINEAR = 0.35
LEAST_LEVELS = 2.5
"""Below these a centre is no transition, and its other measures are not taken."""


@dataclass(slots=True)
class Scale:
    """One half-length. Per frame (the centre): difference of the ends in levels, linearity <= 1, likeness of the ends
    -1..1, share of the picture that changes 0..1, contrast as a share of what the mean of the ends has. Frames too
    near the ends of the film have linearity 0."""

    half: int
    difference: array[float] = field(default_factory=lambda: array("f"))
    linear: array[float] = field(default_factory=lambda: array("f"))
    alike: array[float] = field(default_factory=lambda: array("f"))
    share: array[float] = field(default_factory=lambda: array("f"))
    mixture: array[float] = field(default_factory=lambda: array("f"))

    def append(
        self, difference: float, linear: float, alike: float = 1.0, share: float = 0.0, mixture: float = 0.0
    ) -> None:
        self.difference.append(difference)
        self.linear.append(linear)
        self.alike.append(alike)
        self.share.append(share)
        self.mixture.append(mixture)


class Blends:
    """Pushed frame by frame; keeps the last few seconds as tiny pictures, and numbers for the rest.

    Args:
        rate_hz: frames a second.
    """

    def __init__(self, rate_hz: float) -> None:
        halves = sorted({max(2, round(s * rate_hz)) for s in HALF_LENGTHS_S})
        self.scales = [Scale(half=h) for h in halves]
        self.contrast = array("f")
        """Standard deviation inside the active picture, levels; 0 for an empty one."""
        self.mean = array("f")
        self.step = array("f")
        """Mean absolute difference from the frame before, levels."""
        self.kinship = array("f")
        """Correlation with the frame a quarter of a second before, -1..1; 0 where one of them is empty."""
        self._lag = max(2, round(0.25 * rate_hz))
        self._past: deque[Floats] = deque(maxlen=2 * halves[-1] + 1)
        self._seen: deque[bool] = deque(maxlen=2 * halves[-1] + 1)
        for scale in self.scales:
            for _ in range(scale.half):
                scale.append(0.0, 0.0)

    def push(self, luma: Plane) -> None:
        """``luma`` is the frame's small picture of any size."""
        self.push_tiny(tiny(luma))

    def push_tiny(self, now: Floats, *, seen: bool = True) -> None:
        """``now`` is what ``tiny`` makes of the frame, or a guess where the frame was not ``seen``: a mean of others is
        no centre to judge by."""
        self._seen.append(seen)
        past = self._past
        step = vision.distance(now, past[-1]) if past else 0.0
        self.step.append(step)
        if past and step == 0.0:
            self.mean.append(self.mean[-1])
            self.contrast.append(self.contrast[-1])
        else:
            mean, contrast = _contrast(now)
            self.mean.append(mean)
            self.contrast.append(contrast)
        self.kinship.append(vision.correlation(now, past[-self._lag]) if len(past) >= self._lag else 0.0)
        past.append(now)
        for scale in self.scales:
            if len(past) <= 2 * scale.half:
                continue
            if not self._seen[-1 - scale.half]:
                scale.append(0.0, 0.0)
            else:
                _measure(scale, past[-1 - 2 * scale.half], past[-1 - scale.half], now)

    def finish(self) -> None:
        """Fills the measures up to the last frame and lets the pictures go."""
        frames = len(self.mean)
        for scale in self.scales:
            for series in (scale.difference, scale.linear, scale.alike, scale.share, scale.mixture):
                del series[frames:]
                series.extend([0.0] * (frames - len(series)))
        self._past.clear()


def tiny(luma: Plane) -> Floats:
    """The picture as it is compared here."""
    return np.asarray(vision.resize(luma, *SIZE), dtype=np.float32)


def _measure(scale: Scale, first: Floats, middle: Floats, last: Floats) -> None:
    difference = vision.distance(first, last)
    if difference < LEAST_LEVELS:
        scale.append(difference, 0.0)
        return
    mean = vision.halfway(first, last)
    rest = vision.distance(middle, mean)
    linear = 1.0 - 2.0 * rest / (difference + 0.5)
    if linear < LINEAR:
        scale.append(difference, linear)
        return
    top, bottom, left, right = _frame(vision.shared_peaks(first, last), first.shape)
    first, middle, last, mean = (picture[top:bottom, left:right] for picture in (first, middle, last, mean))
    scale.append(
        difference,
        linear,
        _likeness(first, last),
        vision.changed_share(first, last, 0.3),
        (vision.mean_deviation(middle)[1] + 0.5) / (vision.mean_deviation(mean)[1] + 0.5),
    )


def _frame(peaks: tuple[NDArray[Any], NDArray[Any]], shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Top, bottom, left and right of the picture without black bars, from the ``peaks`` of its rows and columns."""
    rows, columns = peaks
    lit_rows, lit_columns = np.flatnonzero(rows > BLACK), np.flatnonzero(columns > BLACK)
    if not len(lit_rows):
        return 0, shape[0], 0, shape[1]
    return int(lit_rows[0]), int(lit_rows[-1]) + 1, int(lit_columns[0]), int(lit_columns[-1]) + 1


def _contrast(picture: Floats) -> tuple[float, float]:
    """Mean of the whole picture, and standard deviation inside its bars."""
    mean, deviation = vision.mean_deviation(picture)
    top, bottom, left, right = _frame(vision.peaks(picture), picture.shape)
    if (bottom - top, right - left) == picture.shape:
        return mean, deviation if mean > BLACK or float(picture.max()) > BLACK else 0.0
    return mean, vision.mean_deviation(picture[top:bottom, left:right])[1]


def _likeness(a: Floats, b: Floats) -> float:
    """SSIM's contrast-structure term: 1 for the same picture, near 0 where one is empty."""
    covariance, variance_a, variance_b = vision.covariance(a, b)
    return (2.0 * covariance + 4.0) / (variance_a + variance_b + 4.0)
