"""Fades and dissolves from the measures of ``blends``."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autoscore.model.analysis import GradualKind
from autoscore.stages.analyze.blends import Blends, Scale

SHORTEST_S = 0.12
"""What is over sooner looks like a cut."""

_LINEAR = 0.7
_UNLIKE = 0.6
_SHARE = 0.57
"""A clean mixture: its middle is the mean of its ends."""

_MOVING_LINEAR = 0.4
_MOVING_UNLIKE = 0.57
_MIXTURE = (0.85, 1.1)
"""A mixture of moving shots is less clean, but has the contrast of a mixture in its middle: two unrelated pictures at
half strength have 0.71 of theirs. A picture that only moves keeps all of it."""

_LEAST_LEVELS = 3.0
_EMPTY_CONTRAST = 3.0
_RAMP_LEVELS = 5.0
_LARGEST_STEP = 0.45
_KINSHIP = 0.5
_REST_S = 0.4

Numbers = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ramp:
    """A gradual transition in frames; ``first`` and ``last`` change. ``weight`` orders those that overlap."""

    kind: GradualKind
    first: int
    last: int
    weight: float


def find_gradual(blends: Blends, rate_hz: float, cuts: Sequence[int]) -> list[Ramp]:
    """All gradual transitions in order, not overlapping. ``cuts`` are the hard cuts, sorted: no ramp crosses one."""
    kept: list[Ramp] = []
    for group in (_from_empty(blends, rate_hz, cuts), _linear(blends, rate_hz, cuts)):
        for ramp in sorted(group, key=lambda r: -r.weight):
            free = _beside(ramp, kept)
            if free is not None and free.last - free.first + 1 >= SHORTEST_S * rate_hz:
                kept.append(free)
    return sorted(kept, key=lambda r: r.first)


def _beside(ramp: Ramp, kept: Sequence[Ramp]) -> Ramp | None:
    """``ramp`` without what others have of it; None where that is its middle or more than a third of it."""
    first, last, centre = ramp.first, ramp.last, (ramp.first + ramp.last) // 2
    for other in kept:
        if other.last < first or other.first > last:
            continue
        if other.first <= centre <= other.last or (other.first >= first and other.last <= last):
            return None
        if other.last < centre:
            first = other.last + 1
        else:
            last = other.first - 1
    if 3 * (last - first + 1) < 2 * (ramp.last - ramp.first + 1):
        return None
    return dataclasses.replace(ramp, first=first, last=last)


def _linear(blends: Blends, rate_hz: float, cuts: Sequence[int]) -> list[Ramp]:
    """Stretches whose middle is the mean of two different pictures."""
    step = np.frombuffer(blends.step, dtype=np.float32)
    contrast = np.frombuffer(blends.contrast, dtype=np.float32)
    is_cut = np.zeros(len(step) + 1, dtype=np.int32)
    is_cut[list(cuts)] = 1
    cuts_before = np.cumsum(is_cut)
    found: list[Ramp] = []
    for scale in blends.scales:
        score = _score(scale)
        half = scale.half
        while len(score) and score.max() > 0:
            centre = int(score.argmax())
            weight = float(score[centre])
            score[max(0, centre - half) : centre + half + 1] = 0.0
            low, high = max(0, centre - half), min(len(step) - 1, centre + half)
            difference = scale.difference[centre]
            if cuts_before[high] > cuts_before[low] or step[low + 1 : high + 1].max() > 0.5 * difference:
                continue
            first, last = _extent(step, centre, half, difference, cuts)
            if last - first + 1 < SHORTEST_S * rate_hz:
                continue
            found.append(Ramp(kind=_kind(contrast, low, high), first=first, last=last, weight=weight))
    return found


def _score(scale: Scale) -> Numbers:
    """Levels of change where all conditions hold, else 0."""
    difference, linear, alike, share, mixture = (
        np.array(series, dtype=np.float32)
        for series in (scale.difference, scale.linear, scale.alike, scale.share, scale.mixture)
    )
    clean = (linear >= _LINEAR) & (alike <= _UNLIKE)
    moving = (linear >= _MOVING_LINEAR) & (alike <= _MOVING_UNLIKE)
    moving &= (mixture >= _MIXTURE[0]) & (mixture <= _MIXTURE[1])
    fits = (clean | moving) & (share >= _SHARE) & (difference >= _LEAST_LEVELS)
    return np.where(fits, difference * linear, 0.0).astype(np.float32)


def _extent(step: Numbers, centre: int, half: int, difference: float, cuts: Sequence[int]) -> tuple[int, int]:
    """First and last frame around ``centre`` that change faster than the shots on both sides do by themselves."""
    core = step[max(1, centre - half // 2) : centre + half // 2 + 1]
    around = step[max(1, centre - 3 * half) : centre + 3 * half + 1]
    quiet = float(np.quantile(around, 0.2))
    pace = quiet + 0.4 * max(0.0, float(np.median(core)) - quiet)
    pace = max(pace, 0.15 * difference / (2 * half))
    stops = set(cuts)
    first = last = centre
    while first > 1 and centre - first < 3 * half and first not in stops and _pace(step, first - 1) > pace:
        first -= 1
    while last + 1 < len(step) and last - centre < 3 * half and last + 1 not in stops and _pace(step, last + 1) > pace:
        last += 1
    return first, last


def _pace(step: Numbers, frame: int) -> float:
    return float(np.median(step[max(0, frame - 1) : frame + 2]))


def _kind(contrast: Numbers, low: int, high: int) -> GradualKind:
    """A fade where one end is empty or nearly so beside the other."""
    centre = (low + high) // 2
    before, after = float(contrast[low : centre + 1].min()), float(contrast[centre : high + 1].min())
    if before < max(_EMPTY_CONTRAST, 0.15 * float(contrast[high])) and before <= after:
        return "fade_in"
    if after < max(_EMPTY_CONTRAST, 0.15 * float(contrast[low])):
        return "fade_out"
    return "dissolve"


def _from_empty(blends: Blends, rate_hz: float, cuts: Sequence[int]) -> list[Ramp]:
    """Ramps of contrast or brightness that start from, or end in, an empty picture."""
    contrast = np.frombuffer(blends.contrast, dtype=np.float32)
    mean = np.frombuffer(blends.mean, dtype=np.float32)
    kinship = np.frombuffer(blends.kinship, dtype=np.float32)
    frames = len(contrast)
    lag = max(2, round(0.25 * rate_hz))
    empty = contrast < _EMPTY_CONTRAST
    edges = np.flatnonzero(np.diff(empty.astype(np.int8)))
    stops = set(cuts)
    found: list[Ramp] = []
    for edge in edges.tolist():
        # edge is empty and edge + 1 is not, or the other way round in a fade-out.
        way = 1 if empty[edge] else -1
        start = edge if way == 1 else edge + 1
        for series in (contrast, np.abs(mean - mean[start])):
            end = _climb(series, start, way, rate_hz, stops)
            length = abs(end - start)
            if length < max(3, SHORTEST_S * rate_hz) or series[end] < _RAMP_LEVELS:
                continue
            low, high = min(start, end), max(start, end)
            jumps = np.abs(np.diff(series[low : high + 1]))
            if jumps.max() > _LARGEST_STEP * series[end]:
                continue
            related = kinship[low + length // 4 + (lag if way == 1 else 0) : high + (lag if way == -1 else 0)]
            related = related[:: max(1, len(related) // 16)]
            if len(related) and length > lag and float(np.median(related)) < _KINSHIP:
                continue
            faint = _faint_end(mean, start, -way, rate_hz, stops)
            first, last = (faint + 1, high) if way == 1 else (low, faint)
            kind: GradualKind = "fade_in" if way == 1 else "fade_out"
            found.append(Ramp(kind=kind, first=first, last=min(last, frames - 1), weight=float(series[end])))
            break
    return found


def _faint_end(mean: Numbers, start: int, way: int, rate_hz: float, stops: set[int]) -> int:
    """Where the last trace of the picture goes: small dim titles are below "empty" long before they have gone."""
    rest = max(2, round(0.5 * _REST_S * rate_hz))
    lowest, best, index = float(mean[start]), start, start
    while 0 <= index + way < len(mean) and abs(index - best) <= rest and abs(index - start) < 2 * rate_hz:
        if (index + 1 if way == 1 else index) in stops:
            break
        index += way
        if float(mean[index]) < lowest - 0.02:
            lowest, best = float(mean[index]), index
    return best


def _climb(series: Numbers, start: int, way: int, rate_hz: float, stops: set[int]) -> int:
    """Where the climb of ``series`` from ``start`` in direction ``way`` ends: no rise of 3 % for _REST_S."""
    rest = max(2, round(_REST_S * rate_hz))
    top, best = float(series[start]), start
    index = start
    while 0 <= index + way < len(series) and abs(index - best) <= rest and abs(index - start) < 8 * rate_hz:
        if (index + 1 if way == 1 else index) in stops:
            break
        index += way
        if float(series[index]) > max(top * 1.03, top + 0.2):
            top, best = float(series[index]), index
    # The last few per cent may be the shot's own change of light.
    while best != start and float(series[best - way]) >= 0.92 * top:
        best -= way
    return best
