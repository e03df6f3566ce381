"""First reflections: the walls near by, for each row of the seating plan."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from autoscore import tables
from autoscore.model.audio import RATE_HZ

Tap = tuple[int, float, float, bool]
"""Delay in samples, gains to left and right, and whether it comes from the other side."""


@lru_cache(maxsize=8)
def early_taps(seat: str) -> tuple[Tap, ...]:
    """Reflections of one row's walls, unit energy in all: ever denser and softer, from both sides. Always the same."""
    desk = tables.read("desk.toml")
    early = desk["early"]
    rows = sorted(desk["rows"])
    random = np.random.default_rng([int(early["seed"]), rows.index(seat)])
    first_ms, last_ms, count = float(desk["rows"][seat]["first_ms"]), float(early["last_ms"]), int(early["count"])
    taps: list[Tap] = []
    for index in range(count):
        # Evenly on a logarithmic scale, shaken so that no two echoes make a pitch.
        share = (index + float(random.uniform(-0.3, 0.3)) * (index > 0)) / (count - 1)
        at_ms = first_ms * (last_ms / first_ms) ** min(1.0, share)
        strength = 10.0 ** (-0.55 * at_ms / last_ms) * (1.0 if random.random() < 0.5 else -1.0)
        lean = float(random.uniform(0.25, 0.75))
        taps.append((round(at_ms * RATE_HZ / 1000.0), strength * lean, strength * (1.0 - lean), index % 2 == 1))
    energy = sum(left**2 + right**2 for _, left, right, _ in taps) / 2.0
    return tuple((at, left / energy**0.5, right / energy**0.5, crossed) for at, left, right, crossed in taps)


@lru_cache(maxsize=1)
def walls_of(seat: str, size: int) -> NDArray[np.complex128]:
    """Responses of one row's walls at ``np.fft.rfftfreq(size)``: middle to middle, side to middle, middle to side, side
    to side.
    """
    answers = np.zeros((4, size))  # left from left, left from right, right from left, right from right
    for at, left, right, crossed in early_taps(seat):
        answers[1 if crossed else 0, at] += left
        answers[2 if crossed else 3, at] += right
    a, b, c, d = np.fft.rfft(answers, axis=1)
    return np.asarray(0.5 * np.stack([a + b + c + d, a - b + c - d, a + b - c - d, a - b - c + d]))
