"""A true-peak limiter, solved on an envelope before any sample moves; and what it makes of a sound file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from autoscore import tables
from autoscore.adapters.loudness import Peaks
from autoscore.adapters.soundfiles import SoundWriter, file_info, read_file

Array = NDArray[np.float64]
STEP_S = 0.001
"""Step of the limiter's envelope and of its gain curve."""
_RELEASE_DB = 8.0
"""The limiter lets go of this much in one release time."""


def reduction(peaks: Array, gain_db: float, ceiling_dbtp: float) -> Array:
    """Gain reduction in dB, <= 0, per STEP_S, so that no peak passes the ceiling.

    Every step already carries what the peaks of the look-ahead need, lets go linearly in dB, and is then smoothed
    within the look-ahead, so that it never rises above what a peak allows.

    Args:
        peaks: true peak of each STEP_S, linear, before ``gain_db``.
    """
    table = tables.read("loudness.toml")["limiter"]
    over_db = np.maximum(0.0, 20.0 * np.log10(np.maximum(peaks, 1e-9)) + gain_db - ceiling_dbtp)
    if not over_db.any():
        return np.zeros(len(peaks))
    ahead = max(1, round(table["lookahead_ms"] / 1000.0 / STEP_S))
    held = maximum_filter1d(over_db, 2 * ahead + 1, mode="constant")
    # A release linear in dB is a running maximum of (reduction + slope * time).
    slope = _RELEASE_DB / (table["release_ms"] / 1000.0) * STEP_S
    ramp = slope * np.arange(len(held))
    released = np.maximum(np.maximum.accumulate(held + ramp) - ramp, 0.0)
    smooth: Array = -uniform_filter1d(released, 2 * ahead - 1, mode="nearest")
    return smooth


def limited(source: Path, target: Path, *, gain_db: float, ceiling_dbtp: float) -> None:
    """Writes a sound file anew with a static gain and no peak above the ceiling, in blocks.

    Raises:
        StorageError: it cannot be read or written.
    """
    _, rate_hz, channels = file_info(source)
    step = round(rate_hz * STEP_S)
    finder = Peaks(step, channels)
    for block in read_file(source):
        finder.push(block.samples.T)
    curve_db = gain_db + reduction(finder.finish(), gain_db, ceiling_dbtp)
    centres = (np.arange(len(curve_db)) + 0.5) * step
    at = 0
    with SoundWriter(target, rate_hz=rate_hz, channels=channels) as writer:
        for block in read_file(source):
            frames = at + np.arange(len(block.samples))
            gain = 10.0 ** (np.interp(frames, centres, curve_db) / 20.0)
            writer.write(block.samples * gain[:, None].astype(np.float32))
            at += len(frames)
