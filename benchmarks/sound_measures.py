"""Measures of a sound alone: spectra, bands, loudness over time, the decay of what stops."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from autoscore.adapters.loudness import Meter, lufs, windows
from autoscore.model.audio import RATE_HZ

Array = NDArray[np.float64]
FRAME, HOP = 2048, 1024


def spectra(mono: Array) -> tuple[Array, Array]:
    """Power of each frame of 2048 at hops of 1024, and each frame's centroid in Hz (magnitudes, as the shared tool)."""
    frames = np.lib.stride_tricks.sliding_window_view(mono, FRAME)[::HOP]
    power = np.empty((len(frames), FRAME // 2 + 1))
    centres = np.empty(len(frames))
    hz = np.fft.rfftfreq(FRAME, 1 / RATE_HZ)
    for at in range(0, len(frames), 512):
        magnitude = np.abs(np.fft.rfft(frames[at : at + 512] * np.hanning(FRAME), axis=1))
        power[at : at + 512] = magnitude**2
        centres[at : at + 512] = (magnitude * hz).sum(axis=1) / (magnitude.sum(axis=1) + 1e-12)
    return power, centres


def band_db(power: Array, low_hz: float, high_hz: float) -> float:
    """Level of all frames between two frequencies, dB."""
    hz = np.fft.rfftfreq(FRAME, 1 / RATE_HZ)
    return float(10 * np.log10(power[:, (hz >= low_hz) & (hz < high_hz)].sum() + 1e-12))


def octaves_db(power: Array) -> dict[int, float]:
    """Level of each octave from its lower edge in Hz, dB against the whole."""
    whole = band_db(power, 30, 20_000)
    return {low: band_db(power, low, 2 * low) - whole for low in (62, 125, 250, 500, 1000, 2000, 4000, 8000)}


def short_term(sound: NDArray[np.float32]) -> tuple[Array, Array]:
    """Loudness of every 3 s, LUFS, at steps of 100 ms: (time of the middle from the first sample, level)."""
    meter = Meter(RATE_HZ, true_peak=False)
    meter.push(sound)
    level = lufs(windows(meter.energies, 30))
    return 1.5 + 0.1 * np.arange(len(level)), np.asarray(level)


def early_decay_s(mono: Array) -> float | None:
    """Early decay: 60 dB at the rate of the first 10 dB after a sound stops; None where fewer than three do.

    Most sounds end of themselves more slowly than the room does: the quickest quarter of the places says how it rings.

    Places: the level (50 ms) is the highest of the half second before, and falls by 15 dB or more within 2.5 s without
    rising again by more than 1.5 dB on the way.
    """
    hop = RATE_HZ // 100
    steps = (mono[: len(mono) // hop * hop].reshape(-1, hop) ** 2).mean(axis=1)
    level = 10 * np.log10(np.convolve(steps, np.ones(5) / 5, mode="same") + 1e-12)
    times: list[float] = []
    at = 50
    while at < len(level) - 250:
        if level[at] < level.max() - 45 or level[at] < level[at - 50 : at + 3].max():
            at += 1
            continue
        lowest, end = level[at], at
        for step in range(at, at + 250):
            if level[step] > lowest + 1.5:
                break
            if level[step] < lowest:
                lowest, end = level[step], step
        if level[at] - lowest >= 15.0:
            below = int(np.argmax(level[at:end] <= level[at] - 10.0))
            times.append(below / 100.0 * 6.0)
            at = end
        at += 1
    return float(np.percentile(times, 25.0)) if len(times) >= 3 else None
