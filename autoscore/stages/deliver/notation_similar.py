"""sim.: the articulation of a figure is written in its first bar, not in every bar that repeats it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from autoscore.model.tempo import Bar
from autoscore.stages.deliver.written import UNITS, Written, units

_MARKED = 4
"""A bar with so many marks is a figure worth shortening."""


def similar(notes: Sequence[Written], bars: Sequence[Bar]) -> tuple[list[Written], list[Fraction]]:
    """The notes without the marks of bars that repeat the rhythm and marks of the bar before; where "sim." stands.

    Nothing is shortened for a single repeated bar.
    """
    edges = [round(units(bar.start_beats)) for bar in bars]
    inside: dict[int, list[int]] = {}
    for place, note in enumerate(notes):
        inside.setdefault(bisect_right(edges, note.start) - 1, []).append(place)
    figures = {
        bar: tuple(sorted({(notes[p].start - edges[bar], notes[p].end - edges[bar], notes[p].mark) for p in places}))
        for bar, places in inside.items()
    }
    bare: set[int] = set()
    words = []
    run: list[int] = []
    for bar in [*sorted(figures), -1]:
        if run and bar == run[-1] + 1 and figures[bar] == figures[run[0]]:
            run.append(bar)
            continue
        if len(run) > 2 and sum(bool(mark) for _, _, mark in figures[run[0]]) >= _MARKED:
            words.append(Fraction(edges[run[1]], UNITS))
            bare.update(place for repeated in run[1:] for place in inside[repeated])
        run = [bar]
    return [replace(note, mark="") if place in bare else note for place, note in enumerate(notes)], words
