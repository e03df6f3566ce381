"""From measured curves to spans of speech, music and silence, and loud hits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autoscore.adapters.features import HOP_S, TONAL_HOP_S, to_lufs
from autoscore.adapters.speech import CHUNK_S
from autoscore.model.analysis import SpeechSpan
from autoscore.model.time import Span

Array = NDArray[Any]

SPEECH_ON, SPEECH_OFF = 0.5, 0.3
SPEECH_DELAY_S = CHUNK_S
"""The detector answers one window late, measured against word times."""
SPEECH_GAP_S, SPEECH_SHORTEST_S, SPEECH_NEAR_S = 0.25, 0.2, 3.0
STEADY, SURE = (0.3, 0.55), (0.6, 0.85)
"""Mean confidence that a line needs, by its tonality: speech glides, beeps and singing hold their pitch."""
MUSIC_ON, MUSIC_OFF = 0.37, 0.3
MUSIC_SMOOTH_S, MUSIC_GAP_S, MUSIC_SHORTEST_S = 5.0, 8.0, 4.0
SILENCE_SHORTEST_S = 0.8
HIT_RISE_DB = 10.0
HIT_SPACING_S = 0.35
HITS_PER_MINUTE = 15
WORD_MARGIN_S = 0.4
"""A first word may sound this much before its span begins."""


def hysteresis(curve: Array, on: float, off: float) -> list[tuple[int, int]]:
    """Index ranges where ``curve`` stays at or above ``off`` and reaches ``on`` somewhere."""
    above = np.concatenate([[False], curve >= off, [False]])
    edges = np.flatnonzero(above[1:] != above[:-1])
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2) if curve[a:b].max() >= on]


def join(ranges: Iterable[tuple[float, float]], gap: float, shortest: float) -> list[tuple[float, float]]:
    """Joins ranges that are less than ``gap`` apart, then drops those under ``shortest``."""
    joined: list[tuple[float, float]] = []
    for start, end in ranges:
        if joined and start - joined[-1][1] < gap:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return [(a, b) for a, b in joined if b - a >= shortest]


def music_spans(tonal: Array, loudness: Array, duration_s: float) -> tuple[Span, ...]:
    """Where peaks of the spectrum stand still for long.

    Args:
        tonal: tonality every TONAL_HOP_S.
        loudness: LUFS at 10 Hz; what is nearly silent does not count.
    """
    if not len(tonal) or not len(loudness):
        return ()
    at = np.minimum((np.arange(len(tonal)) * TONAL_HOP_S * 10).astype(int), len(loudness) - 1)
    active = (loudness[at] > -58.0).astype(np.float64)
    size = max(1, round(MUSIC_SMOOTH_S / TONAL_HOP_S))
    share = _mean(active, size)
    smooth = np.where(share > 0.2, _mean(tonal * active, size) / np.maximum(share, 0.05), 0.0)
    ranges = [(a * TONAL_HOP_S, b * TONAL_HOP_S) for a, b in hysteresis(smooth, MUSIC_ON, MUSIC_OFF)]
    shortest = min(MUSIC_SHORTEST_S, 0.5 * duration_s)
    return _spans(join(ranges, MUSIC_GAP_S, shortest), duration_s)


def speech_spans(
    probability: Array, tonal: Array, music: tuple[Span, ...], energy: Array, duration_s: float
) -> tuple[SpeechSpan, ...]:
    """Speech, without the words that a detector hears in music, tones and effects.

    The steadier the pitch, the surer the detector has to be; in music a short line has to be surer still; near a sure
    line less is asked.

    Args:
        probability: of speech, every CHUNK_S.
        tonal: tonality every TONAL_HOP_S.
        energy: K-weighted energy every HOP_S.
    """
    ranges = [(a * CHUNK_S, b * CHUNK_S) for a, b in hysteresis(probability, SPEECH_ON, SPEECH_OFF)]
    found = []
    for start, end in join(ranges, SPEECH_GAP_S, SPEECH_SHORTEST_S):
        sure = float(_cut(probability, start / CHUNK_S, end / CHUNK_S).mean())
        steady = _cut(tonal, start / TONAL_HOP_S, end / TONAL_HOP_S)
        needed = float(np.interp(steady.mean() if len(steady) else 0.0, STEADY, SURE))
        found.append((start - SPEECH_DELAY_S, end - SPEECH_DELAY_S, sure, needed))
    firm = [_is_firm(*line, music) for line in found]
    spans = []
    for index, (start, end, sure, needed) in enumerate(found):
        around = range(max(0, index - 4), min(len(found), index + 5))
        near = any(firm[k] and min(abs(start - found[k][1]), abs(found[k][0] - end)) < SPEECH_NEAR_S for k in around)
        start, end = max(0.0, start), min(duration_s, end)
        if end <= start or not (firm[index] or (near and sure >= needed - 0.15)):
            continue
        loudness = float(to_lufs(_cut(energy, start / HOP_S, end / HOP_S).mean()))
        spans.append(
            SpeechSpan(
                start_s=round(start, 3),
                end_s=round(end, 3),
                loudness_lufs=round(loudness, 2),
                confidence=round(sure, 3),
            )
        )
    return tuple(spans)


def _is_firm(start: float, end: float, sure: float, needed: float, music: tuple[Span, ...]) -> bool:
    long = end - start
    if sum(s.overlap_s(Span(start_s=start, end_s=end)) for s in music) > 0.5 * long:
        return sure >= max(0.7, needed) and long >= (0.4 if sure >= 0.9 else 1.0)
    return sure >= needed and long >= 0.3


def _cut(curve: Array, start: float, end: float) -> Array:
    """The values from index ``start`` to ``end``, at least one where there is any."""
    first = min(max(0, round(start)), max(0, len(curve) - 1))
    return curve[first : max(first + 1, round(end))]


def silence_spans(loudness: Array, integrated: float | None, duration_s: float) -> tuple[Span, ...]:
    """Where the film's sound is 35 LU below its loudness, and in any case below -45 LUFS."""
    limit = -60.0 if integrated is None else min(-45.0, max(-65.0, integrated - 35.0))
    ranges = [(a / 10, b / 10) for a, b in hysteresis(-loudness, -limit, -limit)]
    return _spans(join(ranges, 0.0, SILENCE_SHORTEST_S), duration_s)


def loud_hits(energy: Array, integrated: float | None, speech: tuple[SpeechSpan, ...]) -> list[tuple[float, float]]:
    """Sudden loud sounds of the film: (onset time s, dB above the 300 ms before), in order of time.

    Words are sudden as well, so inside speech only what is far louder than the voice counts. At most HITS_PER_MINUTE in
    any minute, the strongest first.

    Args:
        energy: K-weighted energy every HOP_S.
    """
    if integrated is None or len(energy) < 80:
        return []
    total = np.cumsum(np.concatenate([[0.0], energy.astype(np.float64)]))
    index = np.arange(len(energy))
    first, last = np.maximum(index - 60, 0), np.maximum(index - 4, 0)
    before = to_lufs((total[last] - total[first]) / np.maximum(last - first, 1))
    before = np.where(last > first, before, -70.0)
    ahead = np.minimum(index + 10, len(energy))
    level = to_lufs((total[ahead] - total[index]) / np.maximum(ahead - index, 1))
    rise = level - np.maximum(before, integrated - 25.0)
    loud = max(integrated + 2.0, float(np.percentile(level, 90)))
    candidates = np.flatnonzero((rise >= HIT_RISE_DB) & (level >= loud))
    fine = to_lufs(energy)
    chosen: list[tuple[float, float]] = []
    for i in candidates[np.argsort(-(rise[candidates] + 0.5 * level[candidates]), kind="stable")]:
        onset = i + int(np.argmax(fine[i : i + 12] >= max(before[i], integrated - 25.0) + 0.5 * rise[i]))
        time_s = float(onset) * HOP_S
        if any(abs(time_s - other) < HIT_SPACING_S for other, _ in chosen):
            continue
        if sum(abs(time_s - other) < 30.0 for other, _ in chosen) >= HITS_PER_MINUTE:
            continue
        voice = [s for s in speech if s.start_s - WORD_MARGIN_S <= time_s < s.end_s + 0.1]
        if voice and level[i] < max(s.loudness_lufs for s in voice) + 10.0:
            continue
        chosen.append((round(time_s, 4), round(float(rise[i]), 1)))
    return sorted(chosen)


def _mean(curve: Array, size: int) -> Array:
    """Centred running mean that shrinks its window at the ends."""
    total = np.cumsum(np.concatenate([[0.0], curve.astype(np.float64)]))
    index = np.arange(len(curve))
    first, last = np.maximum(index - size // 2, 0), np.minimum(index + size // 2 + 1, len(curve))
    return np.asarray((total[last] - total[first]) / (last - first))


def _spans(ranges: list[tuple[float, float]], duration_s: float) -> tuple[Span, ...]:
    clipped = ((max(0.0, a), min(duration_s, b)) for a, b in ranges)
    return tuple(Span(start_s=round(a, 3), end_s=round(b, 3)) for a, b in clipped if b > a)
