"""Loudness as ITU-R BS.1770-4 and EBU R128 define it, block by block: memory does not grow with length.

The K-weighting filters are pyloudnorm's; gating and true peak are done here because pyloudnorm wants the whole
programme in one array.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

FLOOR_LUFS = -70.0
"""The absolute gate of BS.1770; what is quieter counts as silence."""
HOP_S = 0.1
"""Length of the sub-blocks that energies are kept for; gating blocks are four of them (400 ms, 75 % overlap)."""
_OFFSET_LU = -0.691
_OVERSAMPLING = 4
_EDGE = 16

Array = NDArray[np.float64]


@cache
def k_weighting(rate_hz: int) -> Any:
    """K-weighting as second-order sections for scipy.signal.sosfilt."""
    import pyloudnorm

    meter = pyloudnorm.Meter(rate_hz)
    rows = [np.concatenate([stage.b / stage.a[0], stage.a / stage.a[0]]) for stage in meter._filters.values()]
    return np.vstack(rows)


@cache
def _interpolator() -> NDArray[np.float32]:
    """Low-pass for fourfold interpolation, 12 taps a phase."""
    from scipy.signal import firwin

    taps = firwin(12 * _OVERSAMPLING + 1, 1.0 / _OVERSAMPLING, window=("kaiser", 6.5)) * _OVERSAMPLING
    return np.asarray(taps, dtype=np.float32)


def lufs(energy: float | Array) -> Any:
    """Loudness of a K-weighted mean square (summed over channels), LUFS, not below -120."""
    return _OFFSET_LU + 10.0 * np.log10(np.maximum(energy, 1e-12))


def energy(level_lufs: float | Array) -> Any:
    """The mean square of a loudness; the inverse of ``lufs``."""
    return 10.0 ** ((np.asarray(level_lufs) - _OFFSET_LU) / 10.0)


def windows(energies: Array, length: int) -> Array:
    """Means over ``length`` successive energies, at every position; empty when there are fewer."""
    if len(energies) < length:
        return np.zeros(0)
    total = np.concatenate([[0.0], np.cumsum(energies)])
    means: Array = np.maximum(total[length:] - total[:-length], 0.0) / length
    return means


def integrated_lufs(energies: Array) -> float:
    """Gated loudness of sub-block energies (BS.1770-4: -70 LUFS, then 10 LU below the mean); FLOOR_LUFS of silence."""
    blocks = windows(energies, 4)
    if not len(blocks):  # shorter than one gating block: the whole of it
        return max(FLOOR_LUFS, float(lufs(float(energies.mean())))) if len(energies) else FLOOR_LUFS
    blocks = blocks[lufs(blocks) > FLOOR_LUFS]
    if not len(blocks):
        return FLOOR_LUFS
    gate = lufs(float(blocks.mean())) - 10.0
    return float(lufs(float(blocks[lufs(blocks) > gate].mean())))


def oversampled_peak(samples: NDArray[np.float32], hop: int) -> Array:
    """True peak (4x) of each hop of ``samples`` (frames, channels), linear; the last hop may be shorter.

    The array's ends count as edges to silence, which overshoot: overlap calls and leave out the first and last hop.
    """
    from scipy.signal import upfirdn

    frames = len(samples)
    hops = -(-frames // hop)
    peaks = np.zeros(hops)
    for channel in range(samples.shape[1]):
        taps = _interpolator()
        dense = np.abs(upfirdn(taps, np.ascontiguousarray(samples[:, channel]), up=_OVERSAMPLING))
        delay = (len(taps) - 1) // 2
        dense = dense[delay : delay + frames * _OVERSAMPLING]
        padded = np.zeros(hops * hop * _OVERSAMPLING, dtype=dense.dtype)
        padded[: len(dense)] = dense
        np.maximum(peaks, padded.reshape(hops, -1).max(axis=1), out=peaks)
    return np.maximum(peaks, sample_peak(samples, hop))


def sample_peak(samples: NDArray[np.float32], hop: int) -> Array:
    """Largest sample of each hop, over channels, linear."""
    hops = -(-len(samples) // hop)
    padded = np.zeros((hops * hop, samples.shape[1]), dtype=np.float32)
    padded[: len(samples)] = samples
    peaks: Array = np.abs(padded).reshape(hops, -1).max(axis=1).astype(np.float64) if hops else np.zeros(0)
    return peaks


class Meter:
    """Loudness and true peak of a programme that comes in blocks.

    Args:
        rate_hz: sample rate. channels: all weigh 1 (mono, stereo). true_peak: measure it as well (costs most).
    """

    def __init__(self, rate_hz: int = 48_000, channels: int = 2, *, true_peak: bool = True) -> None:
        self._sections = k_weighting(rate_hz)
        self._state = np.zeros((len(self._sections), 2, channels))
        self._hop = round(rate_hz * HOP_S)
        self._rest = np.zeros(0)
        self._energies: list[Array] = []
        self._true_peak = true_peak
        self._peak = 0.0
        self._last = np.zeros((0, channels), dtype=np.float32)

    def push(self, samples: NDArray[np.float32]) -> None:
        """The next samples, shape (frames, channels)."""
        from scipy.signal import sosfilt

        if not len(samples):
            return
        weighted, self._state = sosfilt(self._sections, samples, axis=0, zi=self._state)
        squares = np.concatenate([self._rest, np.einsum("ij,ij->i", weighted, weighted)])
        whole = len(squares) // self._hop * self._hop
        self._energies.append(squares[:whole].reshape(-1, self._hop).mean(axis=1))
        self._rest = squares[whole:]
        if self._true_peak:
            self._push_peak(np.asarray(samples, dtype=np.float32))

    def _push_peak(self, samples: NDArray[np.float32]) -> None:
        joined = np.concatenate([self._last, samples])
        hop = self._hop
        plain = sample_peak(joined, hop)
        self._peak = max(self._peak, float(plain.max(initial=0.0)))
        # Between samples a peak is at most about 6 dB higher: quieter hops cannot hold the maximum.
        for index in np.flatnonzero(plain > 0.5 * self._peak):
            start = max(0, index * hop - _EDGE)
            fine = oversampled_peak(joined[start : (index + 1) * hop + 2 * _EDGE], _EDGE)
            # A cut edge looks like a click to the interpolator: only what lies inside counts.
            fine = fine[1 if start or len(self._last) else 0 : -2]
            self._peak = max(self._peak, float(fine.max(initial=0.0)))
        self._last = joined[-3 * _EDGE :]

    @property
    def energies(self) -> Array:
        """K-weighted mean squares, summed over channels, of each 100 ms so far."""
        return np.concatenate(self._energies) if self._energies else np.zeros(0)

    @property
    def integrated_lufs(self) -> float:
        """Gated loudness so far, LUFS, -70 of silence."""
        found = self.energies
        return integrated_lufs(found if len(found) or not len(self._rest) else np.array([self._rest.mean()]))

    @property
    def true_peak_dbtp(self) -> float:
        """Highest peak so far, dBTP, -120 of silence."""
        return float(20.0 * np.log10(max(self._peak, 1e-6)))
