"""MusicXML files of the cues: the score, the transposed score, the players' parts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from autoscore import __version__
from autoscore.adapters import files, theory
from autoscore.adapters.page import Page
from autoscore.stages.deliver.notation import page_of, parts_of
from autoscore.stages.deliver.notes import Music

SCORES, TRANSPOSED, PARTS = "musicxml", "musicxml_transposed", "parts"

Sheets = tuple[tuple[str, ...], tuple[str, ...]]
"""(file names, warnings)."""


def write_sheets(
    cues: Sequence[Music], rate: Fraction, folder: Path, *, transposed: bool = False, parts: bool = False
) -> Sheets:
    """Writes the cues' scores below ``folder`` and, when asked, each player's part as it lies on the stand.

    ``transposed``: musicxml_transposed/CUE.musicxml instead of musicxml/CUE.musicxml in concert pitch. ``parts``:
    parts/CUE/01_Flute.musicxml, always transposed. What cannot be notated is a warning.

    Raises:
        StorageError: a file cannot be written.
    """
    found = [write(music, rate, folder, transposed=transposed) for music in cues]
    if parts:
        found += [_write_parts(music, rate, folder) for music in cues]
    return _joined(found)


def write(music: Music, rate: Fraction, folder: Path, *, transposed: bool = False) -> Sheets:
    """Writes one cue's score; nothing for a cue without bars or notes.

    A file that was written from the same page is kept. What cannot be notated is a warning, never an error.

    Raises:
        StorageError: the file cannot be written.
    """
    name = f"{TRANSPOSED if transposed else SCORES}/{music.score.cue_id}.musicxml"

    def make() -> tuple[tuple[str, Page], ...]:
        page = page_of(music, rate, transposed=transposed)
        return ((name, page),) if page.players else ()

    return _written(music, folder, make)


def _write_parts(music: Music, rate: Fraction, folder: Path) -> Sheets:
    def make() -> tuple[tuple[str, Page], ...]:
        pages = parts_of(page_of(music, rate, transposed=True))
        return tuple(
            (f"{PARTS}/{music.score.cue_id}/{number:02d}_{_plain(page.players[0].name)}.musicxml", page)
            for number, page in enumerate(pages, 1)
        )

    return _written(music, folder, make)


def _plain(name: str) -> str:
    """A name for a file: "Horn in F 2" -> "Horn_in_F_2"."""
    return "_".join("".join(c if c.isascii() and c.isalnum() else " " for c in name.replace("♭", "b")).split())


def _written(music: Music, folder: Path, make: Callable[[], tuple[tuple[str, Page], ...]]) -> Sheets:
    cue = music.score.cue_id
    if not music.tempo.bars or not any(part.notes for part in music.score.parts):
        return (), ()
    texts: list[tuple[str, str]] = []
    names: list[str] = []
    try:
        for name, page in make():
            digest = digest_of(page)
            names.append(name)
            if _digest_in(folder / name) != digest:
                texts.append((name, theory.musicxml(page, software=f"autoscore {__version__}", digest=digest)))
    except Exception as error:
        # Whatever music21 stumbles over, a sheet of paper is not worth a film.
        reason = f"{type(error).__name__}: {error}"
        return (), (f"Cue {cue} is not written as MusicXML ({reason}); its MIDI files have all its notes.",)
    for name, text in texts:
        path = folder / name
        with files.storage_errors(path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
        files.write_text(path, text)
    return tuple(names), ()


def _joined(found: Iterator[Sheets] | Sequence[Sheets]) -> Sheets:
    names: list[str] = []
    warnings: list[str] = []
    for some, told in found:
        names += some
        warnings += told
    return tuple(names), tuple(dict.fromkeys(warnings))


def digest_of(page: Page) -> str:
    """Of everything that decides the file's bytes."""
    return hashlib.sha256(f"{page!r} {theory.FORMAT} {__version__} {theory.version()}".encode()).hexdigest()


def _digest_in(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            head = file.read(4096)
    except (OSError, ValueError):
        return ""
    _, found, after = head.partition('name="autoscore-digest">')
    return after.partition("<")[0] if found else ""
