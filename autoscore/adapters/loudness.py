"""Loudness as ITU-R BS.1770-4 and EBU R128 define it, block by block: memory does not grow with length.

Weighting, gating and true peak are done here because pyloudnorm wants the whole programme in one array, and SciPy's
filters take 0.8 s to load.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autoscore.adapters.convolve import SIZE, Convolver, response_of

FLOOR_LUFS = -70.0
"""The absolute gate of BS.1770; what is quieter counts as silence."""
HOP_S = 0.1
"""Length of the sub-blocks that energies are kept for; gating blocks are four of them (400 ms, 75 % overlap)."""
PEAK_HOP_S = 0.001
"""True peak is looked for in steps of this length."""
_OFFSET_LU = -0.691
_OVERSAMPLING = 4
_REACH = 6
"""Samples on either side that a value between two samples depends on."""
_WEIGHTING_REACH = 4096
"""Samples at 48 kHz after which the weighting's high-pass rings below -140 dB."""
WHOLE = SIZE - _WEIGHTING_REACH
"""Samples at 48 kHz that are weighted at once: blocks of so many, or of several times that, cost least."""
_NEAR = 0.7
"""A step whose largest sample is lower than this share of the highest peak so far is not looked into: between samples
lies 3 dB more at a quarter of the sample rate, and music has little above that."""
_AT_ONCE = 64
"""Steps in one product of matrices: small ones are not shared out to threads, which wait for each other actively."""

Array = NDArray[np.float64]
Samples = NDArray[np.float32]


@cache
def k_weighting(rate_hz: int) -> Array:
    """K-weighting for any rate as second-order sections, shape (2, 6).

    The analogue prototypes behind the coefficients of ITU-R BS.1770-5 (shelf +4 dB at 1682 Hz, high-pass at 38 Hz).
    """
    k = math.tan(math.pi * 1681.974450955533 / rate_hz)
    q, high = 0.7071752369554196, 10 ** (3.999843853973347 / 20)
    band = high**0.4996667741545416
    a0 = 1 + k / q + k * k
    shelf = [
        (high + band * k / q + k * k) / a0, 2 * (k * k - high) / a0, (high - band * k / q + k * k) / a0,
        1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0,
    ]  # fmt: skip
    k = math.tan(math.pi * 38.13547087602444 / rate_hz)
    q = 0.5003270373238773
    a0 = 1 + k / q + k * k
    return np.array([shelf, [1.0, -2.0, 1.0, 1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0]])


def weighting(rate_hz: int, channels: int) -> Convolver:
    """The K-weighting of a stream."""
    from scipy import fft

    reach = _WEIGHTING_REACH * max(1, round(rate_hz / 48_000))
    return Convolver(response_of(k_weighting(rate_hz)), reach, channels, fft)


@cache
def _phases() -> Samples:
    """Low-pass for fourfold interpolation: what lies between two samples (columns) from the twelve around (rows)."""
    at = np.arange(-_REACH * _OVERSAMPLING, _REACH * _OVERSAMPLING + 1)
    taps = np.sinc(at / _OVERSAMPLING) * np.kaiser(len(at), 6.5)
    taps *= _OVERSAMPLING / taps.sum()
    # Between sample n and n + 1, at n + p/4: sample n + j weighs taps[p - 4 j].
    phases = [[taps[24 + p - 4 * j] for p in range(1, _OVERSAMPLING)] for j in range(1 - _REACH, _REACH + 1)]
    return np.asarray(phases, dtype=np.float32)


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


def oversampled_peak(samples: Samples, hop: int, above: float = 0.0) -> Array:
    """True peak (4x) of each hop of ``samples`` (frames, channels), linear; the last hop may be shorter.

    The array's ends count as edges to silence, which overshoot: overlap calls and leave out the first and last hop, or
    use ``Peaks``.

    Args:
        above: hops whose largest sample is lower keep that.
    """
    finder = Peaks(hop, samples.shape[1], above)
    finder.push(samples.T)
    return finder.finish().astype(np.float64)


def sample_peak(samples: Samples, hop: int) -> Array:
    """Largest sample of each hop, over channels, linear; ``samples``: shape (frames, channels)."""
    return _largest(_hops(np.ascontiguousarray(samples.T), hop)).astype(np.float64)


def _hops(samples: Samples, hop: int) -> Samples:
    """``samples`` (channels, n) as (channels, hops, ``hop``), filled up with silence."""
    count = -(-samples.shape[1] // hop)
    if count * hop != samples.shape[1]:
        samples = np.pad(samples, ((0, 0), (0, count * hop - samples.shape[1])))
    return samples.reshape(len(samples), count, hop)


def _largest(hops: Samples) -> Samples:
    highest = np.maximum(hops.max(axis=2, initial=0.0), -hops.min(axis=2, initial=0.0))
    return np.asarray(highest.max(axis=0, initial=0.0), dtype=np.float32)


class Peaks:
    """True peak (4x, linear) of each ``hop`` of a stream, over its channels.

    Args:
        above: hops whose largest sample is lower keep that; None: only ``highest`` is wanted, and of the hops nothing
            is kept.
        hops: how many there will be, where that is known: then there is one array for all of them from the start.
    """

    def __init__(self, hop: int, channels: int, above: float | None = 0.0, hops: int = 0) -> None:
        self._hop, self._above = hop, above
        self._whole = np.zeros(hops, dtype=np.float32)
        self._done = 0
        self._held: Samples = np.zeros((channels, _REACH), dtype=np.float32)
        self._found: list[Samples] = []
        self.highest = 0.0
        """Of the hops that are done."""

    def push(self, samples: Samples) -> None:
        """The next samples, shape (channels, n)."""
        joined = np.concatenate([self._held, samples], axis=1)
        count = max(0, (joined.shape[1] - 2 * _REACH) // self._hop)
        self._held = joined[:, count * self._hop :].copy()
        if count:
            self._measure(joined[:, : count * self._hop + 2 * _REACH])

    def finish(self) -> Samples:
        """The peaks of all hops, shape (hops,); the last one may be shorter."""
        rest = self._held.shape[1] - _REACH
        if rest > 0:
            fill = -(-rest // self._hop) * self._hop - rest + _REACH
            self._measure(np.pad(self._held, ((0, 0), (0, fill))))
            self._held = self._held[:, :0]
        return np.concatenate([self._whole[: self._done], *self._found]) if self._found else self._whole[: self._done]

    def _measure(self, samples: Samples) -> None:
        """Whole hops, with what lies before and after them."""
        hop = self._hop
        inside = samples[:, _REACH : samples.shape[1] - _REACH]
        peaks = _largest(inside.reshape(len(samples), -1, hop))
        self.highest = max(self.highest, float(peaks.max(initial=0.0)))
        least = _NEAR * self.highest if self._above is None else self._above
        places = np.flatnonzero((peaks >= least) & (peaks > 0.0))
        # Each sample's window reaches from five before it to six behind it.
        windows = np.lib.stride_tricks.sliding_window_view(samples[:, 1:], hop + 2 * _REACH - 1, axis=1)[:, ::hop]
        for first in range(0, len(places), _AT_ONCE):
            some = places[first : first + _AT_ONCE]
            around = np.lib.stride_tricks.sliding_window_view(windows[:, some], 2 * _REACH, axis=2)
            between = np.ascontiguousarray(around).reshape(-1, 2 * _REACH) @ _phases()
            largest = np.abs(between).reshape(len(samples), len(some), -1).max(axis=(0, 2))
            peaks[some] = np.maximum(peaks[some], largest)
        self.highest = max(self.highest, float(peaks.max(initial=0.0)))
        if self._above is None:
            return
        if not self._found and self._done + len(peaks) <= len(self._whole):
            self._whole[self._done : self._done + len(peaks)] = peaks
            self._done += len(peaks)
        else:
            self._found.append(peaks)


class Meter:
    """Loudness and true peak of a programme that comes in blocks.

    Args:
        rate_hz: sample rate. channels: all weigh 1 (mono, stereo). true_peak: measure it as well (costs most).
    """

    def __init__(self, rate_hz: int = 48_000, channels: int = 2, *, true_peak: bool = True) -> None:
        self._weighting = weighting(rate_hz, channels)
        self._hop = round(rate_hz * HOP_S)
        self._rest: Samples = np.zeros((channels, 0), dtype=np.float32)
        self._energies: list[Array] = []
        self._peaks = Peaks(round(rate_hz * PEAK_HOP_S), channels, None) if true_peak else None

    def push(self, samples: Samples) -> None:
        """The next samples, shape (frames, channels)."""
        if not len(samples):
            return
        planar = np.ascontiguousarray(samples.T, dtype=np.float32)
        weighted = self._weighting.push(planar)
        if self._rest.shape[1]:
            weighted = np.concatenate([self._rest, weighted], axis=1)
        whole = weighted.shape[1] // self._hop * self._hop
        self._energies.append(hop_products(weighted[:, :whole], weighted[:, :whole], self._hop))
        self._rest = weighted[:, whole:].copy()
        if self._peaks:
            self._peaks.push(planar)

    @property
    def energies(self) -> Array:
        """K-weighted mean squares, summed over channels, of each 100 ms so far."""
        return np.concatenate(self._energies) if self._energies else np.zeros(0)

    @property
    def integrated_lufs(self) -> float:
        """Gated loudness so far, LUFS, -70 of silence."""
        found, rest = self.energies, self._rest.shape[1]
        return integrated_lufs(found if len(found) or not rest else hop_products(self._rest, self._rest, rest))

    @property
    def true_peak_dbtp(self) -> float:
        """Highest peak, dBTP, -120 of silence. Ends the measuring of peaks."""
        if self._peaks:
            self._peaks.finish()
        highest = self._peaks.highest if self._peaks else 0.0
        return float(20.0 * np.log10(max(highest, 1e-6)))


def hop_products(left: Samples, right: Samples, hop: int) -> Array:
    """Mean over each hop of ``left`` times ``right``, both (channels, hops * ``hop``), summed over channels."""
    count = left.shape[1] // hop
    shape = (len(left), count, hop)
    return np.asarray(np.einsum("chn,chn->h", left.reshape(shape), right.reshape(shape)), dtype=np.float64) / hop
