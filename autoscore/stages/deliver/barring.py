"""Written notes put into bars: one voice of tied chords, or two voices where that is easier to read."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from autoscore.adapters.page import Glyph
from autoscore.model.tempo import Bar
from autoscore.stages.deliver.written import UNITS, Pulses, Written, units

Voices = tuple[tuple[Glyph, ...], ...]

_PLAIN = frozenset((96, 72, 48, 36, 24, 18, 12, 9, 6, 3, 144, 192))
_TRIPLET = frozenset((16, 8, 4))
_DRAWABLE = _PLAIN | _TRIPLET
_SECOND_VOICE = 1.5
"""A second voice is as hard to read as so many ties."""
_NEVER = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruler:
    """How strong each place of one bar is: barlines 4, its middle 3, pulses 2, eighths 1, sixteenths 0, others -1."""

    length: int
    middle: int
    pulses: frozenset[int]

    def strength(self, at: int) -> int:
        """Strength of the place ``at`` units into the bar, -1..4."""
        if at in (0, self.length):
            return 4
        if at == self.middle:
            return 3
        if at in self.pulses:
            return 2
        return 1 if at % 12 == 0 else 0 if at % 6 == 0 else -1

    def fits(self, start: int, end: int) -> bool:
        """Whether one value from ``start`` to ``end`` lets the reader see the pulse."""
        size = end - start
        if start % 3 or end % 3:
            one_pulse = not any(start < pulse < end for pulse in self.pulses)
            return size in _TRIPLET and one_pulse and (size != 8 or start % 8 == 0 or end % 8 == 0)
        if size not in _PLAIN:
            return False
        edge = max(self.strength(start), self.strength(end))
        inside = max((self.strength(at) for at in range(start + 3, end, 3)), default=-1)
        # Short-long-short over one pulse is the one syncopation read at sight.
        swings = inside <= 2 and edge == 1 and size == UNITS
        return inside <= edge or swings or (edge == 2 and inside == 3 and size == 2 * UNITS)

    def values(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """``start``..``end`` as written values, cut at the strongest place between them until each can be read."""
        if self.fits(start, end):
            yield start, end
            return
        uneven = bool(start % 3 or end % 3)
        places = [at for at in range(start + 1, end) if at % 3 == 0 or (uneven and at % 8 == 0)]
        if not places:
            yield start, end
            return
        cut = max(places, key=lambda at: (self.strength(at), at % 8 == 0 and uneven, -abs(2 * at - start - end)))
        yield from self.values(start, cut)
        yield from self.values(cut, end)


def ruler(bar: Bar, grid: Pulses) -> Ruler:
    """The places of one bar, in units from its start."""
    start, length = round(units(bar.start_beats)), round(units(bar.length_beats))
    inside = [at - start for at in grid.at[grid.of(start) : grid.of(start + length - 1) + 1]]
    middle = -1
    if len(inside) >= 4:
        middle = inside[(len(inside) + 1) // 2]
    return Ruler(length=length, middle=middle, pulses=frozenset(inside))


def in_bars(notes: Sequence[Written], bars: Sequence[Bar], grid: Pulses) -> list[Voices]:
    """The voices of each bar, high to low; an empty tuple where nothing sounds. Rests are in the first voice only."""
    found = []
    waiting, held = sorted(notes, key=lambda n: (n.start, n.pitch), reverse=True), list[Written]()
    for bar in bars:
        low = round(units(bar.start_beats))
        high = low + round(units(bar.length_beats))
        while waiting and waiting[-1].start < high:
            held.append(waiting.pop())
        held = [note for note in held if note.end > low]
        found.append(_voices(held, low, high, ruler(bar, grid)) if held else ())
    return found


def _voices(notes: Sequence[Written], low: int, high: int, rule: Ruler) -> Voices:
    """One voice or two, whichever is read more easily; more only where nothing else can be drawn."""
    best: tuple[float, list[list[Glyph]]] | None = None
    for split in _splits(notes):
        lines = [list(_line(_slices(part), low, high, rule, rests=not place)) for place, part in enumerate(split)]
        cost = sum(_cost(part) for part in split) + _SECOND_VOICE * (len(lines) - 1)
        if not all(int(glyph.length * UNITS) in _DRAWABLE for line in lines for glyph in line):
            cost += _NEVER
        if best is None or cost < best[0]:
            best = cost, lines
        if cost <= 0:
            break
    assert best is not None
    return tuple(tuple(line) for line in best[1])


def _splits(notes: Sequence[Written]) -> Iterator[list[list[Written]]]:
    """Ways of giving a bar's notes to voices, high ones first."""
    yield [list(notes)]
    numbers = sorted({note.line for note in notes})
    by_line = [[note for note in notes if note.line == number] for number in numbers]
    by_line.sort(key=_height, reverse=True)
    if len(by_line) > 1:
        yield by_line if len(by_line) == 2 else [by_line[0], [note for line in by_line[1:] for note in line]]
    starts: dict[int, list[Written]] = {}
    for note in notes:
        starts.setdefault(note.start, []).append(note)
    top = {id(max(group, key=lambda n: n.pitch)) for group in starts.values()}
    yield _parted(notes, top)
    low = {id(min(group, key=lambda n: n.pitch)) for group in starts.values()}
    yield _parted(notes, {id(note) for note in notes} - low)
    longest = max(note.end - note.start for note in notes)
    yield _parted(notes, {id(note) for note in notes if note.end - note.start < longest})
    chains = _chains(notes)
    if chains is not None:
        yield chains
    if len(by_line) > 2:
        yield by_line


def _parted(notes: Sequence[Written], upper: set[int]) -> list[list[Written]]:
    parts = [[note for note in notes if id(note) in upper], [note for note in notes if id(note) not in upper]]
    return sorted((part for part in parts if part), key=_height, reverse=True)


def _height(notes: Sequence[Written]) -> Fraction:
    return Fraction(sum(note.pitch for note in notes), len(notes))


def _chains(notes: Sequence[Written]) -> list[list[Written]] | None:
    """Chords that follow one another, in two chains; None where three chords sound at once."""
    chords: dict[tuple[int, int], list[Written]] = {}
    for note in notes:
        chords.setdefault((note.start, note.end), []).append(note)
    lines: list[list[Written]] = [[], []]
    for (start, _), group in sorted(chords.items(), key=lambda item: (item[0][0], -max(n.pitch for n in item[1]))):
        free = [line for line in lines if not line or line[-1].end <= start]
        if not free:
            return None
        pitch = max(note.pitch for note in group)
        min(free, key=lambda line: abs(pitch - line[-1].pitch) if line else 0).extend(group)
    return sorted((line for line in lines if line), key=_height, reverse=True)


def _cost(notes: Sequence[Written]) -> float:
    """How many ties it takes to write these as one voice; a pitch that begins while it sounds cannot be written."""
    cuts = sorted({at for note in notes for at in (note.start, note.end)})
    cost = 0.0
    sounding: dict[int, int] = {}
    for note in sorted(notes, key=lambda n: (n.start, -n.end)):
        cost += bisect_left(cuts, note.end) - bisect_right(cuts, note.start)
        if sounding.get(note.pitch, note.start) > note.start:
            cost += _NEVER
        sounding[note.pitch] = note.end
    return cost


def _slices(notes: Sequence[Written]) -> list[tuple[int, int, list[Written]]]:
    cuts = sorted({at for note in notes for at in (note.start, note.end)})
    found = []
    for start, end in pairwise(cuts):
        sounding = {note.pitch: note for note in notes if note.start <= start and note.end >= end}
        if sounding:
            found.append((start, end, [sounding[pitch] for pitch in sorted(sounding)]))
    return found


def _line(
    chords: Sequence[tuple[int, int, Sequence[Written]]], low: int, high: int, rule: Ruler, *, rests: bool
) -> Iterator[Glyph]:
    at = low
    for begin, stop, notes in chords:
        start, end = max(begin, low), min(stop, high)
        if start >= end:
            continue
        if rests and start > at:
            yield from _rests(at - low, start - low, rule)
        for a, b in rule.values(start - low, end - low):
            first = any(note.start == a + low for note in notes)
            yield Glyph(
                start=Fraction(a, UNITS),
                length=Fraction(b - a, UNITS),
                pitches=tuple(note.pitch for note in notes),
                tied_from=tuple(note.pitch for note in notes if note.start < a + low),
                tied_to=tuple(note.pitch for note in notes if note.end > b + low),
                mark=next((note.mark for note in notes if note.mark), "") if first else "",
                strokes=max(note.strokes for note in notes),
                slurs=tuple(
                    slur for note in notes for slur in note.slurs
                    if (a + low == note.start if slur[0] == "start" else b + low == note.end)
                ),
            )  # fmt: skip
        at = end
    if rests and at < high:
        yield from _rests(at - low, high - low, rule)


def _rests(start: int, end: int, rule: Ruler) -> Iterator[Glyph]:
    for a, b in rule.values(start, end):
        yield Glyph(start=Fraction(a, UNITS), length=Fraction(b - a, UNITS))
