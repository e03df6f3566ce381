"""The room: a synthesised stereo impulse response, and convolution with it block by block."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from autoscore import tables
from autoscore.model.audio import RATE_HZ
from autoscore.stages.mix.filters import butterworth

Samples = NDArray[np.float32]
_BANDS_HZ = (250.0, 2500.0)
_LONGEST_S = 4.5
_CROSSFEED = 0.2
"""Share of the other side that excites each side of the room, so that a sound panned hard is still all around."""


@lru_cache(maxsize=1)
def room(rt60_s: float) -> Samples:
    """The late answer of a room of reverberation time ``rt60_s`` (at middle frequencies), each side of unit energy.

    Decaying noise in three bands (lows ring a little longer, highs shorter), high-passed and low-passed as in
    tables/reverb.toml; shape (2, frames), always the same for the same time. First reflections and pre-delay depend on
    who sits where: see the desk.
    """
    table = tables.read("reverb.toml")
    random = np.random.default_rng(int(table["seed"]))
    frames = round(min(_LONGEST_S, rt60_s * max(1.0, table["low_share"])) * RATE_HZ)
    time_s = np.arange(frames) / RATE_HZ
    common, apart = random.standard_normal((frames, 1)), random.standard_normal((frames, 2))
    share = float(table["correlation"])
    noise = (np.sqrt(share) * common + np.sqrt(1.0 - share) * apart).T
    tail = np.zeros((2, frames))
    size = fft.next_fast_len(frames + RATE_HZ, real=True)
    low, high = _BANDS_HZ
    edges = ((None, low), (low, high), (high, None))
    spectrum = fft.rfft(noise, size, axis=1)
    for (over_hz, under_hz), factor in zip(edges, (table["low_share"], 1.0, table["high_share"]), strict=True):
        band = fft.irfft(spectrum * butterworth(2, over_hz, under_hz, size), size, axis=1)[:, :frames]
        tail += band * 10.0 ** (-3.0 * time_s / max(0.1, rt60_s * factor))
    # The diffuse field needs a moment to build up.
    tail *= 1.0 - np.exp(-time_s / (table["build_up_ms"] / 1000.0))
    passes = butterworth(2, table["highpass_hz"], None, size) * butterworth(1, None, table["lowpass_hz"], size)
    tail = fft.irfft(fft.rfft(tail, size, axis=1) * passes, size, axis=1)[:, :frames]
    tail /= np.sqrt((tail**2).sum(axis=1, keepdims=True))
    return np.ascontiguousarray(tail, dtype=np.float32)


def responses_of(room: Samples, size: int) -> NDArray[np.complex64]:
    """Middle to middle, side to middle, middle to side, side to side, for transforms of ``size``.

    Each side is fed with its own sound and a share of the other: with that much less of the side signal.
    """
    left, right = fft.rfft(room, size, axis=1)
    narrow = np.float32(1.0 - 2.0 * _CROSSFEED)
    same, other = 0.5 * (left + right), 0.5 * (left - right)
    return np.stack([same, narrow * other, other, narrow * same]).astype(np.complex64)


class Room:
    """Convolves a stream in middle and side with a room.

    Args:
        responses: see ``responses_of``. frames: how long the room answers.
        size: of a transform, more than ``frames``. What is pushed is cut into pieces that fit, which are transformed
            together: four transforms at once take the time of two.
    """

    def __init__(self, responses: NDArray[np.complex64], frames: int, size: int) -> None:
        self.length = frames
        self._size, self._responses = size, responses
        self._tail: Samples = np.zeros((2, frames - 1), dtype=np.float32)

    def push(self, samples: Samples) -> Samples:
        """The room's answer during ``samples``, (2, frames): middle and side."""
        frames = samples.shape[1]
        if not samples.any():
            wet, self._tail = self._tail[:, :frames], self._tail[:, frames:]
            short = self.length - 1 - self._tail.shape[1]
            self._tail = np.pad(self._tail, ((0, 0), (0, short)))
            return np.pad(wet, ((0, 0), (0, frames - wet.shape[1])))
        step, reach = self._size - self.length + 1, self.length - 1
        pieces = -(-frames // step)
        step = -(-frames // pieces)
        cut = np.zeros((2, pieces, self._size), dtype=np.float32)
        for place in range(pieces):
            piece = samples[:, place * step : (place + 1) * step]
            cut[:, place, : piece.shape[1]] = piece
        middle, side = fft.rfft(cut, axis=2, overwrite_x=True)
        del cut  # each of these is 6 MB
        a, b, c, d = self._responses
        spectrum = np.empty((2, *middle.shape), dtype=np.complex64)
        for row, (of_middle, of_side) in zip(spectrum, ((a, b), (c, d)), strict=True):
            np.multiply(middle, of_middle, out=row)
            row += side * of_side
        del middle, side
        answers = fft.irfft(spectrum, self._size, axis=2, overwrite_x=True)
        del spectrum
        wet = np.zeros((2, pieces * step + reach), dtype=np.float32)
        wet[:, :reach] = self._tail
        for place in range(pieces):
            wet[:, place * step : (place + 1) * step + reach] += answers[:, place, : step + reach]
        self._tail = wet[:, frames : frames + reach].copy()
        return wet[:, :frames]
