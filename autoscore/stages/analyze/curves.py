"""Motion, light and colour of the picture as curves at CURVE_RATE_HZ."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
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

_AT_ONCE = 128
"""Fields of motion that are judged together: each alone costs ten times as much."""

MOTION = ("motion", "camera", "subject", "direction_rad")
LIGHT = ("brightness", "contrast", "saturation", "warmth")


class CurveMeter:
    """Pushed frame by frame; one value per tenth of a second and curve, whatever the frame rate."""

    def __init__(self) -> None:
        self._light = {name: array("f") for name in LIGHT}
        self._motion = {name: array("f", [0.0]) for name in MOTION}
        self._which = array("l")
        """For each slot, which of the motions it shows."""
        self._fields: list[Floats] = []
        """Those that are not judged yet."""
        self._slot = -1
        self._flow: Floats | None = None
        self._flow_s = 0.0
        self._last_s = 0.0
        self._held = dict.fromkeys(LIGHT, 0.0)

    def push(self, picture: Picture, times_s: Sequence[float], motion: Floats | None) -> None:
        """``times_s``: the picture's film time, and before it those of frames that were passed over. ``motion``: from
        the picture before to ``picture``, rows x columns of blocks x 2 in pixels; None where it means nothing. Where
        frames were passed over in between, it is shared out among them."""
        blocks = None if motion is None else motion / (motion.shape[0] * vision.BLOCK_PX * len(times_s))
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
        self._judge()
        which = self._which[:length]
        curves = {name: tuple(round(found[at], 4) for at in which) for name, found in self._motion.items()}
        return curves | {name: tuple(round(v, 4) for v in series[:length]) for name, series in self._light.items()}

    def _close(self, slot: int) -> None:
        """Writes the values held for the slots up to ``slot``; motion is spread over the slots it took."""
        if self._slot < 0:
            self._slot = slot
            return
        if self._flow is not None and self._flow_s > 0:
            self._fields.append(self._flow / np.float32(self._flow_s))
            self._flow, self._flow_s = None, 0.0
        shown = len(self._motion["motion"]) + len(self._fields) - 1
        for _ in range(slot - self._slot):
            self._which.append(shown)
            for name, series in self._light.items():
                series.append(self._held[name])
        self._slot = slot
        if len(self._fields) >= _AT_ONCE:
            self._judge()

    def _judge(self) -> None:
        if self._fields:
            for name, found in _motions(np.stack(self._fields)).items():
                self._motion[name].extend(found.tolist())
            self._fields = []

    def _look(self, picture: Picture) -> None:
        """Light and colour of the first frame of a slot."""
        luma = vision.resize(picture.luma, 64, 36)
        held = self._held
        mean, deviation = vision.mean_deviation(luma)
        held["brightness"] = mean / 255.0
        held["contrast"] = min(1.0, deviation / 100.0)
        chroma = picture.chroma
        if chroma is None:
            held["saturation"] = held["warmth"] = 0.0
            return
        cb, cr = (vision.resize(plane, 32, 18).astype(np.float32) - 128.0 for plane in chroma)
        held["saturation"] = min(1.0, vision.mean_length(cb, cr) / _FULL_CHROMA)
        warmth = (vision.mean_deviation(cr)[0] - vision.mean_deviation(cb)[0]) / (2 * _FULL_WARMTH)
        held["warmth"] = min(1.0, max(-1.0, warmth))


@cache
def _design(rows: int, columns: int) -> tuple[Doubles, Doubles]:
    """Constant, x and y of each block (centred, one picture wide), and the pseudo-inverse."""
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float64)
    design = np.stack([np.ones(rows * columns), x.ravel() / columns - 0.5, y.ravel() / rows - 0.5], axis=1)
    return design, np.linalg.pinv(design)


def _motions(flows: Floats) -> dict[str, Doubles]:
    """Speeds in picture heights per second. ``flows`` is fields x rows x columns x 2 in the same unit.

    Camera move = the affine field (pan, zoom, roll) that fits most blocks: least squares, then once more without
    the blocks that disagree most; what is left is the subjects'.
    """
    design, inverse = _design(*flows.shape[1:3])
    field: Doubles = flows.reshape(len(flows), -1, 2).astype(np.float64)
    error = _length(field - design @ (inverse @ field))
    most = int(0.7 * (error.shape[1] - 1))
    agree = (error <= np.partition(error, most, axis=1)[:, most : most + 1]).astype(np.float64)
    kept = design.T * agree[:, None, :]
    camera = design @ np.linalg.solve(kept @ design + 1e-6 * np.eye(3), kept @ field)
    speed, mean = _length(field).mean(axis=1), field.mean(axis=1)
    direction = np.where(speed > 1e-3, np.arctan2(mean[:, 1], mean[:, 0]), 0.0)
    return {
        "motion": speed,
        "camera": np.minimum(speed, _length(camera).mean(axis=1)),
        "subject": _length(field - camera).mean(axis=1),
        "direction_rad": direction,
    }


def _length(vectors: Doubles) -> Doubles:
    return np.asarray(np.sqrt(np.einsum("fpc,fpc->fp", vectors, vectors)))
