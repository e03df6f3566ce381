"""MusicXML from a stranger: what is packed stays small, entities and depth are refused, nothing is fetched."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from autoscore.adapters.musicxml_text import MOST_BYTES, MOST_NOTES, musicxml_text
from autoscore.adapters.theory_tune import read_tune
from autoscore.errors import BriefError

CONTAINER = "<container><rootfiles><rootfile full-path='{}'/></rootfiles></container>"
DOCTYPE = '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" "file:///etc/passwd">'


def packed(files: dict[str, bytes | str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_the_named_score_is_taken() -> None:
    """An MXL's table of contents says which of its files is the score."""
    files = {"META-INF/container.xml": CONTAINER.format("b.xml"), "a.xml": "<a/>", "b.xml": "<b/>"}
    assert musicxml_text(packed(files)) == b"<b/>"
    assert musicxml_text(packed({"a.xml": "<a/>"})) == b"<a/>"


def test_a_score_that_is_named_outside_the_archive_is_not_looked_for() -> None:
    """A path upwards in the table of contents opens nothing: the archive's own score is taken."""
    files = {"META-INF/container.xml": CONTAINER.format("../../../../etc/passwd"), "a.xml": "<a/>"}
    assert musicxml_text(packed(files)) == b"<a/>"


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    """40 MiB of spaces in 40 KiB: read up to the limit and no further."""
    data = packed({"a.xml": b" " * (MOST_BYTES + (8 << 20))})
    assert len(data) < 100_000
    with pytest.raises(ValueError, match="32 MiB"):
        musicxml_text(data)


@pytest.mark.parametrize(
    "text, says",
    [
        ('<!DOCTYPE a [<!ENTITY l "lol"><!ENTITY m "&l;&l;&l;">]><a>&m;</a>', "entities"),
        ('<!DOCTYPE a [<!ENTITY l SYSTEM "file:///etc/passwd">]><a>&l;</a>', "entities"),
        ('<!DOCTYPE a [<!ENTITY % l SYSTEM "file:///etc/passwd"> %l;]><a/>', "entities"),
        ("<a>" * 5000, "deeply"),
        ("<a>" + "<note/>" * (MOST_NOTES + 1) + "</a>", "notes"),
        ("<a><beats>99999999</beats></a>", "beats"),
        ("<a><beats>" + "3+" * 100 + "3</beats></a>", "beats"),
        ("<a><b></a>", "no XML"),
        ("", "no XML"),
    ],
)
def test_bombs_of_xml_are_refused(text: str, says: str) -> None:
    """Entities (billion laughs, other files), absurd depth, absurd length, no XML at all."""
    with pytest.raises(ValueError, match=says):
        musicxml_text(text.encode())
    with pytest.raises(ValueError, match=says):
        musicxml_text(text.encode("utf-16"))


def test_a_doctype_is_no_reason_to_open_anything() -> None:
    """Every MusicXML names its DTD; it is not read."""
    text = f"<?xml version='1.0'?>{DOCTYPE}<score-partwise/>".encode()
    assert musicxml_text(text) == text


def test_the_user_reads_one_sentence(tmp_path: Path) -> None:
    """A bomb for a theme is a fault of the brief, with the file's name."""
    bomb = tmp_path / "tune.musicxml"
    bomb.write_text('<!DOCTYPE a [<!ENTITY l "lol">]><score-partwise>&l;</score-partwise>')
    with pytest.raises(BriefError, match=r"tune\.musicxml cannot be read as MusicXML: it defines entities"):
        read_tune(bomb)
