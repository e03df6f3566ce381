"""A tune from a MIDI or MusicXML file, by music21: the top line of the part that has the melody, its metre and key."""

from __future__ import annotations

import hashlib
import re
import statistics
import warnings
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from autoscore.adapters.musicxml_text import musicxml_text
from autoscore.adapters.strangers import read_bytes
from autoscore.errors import BriefError
from autoscore.model.cues import MOST_OWN_BARS, OwnTheme
from autoscore.model.score import ThemeNote
from autoscore.model.tempo import is_metre

SUFFIXES = (".mid", ".midi", ".musicxml", ".mxl", ".xml")
LONGEST_BARS = MOST_OWN_BARS + 2
"""Room for the bar of an upbeat, and one more that tells that the tune goes on."""
FEWEST_NOTES = 4
MOST_BYTES = 8 << 20
MOST_MIDI_BYTES = 1 << 20
"""A song of all instruments has a tenth of it."""
MOST_QUARTERS = 2_000
"""A MIDI file of more quarter notes is spoilt, or no tune: one note held over its bars would take a minute."""
_TICKS = 24
_MELODY = re.compile(r"melod|lead|theme|tune|vocal|voice|sopran", re.IGNORECASE)
_TONIC_WORTH = 0.15
"""A line that ends on a tonic speaks for its key as much as this much correlation with a key's profile."""
_SIGNATURE_WORTH = 0.3
"""And the signature for its two keys: enough against a neighbour's, too little where the notes are in another key."""


def read_tune(path: Path) -> OwnTheme:
    """The tune in ``path``, at most its first 16 bars and what tells that it is longer.

    A part that is called a melody is taken, else the highest one; of notes that sound at once the highest. The key is
    the one that fits the notes best (Krumhansl's profiles, music21 ``analyze``); a signature that they do not
    contradict decides between neighbours.

    Raises:
        BriefError: there is no such file, it is no music, or it has no line that could be a theme.
    """
    content = _content(path)
    try:
        return _tune(path, content)
    except (ArithmeticError, ValueError, TypeError, RecursionError) as error:  # octave 10^400, a bar of 0/0
        raise BriefError(
            f"{path} cannot be a theme: it holds what no music does ({type(error).__name__})",
            "Export it anew from the program that wrote it.",
        ) from error


def _tune(path: Path, content: bytes) -> OwnTheme:
    parts = _parts(path, content)
    lines = [(name, part, line) for name, part in parts if (line := _top_line(part))]
    if not lines:
        raise BriefError(f"{path} has no notes that could be a theme", "It needs at least one pitched part.")
    named = [found for found in lines if _MELODY.search(found[0])]
    _, part, line = named[0] if named else max(lines, key=lambda found: _height(found[2]))
    metre = _metre(path, part)
    notes = _in_bars(line, part, metre)
    pitches = len({note.pitch for note in notes})
    if len(notes) < FEWEST_NOTES or pitches < 2:
        raise BriefError(
            f"The top line of {path} begins with {len(notes)} notes on {pitches} pitches, too little for a theme",
            f"A theme needs {FEWEST_NOTES} notes or more in its first {MOST_OWN_BARS} bars, and two pitches.",
        )
    return OwnTheme(
        title=path.stem,
        metre=metre,
        key=_key(part, notes),
        notes=notes,
        source=str(path),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def sha256_of(path: Path) -> str:
    """SHA-256 (hex) of the file's bytes.

    Raises:
        BriefError: it is not there, cannot be read, is too large or not of a known kind.
    """
    return hashlib.sha256(_content(path)).hexdigest()


def _content(path: Path) -> bytes:
    if path.suffix.lower() not in SUFFIXES:
        raise BriefError(f"{path} cannot be a theme: it is neither MIDI nor MusicXML", f"One of {', '.join(SUFFIXES)}.")
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BriefError(f"{path} is too large for a theme", "A file with one tune is enough.")
        return read_bytes(path, MOST_BYTES)
    except FileNotFoundError:
        raise BriefError(f"There is no file {path} to take a theme from") from None
    except OSError as error:
        raise BriefError(f"{path} cannot be read: {error.strerror}") from None


def _is_midi(path: Path) -> bool:
    return path.suffix.lower() in (".mid", ".midi")


def _parts(path: Path, content: bytes) -> list[tuple[str, Any]]:
    """Names and streams of the parts, ties joined."""
    if _is_midi(path):
        _check_whole(path, content)
    from music21 import stream

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # By its bytes: of a spoilt file music21 leaves the handle open, and its own door for files may unpickle.
            found: Any = _midi(path, content) if _is_midi(path) else _musicxml(path, content)
            if isinstance(found, stream.Opus):
                found = found.scores[0]
            parts = list(found.parts) or [found]
            return [(str(getattr(part, "partName", None) or part.id), part.stripTies()) for part in parts]
    except BriefError:
        raise
    except Exception as error:  # a spoilt file fails in music21 in any way there is
        raise BriefError(
            f"{path} cannot be read as {'MIDI' if _is_midi(path) else 'MusicXML'}",
            "It is damaged, or another kind of file; export it anew from the program that wrote it.",
        ) from error


def _check_whole(path: Path, content: bytes) -> None:
    """Raises BriefError where ``content`` is no MIDI file, or ends before its last track does.

    music21 reads what there is of a file that was cut off, and says nothing.
    """
    if content[:4] != b"MThd" or len(content) < 14:
        cut = content and (content[:4] == b"MThd" or b"MThd".startswith(content))
        what = "it is cut off in its header" if cut else "it has no MIDI header"
        raise BriefError(f"{path} cannot be read as MIDI: {what}", "Export it anew from the program that wrote it.")
    tracks, found = int.from_bytes(content[10:12]), 0
    at = 8 + int.from_bytes(content[4:8])
    while found < tracks:
        end = at + 8 + int.from_bytes(content[at + 4 : at + 8])
        if at + 8 > len(content) or end > len(content):
            raise BriefError(
                f"{path} is cut off: it ends in track {found + 1} of {tracks}",
                "Copy or export it anew; half a tune is no theme.",
            )
        found += content[at : at + 4] == b"MTrk"
        at = end


def _midi(path: Path, content: bytes) -> Any:
    """The stream of a MIDI file that is not absurdly long."""
    from music21.midi import MidiFile, translate

    if len(content) > MOST_MIDI_BYTES:
        raise BriefError(f"{path} is too large for a theme", "A file with one tune is enough.")
    file: Any = MidiFile()
    file.readstr(content)
    ticks = max((sum(e.time for e in track.events if e.isDeltaTime()) for track in file.tracks), default=0)
    if ticks > MOST_QUARTERS * file.ticksPerQuarterNote:
        raise BriefError(f"{path} is too long for a theme", f"A tune of {MOST_OWN_BARS} bars is enough.")
    return translate.midiFileToStream(file)


def _musicxml(path: Path, content: bytes) -> Any:
    from music21.musicxml.xmlToM21 import MusicXMLImporter

    try:
        text = musicxml_text(content)
    except ValueError as error:
        raise BriefError(
            f"{path} cannot be read as MusicXML: {error}", "Export it anew from the program that wrote it."
        ) from None
    importer: Any = MusicXMLImporter()
    importer.xmlRoot = ElementTree.fromstring(text)
    if importer.xmlRoot.tag != "score-partwise":
        raise BriefError(
            f"{path} cannot be read as MusicXML: it is a {str(importer.xmlRoot.tag)[:40]!r}, not a score by parts",
            "Export it anew from the program that wrote it.",
        )
    importer.xmlRootToScore(importer.xmlRoot, importer.stream)
    return importer.stream


def _exact(value: Any) -> Fraction:
    return Fraction(round(Fraction(value) * _TICKS), _TICKS)


def _top_line(part: Any) -> list[ThemeNote]:
    """The highest notes of a part, one at a time; empty for drums."""
    from music21 import instrument

    players = part.recurse().getElementsByClass(instrument.Instrument)
    if any(player.midiChannel == 9 for player in players):
        return []
    sounding: list[tuple[Fraction, int, Fraction]] = []
    for glyph in part.flatten().notes:
        pitches = [pitch.midi for pitch in glyph.pitches]
        if pitches and not glyph.duration.isGrace and glyph.quarterLength > 0:
            sounding.append((_exact(glyph.offset), max(pitches), max(Fraction(1, _TICKS), _exact(glyph.quarterLength))))
    line: list[ThemeNote] = []
    for start, pitch, length in sorted(sounding, key=lambda item: (item[0], -item[1])):
        if line:
            last = line[-1]
            if start < last.start_beats + last.length_beats:
                if start == last.start_beats or pitch < last.pitch:
                    continue
                line[-1] = ThemeNote(
                    start_beats=last.start_beats, length_beats=start - last.start_beats, pitch=last.pitch
                )
        line.append(ThemeNote(start_beats=start, length_beats=length, pitch=pitch))
    return line


def _height(notes: Sequence[ThemeNote]) -> tuple[float, int]:
    return statistics.median(note.pitch for note in notes), len(notes)


def _metre(path: Path, part: Any) -> str:
    from music21 import meter

    first = part.recurse().getElementsByClass(meter.TimeSignature).first()
    name = str(first.ratioString) if first is not None else "4/4"
    if not is_metre(name):
        raise BriefError(f"{path} is in {name}, which no cue can have", "Write it in a metre like 4/4, 3/4 or 6/8.")
    return name


def _in_bars(line: Sequence[ThemeNote], part: Any, metre: str) -> tuple[ThemeNote, ...]:
    """The line counted from the bar in which it starts; an upbeat moves to the end of that bar."""
    from music21 import stream

    top, bottom = (int(number) for number in metre.split("/"))
    bar = Fraction(4 * top, bottom)
    first = part.getElementsByClass(stream.Measure).first()
    upbeat = _exact(first.duration.quarterLength) if first is not None else bar
    shift = bar - upbeat if Fraction(0) < upbeat < bar else Fraction(0)
    shift -= (line[0].start_beats + shift) // bar * bar
    moved = [ThemeNote(start_beats=n.start_beats + shift, length_beats=n.length_beats, pitch=n.pitch) for n in line]
    return tuple(note for note in moved if note.start_beats < LONGEST_BARS * bar)


def _key(part: Any, notes: Sequence[ThemeNote]) -> str:
    """The likeliest key by the notes, the last one and the signature together."""
    from music21 import key, note, stream

    line: Any = stream.Stream()
    for tone in notes:
        line.append(note.Note(midi=tone.pitch, quarterLength=min(tone.length_beats, Fraction(4))))
    best = line.analyze("key")
    ranked = [best, *best.alternateInterpretations]
    signature = part.recurse().getElementsByClass(key.KeySignature).first()
    # None where nobody set one: programs write the signature without accidentals into every file.
    sharps = signature.sharps or None if signature is not None else None
    last = notes[-1].pitch % 12

    def worth(found: Any) -> float:
        ends = _TONIC_WORTH if found.tonic.pitchClass == last else 0.0
        signed = _SIGNATURE_WORTH if found.sharps == sharps else 0.0
        return float(found.correlationCoefficient) + ends + signed

    chosen = max(ranked, key=lambda found: (worth(found), found.mode == "major"))
    return f"{chosen.tonic.name.replace('-', 'b')} {chosen.mode}"
