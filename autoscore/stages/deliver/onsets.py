"""When is the strongest attack heard? Measured in sound alone, without knowing where it was meant to be.

Energy is followed in seven bands, every millisecond. Candidates are the moments of the steepest rise in level, summed
over bands (log energy above a floor, so that a soft attack in a quiet place counts and noise does not); the strongest
one in the window wins, wherever it lies. Its onset is then read from the bands that rise: the moment where their energy
comes within 10 dB of the peak that follows - the same point that instrument attacks are measured at (craft guide 6.2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HOP_S = 0.001
BEFORE_S = 0.25
AFTER_S = 0.15
"""Sound that a search needs before and after its window."""

_FINE, _COARSE = 256, 1024
_FINE_BANDS_HZ = ((700.0, 1500.0), (1500.0, 3000.0), (3000.0, 6000.0), (6000.0, 14000.0))
_COARSE_BANDS_HZ = ((40.0, 140.0), (140.0, 300.0), (300.0, 700.0))
_STEP_LEAD = 0.19
"""A sudden step reaches -10 dB of its Hann-windowed power this share of a window before it happens."""

_REACH_S = 0.010
"""Levels are compared this long before and after a moment."""
_FLOOR = 1e-4
"""Energy this far below the loudest band in the window does not count."""
_LEAST_RISE_DB = 2.3
"""Mean over bands: steady noise reaches 1.5, one band of seven that rises by 20 dB reaches 2.9."""
_PEAK_WITHIN_S = 0.060
_ONSET_RATIO = 0.1

Curve = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Onset:
    """``time_s`` on the clock of the search, ``rise_db`` the rise of its bands, weighted by their energy."""

    time_s: float
    rise_db: float


def _powers(samples: Curve, rate_hz: int, size: int, bands: tuple[tuple[float, float], ...], hops: int) -> Curve:
    """Energy per band (rows) and millisecond (columns), tilted by 3 dB an octave so that each octave weighs alike."""
    hop = round(rate_hz * HOP_S)
    from scipy import fft

    padded = np.pad(samples.astype(np.float32), (size // 2, size))
    window = np.hanning(size + 1)[:-1].astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[: hops * hop : hop] * window
    found = fft.rfft(frames, axis=1)
    spectrum = found.real**2 + found.imag**2
    frequency = np.fft.rfftfreq(size, 1.0 / rate_hz).astype(np.float32)
    inside = [(frequency >= low) & (frequency < high) for low, high in bands]
    # Not by products of matrices: OpenBLAS would share them out to threads, which wait for each other actively.
    rows = [np.einsum("tf,f->t", spectrum[:, some], frequency[some]) for some in inside]
    return np.array(rows, dtype=np.float64) / float(window @ window)


def _moved(rows: Curve, by: int) -> Curve:
    """``rows`` as they are ``by`` columns later, the ends held."""
    index = np.clip(np.arange(rows.shape[1]) + by, 0, rows.shape[1] - 1)
    return rows[:, index]


def strongest_onset(samples: Curve, rate_hz: int, *, start_s: float, from_s: float, to_s: float) -> Onset | None:
    """The strongest attack with ``from_s`` <= time <= ``to_s``; None where nothing rises enough.

    Args:
        samples: one channel; should reach BEFORE_S before and AFTER_S after the window.
        start_s: time of the first sample, on the clock of ``from_s`` and ``to_s``.
    """
    hops = int(len(samples) / rate_hz / HOP_S)
    if hops < 50 or not np.any(samples):
        return None
    fine = _powers(samples, rate_hz, _FINE, _FINE_BANDS_HZ, hops)
    coarse = _powers(samples, rate_hz, _COARSE, _COARSE_BANDS_HZ, hops)
    bands = np.vstack([coarse, fine])
    lead = np.array([_COARSE] * len(coarse) + [_FINE] * len(fine)) * _STEP_LEAD / rate_hz
    top = bands.max()
    if top <= 0:
        return None
    level = 10.0 * np.log10(bands / top + _FLOOR)
    reach = round(_REACH_S / HOP_S)
    rise = np.maximum(0.0, _moved(level, reach) - _moved(level, -reach))
    weight = (_moved(bands, reach) / top) ** 0.25
    strength = (rise * weight).sum(axis=0) / len(bands)
    first = max(reach, int(np.ceil((from_s - start_s) / HOP_S - 1e-6)))
    last = min(hops - reach - 1, int(np.floor((to_s - start_s) / HOP_S + 1e-6)))
    if last <= first:
        return None
    at = first + int(np.argmax(strength[first : last + 1]))
    if strength[at] < _LEAST_RISE_DB:
        return None
    share = rise[:, at] * weight[:, at]
    rows = np.flatnonzero(share > 0.25 * share.max())
    times = np.array([_crossing(bands[row], at) * HOP_S + lead[row] for row in rows])
    time_s = start_s + _weighted_median(times, share[rows])
    return Onset(time_s=time_s, rise_db=float(strength[at]))


def _crossing(energy: Curve, at: int) -> float:
    """Column (fractional) where ``energy`` last passes -10 dB between what lies before and the peak after ``at``."""
    peak_at = at + int(np.argmax(energy[at : at + round(_PEAK_WITHIN_S / HOP_S)]))
    base = float(energy[max(0, at - 40) : max(1, at - 5)].min(initial=float(energy[at])))
    threshold = base + _ONSET_RATIO * max(0.0, float(energy[peak_at]) - base)
    column = peak_at
    while column > 0 and energy[column - 1] > threshold and peak_at - column < 120:
        column -= 1
    low, high = float(energy[column - 1]) if column else 0.0, float(energy[column])
    return column - (high - threshold) / (high - low) if high > low else float(column)


def _weighted_median(values: Curve, weights: Curve) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, 0.5 * total[-1])])
