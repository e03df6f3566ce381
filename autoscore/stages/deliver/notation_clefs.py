"""Which clef a bar is read in, and where 8va helps: few ledger lines, few changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from autoscore.adapters.page import ClefName

_LOWEST = {"treble": 30, "alto": 24, "tenor": 22, "bass": 18, "percussion": 30}
"""Place of the bottom line, in steps from C0's octave below."""
_STEPS = (0, 0, 1, 1, 2, 3, 3, 4, 4, 5, 5, 6)
_USUAL = 3
"""Ledger lines that are read without effort."""
_CHANGE, _OTHER_CLEF, _OCTAVE_BAR = 6.0, 0.7, 0.8

Reading = tuple[ClefName, int]
"""Clef, and octaves that the notes sound above where they stand."""


def readings(bars: Sequence[Sequence[int]], clefs: Sequence[str], *, octaves: bool) -> list[Reading]:
    """The reading of each bar by its written pitches: the cheapest way through ledger lines and changes.

    ``clefs``: those the player reads, the usual one first. ``octaves``: 8va and 8vb may be written.
    """
    choices: list[Reading] = [(cast(ClefName, clef), 0) for clef in clefs]
    if octaves:
        choices += [(cast(ClefName, clef), 1) for clef in clefs if clef == "treble"]
        choices += [(cast(ClefName, clef), -1) for clef in clefs if clef == "bass"]
    costs = [0.0 if choice == choices[0] else 1.0 for choice in choices]
    ways: list[list[int]] = []
    for pitches in bars:
        best = [min(range(len(choices)), key=lambda j, i=i: costs[j] + _CHANGE * (i != j)) for i in range(len(choices))]  # type: ignore[misc]
        costs = [
            costs[best[i]] + _CHANGE * (best[i] != i) + (_effort(pitches, choice) if pitches else 0.0)
            + _OTHER_CLEF * (choice[0] != clefs[0]) + _OCTAVE_BAR * abs(choice[1])
            for i, choice in enumerate(choices)
        ]  # fmt: skip
        ways.append(best)
    at = min(range(len(choices)), key=lambda i: costs[i])
    found = []
    for best in reversed(ways):
        found.append(choices[at])
        at = best[at]
    return found[::-1]


def _effort(pitches: Sequence[int], choice: Reading) -> float:
    clef, octave = choice
    low = _LOWEST[clef]
    total = 0.0
    for pitch in pitches:
        place = 7 * ((pitch - 12 * octave) // 12 - 1) + _STEPS[pitch % 12]
        lines = max(0, (low - place) // 2, (place - low - 8) // 2)
        total += max(0, lines - _USUAL + 1) ** 1.5
    return 4.0 * total / len(pitches) + 0.5 * total
