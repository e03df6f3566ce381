"""Slurs over melodic lines: a bow or a breath, from the written notes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace

from autoscore.model.tempo import Bar
from autoscore.stages.deliver.written import UNITS, Written, units

_LONGEST = 8 * UNITS
"""Two bars of 4/4: the longest stretch that one slur covers."""
_TURN = 4 * UNITS
"""A slur as long as this may end at the next barline."""
_MARKS = ("staccato", "accent", "marcato")
_NUMBERS = 6


def slurred(notes: Sequence[Written], bars: Sequence[Bar]) -> list[tuple[Written, Written]]:
    """First and last notes of the slurs of one line.

    Neither across rests nor over repeated notes nor over marked ones; chords are read by their highest note.
    """
    edges = [round(units(bar.start_beats)) for bar in bars]
    return [(run[0], run[-1]) for whole in _runs(_tops(notes)) for run in _phrased(whole, edges) if len(run) > 1]


def numbered(slurs: Sequence[tuple[Written, Written]]) -> dict[tuple[int, int, int], list[tuple[str, int]]]:
    """(line, start, pitch) of a note -> its slur ends; slurs that sound at once have different numbers."""
    found: dict[tuple[int, int, int], list[tuple[str, int]]] = {}
    busy = [-1] * _NUMBERS
    for first, last in sorted(slurs, key=lambda slur: (slur[0].start, slur[1].end)):
        free = next((number for number, until in enumerate(busy) if until <= first.start), None)
        if free is None:
            continue
        busy[free] = last.end
        found.setdefault((first.line, first.start, first.pitch), []).append(("start", free + 1))
        found.setdefault((last.line, last.start, last.pitch), []).insert(0, ("stop", free + 1))
    return found


def with_slurs(notes: Sequence[Written], ends: dict[tuple[int, int, int], list[tuple[str, int]]]) -> list[Written]:
    """The notes with the ends of slurs that ``numbered`` found for them."""
    return [
        replace(note, slurs=tuple(ends.get((note.line, note.start, note.pitch), ())))  # type: ignore[arg-type]
        for note in notes
    ]


def _tops(notes: Sequence[Written]) -> list[Written]:
    top: dict[int, Written] = {}
    for note in notes:
        if note.start not in top or note.pitch > top[note.start].pitch:
            top[note.start] = note
    return [top[start] for start in sorted(top)]


def _runs(notes: Sequence[Written]) -> Iterator[list[Written]]:
    """Stretches that touch, without repetition; a marked note may begin one."""
    run: list[Written] = []
    for note in notes:
        joins = (
            run
            and run[-1].end == note.start
            and run[-1].pitch != note.pitch
            and not any(mark in note.mark for mark in _MARKS)
        )
        if run and (not joins or note.strokes):
            yield run
            run = []
        run.append(note)
        if "staccato" in note.mark or note.strokes:
            yield run[:-1]
            run = []
    if run:
        yield run


def _phrased(run: Sequence[Written], edges: Sequence[int]) -> Iterator[list[Written]]:
    """Cut at barlines into pieces of one bar or two, and after long notes."""
    piece: list[Written] = []
    for note in run:
        if piece:
            begun = piece[0].start
            barline = bisect_right(edges, note.start) > bisect_right(edges, piece[-1].start)
            held = piece[-1].end - piece[-1].start >= 2 * UNITS and len(piece) > 1
            if (barline and note.start - begun >= _TURN) or held or note.end - begun > _LONGEST:
                yield piece
                piece = []
        piece.append(note)
    if piece:
        yield piece
