"""What a user brings: tunes, palettes, moods, words."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from hypothesis import strategies as st
from reader import Reader, own_tables
from spoiling import Spoilt, bytes_of, text_of, toml_of


def _midi(_folder: Path) -> list[bytes]:
    import mido

    file = mido.MidiFile(ticks_per_beat=96)
    track = mido.MidiTrack()
    file.tracks.append(track)
    track.append(mido.MetaMessage("track_name", name="Melody", time=0))
    track.append(mido.MetaMessage("time_signature", numerator=4, denominator=4, time=0))
    track.append(mido.MetaMessage("key_signature", key="C", time=0))
    track.append(mido.MetaMessage("set_tempo", tempo=500000, time=0))
    for pitch in (60, 62, 64, 65, 67, 65, 64, 60):
        track.append(mido.Message("note_on", note=pitch, velocity=90, time=0))
        track.append(mido.Message("note_off", note=pitch, velocity=0, time=96))
    buffer = io.BytesIO()
    file.save(file=buffer)
    return [buffer.getvalue()]


_NOTE = (
    "<note><pitch><step>{}</step><octave>4</octave></pitch><duration>1</duration><voice>1</voice>"
    "<type>quarter</type></note>"
)
_XML = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" "http://www.musicxml.org/dtds/partwise.dtd">
<score-partwise version="4.0">
<part-list><score-part id="P1"><part-name>Melody</part-name></score-part></part-list>
<part id="P1">
<measure number="1"><attributes><divisions>1</divisions><key><fifths>0</fifths></key>
<time><beats>4</beats><beat-type>4</beat-type></time><clef><sign>G</sign><line>2</line></clef></attributes>
{}</measure>
<measure number="2">
{}</measure>
</part></score-partwise>
"""


def musicxml() -> bytes:
    """Two bars of a tune."""
    bars = ["\n".join(_NOTE.format(step) for step in steps) for steps in ("CDEF", "GFED")]
    return _XML.format(*bars).encode()


def mxl(tune: bytes = b"", name: str = "tune.musicxml", root: str = "tune.musicxml") -> bytes:
    """A tune, the same unless another is given, packed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "META-INF/container.xml",
            f'<?xml version="1.0"?><container><rootfiles><rootfile full-path="{root}"/></rootfiles></container>',
        )
        archive.writestr(name, tune or musicxml())
    return buffer.getvalue()


def _spoil_packed(whole: bytes) -> st.SearchStrategy[Spoilt]:
    """The archive's bytes, or what is in it: packed again, so that it is read."""
    return st.one_of(bytes_of(whole), text_of(musicxml()).map(_packed), _odd_archives())


def _packed(tune: Spoilt) -> Spoilt:
    return Spoilt(data=mxl(tune.data), faults=("packed", *tune.faults))


@st.composite
def _odd_archives(draw: st.DrawFn) -> Spoilt:
    """Whole archives with a member or a root file that leads out, is huge, or is not there."""
    name = draw(st.sampled_from(("../../outside.musicxml", "/etc/passwd", "tune.musicxml", "a\\b", "tune")))
    root = draw(st.sampled_from((name, "../../../etc/passwd", "/etc/passwd", "none.xml")))
    tune = draw(st.sampled_from((musicxml(), b"", b" " * (64 << 20), mxl())))
    return Spoilt(data=mxl(tune, name, root), faults=(f"member {name!r}, root {root!r}, {len(tune)} bytes",))


def _read_theme(path: Path) -> object:
    from autoscore.adapters.theory_tune import read_tune

    return read_tune(path)


def _palettes(_folder: Path) -> list[bytes]:
    """Palettes whose players are there, whatever they are called."""
    import json

    from autoscore import tables
    from autoscore.tables.palettes import palette_names

    rows = tables.read("palettes.toml")
    text = "\n".join(f"{key} = {json.dumps(value)}" for key, value in rows[palette_names()[0]].items())
    return [text.encode(), f"[mine]\n{text}".encode()]


def _read_palette(path: Path) -> object:
    from autoscore.brought import bring
    from autoscore.model.brief import Brief
    from autoscore.workspace import Workspace

    return bring(Brief(palette=str(path)), Workspace(path.parent, "film.mp4"), "04-plan.json").palette


_WORDS = (
    b"tense, orchestral, 120 bpm, minor key", b"calm piano in D minor, no drums, sparse",
    b"heroic; brass without choir", b"slow and dark, 60-70 bpm, strings only, F lydian",
    b"like a waltz, 3/4, hopeful, little music",
)  # fmt: skip


def _moods(_folder: Path) -> list[bytes]:
    from autoscore import tables

    return [(tables.FOLDER / "moods" / f"{name}.toml").read_text("utf-8").encode() for name in ("noir", "heroic")]


def _read_mood(path: Path) -> object:
    """As it is read where a user put it, among the tables of an installation of theirs."""
    from autoscore import tables

    folder = path.parent / "moods"
    folder.mkdir()
    path.rename(folder / "mine.toml")
    with own_tables(path.parent):
        return tables.mood("mine")


def _read_words(path: Path) -> object:
    from autoscore.errors import BriefError
    from autoscore.model.brief import Brief
    from autoscore.stages.plan.wishes import wishes_of

    text = path.read_bytes().decode("utf-8", "surrogateescape")
    try:
        brief = Brief(words=text)
    except ValueError as error:
        raise BriefError(str(error)) from None
    return wishes_of(brief)


READERS = (
    Reader(name="theme: mid", suffix=".mid", seeds=_midi, read=_read_theme, spoil=bytes_of, limit_s=30.0),
    Reader(name="theme: musicxml", suffix=".musicxml", seeds=lambda _folder: [musicxml()], read=_read_theme,
           limit_s=30.0),
    Reader(name="theme: mxl", suffix=".mxl", seeds=lambda _folder: [mxl()], read=_read_theme, spoil=_spoil_packed,
           limit_s=30.0),
    Reader(name="palette", suffix=".toml", seeds=_palettes, read=_read_palette, spoil=toml_of),
    Reader(name="mood", suffix=".toml", seeds=_moods, read=_read_mood, spoil=toml_of),
    Reader(name="brief", suffix=".txt", seeds=lambda _folder: list(_WORDS), read=_read_words),
)  # fmt: skip
