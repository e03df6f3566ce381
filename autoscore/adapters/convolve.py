"""Long filters on streams, by overlap-save. ``scipy.signal`` takes longer to load than to use here."""

from __future__ import annotations

from functools import lru_cache
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
        fft: whose transforms: ``scipy.fft`` takes a third of the time of NumPy's, but 0.2 s to load.
    """

    def __init__(self, response: NDArray[Any], reach: int, channels: int, fft: Any = np.fft) -> None:
        self._response = response.astype(np.complex64)
        self._reach = reach
        self._before = np.zeros((channels, reach), np.float32)
        self._fft = fft

    def push(self, samples: Floats) -> Floats:
        """``samples``: shape (channels, n); returns as many."""
        count, hop = samples.shape[1], SIZE - self._reach
        frames, self._before = framed(self._before, samples, SIZE)
        spectrum = self._fft.rfft(frames, axis=2)
        spectrum *= self._response
        filtered = self._fft.irfft(spectrum, SIZE, axis=2)[:, :, self._reach :]
        if frames.shape[1] == 1:
            return np.asarray(filtered[:, 0, :count], dtype=np.float32)
        return np.asarray(filtered.reshape(len(samples), frames.shape[1] * hop)[:, :count], dtype=np.float32)

    def skip(self, samples: Floats) -> None:
        """As ``push`` where nobody wants the outcome."""
        if self._reach:
            self._before = np.concatenate([self._before, samples[:, -self._reach :]], axis=1)[:, -self._reach :].copy()


def framed(before: Floats, samples: Floats, size: int) -> tuple[Floats, Floats]:
    """``samples`` (channels, n) as overlapping frames (channels, pieces, ``size``), and what comes before the next.

    ``before``, shape (channels, reach), is what came before them; each frame begins with its ``reach`` samples of past.
    The last one is filled up with silence.
    """
    reach, count = before.shape[1], samples.shape[1]
    hop = size - reach
    pieces = max(1, -(-count // hop))
    padded = np.zeros((len(samples), reach + pieces * hop), np.float32)
    padded[:, :reach] = before
    padded[:, reach : reach + count] = samples
    after = padded[:, count : count + reach].copy()
    return np.lib.stride_tricks.sliding_window_view(padded, size, axis=1)[:, ::hop], after


def response_of(sections: NDArray[np.float64], size: int = SIZE) -> NDArray[np.complex128]:
    """Frequency response of second-order sections (rows b0 b1 b2 a0 a1 a2) at ``np.fft.rfftfreq(size)``."""
    delay = _delay(size)
    found = np.ones(len(delay), np.complex128)
    for b0, b1, b2, a0, a1, a2 in sections:
        found *= b0 + delay * (b1 + delay * b2)
        found /= a0 + delay * (a1 + delay * a2)
    return found


@lru_cache(maxsize=2)
def _delay(size: int) -> NDArray[np.complex128]:
    """Response of one sample's delay."""
    delay: NDArray[np.complex128] = np.exp(-2j * np.pi * np.fft.rfftfreq(size))
    delay.setflags(write=False)
    return delay
