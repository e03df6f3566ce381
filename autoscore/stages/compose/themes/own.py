"""A tune somebody brought along becomes a theme: never refused, but told what is odd about it (craft guide 10.1)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from autoscore.model.cues import MOST_OWN_BARS
from autoscore.model.score import Theme, ThemeNote
from autoscore.stages.compose.harmony.keys import parse_key
from autoscore.stages.compose.themes.skeleton import bar_beats

CENTRE = 67


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """The theme, and what was odd about the tune, as sentences for its owner."""

    theme: Theme
    remarks: tuple[str, ...]


def adopt(notes: Sequence[ThemeNote], metre: str, *, key: str, instrument: str = "") -> Adopted:
    """The tune as the main theme: its first bar the cell, its first two the motif.

    Args:
        notes: one line in order, quarter notes from the first bar line; an upbeat stands at the end of the first bar.
        metre: like "3/4". key: like "D minor".
        instrument: key of instruments.toml that sings it at home.

    Raises:
        ValueError: there are no notes, or the key or metre is none.
    """
    if not notes:
        raise ValueError("the tune has no notes")
    beats = bar_beats(metre)
    remarks: list[str] = []
    line = _one_voice(notes, remarks)
    # A tune may begin after bars of rest; what begins in the second half of a bar leads into the next one.
    shift = line[0].start_beats // beats * beats
    if line[0].start_beats - shift > beats / 2 and len(line) > 1:
        shift += beats
    starts = [n.start_beats - shift for n in line]
    bars = max(1, math.ceil((starts[-1] + line[-1].length_beats) / beats))
    if bars > MOST_OWN_BARS:
        remarks.append(f"The tune is longer than {MOST_OWN_BARS} bars; its first {MOST_OWN_BARS} are the theme.")
        bars = MOST_OWN_BARS
        kept = [i for i, start in enumerate(starts) if start < bars * beats]
        line, starts = [line[i] for i in kept], [starts[i] for i in kept]
    if bars > 4 and bars % 2:
        bars += 1
    where = parse_key(key)
    tonic = where.pitch(0, CENTRE)
    middle = sum(n.pitch for n in line) / len(line)
    tonic += 12 * round((middle - CENTRE - 4) / 12) if abs(middle - CENTRE - 4) > 9 else 0
    durations = tuple(b - a for a, b in pairwise([*starts, bars * beats]))
    cell = sum(s < beats for s in starts)
    motif = sum(s < 2 * beats for s in starts)
    motif_notes = min(max(motif, min(4, len(line))), 9)
    theme = Theme(
        id="main",
        metre=metre,
        mode=where.mode,
        degrees=tuple(n.pitch - tonic for n in line),
        durations_beats=durations,
        cell_notes=min(max(cell, min(3, len(line))), 5, motif_notes),
        motif_notes=motif_notes,
        instrument=instrument,
        held_beats=tuple(min(n.length_beats, d) for n, d in zip(line, durations, strict=True)),
        lead_in_beats=starts[0],
    )
    remarks.extend(_odd(theme, where.scale, bars))
    return Adopted(theme=theme, remarks=tuple(remarks))


def _one_voice(notes: Sequence[ThemeNote], remarks: list[str]) -> list[ThemeNote]:
    """The top line: of notes that begin together the highest."""
    tops: dict[Fraction, ThemeNote] = {}
    for note in notes:
        if note.start_beats not in tops or tops[note.start_beats].pitch < note.pitch:
            tops[note.start_beats] = note
    if len(tops) < len(notes):
        remarks.append("The tune has notes that sound together; the highest ones are the theme.")
    return [tops[start] for start in sorted(tops)]


def _odd(theme: Theme, scale: tuple[int, ...], bars: int) -> list[str]:
    """What the tests of craft guide 4.1 would have against the motif, in plain words."""
    found = []
    motif = theme.degrees[: theme.motif_notes]
    lengths = set(theme.held_beats[: theme.motif_notes])
    span = max(motif) - min(motif)
    moves = [b - a for a, b in pairwise(motif)]
    if len(theme.degrees) < 4:
        found.append(f"The tune has {len(theme.degrees)} notes; with four or more it can be developed.")
    if len(lengths) < 2:
        found.append("All notes of its motif are equally long; a rhythm would make it easier to recognise.")
    if span < 5:
        found.append(f"Its motif spans {span} semitones; an ear keeps wider ones better.")
    if span > 12:
        found.append(f"Its motif spans {span} semitones, more than an octave; not every instrument can sing it.")
    if moves and len({m > 0 for m in moves if m}) < 2:
        found.append("Its motif goes one way only.")
    if any(a * b > 0 and min(abs(a), abs(b)) > 5 for a, b in pairwise(moves)):
        found.append("Two leaps in the same direction follow each other; that is hard to hum.")
    strange = sum(d % 12 not in scale for d in theme.degrees)
    if strange * 4 > len(theme.degrees):
        found.append(f"{strange} of its {len(theme.degrees)} notes are outside its key.")
    if bars < 2:
        found.append("It is one bar long; phrases repeat it.")
    return found
