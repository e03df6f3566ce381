"""When notes begin and end on paper, for the MIDI file that says the same as the page."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from autoscore.model.score import Part
from autoscore.model.tempo import Bar
from autoscore.stages.deliver.notation_stands import stands
from autoscore.stages.deliver.written import UNITS, placed, pulses

Times = dict[int, tuple[Fraction, Fraction]]
"""id of a note -> its written start and end in quarters."""


def quantised(parts: Sequence[Part], bars: Sequence[Bar]) -> Times:
    """Written times of all notes but those of rolls and runs, which paper shows as one: they keep their own.

    Raises:
        IndexError: there are no bars.
    """
    grid = pulses(bars)
    found: Times = {}
    for stand in stands(parts, bars, grid):
        for line in stand.lines:
            played = {id(given): note for given, note in zip(line.given, line.played, strict=True)}
            for note, start, end, _ in placed(line.given, grid, struck=line.struck).single:
                found[id(played[id(note)])] = Fraction(start, UNITS), Fraction(end, UNITS)
    return found
