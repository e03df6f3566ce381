"""The only door to music21: a page of plain values becomes its streams, and those MusicXML.

Measures are built directly, with their ties, and exported as they are: music21's own search for measures, ties and
voices copies the whole score, at several times the cost. Accidentals, beams and tuplet brackets are music21's work.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from importlib import metadata
from typing import Any

from autoscore.adapters.page import BarPage, Glyph, Hairpin, Page, Sign, Staff
from autoscore.adapters.spelling import spelled

FORMAT = 3
"""Goes up when the same page is written differently."""

_HEIGHT_MM, _WIDTH_MM, _MARGIN_MM = 420.0, 297.0, 12.0
_TENTHS_PER_STAFF = 155


def version() -> str:
    """Of music21, without loading it."""
    return metadata.version("music21")


def musicxml(page: Page, *, software: str, digest: str) -> str:
    """``page`` as MusicXML text, the same for the same page wherever and whenever it is written.

    Raises:
        music21.exceptions21.Music21Exception: music21 cannot write it.
    """
    from music21.musicxml.m21ToXml import ScoreExporter

    root = ScoreExporter(_score(page), makeNotation=False).parse()
    return _text(root, software, digest)


def _text(root: Any, software: str, digest: str) -> str:
    """The tree as text, without what changes from day to day."""
    from xml.etree import ElementTree

    encoding = root.find("identification/encoding")
    for child in list(encoding):
        if child.tag in ("encoding-date", "software"):
            encoding.remove(child)
    for name in (software, f"music21 {version()}"):
        element = ElementTree.Element("software")
        element.text = name
        encoding.insert(0 if name == software else 1, element)
    identification = root.find("identification")
    for old in identification.findall("miscellaneous"):
        identification.remove(old)
    kept = ElementTree.SubElement(ElementTree.SubElement(identification, "miscellaneous"), "miscellaneous-field")
    kept.set("name", "autoscore-digest")
    kept.text = digest
    for creator in identification.findall("creator"):
        creator.text = "autoscore"
    ElementTree.indent(root, " ")
    head = (
        '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE score-partwise PUBLIC '
        f'"-//Recordare//DTD MusicXML {root.get("version")} Partwise//EN" "http://www.musicxml.org/dtds/partwise.dtd">\n'
    )
    return head + str(ElementTree.tostring(root, encoding="unicode")) + "\n"


@cache
def _player() -> Any:
    """An instrument that keeps the MIDI channel it was given: music21 hands out sixteen and then complains."""
    from music21 import instrument

    class Player(instrument.Instrument):
        def autoAssignMidiChannel(self, usedChannels: Any = None, maxMidi: int = 16) -> Any:  # noqa: N802, N803, ARG002
            return self.midiChannel

    return Player


def _score(page: Page) -> Any:
    from music21 import layout, metadata, stream

    score = stream.Score(id="score")
    score.insert(0, metadata.Metadata(title=page.title, movementName=page.title))
    score.insert(0, _paper(len(page.staves)))
    parts = [_part(staff, page, number) for number, staff in enumerate(page.staves)]
    for part in parts:
        score.coreInsert(0, part)
    score.coreElementsChanged()
    for number, staff in enumerate(page.staves):
        if staff.braced:
            score.insert(0, layout.StaffGroup([parts[number - 1], parts[number]], symbol="brace"))
    return score


def _paper(staves: int) -> Any:
    """A3 upright, the notes as large as all staves on one page let them be, at most 7 mm a staff."""
    from music21 import layout

    per_tenth = min(7.0 / 40.0, (_HEIGHT_MM - 2 * _MARGIN_MM) / (_TENTHS_PER_STAFF * (staves + 2)))
    margin = round(_MARGIN_MM / per_tenth)
    paper = layout.PageLayout(
        pageHeight=round(_HEIGHT_MM / per_tenth), pageWidth=round(_WIDTH_MM / per_tenth), topMargin=margin,
        bottomMargin=margin, leftMargin=margin, rightMargin=margin,
    )  # fmt: skip
    return layout.ScoreLayout(scalingMillimeters=round(40 * per_tenth, 3), scalingTenths=40, pageLayout=paper)


def _part(staff: Staff, page: Page, number: int) -> Any:
    from music21 import stream

    part = stream.Part(id=f"P{number + 1}")
    part.partName, part.partAbbreviation = staff.name, staff.short
    player = _player()(staff.name)
    player.partId, player.instrumentId = f"P{number + 1}", f"I{number + 1}"
    player.midiProgram = staff.program
    player.midiChannel = 9 if staff.drums else (number % 15 if number % 15 < 9 else number % 15 + 1)
    part.coreInsert(0, player)
    at = Fraction(0)
    placed: list[tuple[Fraction, Any]] = []
    for index, (bar, (top, bottom)) in enumerate(zip(staff.bars, page.metres, strict=True)):
        measure = _measure(bar, index, staff, page, at, placed)
        part.coreInsert(at, measure)
        at += Fraction(4 * top, bottom)
    part.coreElementsChanged()
    _set_head(part, staff, page)
    if not staff.drums:
        part.makeAccidentals(inPlace=True)
    _hairpins(part, staff.hairpins, placed)
    return part


def _set_head(part: Any, staff: Staff, page: Page) -> None:
    from music21 import bar, clef, key, stream

    measures = part.getElementsByClass(stream.Measure)
    first, last = measures[0], measures[-1]
    if staff.drums:
        first.clef = clef.PercussionClef()
    elif staff.clef:
        first.clef = clef.clefFromString(staff.clef)
    else:
        first.clef = clef.bestClef(part, recurse=True)
    last.rightBarline = bar.Barline("final")
    if staff.drums:
        return
    tonic = spelled(60 + (7 * (page.fifths + (3 if page.minor else 0))) % 12, page.fifths, page.minor)[0]
    first.keySignature = key.Key(tonic, "minor" if page.minor else "major")


@cache
def _metre(top: int, bottom: int) -> Any:
    """For asking how a metre is beamed; never put into a measure."""
    from music21 import meter

    return meter.TimeSignature(f"{top}/{bottom}")


def _group(line: Any, top: int, bottom: int) -> None:
    """Beams and tuplet brackets, by music21's rules of the metre.

    ``makeBeams`` does the same, but looks through the whole part for each bar's metre: half of all the time.
    """
    from music21.stream import makeNotation

    glyphs = _without_gaps(line)
    if any(glyph.duration.tuplets for glyph in glyphs):
        makeNotation.makeTupletBrackets(line, inPlace=True)
    if sum(glyph.quarterLength < 1 for glyph in glyphs) > 1:
        for glyph, beams in zip(glyphs, _metre(top, bottom).getBeams(glyphs), strict=True):
            if beams is not None and not glyph.isRest:
                glyph.beams = beams


def _without_gaps(line: Any) -> list[Any]:
    """The line's notes and rests, with rests that are not in it where it is silent: beaming counts lengths only."""
    from music21 import note

    found: list[Any] = []
    at = Fraction(0)
    for glyph in line.notesAndRests:
        start = Fraction(line.elementOffset(glyph))
        if start > at:
            found.append(note.Rest(quarterLength=start - at))
        found.append(glyph)
        at = start + Fraction(glyph.quarterLength)
    return found


def _measure(
    page_bar: BarPage, index: int, staff: Staff, page: Page, at: Fraction, placed: list[tuple[Fraction, Any]]
) -> Any:  # fmt: skip
    from music21 import meter, note, stream

    top, bottom = page.metres[index]
    measure = stream.Measure(number=index + 1)
    if index == 0 or page.metres[index - 1] != (top, bottom):
        measure.timeSignature = meter.TimeSignature(f"{top}/{bottom}")
    for sign in page_bar.signs:
        measure.coreInsert(sign.at, _sign(sign, page.pulses[index]))
    if not page_bar.voices:
        rest = note.Rest(quarterLength=Fraction(4 * top, bottom))
        rest.fullMeasure = True
        measure.coreInsert(0, rest)
    several = len(page_bar.voices) > 1
    for number, line in enumerate(page_bar.voices):
        holder = stream.Voice(id=str(number + 1)) if several else measure
        for glyph in line:
            made = _glyph(glyph, staff, page)
            if several and glyph.pitches:
                made.stemDirection = "up" if number == 0 else "down"
            holder.coreInsert(glyph.start, made)
            if glyph.pitches and number == 0:
                placed.append((at + glyph.start, made))
        holder.coreElementsChanged()
        _group(holder, top, bottom)
        if several:
            measure.coreInsert(0, holder)
    measure.coreElementsChanged()
    return measure


def _glyph(glyph: Glyph, staff: Staff, page: Page) -> Any:
    from music21 import articulations, chord, expressions, note, percussion, tie

    if not glyph.pitches:
        return note.Rest(quarterLength=glyph.length)
    single = [_note(pitch, staff, page) for pitch in glyph.pitches]
    for pitch, made in zip(glyph.pitches, single, strict=True):
        before, after = pitch in glyph.tied_from, pitch in glyph.tied_to
        if before or after:
            made.tie = tie.Tie("continue" if before and after else "stop" if before else "start")
    if len(single) == 1:
        whole = single[0]
    else:
        whole = percussion.PercussionChord(single) if staff.drums else chord.Chord(single)
    whole.quarterLength = glyph.length
    if glyph.mark:
        shapes = {"accent": "Accent", "staccato": "Staccato", "tenuto": "Tenuto", "marcato": "StrongAccent"}
        whole.articulations.append(getattr(articulations, shapes[glyph.mark])())
    if glyph.strokes:
        tremolo = expressions.Tremolo()
        tremolo.numberOfMarks = glyph.strokes
        whole.expressions.append(tremolo)
    return whole


def _note(pitch: int, staff: Staff, page: Page) -> Any:
    from music21 import note

    if not staff.drums:
        name, octave = spelled(pitch, page.fifths, page.minor)
        return note.Note(name, octave=octave)
    places: dict[int, tuple[str, str]] = {number: (at, head) for number, at, head in staff.drums}
    at, head = places.get(pitch, ("B4", "x"))
    made = note.Unpitched(displayName=at)
    if head:
        made.notehead = head
    return made


def _sign(sign: Sign, pulse: Fraction) -> Any:
    from music21 import duration, dynamics, expressions, tempo

    made: Any
    if sign.kind == "dynamic":
        made = dynamics.Dynamic(sign.text)
        made.placement = "below"
        return made
    if sign.kind == "rehearsal":
        made = expressions.RehearsalMark(sign.text)
        made.placement = "above"
        return made
    if sign.kind == "tempo":
        referent = duration.Duration(pulse)
        made = tempo.MetronomeMark(number=round(sign.bpm / float(pulse), 1), referent=referent)
        made.placement = "above"
        return made
    text: Any = expressions.TextExpression(sign.text)
    text.placement = "above"
    if sign.kind == "words":
        text.style.fontStyle = "italic"
    else:
        text.style.fontSize = 8
    return text


def _hairpins(part: Any, hairpins: Sequence[Hairpin], placed: Sequence[tuple[Fraction, Any]]) -> None:
    from music21 import dynamics

    for hairpin in hairpins:
        inside = [made for at, made in placed if hairpin.start <= at < hairpin.end]
        if len(inside) > 1:
            wedge = dynamics.Crescendo if hairpin.grows else dynamics.Diminuendo
            part.insert(0, wedge(inside[0], inside[-1]))
