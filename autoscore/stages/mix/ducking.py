"""How far music goes down under speech: solved from what was measured, not ridden by a compressor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autoscore import tables
from autoscore.adapters.loudness import HOP_S, energy, lufs, windows
from autoscore.model.audio import GainPoint, SpeechMargin
from autoscore.model.time import Span

Array = NDArray[np.float64]
GRID_S = 0.01
"""Step of gain curves; between steps the gain is linear."""
_WINDOW = 4
_PAUSE_LU = 15.0
"""A window this far below its region's speech is a pause, not speech."""
_INAUDIBLE_LUFS = -75.0
_DEEPEST_DB = -48.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Region(Span):
    """Speech with its short pauses: where music stays down. ``gain_db`` is how far."""

    speech: tuple[Span, ...]
    gain_db: float = 0.0


def regions(speech: Sequence[Span], film_s: float) -> tuple[Region, ...]:
    """Speech spans joined over short gaps, inside the film."""
    gap_s = float(tables.read("loudness.toml")["speech"]["merge_gap_s"])
    groups: list[list[Span]] = []
    for span in sorted(speech, key=lambda s: (s.start_s, s.end_s)):
        inside = Span(start_s=max(0.0, min(span.start_s, film_s)), end_s=max(0.0, min(span.end_s, film_s)))
        if inside.duration_s <= 0.0:
            continue
        if groups and inside.start_s - max(s.end_s for s in groups[-1]) < gap_s:
            groups[-1].append(inside)
        else:
            groups.append([inside])
    return tuple(Region(start_s=g[0].start_s, end_s=max(s.end_s for s in g), speech=tuple(g)) for g in groups)


def speech_windows(region: Region, own: Array, start_s: float) -> NDArray[np.intp]:
    """First hop of every 400 ms window that lies in the region's speech and is not a pause.

    Args:
        own: K-weighted energies of the film's own sound per hop of HOP_S. start_s: film time of its first hop.
    """
    found: list[int] = []
    for span in region.speech:
        first = int(np.ceil((span.start_s - start_s) / HOP_S - 1e-6))
        last = int(np.floor((span.end_s - start_s) / HOP_S + 1e-6)) - _WINDOW
        found.extend(range(max(0, first), min(last, len(own) - _WINDOW) + 1))
    index = np.array(sorted(set(found)), dtype=np.intp)
    if not len(index):
        return index
    level = windows(own, _WINDOW)[index]
    keep: NDArray[np.intp] = index[lufs(level) > lufs(float(level.mean())) - _PAUSE_LU]
    return keep


def margins(region: Region, own: Array, music: Array, start_s: float) -> Array:
    """Speech over music, LU, in each speech window of the region under which music is to be heard at all."""
    index = speech_windows(region, own, start_s)
    if not len(index):
        return np.zeros(0)
    under = windows(music, _WINDOW)[index]
    heard = lufs(under) > _INAUDIBLE_LUFS
    found: Array = lufs(windows(own, _WINDOW)[index][heard]) - lufs(under[heard])
    return found


def solve(region: Region, own: Array, music: Array, start_s: float) -> float:
    """Gain in dB, at most 0, that the region's music needs besides what it already has.

    Speech must lie ``margin_lu`` over it in the mean, and ``least_margin_lu`` in 95 % of the windows.
    """
    table = tables.read("loudness.toml")["speech"]
    index = speech_windows(region, own, start_s)
    if not len(index):
        return 0.0
    speech, under = windows(own, _WINDOW)[index], windows(music, _WINDOW)[index]
    heard = lufs(under) > _INAUDIBLE_LUFS
    if not heard.any():
        return 0.0
    mean_lu = float(lufs(float(speech[heard].mean())) - lufs(float(under[heard].mean())))
    worst_lu = float(np.percentile(lufs(speech[heard]) - lufs(under[heard]), 5.0, method="lower"))
    need = min(mean_lu - table["margin_lu"], worst_lu - table["least_margin_lu"] - 0.5)
    return float(max(_DEEPEST_DB, min(0.0, need)))


def gain_curve(found: Sequence[Region], start_s: float, points: int) -> Array:
    """Music gain in dB on the grid (point i at start_s + i * GRID_S): down before the first word, up after the last."""
    curve = np.zeros(points)
    for region in found:
        if region.gain_db >= 0.0:
            continue
        times, gains = _corners(region)
        first = max(0, int((times[0] - start_s) / GRID_S))
        last = min(points, int((times[-1] - start_s) / GRID_S) + 2)
        at = start_s + np.arange(first, last) * GRID_S
        curve[first:last] = np.minimum(curve[first:last], np.interp(at, times, gains))
    return curve


def keyed(found: Sequence[Region], start_s: float, points: int) -> Array:
    """The same envelope as 0 (no speech) .. 1 (full), for the equaliser that clears the words' band."""
    flat = [Region(start_s=region.start_s, end_s=region.end_s, speech=region.speech, gain_db=-1.0) for region in found]
    return -gain_curve(flat, start_s, points)


def gain_points(found: Sequence[Region], start_s: float, end_s: float) -> tuple[GainPoint, ...]:
    """The curve's corners, for people and for receipts."""
    curve_times = sorted({t for region in found if region.gain_db < 0.0 for t in _corners(region)[0]})
    inside = [t for t in curve_times if start_s <= t <= end_s]
    if not inside:
        return ()
    gains = [
        min(0.0, *(float(np.interp(t, *_corners(region))) for region in found if region.gain_db < 0.0)) for t in inside
    ]
    return tuple(GainPoint(time_s=round(t, 3), gain_db=round(g, 2)) for t, g in zip(inside, gains, strict=True))


def speech_margin(found: Sequence[Region], own: Array, music: Array, start_s: float) -> SpeechMargin | None:
    """The margin over all speech windows of the film that have music under them; None when there is none."""
    heard = [values for region in found if len(values := margins(region, own, music, start_s))]
    if not heard:
        return None
    joined = np.concatenate(heard)
    return SpeechMargin(
        p5_lu=round(float(np.percentile(joined, 5.0, method="lower")), 2),
        median_lu=round(float(np.median(joined)), 2),
        windows=len(joined),
    )


def dialogue_lufs(found: Sequence[Region], own: Array, start_s: float) -> float | None:
    """Loudness of the film's speech, pauses left out; None when nobody speaks."""
    levels = [windows(own, _WINDOW)[index] for r in found if len(index := speech_windows(r, own, start_s))]
    if not levels:
        return None
    mean = float(np.concatenate(levels).mean())
    return float(lufs(mean)) if mean > float(energy(-65.0)) else None


def _corners(region: Region) -> tuple[list[float], list[float]]:
    """Times and gains of one region's fade down, hold and fade up."""
    table = tables.read("loudness.toml")["speech"]
    down_s = region.start_s - table["lead_s"]
    up_s = region.end_s + table["hold_s"]
    return (
        [down_s - table["fade_down_s"], down_s, up_s, up_s + table["fade_up_s"]],
        [0.0, region.gain_db, region.gain_db, 0.0],
    )
