"""What some cues play of their fonts, as small files: recordings of pitches that nobody plays are not even read.

An orchestra's presets are 400 MB, what a film of an hour plays of them 220, and four of its cues a sixth of that. The
files are cut anew, out of those that the machine keeps or out of the font itself: both give the same samples.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from autoscore.adapters.files import storage_errors
from autoscore.adapters.soundfont_half import halved
from autoscore.adapters.soundfont_part import OddFontError, read_index, sample_bytes, write_into
from autoscore.adapters.soundfont_thin import thinned
from autoscore.errors import StorageError, ToolMissingError
from autoscore.stages.render.fonts import Choice
from autoscore.stages.render.samples import source
from autoscore.stages.render.timbre import Listened, Timbres

_Name = tuple[int, int]


@dataclass(slots=True, kw_only=True)
class _Excerpt:
    """Pitches that are wanted of each preset of one file, and the file that has them once it is cut."""

    pitches: dict[_Name, set[int]] = field(default_factory=dict)
    file: Path | None = None
    halved: frozenset[_Name] = frozenset()


class Excerpts:
    """Files in ``folder``, which is made; may be asked from several threads.

    Args:
        halves: of stereo recordings one half is enough. listened: what is known of the fonts' samples already.
    """

    def __init__(self, folder: Path, *, halves: bool = False, listened: Listened | None = None) -> None:
        self._folder, self._halves = folder, halves
        self._lock = Lock()
        self._known: dict[Path, _Excerpt] = {}
        self._bytes: dict[tuple[Path, _Name], dict[int, int]] = {}
        self._given: set[Path] = set()
        self._made = 0
        self.timbres = Timbres(listened or Listened())
        with storage_errors(folder):
            folder.mkdir()

    def expect(self, choice: Choice, pitches: Iterable[int]) -> None:
        """Says what will be played: the more is said before the first note, the less is read twice."""
        origin, wanted = source(choice), set(pitches)
        with self._lock:
            excerpt = self._known.setdefault(origin, _Excerpt())
            known = excerpt.pitches.setdefault((choice.bank, choice.program), set())
            if not wanted <= known:
                known |= wanted
                excerpt.file = None

    def source(self, choice: Choice) -> Path:
        """The file to load ``choice`` from; it has the pitches that were said."""
        origin = source(choice)
        with self._lock:
            excerpt = self._known[origin]
            if excerpt.file is None:
                excerpt.file = self._cut(origin, excerpt)
                self._given.add(excerpt.file)
            return excerpt.file

    def close(self) -> set[Path]:
        """Removes what was made, and tells what files were given, for who has them open still."""
        with self._lock:
            shutil.rmtree(self._folder, ignore_errors=True)
            files, self._given = self._given, set()
            return files

    def halved(self, choice: Choice) -> bool:
        """Is ``choice`` played with one half of its recordings, in the middle?"""
        self.source(choice)
        with self._lock:
            return (choice.bank, choice.program) in self._known[source(choice)].halved

    def sizes_bytes(self, choice: Choice) -> dict[int, int]:
        """Memory that each sample of ``choice`` takes, by its number in ``source(choice)``."""
        path, name = self.source(choice), (choice.bank, choice.program)
        if (path, name) not in self._bytes:
            try:
                self._bytes[path, name] = sample_bytes(read_index(path), name)
            except ToolMissingError:
                self._bytes[path, name] = {}
        return self._bytes[path, name]

    def _cut(self, origin: Path, excerpt: _Excerpt) -> Path:
        self._made += 1
        path = self._folder / f"{self._made}.sf2"
        try:
            index = thinned(read_index(origin), excerpt.pitches)
            if self._halves:
                index, excerpt.halved = halved(index, excerpt.pitches.keys())
            with storage_errors(path), path.open("wb") as out:  # nobody reads it after a power cut: no need to settle
                write_into(index, excerpt.pitches.keys(), out)
        except (OddFontError, StorageError):  # a full disk may still have room for the stems
            path.unlink(missing_ok=True)
            excerpt.halved = frozenset()
            return origin
        return path
