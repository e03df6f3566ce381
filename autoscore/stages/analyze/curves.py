"""Motion, light and colour of the picture as curves at CURVE_RATE_HZ."""

from __future__ import annotations

import math
from array import array
from functools import cache

import numpy as np
from numpy.typing import NDArray

from autoscore.adapters import vision
from autoscore.adapters.pictures import Picture
from autoscore.adapters.vision import Floats
from autoscore.model.analysis import CURVE_RATE_HZ

Doubles = NDArray[np.float64]

_FULL_CHROMA = 90.0
"""Chroma distance from grey of a strong colour (8-bit BT.601)."""

_FULL_WARMTH = 60.0

NAMES = ("motion", "camera", "subject", "direction_rad", "brightness", "contrast", "saturation", "warmth")


class CurveMeter:
    """Pushed frame by frame; one value per tenth of a second and curve, whatever the frame rate."""

    def __init__(self) -> None:
        self._series = {name: array("f") for name in NAMES}
        self._slot = -1
        self._flow: Floats | None = None
        self._flow_s = 0.0
        self._last_s = 0.0
        self._held = dict.fromkeys(NAMES, 0.0)

    def push(self, picture: Picture, flow: Floats | None) -> None:
        """``flow``: from the picture before to ``picture``, in pixels of its own size; None where it means nothing.
        Where frames were passed over in between, it is shared out among them."""
        times_s = [*map(float, picture.passed_s), picture.time_s]
        blocks = None if flow is None else vision.block_mean(flow) / (flow.shape[0] * len(times_s))
        looked = False
        for time_s in times_s:
            slot = int(time_s * CURVE_RATE_HZ + 1e-6)
            if slot > self._slot:
                self._close(slot)
                if not looked:
                    self._look(picture)
                    looked = True
            if blocks is not None and time_s > self._last_s:
                self._flow = blocks if self._flow is None else self._flow + blocks
                self._flow_s += time_s - self._last_s
            self._last_s = time_s

    def finish(self, duration_s: float) -> dict[str, tuple[float, ...]]:
        """The curves, each ceil(duration x CURVE_RATE_HZ) long."""
        length = max(1, math.ceil(duration_s * CURVE_RATE_HZ - 1e-6))
        self._close(max(length, self._slot + 1))
        return {name: tuple(round(v, 4) for v in series[:length]) for name, series in self._series.items()}

    def _close(self, slot: int) -> None:
        """Writes the values held for the slots up to ``slot``; motion is spread over the slots it took."""
        if self._slot < 0:
            self._slot = slot
            return
        if self._flow is not None and self._flow_s > 0:
            self._held.update(_motion(self._flow / self._flow_s))
            self._flow, self._flow_s = None, 0.0
        for _ in range(slot - self._slot):
            for name, series in self._series.items():
                series.append(self._held[name])
        self._slot = slot

    def _look(self, picture: Picture) -> None:
        """Light and colour of the first frame of a slot."""
        luma = vision.resize(picture.luma, 64, 36)
        held = self._held
        held["brightness"] = float(luma.mean()) / 255.0
        held["contrast"] = min(1.0, float(luma.std()) / 100.0)
        chroma = picture.chroma()
        if chroma is None:
            held["saturation"] = held["warmth"] = 0.0
            return
        cb, cr = (vision.resize(plane, 32, 18).astype(np.float32) - 128.0 for plane in chroma)
        held["saturation"] = min(1.0, float(np.hypot(cb, cr).mean()) / _FULL_CHROMA)
        held["warmth"] = float(np.clip((cr - cb).mean() / (2 * _FULL_WARMTH), -1.0, 1.0))


@cache
def _design(rows: int, columns: int) -> tuple[Doubles, Doubles]:
    """Constant, x and y of each block (centred, one picture wide), and the pseudo-inverse."""
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float64)
    design = np.stack([np.ones(rows * columns), x.ravel() / columns - 0.5, y.ravel() / rows - 0.5], axis=1)
    return design, np.linalg.pinv(design)


def _motion(flow: Floats) -> dict[str, float]:
    """Speeds in picture heights per second. ``flow`` is rows x columns x 2 in the same unit.

    Camera move = the affine field (pan, zoom, roll) that fits most blocks: least squares, then once more without
    the blocks that disagree most; what is left is the subjects'.
    """
    design, inverse = _design(*flow.shape[:2])
    field: Doubles = flow.reshape(-1, 2).astype(np.float64)
    error = _length(field - design @ (inverse @ field))
    agree = (error <= np.partition(error, int(0.7 * (len(error) - 1)))[int(0.7 * (len(error) - 1))]).astype(np.float64)
    kept = design * agree[:, None]
    normal = kept.T @ design + 1e-6 * np.eye(3)
    camera = design @ np.linalg.solve(normal, kept.T @ field)
    speed = float(_length(field).mean())
    mean = field.mean(axis=0)
    return {
        "motion": speed,
        "camera": min(speed, float(_length(camera).mean())),
        "subject": float(_length(field - camera).mean()),
        "direction_rad": math.atan2(mean[1], mean[0]) if speed > 1e-3 else 0.0,
    }


def _length(vectors: Doubles) -> Doubles:
    return np.asarray(np.hypot(vectors[:, 0], vectors[:, 1]))
