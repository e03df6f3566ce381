"""One static gain to the target, then a true-peak limiter, both solved on envelopes before any sample moves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autoscore import tables
from autoscore.adapters.limiter import STEP_S, reduction
from autoscore.adapters.loudness import FLOOR_LUFS, HOP_S, integrated_lufs

Array = NDArray[np.float64]
Curve = NDArray[np.float32]
"""By the millisecond: single precision, for a film has many."""
_MOST_GAIN_DB = 60.0
_AT_ONCE = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Master:
    """``gain_db`` static; ``loudness_lufs`` is reached after the limiter; ``target_lufs`` was aimed at."""

    gain_db: float
    loudness_lufs: float
    target_lufs: float


def true_peak_dbtp(peaks: Curve, gain_db: float, reduction_db: Curve) -> float:
    """Highest peak after gain and limiter, -120 of silence."""
    highest = 0.0
    for part in _parts(len(peaks)):
        after = peaks[part] * 10.0 ** ((gain_db + reduction_db[part]) / 20.0)
        highest = max(highest, float(after.max(initial=0.0)))
    return float(20.0 * np.log10(max(highest, 1e-6)))


def crushed_share(reduction_db: Curve) -> float:
    """Share of frames in which the limiter takes more than ``reduction_db`` of the table."""
    table = tables.read("loudness.toml")["limiter"]
    steps = max(1, round(table["frame_ms"] / 1000.0 / STEP_S))
    whole = len(reduction_db) // steps * steps
    frames = reduction_db[:whole].reshape(-1, steps).min(axis=1) if whole else reduction_db
    return float((frames < -table["reduction_db"]).mean()) if len(frames) else 0.0


def loudness_after(energies: Array, peaks: Curve, reduction_db: Curve, gain_db: float) -> float:
    """Integrated loudness of a programme of ``energies`` (per HOP_S) after gain and limiter.

    What the limiter takes from a hop counts by where in it the sound is: it acts on strokes, not on what is between.
    """
    steps, limited = round(HOP_S / STEP_S), np.ones(len(energies))
    for part in _parts(len(energies)):
        inside, count = slice(part.start * steps, part.stop * steps), len(energies[part])
        sound = _by_hop(np.square(peaks[inside]) + np.float32(1e-12), steps, count, 1e-12)
        taken = _by_hop(np.exp(reduction_db[inside] * np.float32(np.log(10.0) / 10.0)), steps, count, 1.0)
        limited[part] = np.einsum("hs,hs->h", sound, taken) / sound.sum(axis=1)
    return integrated_lufs(energies * limited * 10.0 ** (gain_db / 10.0))


def _parts(count: int) -> Iterator[slice]:
    """A film's curve piece by piece: what is made of it in between need not be as long."""
    for first in range(0, count, _AT_ONCE):
        yield slice(first, first + _AT_ONCE)


def _by_hop(curve: Curve, steps: int, hops: int, beyond: float) -> Curve:
    """A curve as a row a hop, ``beyond`` where it has ended."""
    missing = max(0, hops * steps - len(curve))
    return np.pad(curve, (0, missing), constant_values=beyond)[: hops * steps].reshape(hops, steps)


def solve(energies: Array, peaks: Curve, target_lufs: float, ceiling_dbtp: float) -> Master:
    """The gain whose limited programme has the target's loudness; a quieter one when that would crush it."""
    most = float(tables.read("loudness.toml")["limiter"]["reduction_share"])
    start = integrated_lufs(energies)
    if start <= FLOOR_LUFS:
        return Master(gain_db=0.0, loudness_lufs=start, target_lufs=target_lufs)
    gain_db = _gain(energies, peaks, target_lufs, ceiling_dbtp, min(_MOST_GAIN_DB, target_lufs - start))
    reduced = reduction(peaks, gain_db, ceiling_dbtp)
    if crushed_share(reduced) > most:
        low, high = gain_db - 40.0, gain_db
        for _ in range(14):
            middle = 0.5 * (low + high)
            if crushed_share(reduction(peaks, middle, ceiling_dbtp)) > most:
                high = middle
            else:
                low = middle
        gain_db = low
        reduced = reduction(peaks, gain_db, ceiling_dbtp)
    reached = loudness_after(energies, peaks, reduced, gain_db)
    aimed = target_lufs if abs(reached - target_lufs) < 0.1 else round(reached, 1)
    return Master(gain_db=gain_db, loudness_lufs=reached, target_lufs=aimed)


def _gain(energies: Array, peaks: Curve, target_lufs: float, ceiling_dbtp: float, first_db: float) -> float:
    """The limiter only ever takes away, so what is missing is added until little is."""
    gain_db = first_db
    for _ in range(12):
        missing = target_lufs - loudness_after(energies, peaks, reduction(peaks, gain_db, ceiling_dbtp), gain_db)
        gain_db = min(_MOST_GAIN_DB, gain_db + missing)
        if abs(missing) < 0.01 or gain_db > first_db + 20.0:
            break
    return gain_db
