"""Second-order filters as sections for scipy.signal.sosfilt."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from autoscore.model.audio import RATE_HZ

Sections = NDArray[np.float64]


def high_pass(edge_hz: float) -> Sections:
    """Butterworth, 12 dB an octave."""
    return np.asarray(signal.butter(2, edge_hz, "highpass", fs=RATE_HZ, output="sos"))


def bell(centre_hz: float, q: float, gain_db: float) -> Sections:
    """Peaking filter (Robert Bristow-Johnson's Audio EQ Cookbook)."""
    amount = 10.0 ** (gain_db / 40.0)
    omega = 2.0 * math.pi * centre_hz / RATE_HZ
    alpha = math.sin(omega) / (2.0 * q)
    above = np.array([1.0 + alpha * amount, -2.0 * math.cos(omega), 1.0 - alpha * amount])
    below = np.array([1.0 + alpha / amount, -2.0 * math.cos(omega), 1.0 - alpha / amount])
    return np.concatenate([above / below[0], below / below[0]])[None, :]
