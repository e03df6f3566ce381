"""What stands beside the notes: a player's dynamics, hairpins, words, pedals; everybody's tempo, marks, timecode."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from fractions import Fraction

from autoscore import tables
from autoscore.adapters.page import Sign
from autoscore.model.score import Note, Part
from autoscore.model.tempo import Bar, pulse_beats
from autoscore.stages.deliver.notation_stands import Stand, technique
from autoscore.stages.deliver.notes import Music, picture_code
from autoscore.stages.deliver.written import UNITS, Written

Signs = dict[int, list[Sign]]
"""Index of a bar -> its signs."""

_TEMPO_STEP = 0.04
_WORDS = {"rit": "rit.", "accel": "accel."}
_LEVELS = ("ppp", "pp", "p", "mp", "mf", "f", "ff", "fff")
_APART = Fraction(4)
"""Hits closer together than this many quarters share one dynamic."""
_SHORTEST_WEDGE = Fraction(2)
_LONGEST_WEDGE = Fraction(10)
"""What grows for longer is told by a word."""


def put(signs: Signs, bars: Sequence[Bar], beats: Fraction, kind: str, text: str = "", bpm: float = 0.0) -> None:
    """Adds a sign at ``beats``, on a sixteenth; one beyond the bars is left out."""
    at = Fraction(round(beats * 4), 4)
    index = bisect_right(bars, at, key=lambda bar: bar.start_beats) - 1
    if index >= 0 and at < bars[index].start_beats + bars[index].length_beats:
        sign = Sign(kind=kind, at=at - bars[index].start_beats, text=text, bpm=bpm)  # type: ignore[arg-type]
        signs.setdefault(index, []).append(sign)


def system_signs(music: Music, rate: Fraction, bars: Sequence[Bar]) -> Signs:
    """Written once above the score: tempo, feel, rehearsal marks, hits and timecode."""
    tempo = music.tempo
    signs: Signs = {}
    swing = tables.read("notation.toml")["swing"]
    if music.swing >= swing["from"]:
        put(signs, bars, bars[0].start_beats, "feel", f"{swing['text']} ({round(100 * music.swing)} %)")
    shown = 0.0
    for index, bar in enumerate(bars):
        length_s = tempo.seconds_at(bar.start_beats + bar.length_beats) - tempo.seconds_at(bar.start_beats)
        bpm = 60.0 * float(bar.length_beats) / length_s
        other_pulse = index > 0 and pulse_beats(bar.metre) != pulse_beats(bars[index - 1].metre)
        if other_pulse or abs(bpm - shown) > _TEMPO_STEP * bpm:
            put(signs, bars, bar.start_beats, "tempo", bpm=round(bpm, 2))
            shown = bpm
    for segment in tempo.segments:
        if segment.label:
            put(signs, bars, segment.start_beats, "words", _WORDS.get(segment.label, segment.label))
    for section in music.score.sections:
        put(signs, bars, section.start_beats, "rehearsal", section.function)
        if section.start_beats > bars[0].start_beats:
            put(signs, bars, section.start_beats, "system", picture_code(tempo.seconds_at(section.start_beats), rate))
    put(signs, bars, bars[0].start_beats, "system", picture_code(tempo.start_s, rate))
    for hit in music.score.hits:
        device = "" if hit.device == "none" else f" {hit.device.replace('_', ' ')}"
        put(signs, bars, hit.at_beats, "system", f"{picture_code(hit.time_s, rate)} {hit.hit_id}{device}")
    return signs


def player_signs(stand: Stand, bars: Sequence[Bar]) -> tuple[Signs, Signs]:
    """(signs of the upper or only staff, of the lower one)."""
    upper: Signs = {}
    lower: Signs = {}
    _dynamics(stand, bars, upper)
    _ways(stand, bars, upper)
    _runs(stand, bars, upper)
    parts = [part for line in stand.lines for part in line.parts]
    _pedals(parts, bars, lower if stand.row.get("staves", 1) > 1 else upper)
    return upper, lower


def _dynamics(stand: Stand, bars: Sequence[Bar], signs: Signs) -> None:
    """Marks of all the player's parts in order of time, each at a note, none said twice; hairpins do not overlap."""
    marks: list[tuple[Fraction, int, str]] = []
    wedges: list[tuple[Fraction, Fraction, str]] = []
    for line in stand.lines:
        starts = sorted({Fraction(note.start, UNITS) for note in line.notes})
        ends = {Fraction(note.start, UNITS): Fraction(note.end, UNITS) for note in line.notes}
        for part in line.parts:
            for mark in part.dynamics:
                if mark.mark in ("<", ">"):
                    wedges += _wedge(mark.at_beats, mark.end_beats, mark.mark, starts, ends)
                elif mark.mark in _LEVELS:
                    place = bisect_left(starts, mark.at_beats)
                    if place < len(starts):
                        marks.append((starts[place], _LEVELS.index(mark.mark), mark.mark))
            if not part.dynamics:
                marks += _by_velocity(part)
    said = ""
    loudest: dict[Fraction, tuple[int, str]] = {}
    for at, level, text in marks:
        sixteenth = Fraction(round(at * 4), 4)
        loudest[sixteenth] = max(loudest.get(sixteenth, (-1, "")), (level, text))
    spoken: list[Fraction] = []
    for at in sorted(loudest):
        text = loudest[at][1]
        if text != said:
            put(signs, bars, at, "dynamic", text)
            spoken.append(at)
            said = text
    until = Fraction(-1)
    for start, end, kind in sorted(wedges):
        stop = min([end, *(at for at in spoken if start < at < end)])
        if start < until or stop - start < _SHORTEST_WEDGE:
            continue
        if stop - start > _LONGEST_WEDGE:
            put(signs, bars, start, "words", "cresc." if kind == "<" else "dim.")
            until = stop
            continue
        put(signs, bars, start, "wedge", "crescendo" if kind == "<" else "diminuendo")
        last = bars[-1].start_beats + bars[-1].length_beats
        put(signs, bars, min(stop, last) - Fraction(1, 4), "wedge", "stop")
        until = stop


def _wedge(
    at: Fraction, end: Fraction | None, kind: str, starts: Sequence[Fraction], ends: dict[Fraction, Fraction]
) -> list[tuple[Fraction, Fraction, str]]:
    """A hairpin from the first note in it to the end of the last one."""
    first = bisect_left(starts, at)
    last = bisect_left(starts, end if end is not None else at) - 1
    if first >= len(starts) or last < first or end is None:
        return []
    return [(starts[first], min(end, ends[starts[last]]), kind)]


def _by_velocity(part: Part) -> list[tuple[Fraction, int, str]]:
    """Dynamics of a part that has none written, by how hard it is struck where it comes in."""
    rows = tables.read("notation.toml")["velocity_marks"]
    found = []
    groups: list[list[Note]] = []
    for note in sorted(part.notes, key=lambda note: note.start_beats):
        if groups and note.start_beats - groups[-1][-1].start_beats < _APART:
            groups[-1].append(note)
        else:
            groups.append([note])
    for group in groups:
        loud = max(note.velocity for note in group)
        mark = max((name for name, least in rows.items() if loud >= least), key=_LEVELS.index)
        found.append((group[0].start_beats, _LEVELS.index(mark), mark))
    return found


def _ways(stand: Stand, bars: Sequence[Bar], signs: Signs) -> None:
    """pizz., arco, trem.: where the way of playing changes."""
    notes: list[tuple[int, str, Written]] = [(n.start, line.way, n) for line in stand.lines for n in line.notes]
    now = ""
    for start, way, _ in sorted(notes, key=lambda item: (item[0], item[1])):
        word, before = technique(way).get("word", ""), technique(now)
        if word != before.get("word", ""):
            put(signs, bars, Fraction(start, UNITS), "words", word or before.get("back", ""))
        now = way


def _runs(stand: Stand, bars: Sequence[Bar], signs: Signs) -> None:
    """gliss. and sim."""
    for line in stand.lines:
        for note in line.notes:
            if note.glides:
                put(signs, bars, Fraction(note.start, UNITS), "words", "gliss.")
        for at, word in line.words:
            put(signs, bars, at, "words", word)


def _pedals(parts: Sequence[Part], bars: Sequence[Bar], signs: Signs) -> None:
    """The pedal's line, bent where it is lifted and taken again at once."""
    spans: list[list[Fraction]] = []
    last = bars[-1].start_beats + bars[-1].length_beats - Fraction(1, 4)
    for part in parts:
        taken: Fraction | None = None
        for control in (control for control in part.controls if control.kind == "pedal"):
            if control.value >= 64 and taken is None:
                taken = control.at_beats
            elif control.value < 64 and taken is not None:
                if taken < min(control.at_beats, last):
                    spans.append([taken, min(control.at_beats, last)])
                taken = None
    joined: list[list[Fraction]] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], end)
        else:
            joined.append([start, end])
    for place, (start, end) in enumerate(joined):
        if not place or joined[place - 1][1] != start:
            put(signs, bars, start, "pedal", "start")
        again = place + 1 < len(joined) and joined[place + 1][0] == end
        put(signs, bars, end, "pedal", "change" if again else "stop")
