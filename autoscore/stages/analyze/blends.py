"""Measures for gradual transitions: is the middle picture the mean of its neighbours, and how strong is the contrast.

A dissolve or fade mixes two pictures linearly: F(t) = (1 - a) A + a B. So at its centre F is the mean of the frames one
half-length before and after, while those two differ; camera or subject motion does not keep that (its middle frame
shows a third picture), nor does a cut (its middle frame equals one end).
"""

from __future__ import annotations

from array import array
from collections import deque
from dataclasses import dataclass, field

import numpy as np

from autoscore.adapters import vision
from autoscore.adapters.vision import Floats, Plane

SIZE = (32, 18)
"""Width and height of the pictures compared: coarse, so that small motion inside the shots does not matter."""

HALF_LENGTHS_S = (0.1, 0.2, 0.4, 0.8, 1.5)
"""Half-lengths of the transitions that are looked for."""

BLACK = 10.0
"""Level below which an edge row or column is a bar."""


@dataclass(slots=True)
class Scale:
    """One half-length. Per frame (the centre): difference of the ends in levels, linearity <= 1, likeness of the ends
    -1..1, share of the picture that changes 0..1. Frames too near the ends of the film have linearity 0."""

    half: int
    difference: array[float] = field(default_factory=lambda: array("f"))
    linear: array[float] = field(default_factory=lambda: array("f"))
    alike: array[float] = field(default_factory=lambda: array("f"))
    share: array[float] = field(default_factory=lambda: array("f"))


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
        for scale in self.scales:
            for series in (scale.difference, scale.linear, scale.alike, scale.share):
                series.extend([0.0] * scale.half)

    def push(self, luma: Plane) -> None:
        """``luma`` is the frame's small picture of any size."""
        now = np.asarray(vision.resize(luma, *SIZE), dtype=np.float32)
        past = self._past
        self.mean.append(float(now.mean()))
        self.contrast.append(_contrast(now))
        self.step.append(float(np.abs(now - past[-1]).mean()) if past else 0.0)
        self.kinship.append(_correlation(now, past[-self._lag]) if len(past) >= self._lag else 0.0)
        past.append(now)
        for scale in self.scales:
            if len(past) > 2 * scale.half:
                self._measure(scale, past[-1 - 2 * scale.half], past[-1 - scale.half], now)

    def finish(self) -> None:
        """Fills the measures up to the last frame and lets the pictures go."""
        frames = len(self.mean)
        for scale in self.scales:
            for series in (scale.difference, scale.linear, scale.alike, scale.share):
                del series[frames:]
                series.extend([0.0] * (frames - len(series)))
        self._past.clear()

    @staticmethod
    def _measure(scale: Scale, first: Floats, middle: Floats, last: Floats) -> None:
        apart = np.abs(last - first)
        difference = float(apart.mean())
        scale.difference.append(difference)
        if difference < 0.4:
            # Nothing changes: the usual case, and the cheap one.
            scale.linear.append(0.0)
            scale.alike.append(1.0)
            scale.share.append(0.0)
            return
        rest = float(np.abs(middle - (first + last) * 0.5).mean())
        scale.linear.append(1.0 - 2.0 * rest / (difference + 0.5))
        top, bottom, left, right = _frame(np.maximum(first, last))
        scale.alike.append(_likeness(first[top:bottom, left:right], last[top:bottom, left:right]))
        scale.share.append(float((apart[top:bottom, left:right] > 0.3 * difference).mean()))


def _frame(picture: Floats) -> tuple[int, int, int, int]:
    """Top, bottom, left and right of the picture without black bars."""
    bright = picture > BLACK
    rows, columns = np.flatnonzero(bright.any(axis=1)), np.flatnonzero(bright.any(axis=0))
    if not len(rows):
        return 0, picture.shape[0], 0, picture.shape[1]
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def _contrast(picture: Floats) -> float:
    if float(picture.max()) <= BLACK:
        return 0.0
    top, bottom, left, right = _frame(picture)
    return float(picture[top:bottom, left:right].std())


def _likeness(a: Floats, b: Floats) -> float:
    """SSIM's contrast-structure term: 1 for the same picture, near 0 where one is empty."""
    a, b = a - a.mean(), b - b.mean()
    return float((2.0 * (a * b).mean() + 4.0) / ((a * a).mean() + (b * b).mean() + 4.0))


def _correlation(a: Floats, b: Floats) -> float:
    a, b = a - a.mean(), b - b.mean()
    power = float((a * a).mean() * (b * b).mean())
    return float((a * b).mean()) / power**0.5 if power > 0.25 else 0.0
