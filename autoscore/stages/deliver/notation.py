"""MusicXML of each cue, from the written notes: concert pitch, the bars of the MIDI file, dynamics, rehearsal marks.

Written directly rather than through music21's streams: those take about a millisecond a note, and stamp each file with
a date and random ids, where the same score must give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from autoscore import __version__, tables
from autoscore.model.score import DynamicMark, Note, Part
from autoscore.model.tempo import Bar, CueTempo
from autoscore.stages.deliver import receipts
from autoscore.stages.deliver.notes import Music, signature

DIVISIONS = 24
"""Units in a quarter note: thirty-second notes and triplets down to a triplet 64th fall on whole ones."""

_VALUES = {
    96: ("whole", 0, False), 72: ("half", 1, False), 48: ("half", 0, False), 36: ("quarter", 1, False),
    24: ("quarter", 0, False), 18: ("eighth", 1, False), 12: ("eighth", 0, False), 9: ("16th", 1, False),
    6: ("16th", 0, False), 3: ("32nd", 0, False), 32: ("half", 0, True), 16: ("quarter", 0, True),
    8: ("eighth", 0, True), 4: ("16th", 0, True), 2: ("32nd", 0, True), 1: ("64th", 0, True),
}  # fmt: skip
"""Units -> (type, dots, triplet)."""

_MARKS = {"accent": "accent", "staccato": "staccato", "tenuto": "tenuto", "marcato": "strong-accent"}
_SHARPS = (("C", 0), ("C", 1), ("D", 0), ("D", 1), ("E", 0), ("F", 0), ("F", 1), ("G", 0), ("G", 1), ("A", 0),
           ("A", 1), ("B", 0))  # fmt: skip
_FLATS = (("C", 0), ("D", -1), ("D", 0), ("E", -1), ("E", 0), ("F", 0), ("G", -1), ("G", 0), ("A", -1), ("A", 0),
          ("B", -1), ("B", 0))  # fmt: skip
_TEMPO_STEP = 0.02

Chord = tuple[int, int, tuple[int, ...], str]
"""Start, end (units from the cue's start), pitches low to high, articulation."""


def write(cues: Sequence[Music], workspace: Path) -> tuple[str, ...]:
    """Writes musicxml/CUE.musicxml for each cue that has bars and notes; returns their names.

    Raises:
        StorageError: a file cannot be written.
    """
    files = []
    for music in cues:
        if not music.tempo.bars or not any(part.notes for part in music.score.parts):
            continue
        name = f"musicxml/{music.score.cue_id}.musicxml"
        receipts.write(workspace / name, musicxml(music))
        files.append(name)
    return tuple(files)


def musicxml(music: Music) -> str:
    """The cue as a MusicXML 4.0 text."""
    parts = [part for part in music.score.parts if part.notes]
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
        '"http://www.musicxml.org/dtds/partwise.dtd">',
        '<score-partwise version="4.0">',
        f"<work><work-title>{escape(_title(music))}</work-title></work>",
        f"<identification><encoding><software>autoscore {escape(__version__)}</software></encoding></identification>",
        "<part-list>",
    ]
    for number, part in enumerate(parts, 1):
        lines.append(
            f"<score-part id={quoteattr(f'P{number}')}><part-name>{escape(part.name)}</part-name></score-part>"
        )
    lines.append("</part-list>")
    for number, part in enumerate(parts, 1):
        lines.append(f'<part id="P{number}">')
        lines += _measures(part, music, leads=number == 1)
        lines.append("</part>")
    lines.append("</score-partwise>")
    return "\n".join(lines) + "\n"


def _title(music: Music) -> str:
    return f"{music.score.cue_id} {music.score.title}".strip()


def _units(beats: Fraction) -> int:
    return round(beats * DIVISIONS)


def chords(notes: Sequence[Note], end: int) -> list[Chord]:
    """Notes as one line of chords: those that start together are one, and each ends where the next begins."""
    starts: dict[int, list[Note]] = {}
    for note in notes:
        starts.setdefault(_units(note.start_beats), []).append(note)
    ordered = sorted(start for start in starts if 0 <= start < end)
    found = []
    for place, start in enumerate(ordered):
        group = starts[start]
        stop = min(max(_units(n.start_beats + n.length_beats) for n in group), end)
        if place + 1 < len(ordered):
            stop = min(stop, ordered[place + 1])
        mark = next((n.mark for n in group if n.mark), "")
        found.append((start, max(start + 1, stop), tuple(sorted({n.pitch for n in group})), mark))
    return found


def split(start: int, end: int) -> Iterator[int]:
    """``start``..``end`` within one bar as written values, largest first; off the triplet grid wherever possible.

    A value does not cross a beat that it does not begin on, unless it is made of whole beats.
    """
    while start < end:
        left = end - start
        into = start % DIVISIONS
        room = left if into == 0 else min(left, DIVISIONS - into)
        plain = room % 3 == 0 and start % 3 == 0
        if into == 0 and left >= DIVISIONS and left % DIVISIONS:
            room = left - left % DIVISIONS if left % 12 else left
        pool = [u for u in _VALUES if u <= room and (_VALUES[u][2] is False) == (plain or room >= DIVISIONS)]
        value = max(pool or [u for u in _VALUES if u <= room])
        yield value
        start += value


def _measures(part: Part, music: Music, leads: bool) -> Iterator[str]:
    tempo = music.tempo
    drums = _is_drums(part)
    sharps, minor = signature(music.score.key)
    bars = tempo.bars
    line = chords(part.notes, _units(bars[-1].start_beats + bars[-1].length_beats))
    place, last_metre, last_bpm = 0, "", 0.0
    for bar in bars:
        low, high = _units(bar.start_beats), _units(bar.start_beats + bar.length_beats)
        yield f'<measure number="{bar.number}">'
        if bar is bars[0]:
            mode = "minor" if minor else "major"
            yield (
                f"<attributes><divisions>{DIVISIONS}</divisions><key><fifths>{sharps}</fifths><mode>{mode}</mode></key>"
                f"{_time(bar)}{_clef(part, drums)}</attributes>"
            )
        elif bar.metre != last_metre:
            yield f"<attributes>{_time(bar)}</attributes>"
        last_metre = bar.metre
        if leads:
            bpm = _bpm(bar, tempo)
            yield from _lead_texts(bar, bpm, abs(bpm - last_bpm) > _TEMPO_STEP * bpm, music)
            last_bpm = bpm if abs(bpm - last_bpm) > _TEMPO_STEP * bpm else last_bpm
        yield from _dynamics(part.dynamics, bar)
        at = low
        while place < len(line) and line[place][0] < high:
            start, end, pitches, mark = line[place]
            begin, stop = max(start, low), min(end, high)
            if begin > at:
                yield from _rests(at - low, begin - low)
            yield from _written(begin - low, stop - low, pitches, mark if start >= low else "", sharps, drums,
                                before=start < low, after=end > high)  # fmt: skip
            at = stop
            if end > high:
                break
            place += 1
        if at < high:
            yield from _rests(at - low, high - low, whole=at == low)
        yield "</measure>"


def _rests(start: int, end: int, whole: bool = False) -> Iterator[str]:
    if whole:
        yield f'<note><rest measure="yes"/><duration>{end - start}</duration><voice>1</voice></note>'
        return
    for value in split(start, end):
        yield f"<note><rest/><duration>{value}</duration><voice>1</voice>{_value(value)}</note>"


def _written(
    start: int, end: int, pitches: tuple[int, ...], mark: str, sharps: int, drums: bool, *, before: bool, after: bool
) -> Iterator[str]:  # fmt: skip
    values = list(split(start, end))
    for number, value in enumerate(values):
        stops, starts = before or number > 0, after or number < len(values) - 1
        ties = ('<tie type="stop"/>' if stops else "") + ('<tie type="start"/>' if starts else "")
        tied = ('<tied type="stop"/>' if stops else "") + ('<tied type="start"/>' if starts else "")
        shape = f"<articulations><{_MARKS[mark]}/></articulations>" if mark and number == 0 else ""
        notations = f"<notations>{tied}{shape}</notations>" if tied or shape else ""
        for voice, pitch in enumerate(pitches):
            chord = "<chord/>" if voice else ""
            yield (
                f"<note>{chord}{_pitch(pitch, sharps, drums)}<duration>{value}</duration>{ties}<voice>1</voice>"
                f"{_value(value)}{notations}</note>"
            )


def _value(units: int) -> str:
    name, dots, triplet = _VALUES[units]
    modified = "<time-modification><actual-notes>3</actual-notes><normal-notes>2</normal-notes></time-modification>"
    return f"<type>{name}</type>{'<dot/>' * dots}{modified if triplet else ''}"


def _pitch(pitch: int, sharps: int, drums: bool) -> str:
    step, alter = (_SHARPS if sharps >= 0 else _FLATS)[pitch % 12]
    octave = pitch // 12 - 1
    if drums:
        return (
            f"<unpitched><display-step>{step}</display-step><display-octave>{octave + 2}</display-octave></unpitched>"
        )
    altered = f"<alter>{alter}</alter>" if alter else ""
    return f"<pitch><step>{step}</step>{altered}<octave>{octave}</octave></pitch>"


def _is_drums(part: Part) -> bool:
    row = tables.read("instruments.toml").get(part.instrument, {})
    return any(preset.get("bank") == 128 for preset in row.get("presets", ()))


def _clef(part: Part, drums: bool) -> str:
    if drums:
        return "<clef><sign>percussion</sign></clef>"
    low = sum(note.pitch for note in part.notes) / len(part.notes) < 58
    return f"<clef><sign>{'F' if low else 'G'}</sign><line>{4 if low else 2}</line></clef>"


def _time(bar: Bar) -> str:
    return f"<time><beats>{bar.numerator}</beats><beat-type>{bar.denominator}</beat-type></time>"


def _bpm(bar: Bar, tempo: CueTempo) -> float:
    length_s = tempo.seconds_at(bar.start_beats + bar.length_beats) - tempo.seconds_at(bar.start_beats)
    return 60.0 * float(bar.length_beats) / length_s


def _direction(kind: str, offset: int, placement: str = "above", tail: str = "") -> str:
    moved = f"<offset>{offset}</offset>" if offset else ""
    return f'<direction placement="{placement}"><direction-type>{kind}</direction-type>{moved}{tail}</direction>'


def _lead_texts(bar: Bar, bpm: float, tempo_changes: bool, music: Music) -> Iterator[str]:
    """Rehearsal marks, hits and tempo, written once above the score."""
    end = bar.start_beats + bar.length_beats
    for section in music.score.sections:
        if bar.start_beats <= section.start_beats < end:
            offset = _units(section.start_beats - bar.start_beats)
            yield _direction(f"<rehearsal>{escape(section.function)}</rehearsal>", offset)
    for hit in music.score.hits:
        if bar.start_beats <= hit.at_beats < end:
            words = f"{hit.hit_id} {hit.device} {hit.time_s:.2f} s"
            yield _direction(f"<words>{escape(words)}</words>", _units(hit.at_beats - bar.start_beats))
    if tempo_changes:
        mark = f"<metronome><beat-unit>quarter</beat-unit><per-minute>{bpm:.1f}</per-minute></metronome>"
        yield _direction(mark, 0, tail=f'<sound tempo="{bpm:.3f}"/>')


def _dynamics(marks: Sequence[DynamicMark], bar: Bar) -> Iterator[str]:
    end = bar.start_beats + bar.length_beats
    for mark in marks:
        offset = _units(mark.at_beats - bar.start_beats)
        if mark.mark in ("<", ">"):
            kind = "crescendo" if mark.mark == "<" else "diminuendo"
            if bar.start_beats <= mark.at_beats < end:
                yield _direction(f'<wedge type="{kind}"/>', offset, "below")
            stop = mark.end_beats
            if stop is not None and bar.start_beats < stop <= end:
                yield _direction('<wedge type="stop"/>', _units(stop - bar.start_beats), "below")
        elif bar.start_beats <= mark.at_beats < end and mark.mark.strip("pfmsz") == "":
            yield _direction(f"<dynamics><{mark.mark}/></dynamics>", offset, "below")
