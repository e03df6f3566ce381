"""One bar of a page as a music21 measure: clef, metre, signs, voices with beams and tuplets."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any

from autoscore.adapters.page import BarPage, Glyph, Page, Player, Sign
from autoscore.adapters.page_tree import PLACEHOLDER
from autoscore.adapters.spelling import spelled

SlurEnds = list[tuple[str, int, Any]]
"""("start" or "stop", number of the slur, the music21 note)."""

_SHAPES = {"accent": "Accent", "staccato": "Staccato", "tenuto": "Tenuto", "marcato": "StrongAccent"}


def measure(bar: BarPage, index: int, player: Player, page: Page) -> tuple[Any, SlurEnds]:
    """Bar ``index`` (from 0), and the slurs that begin or end in it, in the order of time."""
    from music21 import clef, meter, note, stream

    top, bottom = page.metres[index]
    made = stream.Measure(number=index + 1)
    if bar.clef:
        made.clef = clef.PercussionClef() if bar.clef == "percussion" else clef.clefFromString(bar.clef)
    if index == 0 or page.metres[index - 1] != (top, bottom):
        made.timeSignature = meter.TimeSignature(f"{top}/{bottom}")
    for sign in bar.signs:
        made.coreInsert(sign.at, _sign(sign, page.pulses[index]))
    if not bar.voices:
        rest = note.Rest(quarterLength=Fraction(4 * top, bottom))
        rest.fullMeasure = True
        made.coreInsert(0, rest)
    several = len(bar.voices) > 1
    ends: list[tuple[Fraction, str, int, Any]] = []
    for number, line in enumerate(bar.voices):
        holder = stream.Voice(id=str(number + 1)) if several else made
        for glyph in line:
            drawn = _glyph(glyph, player, page)
            if several and glyph.pitches:
                drawn.stemDirection = "down" if number % 2 else "up"
            holder.coreInsert(glyph.start, drawn)
            ends += [(glyph.start, kind, key, drawn) for kind, key in glyph.slurs]
        holder.coreElementsChanged()
        _group(holder, top, bottom)
        if several:
            made.coreInsert(0, holder)
    made.coreElementsChanged()
    return made, [(kind, key, drawn) for _, kind, key, drawn in sorted(ends, key=lambda end: end[:2][0])]


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


def _glyph(glyph: Glyph, player: Player, page: Page) -> Any:
    from music21 import articulations, chord, expressions, note, percussion, tie

    if not glyph.pitches:
        return note.Rest(quarterLength=glyph.length)
    single = [_note(pitch, player, page) for pitch in glyph.pitches]
    for pitch, made in zip(glyph.pitches, single, strict=True):
        before, after = pitch in glyph.tied_from, pitch in glyph.tied_to
        if before or after:
            made.tie = tie.Tie("continue" if before and after else "stop" if before else "start")
    if len(single) == 1:
        whole = single[0]
    else:
        whole = percussion.PercussionChord(single) if player.drums else chord.Chord(single)
    whole.quarterLength = glyph.length
    for mark in filter(None, glyph.mark.split("+")):
        whole.articulations.append(getattr(articulations, _SHAPES[mark])())
    if glyph.strokes:
        tremolo = expressions.Tremolo()
        tremolo.numberOfMarks = glyph.strokes
        whole.expressions.append(tremolo)
    return whole


def _note(pitch: int, player: Player, page: Page) -> Any:
    from music21 import note

    if not player.drums:
        name, octave = spelled(pitch, player.fifths, page.minor)
        return note.Note(name, octave=octave)
    places = {number: (at, head) for number, at, head, _ in player.drums}
    at, head = places[pitch]
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
        made.style.fontSize = 14
        return made
    if sign.kind == "tempo":
        made = tempo.MetronomeMark(number=round(sign.bpm / float(pulse)), referent=duration.Duration(pulse))
        made.placement = "above"
        return made
    if sign.kind in ("wedge", "pedal", "octave"):
        # music21 ties these to notes; they begin and end between them too.
        return expressions.TextExpression(f"{PLACEHOLDER}{sign.kind} {sign.text}")
    words: Any = expressions.TextExpression(sign.text)
    words.placement = "above"
    if sign.kind == "words":
        words.style.fontStyle = "italic"
    elif sign.kind == "feel":
        words.style.fontWeight = "bold"
    else:
        words.style.fontSize = 7
    return words
