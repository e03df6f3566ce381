"""Second-order filters as sections (rows b0 b1 b2 a0 a1 a2), and the responses of Butterworth filters.

Written out here because scipy.signal takes 0.8 s to load.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autoscore.model.audio import RATE_HZ

Sections = NDArray[np.float64]


def high_pass(edge_hz: float) -> Sections:
    """Butterworth, 12 dB an octave."""
    cosine, alpha = _corner(edge_hz)
    outer = 0.5 * (1.0 + cosine)
    return np.array([[outer, -2.0 * outer, outer, 1.0 + alpha, -2.0 * cosine, 1.0 - alpha]]) / (1.0 + alpha)


def low_pass(edge_hz: float) -> Sections:
    """Butterworth, 12 dB an octave."""
    cosine, alpha = _corner(edge_hz)
    outer = 0.5 * (1.0 - cosine)
    return np.array([[outer, 2.0 * outer, outer, 1.0 + alpha, -2.0 * cosine, 1.0 - alpha]]) / (1.0 + alpha)


def _corner(edge_hz: float) -> tuple[float, float]:
    """Cosine of the edge, and what makes a section there maximally flat (Audio EQ Cookbook, Q = 0.7071)."""
    omega = 2.0 * math.pi * edge_hz / RATE_HZ
    return math.cos(omega), math.sin(omega) * math.sqrt(0.5)


def butterworth(order: int, low_hz: float | None, high_hz: float | None, size: int) -> NDArray[np.complex128]:
    """Response at ``np.fft.rfftfreq(size)`` of a Butterworth filter of order 1 or 2 that passes low_hz .. high_hz.

    The analogue prototype seen through the bilinear transform; a band has ``order`` on each side.
    """
    bins = np.fft.rfftfreq(size)
    bins[-1] = min(bins[-1], 0.5 - 1e-9)
    at = 1j * np.tan(np.pi * bins)
    at[0] = 1e-12j
    low, high = (math.tan(math.pi * hz / RATE_HZ) if hz else None for hz in (low_hz, high_hz))
    if low and high:
        along = (at * at + low * high) / ((high - low) * at)
    elif low:
        along = low / at
    else:
        assert high is not None
        along = at / high
    return np.asarray(1.0 / (1.0 + along) if order == 1 else 1.0 / (1.0 + math.sqrt(2.0) * along + along * along))


def bell(centre_hz: float, q: float, gain_db: float) -> Sections:
    """Peaking filter (Robert Bristow-Johnson's Audio EQ Cookbook)."""
    amount = 10.0 ** (gain_db / 40.0)
    omega = 2.0 * math.pi * centre_hz / RATE_HZ
    alpha = math.sin(omega) / (2.0 * q)
    above = np.array([1.0 + alpha * amount, -2.0 * math.cos(omega), 1.0 - alpha * amount])
    below = np.array([1.0 + alpha / amount, -2.0 * math.cos(omega), 1.0 - alpha / amount])
    return np.concatenate([above / below[0], below / below[0]])[None, :]


def shelf(corner_hz: float, gain_db: float, *, high: bool) -> Sections:
    """Shelf of slope 1 above (``high``) or below the corner (Audio EQ Cookbook)."""
    amount = 10.0 ** (gain_db / 40.0)
    omega = 2.0 * math.pi * corner_hz / RATE_HZ
    sign = -1.0 if high else 1.0  # the two differ by the sign of the cosine terms
    cosine = sign * math.cos(omega)
    root = 2.0 * math.sqrt(amount) * math.sin(omega) / 2.0 * math.sqrt(2.0)
    above = amount * np.array(
        [
            (amount + 1) - (amount - 1) * cosine + root,
            2 * sign * ((amount - 1) - (amount + 1) * cosine),
            (amount + 1) - (amount - 1) * cosine - root,
        ]
    )
    below = np.array(
        [
            (amount + 1) + (amount - 1) * cosine + root,
            -2 * sign * ((amount - 1) + (amount + 1) * cosine),
            (amount + 1) + (amount - 1) * cosine - root,
        ]
    )
    return np.concatenate([above / below[0], below / below[0]])[None, :]


def chain(rows: Sequence[Mapping[str, Any]]) -> Sections:
    """The filters of rows of tables/desk.toml, one after the other; shape (0, 6) where there are none.

    Raises:
        ValueError: a row's ``kind`` is unknown.
    """
    return np.vstack([np.zeros((0, 6)), *(_filter(row) for row in rows)])


def _filter(row: Mapping[str, Any]) -> Sections:
    kind, hz = row["kind"], float(row["hz"])
    if kind == "bell":
        return bell(hz, float(row["q"]), float(row["db"]))
    if kind in ("low_shelf", "high_shelf"):
        return shelf(hz, float(row["db"]), high=kind == "high_shelf")
    if kind in ("high_pass", "low_pass"):
        return (high_pass if kind == "high_pass" else low_pass)(hz)
    raise ValueError(f"desk.toml: there is no filter {kind!r}")
