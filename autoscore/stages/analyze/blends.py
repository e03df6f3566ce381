"""Measures for gradual transitions: is the middle picture the mean of its neighbours, and how strong is the contrast.

A dissolve or fade mixes two pictures linearly: F(t) = (1 - a) A + a B. So at its centre F is the mean of the frames one
half-length before and after, while those two differ; camera or subject motion does not keep that (its middle frame
shows a third picture), nor does a cut (its middle frame equals one end).
"""

from __future__ import annotations

from array import array
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

_AT_ONCE = 128
"""Frames that are measured together."""

Doubles = NDArray[np.float64]

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
        self._reach = 2 * halves[-1]
        self._past: list[Floats] = []
        """Up to ``_reach`` pictures that are measured, and those that are not yet."""
        self._seen: list[bool] = []
        self._measured = 0
        """How many of them are."""
        for scale in self.scales:
            for _ in range(scale.half):
                scale.append(0.0, 0.0)

    def push(self, luma: Plane) -> None:
        """``luma`` is the frame's small picture of any size."""
        self.push_tiny(tiny(luma))

    def push_tiny(self, now: Floats, *, seen: bool = True) -> None:
        """``now`` is what ``tiny`` makes of the frame, or a guess where the frame was not ``seen``: a mean of others is
        no centre to judge by."""
        self._past.append(now)
        self._seen.append(seen)
        if len(self._past) - self._measured >= _AT_ONCE:
            self._measure()

    def finish(self) -> None:
        """Fills the measures up to the last frame and lets the pictures go."""
        self._measure()
        frames = len(self.mean)
        for scale in self.scales:
            for series in (scale.difference, scale.linear, scale.alike, scale.share, scale.mixture):
                del series[frames:]
                series.extend([0.0] * (frames - len(series)))
        self._past.clear()

    def _measure(self) -> None:
        """All that has been pushed since the last time, at once: a call costs more than so small a picture."""
        if len(self._past) == self._measured:
            return
        run, done = np.stack(self._past), self._measured
        new = run[done:]
        before = run[max(0, done - 1) : -1]
        steps = _distances(new[len(new) - len(before) :], before)
        self.step.extend([0.0] * (len(new) - len(steps)))
        self.step.extend(steps.tolist())
        means, deviations = _contrasts(new)
        self.mean.extend(means.tolist())
        self.contrast.extend(deviations.tolist())
        self.kinship.extend(_correlations(run, self._lag)[done:].tolist())
        for scale in self.scales:
            self._measure_scale(scale, run, done)
        kept = min(len(run), self._reach)
        self._past, self._seen, self._measured = self._past[-kept:], self._seen[-kept:], kept

    def _measure_scale(self, scale: Scale, run: Floats, done: int) -> None:
        """Every centre whose last picture is new."""
        first = max(done, 2 * scale.half)
        count = len(run) - first
        if count <= 0:
            return
        ends = (run[first - 2 * scale.half :][:count], run[first:])
        middles = run[first - scale.half :][:count]
        differences = _distances(*ends)
        linear = 1.0 - 2.0 * _distances(middles, (ends[0] + ends[1]) * np.float32(0.5)) / (differences + 0.5)
        linear[differences < LEAST_LEVELS] = 0.0
        seen = np.array(self._seen[first - scale.half :][:count])
        differences[~seen] = linear[~seen] = 0.0
        promising = linear >= LINEAR
        for at in range(count):
            if promising[at]:
                scale.append(float(differences[at]), float(linear[at]), *_closer(ends[0][at], middles[at], ends[1][at]))
            else:
                scale.append(float(differences[at]), float(linear[at]))


def tiny(luma: Plane) -> Floats:
    """The picture as it is compared here."""
    return np.asarray(vision.resize(luma, *SIZE), dtype=np.float32)


def _closer(first: Floats, middle: Floats, last: Floats) -> tuple[float, float, float]:
    """Likeness of the ends, share that changes, and contrast of the middle, without black bars."""
    mean = vision.halfway(first, last)
    rows, columns = vision.shared_peaks(first, last)
    ((top, bottom, left, right),), _ = _frames(rows[None], columns[None])
    first, middle, last, mean = (picture[top:bottom, left:right] for picture in (first, middle, last, mean))
    return (
        _likeness(first, last),
        vision.changed_share(first, last, 0.3),
        (vision.mean_deviation(middle)[1] + 0.5) / (vision.mean_deviation(mean)[1] + 0.5),
    )


def _distances(a: Floats, b: Floats) -> Doubles:
    """Mean absolute difference, picture by picture."""
    return np.asarray(np.abs(a - b).mean(axis=(1, 2)), dtype=np.float64)


def _correlations(run: Floats, lag: int) -> Doubles:
    """Pearson's with the picture ``lag`` before, -1..1; 0 where there is none or one of the two is empty (deviation
    under a sixth of a level)."""
    flat = run.reshape(len(run), -1)
    found = np.zeros(len(run))
    if len(run) <= lag:
        return found
    centred = flat - flat.mean(axis=1, keepdims=True)
    variance = np.einsum("ij,ij->i", centred, centred).astype(np.float64) / flat.shape[1]
    both = np.einsum("ij,ij->i", centred[lag:], centred[:-lag]).astype(np.float64) / flat.shape[1]
    full = np.minimum(variance[lag:], variance[:-lag]) >= 0.0225
    found[lag:][full] = both[full] / np.sqrt(variance[lag:][full] * variance[:-lag][full])
    return found


def _contrasts(pictures: Floats) -> tuple[Doubles, Doubles]:
    """Mean of each whole picture, and standard deviation inside its bars."""
    means = pictures.mean(axis=(1, 2), dtype=np.float64)
    deviations = np.zeros(len(pictures))
    boxes, lit = _frames(pictures.max(axis=2), pictures.max(axis=1))
    for box in set(boxes):
        inside = np.array([one == box for one in boxes])
        top, bottom, left, right = box
        full = (bottom - top, right - left) == pictures.shape[1:]
        deviations[inside] = pictures[inside, top:bottom, left:right].std(axis=(1, 2), dtype=np.float64)
        if full:
            deviations[inside & ~lit & (means <= BLACK)] = 0.0
    return means, deviations


def _frames(rows: NDArray[Any], columns: NDArray[Any]) -> tuple[list[tuple[int, int, int, int]], NDArray[np.bool_]]:
    """Top, bottom, left and right of each picture without black bars, from the largest value of each of its ``rows``
    and ``columns`` (n x height, n x width); the whole of it where all is black. And where anything is lit."""
    lit = np.asarray((rows > BLACK).any(axis=1), dtype=np.bool_)
    edges = []
    for peaks in (rows, columns):
        over = peaks > BLACK
        stop = over.shape[1]
        edges += [np.where(lit, over.argmax(axis=1), 0), np.where(lit, stop - over[:, ::-1].argmax(axis=1), stop)]
    boxes: list[list[int]] = np.stack(edges, axis=1).tolist()
    return [(top, bottom, left, right) for top, bottom, left, right in boxes], lit


def _likeness(a: Floats, b: Floats) -> float:
    """SSIM's contrast-structure term: 1 for the same picture, near 0 where one is empty."""
    covariance, variance_a, variance_b = vision.covariance(a, b)
    return (2.0 * covariance + 4.0) / (variance_a + variance_b + 4.0)
