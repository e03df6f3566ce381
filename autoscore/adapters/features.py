"""What is measured on sound, block by block: K-weighted energy, decimation, how tonal it is.

NumPy and SciPy's transforms only: librosa with numba costs seconds to load and some 200 MB, for features that are a few
lines each.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autoscore.adapters import loudness
from autoscore.adapters.convolve import SIZE, Convolver, response_of

Floats = NDArray[np.float32]

HOP_S = 0.005
"""Step of the K-weighted energy."""

TONAL_HOP_S = 0.064
"""Step of the tonality curve."""

LOUDNESS_FLOOR_LUFS = loudness.FLOOR_LUFS

_AT_ONCE = 60
"""Spectra whose ground is looked for together."""


def to_lufs(energy: Any) -> Any:
    """K-weighted mean square, summed over channels, to LUFS (ITU-R BS.1770-5), floor -70."""
    return np.maximum(loudness.lufs(energy), LOUDNESS_FLOOR_LUFS)


def integrated_lufs(energy: NDArray[Any]) -> float | None:
    """Gated loudness, LUFS, of K-weighted energy of each 100 ms; None where everything lies below the absolute gate."""
    found = loudness.integrated_lufs(energy.astype(np.float64))
    return found if found > LOUDNESS_FLOOR_LUFS else None


class EnergyMeter:
    """K-weighted energy every HOP_S, summed over channels."""

    _REACH = 4096
    """Samples after which the weighting's high-pass rings below -140 dB."""

    def __init__(self, rate_hz: int, channels: int) -> None:
        from scipy import fft

        self._weighting = Convolver(
            response_of(loudness.k_weighting(rate_hz)), self._REACH * max(1, rate_hz // 48_000), channels, fft
        )
        self._hop = round(rate_hz * HOP_S)
        self._held = np.zeros(0, np.float32)
        self._parts: list[Floats] = []

    def push(self, samples: Floats) -> None:
        """``samples``: shape (frames, channels)."""
        weighted = self._weighting.push(samples.T)
        power = np.concatenate([self._held, np.einsum("cn,cn->n", weighted, weighted)])
        count = len(power) // self._hop
        self._parts.append(power[: count * self._hop].reshape(count, self._hop).mean(axis=1))
        self._held = power[count * self._hop :]

    def finish(self) -> Floats:
        """Energy from the first sample on; a part of a hop at the end is left out."""
        return np.concatenate([np.zeros(0, np.float32), *self._parts])


class Decimator:
    """Mono at a ``factor``-th of the rate, by a linear-phase low-pass whose delay is taken off."""

    def __init__(self, factor: int) -> None:
        from scipy import fft

        taps = 32 * factor + 1
        n = np.arange(taps) - taps // 2
        lowpass = np.sinc(0.92 * n / factor) * np.hamming(taps)
        self._lowpass = Convolver(np.fft.rfft(lowpass / lowpass.sum(), SIZE), taps - 1, 1, fft)
        self._factor = factor
        self._skip = taps // 2

    def push(self, samples: Floats) -> Floats:
        """``samples``: shape (n,); returns what can be given by now (half a filter's length less at the end)."""
        if not len(samples):
            return np.zeros(0, np.float32)
        late = self._lowpass.push(samples[None, :])[0]
        out: Floats = late[self._skip :: self._factor]
        self._skip = (self._skip - len(late)) % self._factor if self._skip < len(late) else self._skip - len(late)
        return out


class TonalMeter:
    """How much of the spectrum's peaks stay in their place for a quarter and half a second, 0..1.

    Notes stand still, the harmonics of speech glide and noise has no peaks: about .45 in music, .25 in speech and wind.
    A hum that never stops (the median of its block) is taken off first.
    """

    _SIZE = 2048
    _HOP = 1024
    _BLOCK = 480
    _LAGS = (4, 8)

    def __init__(self, rate_hz: int = 16_000) -> None:
        self._bins = slice(120 * self._SIZE // rate_hz, 4000 * self._SIZE // rate_hz)
        self._window = np.hanning(self._SIZE).astype(np.float32)
        self._held = np.zeros(0, np.float32)
        self._peaks = np.zeros((0, self._bins.stop - self._bins.start), np.float32)
        self._tonal: list[Floats] = []

    def push(self, samples: Floats) -> None:
        """``samples``: mono, shape (n,)."""
        self._held = np.concatenate([self._held, samples])
        need = (self._BLOCK - 1) * self._HOP + self._SIZE
        while len(self._held) >= need:
            self._measure(self._held[:need])
            self._held = self._held[self._BLOCK * self._HOP :]

    def finish(self) -> Floats:
        """Tonality every TONAL_HOP_S."""
        if len(self._held) >= self._SIZE:
            self._measure(self._held)
        self._tonal.append(np.zeros(len(self._peaks), np.float32))
        return np.concatenate(self._tonal)

    def _measure(self, samples: Floats) -> None:
        from scipy import fft

        frames = np.lib.stride_tricks.sliding_window_view(samples, self._SIZE)[:: self._HOP]
        spectrum = np.abs(fft.rfft(frames * self._window, axis=1)[:, self._bins])
        level = (20.0 * np.log10(spectrum + 1e-5)).astype(np.float32)
        # dB above the neighbourhood; what is below 3 dB is noise, above 28 dB it counts no more.
        peaks = np.clip(level - _ground(level) - 3.0, 0.0, 25.0)
        if len(peaks) >= self._BLOCK // 2:
            peaks = np.maximum(peaks - np.median(peaks, axis=0), 0.0)
        joined = np.concatenate([self._peaks, peaks])
        last = max(self._LAGS)
        count = max(0, len(joined) - last)
        if count:
            alike = [_cosine(joined[:count], joined[lag : lag + count]) for lag in self._LAGS]
            self._tonal.append(np.mean(alike, axis=0).astype(np.float32))
        self._peaks = joined[count:]


def _ground(level: Floats) -> Floats:
    """Median of the 31 bins around, at every second bin; those between take the mean of their neighbours."""
    padded = np.pad(level, ((0, 0), (15, 15)), mode="symmetric")
    around = np.lib.stride_tricks.sliding_window_view(padded, 31, axis=1)[:, ::2]
    medians = np.empty(around.shape[:2], np.float32)
    for first in range(0, len(around), _AT_ONCE):  # a copy of all windows would be fifteen times as large as ``level``
        some = slice(first, first + _AT_ONCE)
        medians[some] = np.partition(around[some], 15, axis=2)[:, :, 15]
    ground = np.repeat(medians, 2, axis=1)[:, : level.shape[1]]
    between = ground[:, 1:-1:2]
    between[:] = 0.5 * (medians[:, :-1] + medians[:, 1:])[:, : between.shape[1]]
    return np.asarray(ground, dtype=np.float32)


def _cosine(left: Floats, right: Floats) -> NDArray[Any]:
    norm = np.sqrt(np.sum(left * left, axis=1) * np.sum(right * right, axis=1))
    return np.asarray(np.sum(left * right, axis=1) / np.maximum(norm, 1e-6))
