"""The hand on the fader: music brought a little nearer to the intensity that the cue sheet plans."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autoscore import tables
from autoscore.adapters.loudness import HOP_S, lufs
from autoscore.model.cues import CuePlan

Array = NDArray[np.float64]
_HEARD_LUFS = -60.0
_LEAST_HOPS = 100
"""In less than ten seconds of music there is nothing to compare."""


def ride_db(music: Array, plan: CuePlan, start_s: float) -> Array:
    """Gain in dB for every HOP_S of the music track: slow, small, and zero in the mean.

    Loudness of 3 s is set against planned intensity; a share of what it lies off the straight line through both is
    made good. A score that answers too faintly is held to ``slope_db``, and the plan's peak is lifted by ``peak_db``,
    so that it is the peak that is heard. Entries, fades and what lasts less than some seconds are left as they are.

    Args:
        music: K-weighted energies per HOP_S from film time ``start_s``.
    """
    table = tables.read("loudness.toml")["ride"]
    gain_db = np.zeros(len(music))
    times_s = start_s + (np.arange(len(music)) + 0.5) * HOP_S
    intensity = planned(plan, times_s, float(table["edge_s"]))
    if len(music) < _LEAST_HOPS:
        return gain_db
    level = lufs(_smooth(music, round(3.0 / HOP_S)))
    usable = ~np.isnan(intensity) & (level > _HEARD_LUFS)
    if usable.sum() < _LEAST_HOPS:
        return gain_db
    heard, wanted = level[usable], intensity[usable]
    spread = wanted - wanted.mean()
    fit = float((spread * heard).sum() / max(1e-9, float((spread**2).sum())))
    slope = min(float(table["most_slope_db"]), max(float(table["slope_db"]), fit))
    top = np.clip(1.0 - (wanted.max() - wanted) / float(table["peak_width"]), 0.0, 1.0)
    off = heard.mean() + slope * spread + float(table["peak_db"]) * top - heard
    most = float(table["most_db"])
    gain_db[usable] = np.clip(float(table["share"]) * off, -most, most)
    at = np.flatnonzero(usable)
    gain_db = np.interp(np.arange(len(music)), at, gain_db[at])
    smooth: Array = _smooth(gain_db, round(float(table["smooth_s"]) / HOP_S))
    return smooth - float(smooth[usable].mean())


def planned(plan: CuePlan, times_s: NDArray[Any], edge_s: float) -> Array:
    """Planned intensity at each time; NaN where no cue sounds, or one just begins or ends."""
    found = np.full(len(times_s), np.nan)
    for cue in plan.cues:
        inside = (times_s >= cue.start_s + edge_s) & (times_s <= cue.end_s - edge_s)
        if cue.muted or not cue.dynamics or not inside.any():
            continue
        points_s = [point.time_s for point in cue.dynamics]
        found[inside] = np.fmax(
            found[inside], np.interp(times_s[inside], points_s, [point.intensity for point in cue.dynamics])
        )
    return found


def _smooth(values: Array, length: int) -> Array:
    """Moving mean, of what there is at the edges."""
    window = np.ones(max(1, length))
    count = np.convolve(np.ones(len(values)), window, mode="same")[: len(values)]
    mean: Array = np.convolve(values, window, mode="same")[: len(values)] / count
    return mean
