"""A true-peak limiter, solved on an envelope before any sample moves; and what it makes of a sound file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from autoscore import tables
from autoscore.adapters.loudness import Peaks
from autoscore.adapters.soundfiles import SoundWriter, file_info, read_file

Curve = NDArray[np.float32]
_ROUNDING_DB = 1e-4
"""Taken off more, for what single precision loses."""
_AT_ONCE = 100_000
STEP_S = 0.001
"""Step of the limiter's envelope and of its gain curve."""
_RELEASE_DB = 8.0
"""The limiter lets go of this much in one release time."""


def reduction(peaks: NDArray[Any], gain_db: float, ceiling_dbtp: float) -> Curve:
    """Gain reduction in dB, <= 0, per STEP_S, so that no peak passes the ceiling.

    Every step already carries what the peaks of the look-ahead need, lets go linearly in dB, and is then smoothed
    within the look-ahead, so that it never rises above what a peak allows.

    Args:
        peaks: true peak of each STEP_S, linear, before ``gain_db``.
    """
    table = tables.read("loudness.toml")["limiter"]
    over_db: Curve = np.maximum(peaks, np.float32(1e-9), dtype=np.float32, casting="same_kind")
    np.log10(over_db, out=over_db)
    over_db *= np.float32(20.0)
    over_db += np.float32(gain_db - ceiling_dbtp)
    np.maximum(over_db, np.float32(0.0), out=over_db)
    if not over_db.any():
        return np.asarray(over_db)
    ahead = max(1, round(table["lookahead_ms"] / 1000.0 / STEP_S))
    held = over_db
    for part, around in _parts(held, ahead, edges=False):
        part[:] = maximum_filter1d(around, 2 * ahead + 1)[ahead:-ahead]
    # A release linear in dB is a running maximum of (reduction + slope * time).
    slope = _RELEASE_DB / (table["release_ms"] / 1000.0) * STEP_S
    ramp = slope * np.arange(_AT_ONCE + 1)
    before = 0.0
    for first in range(0, len(held), _AT_ONCE):
        part = held[first : first + _AT_ONCE]
        falling = np.maximum.accumulate(np.concatenate([[before], part]) + ramp[: len(part) + 1])
        part[:] = np.maximum((falling - ramp[: len(falling)])[1:], 0.0)
        before = float(part[-1])
    _smooth(held, 2 * ahead - 1)
    np.add(held, np.float32(_ROUNDING_DB), out=held, where=held > _ROUNDING_DB)
    return np.asarray(np.negative(held, out=held))


def _smooth(curve: Curve, size: int) -> None:
    """Puts means of ``size`` values (odd) in the place of each, as SciPy's ``uniform_filter1d``."""
    total = None
    for part, around in _parts(curve, size // 2 + 1, edges=True):
        wide = around.astype(np.float64)
        steps = wide[size : size + len(part)] - wide[: len(part)]
        steps[0] = np.cumsum(wide[1 : 1 + size])[-1] if total is None else total + steps[0]
        np.cumsum(steps, out=steps)
        total = float(steps[-1])
        part[:] = steps / size


def _parts(curve: Curve, reach: int, *, edges: bool) -> Iterator[tuple[Curve, Curve]]:
    """A curve piece by piece, to be changed in place: each piece, and a copy of it as it was with ``reach`` on both
    sides. SciPy's filters hold all of what they get twice in double precision: 58 MB of an hour.

    Args:
        edges: beyond the ends the curve goes on as it is there, else it is zero.
    """
    before = np.full(reach, curve[0] if edges else 0.0, np.float32)
    for first in range(0, len(curve), _AT_ONCE):
        part = curve[first : first + _AT_ONCE]
        after = curve[first + len(part) : first + len(part) + reach]
        beyond = np.full(reach - len(after), curve[-1] if edges else 0.0, np.float32)
        around = np.concatenate([before, part, after, beyond])
        before = around[len(part) : len(part) + reach]
        yield part, around


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
