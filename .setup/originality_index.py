"""Makes autoscore/tables/originality.json of music21's corpus: python .setup/originality_index.py (half an hour).

The top line of every piece is read, hashed (see autoscore/tables/originality.py) and forgotten: the table holds a byte
a place and the piece's name, no notes. Numbers belong to the music21 version that is installed; the table names it.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from autoscore.tables.originality import FILE, hashes, packed

TARGET = Path(__file__).resolve().parents[1] / "autoscore" / "tables" / FILE
LEFT_OUT = ("demos", "theoryExercises", "palestrina", "trecento")
"""No music, or (masses of Palestrina, songs of the trecento) none that a theme of today is likely to be taken from."""
NO_NOTES = (".rntxt", ".txt")
"""Analyses in words."""


def name_of(path: Path, title: str, number: int, of: int) -> str:
    """Like "Devil's Dream"; the file's name where there is no title. ``path``: inside the corpus."""
    plain, folder = " ".join(title.split()), path.parts[0]
    if not plain or path.suffix in plain or plain.startswith("movement"):
        plain = path.with_suffix("").relative_to(folder).as_posix() + (f" {number + 1}" if of > 1 else "")
    return plain


def top_line(score: Any) -> list[tuple[float, int]]:
    """(onset in beats, pitch) of the first part's highest notes."""
    part = (list(score.parts) or [score])[0].stripTies()
    notes = sorted(
        (float(glyph.offset), max(pitch.midi for pitch in glyph.pitches))
        for glyph in part.flatten().notes
        if glyph.pitches and not glyph.duration.isGrace
    )
    return [max(found) for _, found in groupby(notes, key=lambda note: note[0])]


def pieces() -> Iterator[tuple[str, str, bytes]]:
    """(collection, name, hashes) of every piece, in the order of their files."""
    from music21 import converter, corpus, stream

    for path in sorted(Path(p) for p in corpus.getCorePaths()):
        inside = Path(*path.parts[path.parts.index("corpus") + 1 :])
        if inside.parts[0] in LEFT_OUT or inside.suffix in NO_NOTES:
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found: Any = converter.parse(path, forceSource=True, storePickle=False)
                scores = list(found.scores) if isinstance(found, stream.Opus) else [found]
                for number, score in enumerate(scores):
                    line = top_line(score)
                    title = str((score.metadata and (score.metadata.title or score.metadata.movementName)) or "")
                    name = name_of(inside, title, number, len(scores))
                    yield inside.parts[0], name, hashes([pitch for _, pitch in line], [onset for onset, _ in line])
        except Exception as error:  # music21 cannot read a handful of its own files
            print(f"passed over: {path.name}: {type(error).__name__}")


def main() -> None:
    """Writes the table."""
    from music21 import VERSION_STR

    text = packed(pieces(), f"top lines of the music21 {VERSION_STR} corpus, hashed")
    TARGET.write_text(text, encoding="utf-8")
    print(f"{TARGET.name}: {len(text) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
