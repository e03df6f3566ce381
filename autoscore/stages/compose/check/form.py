"""Faults 8-11, 20 and 21 as far as notes show them: repetition, themes, form, layers, the change of leading timbre."""

from __future__ import annotations

from itertools import groupby, pairwise
from statistics import fmean, pstdev

import numpy as np
from numpy.typing import NDArray

from autoscore.stages.compose.check.hearing import Hearing

Array = NDArray[np.float64]
FEWEST_BARS = 12
KERNEL_S = 10.0
"""Half the width of the checkerboard kernel, in whole bars from 3 to 10."""
PEAK_OVER_MEAN = 0.7
"""Standard deviations above the mean novelty that a peak must reach."""
APART_BARS = 3
SMOOTH_BARS = 4
FEW_PARTS = 3
MOST = 0.9
"""Share of the fullest bar's parts from which a bar counts as tutti."""


def _patterns(hearing: Hearing) -> list[frozenset[tuple[str, int, int]]]:
    """What each bar strikes: part, place in 24ths of a beat, pitch."""
    found: list[set[tuple[str, int, int]]] = [set() for _ in hearing.bars]
    for voice in hearing.voices:
        for note in voice.notes:
            bar = hearing.bar_at(note.start)
            found[bar].add((voice.part.id, round((note.start - hearing.bars[bar][0]) * 24), note.pitch))
    return [frozenset(p) for p in found]


def repeated_bars(hearing: Hearing) -> float | None:
    """Share of bars that equal an earlier one in pitch and rhythm in all parts."""
    bars = [p for p in _patterns(hearing) if p]
    if len(bars) < FEWEST_BARS:
        return None
    return 1.0 - len(set(bars)) / len(bars)


def longest_copy(hearing: Hearing) -> float | None:
    """Longest run of bars that equal an earlier run bar by bar."""
    bars = _patterns(hearing)
    if len(bars) < FEWEST_BARS:
        return None
    longest = 0
    for lag in range(1, len(bars)):
        run = 0
        for now, before in zip(bars[lag:], bars, strict=False):
            run = run + 1 if now and now == before else 0
            longest = max(longest, run)
    return float(longest)


def players(hearing: Hearing) -> list[int]:
    """How many players sound in each bar; hits are not players."""
    sounding: list[set[str]] = [set() for _ in hearing.bars]
    for voice in hearing.voices:
        if voice.part.role == "hit":
            continue
        for note in voice.notes:
            for bar in range(hearing.bar_at(note.start), hearing.bar_at(note.end - 0.01) + 1):
                sounding[bar].add(voice.part.instrument)
    return [len(s) for s in sounding]


def _intensities(hearing: Hearing) -> list[float]:
    middles = [hearing.tempo.seconds_at((a + b) / 2) for a, b in hearing.bars]
    return [hearing.cue.intensity_at(m) for m in middles]


def layers_follow(hearing: Hearing) -> float | None:
    """Correlation of the number of players with the planned intensity, bar by bar."""
    counts, wanted = players(hearing), _intensities(hearing)
    if len(counts) < FEWEST_BARS or pstdev(wanted) < 0.08:
        return None
    if pstdev(counts) < 1e-6:
        return 0.0
    return float(np.corrcoef(counts, wanted)[0, 1])


def density_follows(hearing: Hearing) -> float | None:
    """Rank correlation (Spearman) of attacks a second with the planned intensity, means of four bars."""
    wanted = _intensities(hearing)
    attacks = [0.0] * len(hearing.bars)
    for voice in hearing.voices:
        if voice.part.role != "hit":
            for note in voice.notes:
                attacks[hearing.bar_at(note.start)] += 1.0
    if len(attacks) < FEWEST_BARS or not any(attacks) or pstdev(wanted) < 0.08:
        return None
    lengths = [hearing.tempo.seconds_at(b) - hearing.tempo.seconds_at(a) for a, b in hearing.bars]
    rates = [sum(attacks[i : i + SMOOTH_BARS]) / sum(lengths[i : i + SMOOTH_BARS]) for i in _windows(len(attacks))]
    levels = [fmean(wanted[i : i + SMOOTH_BARS]) for i in _windows(len(attacks))]
    if pstdev(rates) < 1e-9:
        return 0.0
    return float(np.corrcoef(_ranks(np.array(rates)), _ranks(np.array(levels)))[0, 1])


def _windows(count: int) -> range:
    return range(count - SMOOTH_BARS + 1)


def _ranks(values: Array) -> Array:
    """Ranks 0.., equal values sharing their mean rank."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts + 1) / 2)[place], dtype=np.float64)


def layers_vary(hearing: Hearing) -> float | None:
    """Coefficient of variation of the number of players."""
    counts, wanted = players(hearing), _intensities(hearing)
    if len(counts) < FEWEST_BARS or not any(counts) or (hearing.cue.dynamics and pstdev(wanted) < 0.08):
        return None
    return pstdev(counts) / max(1e-6, fmean(counts))


def tutti_share(hearing: Hearing) -> float | None:
    """Share of bars with at least 90 % of the players of the fullest bar."""
    counts = players(hearing)
    if len(counts) < FEWEST_BARS or max(counts) < 5:
        return None
    return sum(c >= MOST * max(counts) for c in counts) / len(counts)


def thin_passages(hearing: Hearing) -> float | None:
    """Passages of at most three players, per 45 s (two bars of one count once)."""
    counts = players(hearing)
    if len(counts) < FEWEST_BARS or hearing.seconds < 45.0:
        return None
    passages = sum(few for few, _ in groupby(c <= FEW_PARTS for c in counts))
    return passages / (hearing.seconds / 45.0)


def lead_held(hearing: Hearing) -> float | None:
    """Longest stretch of bars in which one instrument alone leads (moods with several leads)."""
    if len(set(hearing.mood.texture.lead)) < 2 or len(hearing.lead) < FEWEST_BARS:
        return None
    longest, first = 0.0, hearing.lead[0].start
    pairs = list(zip(hearing.lead, hearing.lead_players, strict=True))
    for (note, who), (after, next_who) in pairwise(pairs):
        if who != next_who or after.start - note.end >= 8.0:
            longest, first = max(longest, note.end - first), after.start
    longest = max(longest, hearing.lead[-1].end - first)
    usual = fmean(b - a for a, b in hearing.bars)
    return longest / usual


def _features(hearing: Hearing) -> Array:
    """(bars, features): chroma, players, melody and bass register, density; each block scaled to equal weight."""
    names = sorted({v.part.instrument for v in hearing.voices if v.part.role != "hit"})
    index = {name: i for i, name in enumerate(names)}
    count = len(hearing.bars)
    chroma, players = np.zeros((count, 12)), np.zeros((count, len(names)))
    attacks, heights, weights = np.zeros(count), np.zeros(count), np.full(count, 1e-9)
    for voice in hearing.voices:
        if voice.part.role == "hit":
            continue
        for note in voice.notes:
            for bar in range(hearing.bar_at(note.start), hearing.bar_at(note.end - 0.01) + 1):
                share = min(note.end, hearing.bars[bar][1]) - max(note.start, hearing.bars[bar][0])
                players[bar, index[voice.part.instrument]] = 1.0
                if voice.pitched and share > 0:
                    chroma[bar, note.pitch % 12] += share
                    heights[bar] += share * note.pitch
                    weights[bar] += share
            attacks[hearing.bar_at(note.start)] += 1.0
    chroma /= np.linalg.norm(chroma, axis=1, keepdims=True) + 1e-9
    players /= np.sqrt(np.maximum(1.0, players.sum(axis=1, keepdims=True)))
    height = heights / weights
    scalars = np.stack([np.log1p(attacks), height], axis=1)
    scalars = (scalars - scalars.mean(axis=0)) / (scalars.std(axis=0) + 1e-9)
    return np.concatenate([chroma - chroma.mean(axis=0), players - players.mean(axis=0), 0.35 * scalars], axis=1)


def novelty(features: Array, half: int) -> Array:
    """Novelty of each bar line: a Gaussian checkerboard kernel along the diagonal of the self-similarity matrix.

    Source: J. Foote, "Automatic audio segmentation using a measure of audio novelty", 2000.
    """
    unit = features / (np.linalg.norm(features, axis=1, keepdims=True) + 1e-9)
    similar = unit @ unit.T
    offsets = np.arange(-half, half) + 0.5
    taper = np.exp(-0.5 * (offsets / (half / 2)) ** 2)
    kernel = np.outer(taper, taper) * np.sign(np.outer(offsets, offsets))
    padded = np.pad(similar, half, mode="edge")
    count = len(features)
    return np.array([float((padded[i : i + 2 * half, i : i + 2 * half] * kernel).sum()) for i in range(count)])


def turning_points(hearing: Hearing) -> list[int]:
    """Bars (0..) at which something new begins: peaks of novelty, three bars apart at least."""
    half = min(10, max(3, round(KERNEL_S * len(hearing.bars) / hearing.seconds)))
    curve = novelty(_features(hearing), half)
    floor = float(curve.mean() + PEAK_OVER_MEAN * curve.std())
    last = len(curve) - 1
    found: list[int] = []
    for i in sorted(range(2, max(2, last - 1)), key=lambda bar: (-curve[bar], bar)):
        high = curve[i] >= curve[i - 1] and curve[i] >= curve[min(last, i + 1)] and curve[i] > floor
        if high and all(abs(i - other) >= max(APART_BARS, half // 2) for other in found):
            found.append(i)
    return sorted(found)


def turning_rate(hearing: Hearing) -> float | None:
    """Seconds of music for each turning point."""
    if len(hearing.bars) < FEWEST_BARS or hearing.seconds < 45.0 or not hearing.pitched:
        return None
    return hearing.seconds / (len(turning_points(hearing)) + 1)


def turning_with_form(hearing: Hearing) -> float | None:
    """Share of turning points within a bar of a section's start."""
    sections = [hearing.bar_at(float(s.start_beats)) for s in hearing.score.sections[1:]]
    if len(hearing.bars) < FEWEST_BARS or len(sections) < 2:
        return None
    points = turning_points(hearing)
    return sum(min(abs(p - s) for s in sections) <= 1 for p in points) / len(points) if points else 0.0
