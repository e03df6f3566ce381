"""Fault 17: harmony that is stuck, or wanders at random."""

from __future__ import annotations

from statistics import median

import numpy as np
from numpy.typing import NDArray

from autoscore.stages.compose.check.hearing import Hearing

CYCLE = 4
WINDOW_BARS = 16
_MAJOR = (0.748, 0.060, 0.488, 0.082, 0.670, 0.460, 0.096, 0.715, 0.104, 0.366, 0.057, 0.400)
_MINOR = (0.712, 0.084, 0.474, 0.618, 0.049, 0.460, 0.105, 0.747, 0.404, 0.067, 0.133, 0.330)
"""Key profiles: D. Temperley, "Music and Probability", 2007."""


def _romans(hearing: Hearing) -> list[str]:
    found: list[str] = []
    for chord in hearing.score.chords:
        if not found or found[-1] != chord.roman:
            found.append(chord.roman)
    return found


def cycle_plays(hearing: Hearing) -> float | None:
    """How often a cycle of four chords is played in a row without a change."""
    romans = _romans(hearing)
    if len(romans) < 2 * CYCLE:
        return None
    most = 1
    for i in range(len(romans) - CYCLE + 1):
        cycle, plays = romans[i : i + CYCLE], 1
        while romans[i + plays * CYCLE : i + (plays + 1) * CYCLE] == cycle:
            plays += 1
        most = max(most, plays if len(set(cycle)) > 1 else 1)
    return float(most)


def distinct_chords(hearing: Hearing) -> float | None:
    """Median number of different chords in 16 bars (every fourth window)."""
    bars, chords = hearing.bars, hearing.score.chords
    if len(bars) < WINDOW_BARS or not chords:
        return None
    counts = []
    for first in range(0, len(bars) - WINDOW_BARS + 1, 4):
        start, end = bars[first][0], bars[first + WINDOW_BARS - 1][1]
        counts.append(len({c.roman for c in chords if start - 1e-6 <= c.start_beats < end - 1e-6}))
    return float(median(counts))


def _profiles() -> NDArray[np.float64]:
    rows = np.array([np.roll(p, k) for p in (_MAJOR, _MINOR) for k in range(12)])
    rows -= rows.mean(axis=1, keepdims=True)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def key_clarity(hearing: Hearing) -> float | None:
    """Median over sections of the best correlation of their notes with a key profile (moods that keep a key)."""
    return None if hearing.mood.harmony.style == "chromatic" else key_clarity_of_notes(hearing)


def key_clarity_of_notes(hearing: Hearing) -> float | None:
    """The same, whatever the mood."""
    profiles, found = _profiles(), []
    for section in hearing.score.sections:
        start, end = float(section.start_beats), float(section.end_beats)
        chroma = np.zeros(12)
        for voice in hearing.pitched:
            for note in voice.notes:
                chroma[note.pitch % 12] += max(0.0, min(end, note.end) - max(start, note.start))
        centred = chroma - chroma.mean()
        size = float(np.linalg.norm(centred))
        if chroma.any() and end - start >= 8:
            found.append(float((profiles @ (centred / max(size, 1e-9))).max()))
    return median(found) if found else None
