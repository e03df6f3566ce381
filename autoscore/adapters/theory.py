"""The door to music21 for paper: a page of plain values becomes its streams, and those MusicXML.

Measures are built directly, with their ties, and exported as they are: music21's own search for measures, ties and
voices copies the whole score, at several times the cost. Accidentals, beams and tuplet brackets are music21's work.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from importlib import metadata
from itertools import groupby
from typing import Any

from autoscore.adapters import page_tree
from autoscore.adapters.page import Page, Player, Staff
from autoscore.adapters.spelling import spelled
from autoscore.adapters.theory_bars import measure

FORMAT = 12
"""Goes up when the same page is written differently."""


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
    return page_tree.text(root, page, software=(software, f"music21 {version()}"), digest=digest)


@cache
def _player() -> Any:
    """An instrument that keeps the MIDI channel it was given: music21 hands out sixteen and then complains."""
    from music21 import instrument

    class Instrument(instrument.Instrument):
        def autoAssignMidiChannel(self, usedChannels: Any = None, maxMidi: int = 16) -> Any:  # noqa: N802, N803, ARG002
            return self.midiChannel

    return Instrument


def _score(page: Page) -> Any:
    from music21 import layout, metadata, stream

    score = stream.Score(id="score")
    score.insert(0, metadata.Metadata(title=page.title, composer=page.composer))
    score.insert(0, _paper(page))
    groups: list[tuple[str, list[Any]]] = []
    for number, player in enumerate(page.players):
        parts = [_part(player, staff, page, number, place) for place, staff in enumerate(player.staves)]
        groups.append((player.section, parts))
        for part in parts:
            score.coreInsert(0, part)
    score.coreElementsChanged()
    for _, parts in groups:
        if len(parts) > 1:
            score.insert(0, layout.StaffGroup(parts, symbol="brace", barTogether=True))
    for section, neighbours in groupby(groups, key=lambda group: group[0]):
        together = [part for _, parts in neighbours for part in parts]
        if section and len(together) > 1:
            score.insert(0, layout.StaffGroup(together, symbol="bracket", barTogether=True))
    return score


def _paper(page: Page) -> Any:
    from music21 import layout

    sheet = page_tree.sheet(page)
    paper = layout.PageLayout(
        pageHeight=sheet.height, pageWidth=sheet.width, topMargin=sheet.margin, bottomMargin=sheet.margin,
        leftMargin=sheet.margin, rightMargin=sheet.margin,
    )  # fmt: skip
    return layout.ScoreLayout(scalingMillimeters=sheet.staff_mm, scalingTenths=40, pageLayout=paper)


def _part(player: Player, staff: Staff, page: Page, number: int, place: int) -> Any:
    from music21 import interval, stream

    several = len(player.staves) > 1
    part = stream.PartStaff(id=f"P{number + 1}-{place + 1}") if several else stream.Part(id=f"P{number + 1}")
    part.partName, part.partAbbreviation = player.name, player.short
    who = _player()(player.name)
    who.partId, who.instrumentId = f"P{number + 1}", f"I{number + 1}"
    who.midiProgram = player.program
    who.midiChannel = 9 if player.drums else (number % 15 if number % 15 < 9 else number % 15 + 1)
    shift = player.transposition
    if shift.total:
        generic = shift.steps + 7 * shift.octaves
        who.transposition = interval.intervalFromGenericAndChromatic(
            generic + (1 if generic >= 0 else -1), shift.total
        )  # fmt: skip
    part.coreInsert(0, who)
    at = Fraction(0)
    slurs: dict[int, list[Any]] = {}
    for index, (bar, (top, bottom)) in enumerate(zip(staff.bars, page.metres, strict=True)):
        made, joined = measure(bar, index, player, page)
        part.coreInsert(at, made)
        for kind, key, glyph in joined:
            slurs.setdefault(key, []).append((kind, glyph))
        at += Fraction(4 * top, bottom)
    part.coreElementsChanged()
    part.atSoundingPitch = False
    _set_ends(part, player, page)
    if not player.drums:
        part.makeAccidentals(inPlace=True)
    _slur(part, slurs)
    return part


def _set_ends(part: Any, player: Player, page: Page) -> None:
    from music21 import bar, key, stream

    measures = part.getElementsByClass(stream.Measure)
    measures[-1].rightBarline = bar.Barline("final")
    if player.drums:
        return
    tonic = spelled(60 + (7 * (player.fifths + (3 if page.minor else 0))) % 12, player.fifths, page.minor)[0]
    measures[0].keySignature = key.Key(tonic, "minor" if page.minor else "major")


def _slur(part: Any, slurs: Mapping[int, Sequence[tuple[str, Any]]]) -> None:
    """Each number's slurs follow one another: a start, then its stop."""
    from music21 import spanner

    for ends in slurs.values():
        first: Any = None
        for kind, glyph in ends:
            if kind == "start":
                first = glyph
            elif first is not None:
                part.insert(0, spanner.Slur(first, glyph))
                first = None
