"""Long filters on streams, by overlap-save. NumPy alone: scipy.signal takes longer to load than to use here."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SIZE = 32_768
"""Samples of one transform: the cheapest on blocks of some seconds."""


class Convolver:
    """Filters samples portion by portion; each output sample depends on itself and the ``reach`` samples before it.

    Args:
        response: the filter's frequency response at ``np.fft.rfftfreq(SIZE)``, complex. Its impulse response must have
            died away after ``reach`` samples.
        channels: how many are filtered, alike.
    """

    def __init__(self, response: NDArray[Any], reach: int, channels: int) -> None:
        self._response = response.astype(np.complex64)
        self._reach = reach
        self._before = np.zeros((channels, reach), np.float32)

    def push(self, samples: Floats) -> Floats:
        """``samples``: shape (channels, n); returns as many."""
        count, hop = samples.shape[1], SIZE - self._reach
        pieces = max(1, -(-count // hop))
        padded = np.zeros((len(samples), self._reach + pieces * hop), np.float32)
        padded[:, : self._reach] = self._before
        padded[:, self._reach : self._reach + count] = samples
        self._before = padded[:, count : count + self._reach].copy()
        frames = np.lib.stride_tricks.sliding_window_view(padded, SIZE, axis=1)[:, ::hop]
        filtered = np.fft.irfft(np.fft.rfft(frames, axis=2) * self._response, axis=2)
        return np.asarray(filtered[:, :, self._reach :].reshape(len(samples), -1)[:, :count], dtype=np.float32)


def response_of(sections: NDArray[np.float64]) -> NDArray[np.complex128]:
    """Frequency response of second-order sections (rows b0 b1 b2 a0 a1 a2) at ``np.fft.rfftfreq(SIZE)``."""
    delay = np.exp(-2j * np.pi * np.fft.rfftfreq(SIZE))
    powers = np.stack([np.ones_like(delay), delay, delay * delay])
    found = np.ones(len(delay), np.complex128)
    for section in sections:
        found *= (section[:3] @ powers) / (section[3:] @ powers)
    return found
