"""What a player reads: notes on a grid, with the lengths a copyist would write, rolls as one note with strokes.

Everything here is counted in units of 1/24 quarter note from the cue's start.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from autoscore.adapters.page import SlurEnd
from autoscore.model.score import Note
from autoscore.model.tempo import Bar, pulse_beats

UNITS = 24
"""Units in a quarter note: sixteenths are 6, eighths of a triplet 8."""

_DOTTED_EIGHTH, _EIGHTH, _SIXTEENTH, _THIRTY_SECOND = 18, 12, 6, 3
_ROLL_STEP = Fraction(_SIXTEENTH)
_ROLL_NOTES = 4
_GLIDE_STEP = Fraction(5)
_GLIDE_NOTES = 6
_STROKES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One pitch from ``start`` to ``end``; ``strokes`` is how many tremolo strokes go through its stem.

    ``line``: which of the lines on its staff it belongs to. ``glides``: it stands for a run up or down from it.
    """

    start: int
    end: int
    pitch: int
    mark: str = ""
    strokes: int = 0
    line: int = 0
    glides: bool = False
    slurs: tuple[SlurEnd, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulses:
    """Where each pulse begins; the last one is the end of the last bar."""

    at: tuple[int, ...]

    def of(self, position: Fraction | int) -> int:
        """Number of the pulse in which ``position`` lies."""
        return min(max(0, bisect_right(self.at, position) - 1), len(self.at) - 2)


def units(beats: Fraction) -> Fraction:
    """Quarter notes in units, UNITS to a quarter."""
    return beats * UNITS


def pulses(bars: Sequence[Bar]) -> Pulses:
    """The pulses of all bars: dotted quarters in 6/8, and quarters with an eighth more at the end in 7/8."""
    found = []
    for bar in bars:
        start, end = round(units(bar.start_beats)), round(units(bar.start_beats + bar.length_beats))
        step = min(round(units(pulse_beats(bar.metre))), end - start)
        inside = list(range(start, end, step))
        if len(inside) > 1 and end - inside[-1] < step:
            inside.pop()
        found += inside
    return Pulses(at=(*found, round(units(bars[-1].start_beats + bars[-1].length_beats))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Notes on the grid: ``single`` ones with start, end and mark; ``rolls`` and ``runs`` as (notes, start, end)."""

    single: tuple[tuple[Note, int, int, str], ...]
    rolls: tuple[tuple[list[Note], int, int], ...]
    runs: tuple[tuple[list[Note], int, int], ...]


def placed(notes: Sequence[Note], grid: Pulses, *, struck: bool) -> Placed:
    """Where notes stand; none is lost that starts inside the bars.

    ``struck``: the sound dies by itself, so that a short note is written up to the next one or to the next pulse.
    """
    total = grid.at[-1]
    together: dict[Fraction, list[Note]] = {}
    for note in notes:
        start = max(Fraction(0), units(note.start_beats))
        if start < total:
            together.setdefault(start, []).append(note)
    rolls, single = _rolls(together)
    runs, single = _glides(single)
    starts = _snapped(list(single), grid)
    starts |= {start: min(_to(start, _EIGHTH), total - _EIGHTH) for start, _ in rolls}
    uneven = {grid.of(at) for at in starts.values() if at % _THIRTY_SECOND}
    onsets = sorted(set(starts.values()))
    found = []
    for start, group in single.items():
        for note in group:
            raw_end = min(units(note.start_beats + note.length_beats), Fraction(total))
            at = starts[start]
            end, short = _end(at, raw_end, units(note.length_beats), onsets, grid, uneven, struck)
            dot = "staccato" if short and not struck and note.mark not in ("staccato", "marcato") else ""
            found.append((note, at, end, "+".join(filter(None, (note.mark, dot)))))
    glided = []
    for run in runs:
        at = min(_to(units(run[0].start_beats), _EIGHTH), total - _EIGHTH)
        end = _to(units(run[-1].start_beats), _EIGHTH)
        end = next((onset for onset in onsets if abs(onset - end) <= _EIGHTH and onset > at), max(end, at + _EIGHTH))
        glided.append((run, at, min(end, total)))
    rolled = []
    for start, group in rolls:
        at, stop = starts[start], max(units(n.start_beats + n.length_beats) for n in group)
        end, _ = _end(at, min(stop, Fraction(total)), Fraction(UNITS), onsets, grid, uneven, False)
        rolled.append((group, at, end))
    return Placed(single=tuple(found), rolls=tuple(rolled), runs=tuple(glided))


def written(notes: Sequence[Note], grid: Pulses, *, struck: bool, strokes: int = 0) -> list[Written]:
    """Notes as they are read, sorted: a roll is one note with strokes, a run its first note.

    ``struck`` as in ``placed``; ``strokes``: tremolo strokes that every note has.
    """
    where = placed(notes, grid, struck=struck)
    found = [
        Written(start=at, end=end, pitch=note.pitch, mark=mark, strokes=strokes) for note, at, end, mark in where.single
    ]
    found += [Written(start=at, end=end, pitch=run[0].pitch, glides=True) for run, at, end in where.runs]
    for group, at, end in where.rolls:
        found += [
            Written(start=at, end=end, pitch=pitch, mark=group[0].mark, strokes=_STROKES)
            for pitch in sorted({note.pitch for note in group})
        ]
    return _apart(found)


def _rolls(
    together: dict[Fraction, list[Note]],
) -> tuple[list[tuple[Fraction, list[Note]]], dict[Fraction, list[Note]]]:
    """(runs of one sound repeated faster than sixteenths, everything else)."""
    ordered = sorted(together)
    rolls: list[tuple[Fraction, list[Note]]] = []
    single: dict[Fraction, list[Note]] = {}
    place = 0
    while place < len(ordered):
        last = place
        pitches = {note.pitch for note in together[ordered[place]]}
        while (
            last + 1 < len(ordered)
            and ordered[last + 1] - ordered[last] < _ROLL_STEP
            and {note.pitch for note in together[ordered[last + 1]]} == pitches
        ):
            last += 1
        run = ordered[place : last + 1]
        if len(run) >= _ROLL_NOTES:
            rolls.append((run[0], [note for start in run for note in together[start]]))
        else:
            single.update((start, together[start]) for start in run)
        place = last + 1
    return rolls, single


def _glides(together: dict[Fraction, list[Note]]) -> tuple[list[list[Note]], dict[Fraction, list[Note]]]:
    """(runs in one direction, too fast for sixteenths, everything else)."""
    ordered = sorted(together)
    runs: list[list[Note]] = []
    single: dict[Fraction, list[Note]] = {}
    place = 0
    while place < len(ordered):
        run = [max(together[ordered[place]], key=lambda n: n.pitch)] if len(together[ordered[place]]) == 1 else []
        last = place
        way = 0
        while run and last + 1 < len(ordered) and ordered[last + 1] - ordered[last] < _GLIDE_STEP:
            following = together[ordered[last + 1]]
            step = following[0].pitch - run[-1].pitch
            if len(following) > 1 or not step or (way and way * step < 0):
                break
            way = 1 if step > 0 else -1
            run.append(following[0])
            last += 1
        if len(run) >= _GLIDE_NOTES:
            runs.append(run)
        else:
            last = place
            single[ordered[place]] = together[ordered[place]]
        place = last + 1
    return runs, single


def _to(value: Fraction | int, step: int) -> int:
    """``value`` on the nearest multiple of ``step``, upwards from half-way."""
    return int((value / Fraction(step) + Fraction(1, 2)) // 1) * step


def _snapped(starts: Sequence[Fraction], grid: Pulses) -> dict[Fraction, int]:
    """Raw start -> written start: one grid a pulse, sixteenths unless its notes are plainly something finer."""
    by_pulse: dict[int, list[Fraction]] = {}
    for start in starts:
        by_pulse.setdefault(grid.of(start), []).append(start)
    found = {}
    for number, inside in by_pulse.items():
        origin = grid.at[number]
        offsets = [start - origin for start in inside]
        exact = [int(offset) for offset in offsets if offset.denominator == 1]
        step = _SIXTEENTH
        if any(offset % 3 and offset % 4 == 0 for offset in exact) and all(offset % 4 == 0 for offset in exact):
            step = 8 if all(offset % 8 == 0 for offset in exact) else 4
        elif any(offset % 6 == 3 for offset in exact) or len({_to(o, step) for o in offsets}) < len(set(offsets)):
            step = _THIRTY_SECOND
        for start, offset in zip(inside, offsets, strict=True):
            found[start] = min(origin + _to(offset, step), grid.at[-1] - _SIXTEENTH)
    return found


def _end(
    at: int, raw_end: Fraction, length: Fraction, onsets: Sequence[int], grid: Pulses, uneven: set[int], struck: bool
) -> tuple[int, bool]:
    """(written end, whether it sounds much shorter than that)."""
    total = grid.at[-1]
    after = bisect_right(onsets, at)
    following = onsets[after] if after < len(onsets) else total
    pulse_end = grid.at[grid.of(at) + 1]
    room = min(following, pulse_end) - at
    if struck and length < UNITS and pulse_end < raw_end <= pulse_end + _SIXTEENTH and room >= _SIXTEENTH:
        return at + room, False
    if (
        length < UNITS
        and raw_end <= at + room
        and (struck or 2 * length >= room or room <= _DOTTED_EIGHTH or at % _THIRTY_SECOND)
    ):
        return at + room, 5 * length < 3 * room
    if not struck and length < _EIGHTH <= room and not at % _EIGHTH and raw_end <= at + _EIGHTH:
        return at + _EIGHTH, 3 * length < 2 * _EIGHTH
    step = _SIXTEENTH if length < UNITS else _EIGHTH
    end = _to(raw_end, step)
    if abs(raw_end - following) <= _SIXTEENTH or (raw_end <= following < end):
        end = following
    number = grid.of(end)
    inside = end - grid.at[number]
    if end not in onsets and inside:
        if number in uneven:
            end = grid.at[number] + _to(Fraction(inside), 8)
        elif inside % _SIXTEENTH:
            end = grid.at[number] + _to(Fraction(inside), _SIXTEENTH)
    number = grid.of(end)
    if at < grid.at[number] < end <= grid.at[number] + _SIXTEENTH and end not in onsets and end - at > _EIGHTH:
        end = grid.at[number]  # what hangs over by a sixteenth is playing
    least = 8 if grid.of(at) in uneven else _THIRTY_SECOND if at % _SIXTEENTH else _SIXTEENTH
    if end <= at:
        end = min(at + least, max(following, at + _THIRTY_SECOND))
    return min(end, total), False


def _apart(found: list[Written]) -> list[Written]:
    """Sorted by time; a pitch ends where it starts again, and doubles are one."""
    kept: list[Written] = []
    lines: dict[int, list[Written]] = {}
    for note in sorted(found, key=lambda n: (n.start, -n.end)):
        lines.setdefault(note.pitch, []).append(note)
    for line in lines.values():
        single = [note for place, note in enumerate(line) if not place or line[place - 1].start != note.start]
        kept += [replace(note, end=min(note.end, after.start)) for note, after in pairwise(single)]
        kept.append(single[-1])
    return sorted(kept, key=lambda n: (n.start, n.pitch))


def rung(notes: Sequence[Written]) -> list[Written]:
    """A struck instrument's notes, those of a broken chord cut where the next one sounds: that they ring on is known.

    A bass that lies under a figure keeps its length: only what is followed within a quarter, and by a note as long.
    """
    found = []
    onsets = sorted({note.start for note in notes})
    longest: dict[int, int] = {}
    for note in notes:
        longest[note.start] = max(longest.get(note.start, 0), note.end)
    for note in notes:
        after = bisect_right(onsets, note.start)
        following = onsets[after] if after < len(onsets) else note.end
        soon = following < note.end and following - note.start <= UNITS
        found.append(replace(note, end=following) if soon and longest[following] >= note.end - _EIGHTH else note)
    return found
