"""The room: a synthesised stereo impulse response, and convolution with it block by block."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft, signal

from autoscore import tables
from autoscore.model.audio import RATE_HZ

Samples = NDArray[np.float32]
_BANDS_HZ = (250.0, 2500.0)
_LONGEST_S = 4.5
_CROSSFEED = 0.2
"""Share of the other side that excites each side of the room, so that a sound panned hard is still all around."""


@lru_cache(maxsize=8)
def room(rt60_s: float) -> Samples:
    """The late answer of a room of reverberation time ``rt60_s`` (at middle frequencies), each side of unit energy.

    Decaying noise in three bands (lows ring a little longer, highs shorter), high-passed and low-passed as in
    tables/reverb.toml; shape (frames, 2), always the same for the same time. First reflections and pre-delay depend on
    who sits where: see the desk.
    """
    table = tables.read("reverb.toml")
    random = np.random.default_rng(int(table["seed"]))
    frames = round(min(_LONGEST_S, rt60_s * max(1.0, table["low_share"])) * RATE_HZ)
    time_s = np.arange(frames)[:, None] / RATE_HZ
    common, apart = random.standard_normal((frames, 1)), random.standard_normal((frames, 2))
    share = float(table["correlation"])
    noise = np.sqrt(share) * common + np.sqrt(1.0 - share) * apart
    tail = np.zeros((frames, 2))
    low, high = _BANDS_HZ
    edges = (("lowpass", low), ("bandpass", (low, high)), ("highpass", high))
    for (kind, edge), factor in zip(edges, (table["low_share"], 1.0, table["high_share"]), strict=True):
        band = signal.sosfilt(signal.butter(2, edge, kind, fs=RATE_HZ, output="sos"), noise, axis=0)
        tail += band * 10.0 ** (-3.0 * time_s / max(0.1, rt60_s * factor))
    # The diffuse field needs a moment to build up.
    tail *= 1.0 - np.exp(-time_s / (table["build_up_ms"] / 1000.0))
    passes = [
        signal.butter(2, table["highpass_hz"], "highpass", fs=RATE_HZ, output="sos"),
        signal.butter(1, table["lowpass_hz"], "lowpass", fs=RATE_HZ, output="sos"),
    ]
    tail = signal.sosfilt(np.vstack(passes), tail, axis=0)
    tail /= np.sqrt((tail**2).sum(axis=0))
    return np.ascontiguousarray(tail, dtype=np.float32)


class Convolver:
    """Convolves a stereo stream with a room. ``block`` is the length of every ``push`` but the last."""

    def __init__(self, room: Samples, block: int) -> None:
        self._block = block
        self.length = len(room)
        self._size = fft.next_fast_len(block + len(room) - 1, real=True)
        self._spectrum = fft.rfft(room, self._size, axis=0, workers=2)
        self._tail: Samples = np.zeros((len(room) - 1, 2), dtype=np.float32)

    def push(self, samples: Samples) -> Samples:
        """The room's answer during ``samples`` (frames, 2), at most a block long."""
        frames = len(samples)
        fed = (1.0 - _CROSSFEED) * samples + _CROSSFEED * samples[:, ::-1]
        if not fed.any() and not self._tail.any():
            return np.zeros((frames, 2), dtype=np.float32)
        spectrum = fft.rfft(fed.astype(np.float32, copy=False), self._size, axis=0, workers=2)
        wet = fft.irfft(spectrum * self._spectrum, self._size, axis=0, workers=2)[: frames + self.length - 1]
        wet = np.asarray(wet, dtype=np.float32)
        overlap = min(len(self._tail), len(wet))
        wet[:overlap] += self._tail[:overlap]
        self._tail = wet[frames:].copy()
        return wet[:frames]
