"""Two staves for two hands: each bar is cut where both can reach their notes."""

from __future__ import annotations

from collections.abc import Sequence

from autoscore.model.tempo import Bar
from autoscore.stages.deliver.written import Written, units

_MIDDLE_C = 60
_REACH = 14
"""Semitones that one hand spans."""
_CUTS = range(50, 71)


def hands(notes: Sequence[Written], bars: Sequence[Bar]) -> tuple[list[Written], list[Written]]:
    """(right, left): bar by bar the cut that keeps chords in reach, wide gaps open and the hands where they were."""
    right: list[Written] = []
    left: list[Written] = []
    cut = _MIDDLE_C
    waiting = sorted(notes, key=lambda n: n.start)
    place = 0
    for bar in bars:
        end = round(units(bar.start_beats + bar.length_beats))
        first = place
        while place < len(waiting) and waiting[place].start < end:
            place += 1
        inside = waiting[first:place]
        if inside:
            before = cut
            cut = min(
                _CUTS, key=lambda at: (_cost(inside, at) + 0.6 * abs(at - before) + 0.3 * abs(at - _MIDDLE_C), at)
            )
        right += [note for note in inside if note.pitch >= cut]
        left += [note for note in inside if note.pitch < cut]
    return right, left


def _cost(notes: Sequence[Written], cut: int) -> float:
    cost = 0.0
    chords: dict[int, list[int]] = {}
    for note in notes:
        chords.setdefault(note.start, []).append(note.pitch)
        cost += 1.0 if abs(note.pitch + 0.5 - cut) < 2 else 0.0
    for pitches in chords.values():
        for hand in ([p for p in pitches if p >= cut], [p for p in pitches if p < cut]):
            if hand:
                cost += max(0, max(hand) - min(hand) - _REACH)
    return cost
