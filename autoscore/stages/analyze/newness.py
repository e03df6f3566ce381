"""How much of a picture is new in the next one: what block matching along the optical flow cannot explain."""

from __future__ import annotations

import statistics
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from autoscore.adapters import vision
from autoscore.adapters.vision import Floats, Plane

Doubles = NDArray[np.float64]
Planes = NDArray[np.uint8]
Box = tuple[int, int, int, int]

_BLACK = 12
_NEW_BELOW = 0.5
_FLAT_STEP = 25.0
_STILL = 0.02
"""Difference in levels below which it is the same frame again (duplicates, stills): there is nothing to measure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two neighbouring pictures: ``new`` 0..1, ``difference`` in levels, ``speed`` in heights, ``motion`` in pixels
    (rows x columns of blocks x 2); ``room``: structure, as a variance, that counts as grain."""

    new: float
    difference: float
    speed: float
    motion: Floats
    room: float
    still: bool


class Newness:
    """Measures pictures in order, several at once; learns the film's grain on the way, from ``noise`` on."""

    def __init__(self, noise: Sequence[float] = (0.0,) * 12) -> None:
        self._engine = vision.Flow()
        self.noise = array("f", noise)

    def pairs(self, run: Planes) -> list[Pair]:
        """For each of the pictures ``run`` (n x height x width) but the first, what is new in it."""
        differences = vision.steps(run)
        moving = np.flatnonzero(differences >= _STILL)
        count, (height, width) = len(run) - 1, run.shape[1:]
        new, speeds, rooms = np.zeros(count), np.zeros(count), [0.0] * count
        motions = np.zeros((count, height // vision.BLOCK_PX, width // vision.BLOCK_PX, 2), np.float32)
        if len(moving):
            flows = np.stack([self._engine.between(run[at], run[at + 1]) for at in moving])
            blocks = _Blocks(run, moving, flows)
            # A quiet fifth of the blocks shows the grain: it must not count as new picture.
            for at, quiet in zip(moving, blocks.quiet(), strict=True):
                self.noise.append(min(60.0, max(0.0, float(quiet))))
                self.noise.pop(0)
                rooms[at] = 1.5 + 3.0 * statistics.median(self.noise)
            lit = _lit(run)
            active = [_active(lit[at], lit[at + 1], run.shape[1:]) for at in moving]
            new[moving] = blocks.fresh(np.array([rooms[at] for at in moving], np.float32), np.stack(active))
            speeds[moving] = np.abs(vision.median_flows(flows)).sum(axis=1) / np.float32(height)
            motions[moving] = vision.block_means(flows)
        still = differences < _STILL
        return [
            Pair(
                new=float(new[at]), difference=float(differences[at]), speed=float(speeds[at]), motion=motions[at],
                room=rooms[at], still=bool(still[at]),
            )
            for at in range(count)
        ]  # fmt: skip

    def between(self, before: Plane, after: Plane, room: float) -> float:
        """Share of ``after`` that is new since ``before``, which is no neighbour; nothing is learnt from them."""
        run, first = np.stack([before, after]), np.zeros(1, int)
        blocks = _Blocks(run, first, self._engine.between(before, after)[None])
        active = _active(*_lit(run), run.shape[1:])
        return float(blocks.fresh(np.array([room], np.float32), active[None])[0])


class _Blocks:
    """Means, variances and covariances of the blocks of some pictures ``at`` and of those after them, which are pulled
    back along ``flows``."""

    def __init__(self, run: Planes, at: NDArray[np.intp], flows: Floats) -> None:
        old, moved = run[at].astype(np.float32), vision.fetch(run[at + 1], flows)
        self.old_mean, self.moved_mean = vision.block_means(old), vision.block_means(moved)
        self.old_var = vision.block_means(old * old) - self.old_mean * self.old_mean
        self.moved_var = vision.block_means(moved * moved) - self.moved_mean * self.moved_mean
        self.shared = vision.block_means(old * moved) - self.old_mean * self.moved_mean

    def quiet(self) -> Floats:
        """Of each pair, the structure that a fifth of the blocks does not share at most."""
        rest = (self.old_var + self.moved_var - 2 * self.shared).reshape(len(self.shared), -1)
        fifth = rest.shape[1] // 5
        return np.partition(rest, fifth, axis=1)[:, fifth]

    def fresh(self, room: Floats, active: Doubles) -> Doubles:
        """Share of the ``active`` blocks whose structure is not in the other frame (SSIM, Wang 2004)."""
        room = room[:, None, None]
        alike = (2 * self.shared + room) / (self.old_var + self.moved_var + room)
        flat = (self.old_var < room) & (self.moved_var < room)
        fresh = (alike < _NEW_BELOW) | (flat & (np.abs(self.old_mean - self.moved_mean) > _FLAT_STEP))
        weight = np.where(flat & ~fresh, 0.5, 1.0) * active
        total, seen = weight.sum(axis=(1, 2)), (weight * fresh).sum(axis=(1, 2))
        enough = total >= 0.04 * weight[0].size
        return np.where(enough, seen / np.where(enough, total, 1.0), 0.0)


def _lit(run: Planes) -> list[Box]:
    """Top, bottom, left and right of each picture without black bars; all 0 where it is all black."""
    edges = []
    for axis in (2, 1):
        over = run.max(axis=axis) > _BLACK
        edges += [over.argmax(axis=1), over.shape[1] - over[:, ::-1].argmax(axis=1)]
    dark = ~over.any(axis=1)
    boxes: list[tuple[int, int, int, int]] = np.where(dark, 0, np.stack(edges)).T.tolist()
    return [(top, bottom, left, right) for top, bottom, left, right in boxes]


@lru_cache(maxsize=64)
def _active(before: Box, after: Box, shape: tuple[int, ...]) -> Doubles:
    """1 for each block of a picture of ``shape`` that is inside, 0 in bars: what is not lit in either frame."""
    mask = np.zeros((shape[0] // vision.BLOCK_PX, shape[1] // vision.BLOCK_PX))
    lit = [box for box in (before, after) if box[1]]
    if lit:
        top, left = (min(box[at] for box in lit) // vision.BLOCK_PX for at in (0, 2))
        bottom, right = ((max(box[at] for box in lit) - 1) // vision.BLOCK_PX + 1 for at in (1, 3))
        mask[top:bottom, left:right] = 1.0
    mask.flags.writeable = False
    return mask
