"""Faults 12 and 13: mud in the low register, and blocks of chords that move as one."""

from __future__ import annotations

from collections import defaultdict

from autoscore.stages.compose.check.hearing import Hearing

SLOT_BEATS = 0.25
LOW, LOW_LEAST = 43, 7
"""Below this pitch nothing closer than a fifth above it."""
TENOR, TENOR_LEAST = 48, 4
"""Below this one nothing closer than a major third."""


def mud(hearing: Hearing) -> float | None:
    """Share of sounding time with an interval too small for its register (unisons are doublings, no interval)."""
    slots: dict[int, set[int]] = defaultdict(set)
    for voice in hearing.pitched:
        for note in voice.notes:
            first, last = round(note.start / SLOT_BEATS), max(round(note.end / SLOT_BEATS), 1)
            for slot in range(first, max(first + 1, last)):
                slots[slot].add(note.pitch)
    if not slots:
        return None
    return sum(_muddy(pitches) for pitches in slots.values()) / len(slots)


def _muddy(pitches: set[int]) -> bool:
    low = sorted(p for p in pitches if p < TENOR + LOW_LEAST)
    for i, pitch in enumerate(low):
        room = LOW_LEAST if pitch < LOW else TENOR_LEAST if pitch < TENOR else 0
        if any(above - pitch < room for above in low[i + 1 :]):
            return True
    return False


def block_chords(hearing: Hearing) -> float | None:
    """Share of bars with two pitched parts or more, and more than one attack, in which all share one onset pattern."""
    patterns: dict[int, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for voice in hearing.pitched:
        for note in voice.notes:
            patterns[hearing.bar_at(note.start)][voice.part.id].add(round(note.start * 24))
    bars = [list(p.values()) for p in patterns.values() if len(p) >= 2]
    if len(bars) < 8:
        return None
    return sum(all(p == bar[0] for p in bar) for bar in bars) / len(bars)
