"""MusicXML as it comes from a stranger: unpacked with an eye on its size, without entities, before music21 sees it."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from xml.parsers import expat

MOST_BYTES = 32 << 20
"""Of unpacked text. A symphony of an hour takes half of it; a packed file of 8 MiB could hold 8 GiB."""
MOST_ENTRIES = 1000
DEEPEST = 100
"""Elements inside one another; MusicXML needs a dozen."""

MOST_NOTES = 20_000
"""music21 needs a millisecond for each."""
MOST_BEATS = 128
"""In a bar. music21 needs their square: minutes for thousands."""

_CONTAINER = "META-INF/container.xml"
_SUFFIXES = (".musicxml", ".xml")


def musicxml_text(content: bytes) -> bytes:
    """The score in ``content``: MusicXML text, or a packed file (MXL) that holds it. Nothing is written anywhere.

    Raises:
        ValueError: in half a sentence, what is wrong with it.
    """
    text = _unpacked(content) if content[:4] == b"PK\x03\x04" else content
    _check(text)
    return text


def _unpacked(content: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            if len(names) > MOST_ENTRIES:
                raise ValueError(f"it holds {len(names)} files")
            wanted = _named(_member(archive, _CONTAINER)) if _CONTAINER in names else ""
            found = [n for n in names if n.lower().endswith(_SUFFIXES) and not n.startswith("META-INF/")]
            name = wanted if wanted in names else found[0] if found else ""
            if not name:
                raise ValueError("it holds no MusicXML")
            return _member(archive, name)
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError) as error:
        raise ValueError("it cannot be unpacked") from error


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    """One file of the archive; read in one bounded piece, whatever the archive says about its size."""
    with archive.open(name) as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ValueError(f"it unpacks to more than {MOST_BYTES >> 20} MiB")
    return data


def _named(container: bytes) -> str:
    """The score that an MXL's table of contents names; "" where it names none."""
    found: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "rootfile" and "full-path" in attributes:
            found.append(attributes["full-path"])

    _check(container, start)
    return found[0] if found else ""


def _check(text: bytes, on_start: Callable[[str, dict[str, str]], None] | None = None) -> None:
    """Raises ValueError where the text is no XML, defines entities (a few lines of them make gigabytes), or is nested
    absurdly deep."""
    parser = expat.ParserCreate()
    depth = notes = 0
    beats: list[str] | None = None

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, notes, beats
        beats = [] if name == "beats" else None
        depth += 1
        notes += name == "note"
        if notes > MOST_NOTES:
            raise ValueError(f"it has more than {MOST_NOTES} notes; a file with one tune is enough")
        if depth > DEEPEST:
            raise ValueError("its elements are nested too deeply")
        if on_start is not None:
            on_start(name, attributes)

    def end(_name: str) -> None:
        nonlocal depth, beats
        depth -= 1
        numbers = re.findall(r"\d+", "".join(beats or ()))
        if any(len(number) > 4 for number in numbers) or sum(map(int, numbers)) > MOST_BEATS:
            raise ValueError(f"a bar of it has more than {MOST_BEATS} beats")
        beats = None

    def data(text: str) -> None:
        if beats is not None:
            beats.append(text)

    def entity(*_about: object) -> None:
        raise ValueError("it defines entities, which music does not need")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = data
    parser.EntityDeclHandler = entity
    parser.ExternalEntityRefHandler = lambda *_about: 1  # the DTD that every MusicXML names is not fetched
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        raise ValueError(f"it is no XML (line {error.lineno})") from None
