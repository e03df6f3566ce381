"""What a page has beside music21's notes: paper, credits, origin; hairpins, pedals and octave lines in their places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from autoscore.adapters.page import Page

PLACEHOLDER = "\ue000"
"""First character of a text that stands where a sign of another kind is to be; no font has it."""

_PAPER_MM, _MARGIN_MM = (210.0, 297.0), 12.0
_STAFF_TENTHS = 125
"""From one staff to the next, with what stands between them."""
_LARGEST_MM = 7.0
_HEAD_TENTHS = 190


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Paper in tenths of a staff space times four; ``staff_mm`` is the height of a staff."""

    width: int
    height: int
    margin: int
    staff_mm: float


def sheet(page: Page) -> Sheet:
    """Upright A4, the notes as large as all staves on one page let them be, at most 7 mm a staff.

    Large scores are enlarged when they are printed; programs that pass over a file's paper size have A4.
    """
    width_mm, height_mm = _PAPER_MM
    staves = sum(len(player.staves) for player in page.players)
    per_tenth = min(_LARGEST_MM / 40.0, (height_mm - 2 * _MARGIN_MM) / (_STAFF_TENTHS * staves + _HEAD_TENTHS))
    width, height, margin = (round(mm / per_tenth) for mm in (width_mm, height_mm, _MARGIN_MM))
    return Sheet(width=width, height=height, margin=margin, staff_mm=round(40 * per_tenth, 3))


def text(root: Element, page: Page, *, software: Sequence[str], digest: str) -> str:
    """The tree of music21's exporter as text, with what it lacks and without what changes from day to day."""
    _origin(root, software, digest)
    _credits(root, page)
    for measure in root.iter("measure"):
        for direction in measure.findall("direction"):
            words = direction.find("direction-type/words")
            if words is not None and words.text and words.text.startswith(PLACEHOLDER):
                _replace(direction, words.text[1:])
        _number_voices(measure)
    for marcato in root.iter("strong-accent"):
        if marcato.get("type") == "up":  # the default, which MuseScore 3 does not know by name
            del marcato.attrib["type"]
    if page.part:
        for part in root.findall("part"):
            _long_rests(part)
    ElementTree.indent(root, " ")
    head = (
        '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE score-partwise PUBLIC '
        f'"-//Recordare//DTD MusicXML {root.get("version")} Partwise//EN" "http://www.musicxml.org/dtds/partwise.dtd">\n'
    )
    return head + str(ElementTree.tostring(root, encoding="unicode")) + "\n"


def _number_voices(measure: Element) -> None:
    """Voices of the upper staff are 1 to 4, of the lower one 5 to 8: so bars of rest stand in mid-staff."""
    staves = [(element, element.findtext("staff")) for element in measure if element.find("voice") is not None]
    if not any(staff == "2" for _, staff in staves):
        return
    known: dict[tuple[str, str], int] = {}
    for element, staff in staves:
        voice = element.find("voice")
        assert voice is not None
        key = (staff or "1", voice.text or "")
        if key not in known:
            known[key] = (1 if key[0] == "1" else 5) + sum(other[0] == key[0] for other in known)
        voice.text = str(known[key])


def _origin(root: Element, software: Sequence[str], digest: str) -> None:
    identification = root.find("identification")
    encoding = root.find("identification/encoding")
    assert identification is not None
    assert encoding is not None
    for child in list(encoding):
        if child.tag in ("encoding-date", "software"):
            encoding.remove(child)
    for place, name in enumerate(software):
        element = Element("software")
        element.text = name
        encoding.insert(place, element)
    for old in identification.findall("miscellaneous"):
        identification.remove(old)
    kept = SubElement(SubElement(identification, "miscellaneous"), "miscellaneous-field", name="autoscore-digest")
    kept.text = digest
    for old in root.findall("movement-title"):
        root.remove(old)


def _credits(root: Element, page: Page) -> None:
    paper = sheet(page)
    top, middle, right = paper.height - paper.margin, paper.width // 2, paper.width - paper.margin
    below = top - round(14.0 * 40 / paper.staff_mm)
    place = list(root).index(root.find("part-list"))  # type: ignore[arg-type]
    for kind, words, x, y, size, justify in (
        ("title", page.title, middle, top, 20, "center"),
        ("composer", page.composer, right, below, 9, "right"),
        ("lyricist", "\n".join(filter(None, (page.subtitle, page.note))), paper.margin, below, 9, "left"),
    ):
        if words:
            credit = Element("credit", page="1")
            SubElement(credit, "credit-type").text = kind
            style = {
                "default-x": str(x),
                "default-y": str(y),
                "font-size": str(size),
                "justify": justify,
                "valign": "top",
            }
            SubElement(credit, "credit-words", style).text = words
            root.insert(place, credit)
            place += 1


def _replace(direction: Element, sign: str) -> None:
    """A placeholder becomes the sign that it stands for, at its place."""
    kind, _, how = sign.partition(" ")
    holder = direction.find("direction-type")
    assert holder is not None
    holder.clear()
    direction.set("placement", "above" if kind == "octave" and how == "down" else "below")
    if kind == "wedge":
        SubElement(holder, "wedge", type=how)
    elif kind == "pedal":
        SubElement(holder, "pedal", type=how, line="yes")
    else:
        SubElement(holder, "octave-shift", type=how, size="8")


def _long_rests(part: Element) -> None:
    """Bars of rest that follow one another without a sign are drawn as one."""
    first: Element | None = None
    count = 0
    for measure in [*part.findall("measure"), None]:
        empty = measure is not None and not any(note.find("rest") is None for note in measure.findall("note"))
        told = measure is not None and (measure.find("direction") is not None or measure.find("attributes") is not None)
        if first is not None and (not empty or told):
            if count > 1:
                attributes = first.find("attributes")
                if attributes is None:
                    attributes = Element("attributes")
                    first.insert(0, attributes)
                SubElement(SubElement(attributes, "measure-style"), "multiple-rest").text = str(count)
            first = None
        if empty:
            first, count = (measure, 1) if first is None else (first, count + 1)
