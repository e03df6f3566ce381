"""Slow curves, known at even steps, for every sample."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def drawn(points: NDArray[Any], step: int, skip: int, frames: int) -> NDArray[np.float32]:
    """``frames`` values of the straight lines through ``points``, which lie ``step`` samples apart.

    Args:
        skip: samples from the first point to the first value; the points must reach as far as the values.
    """
    points = points.astype(np.float32)
    share = np.arange(step, dtype=np.float32) / np.float32(step)
    lines = points[:-1, None] + np.diff(points)[:, None] * share
    return np.asarray(lines.reshape(-1)[skip : skip + frames])
