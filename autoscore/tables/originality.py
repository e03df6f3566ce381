"""Whether a tune is somebody else's: its longest run of notes that a known piece has too, at any pitch and any speed.

originality.json holds no notes. Each top line of music21's corpus is there as one byte a place: a hash of the five
moves that begin at it. A move is an interval and how much longer or shorter its first note is than the note before. A
run of the tune's own hashes that is found in the file is notes that the piece shares; short ones may be chance.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, groupby, pairwise

from autoscore.tables import FOLDER

FILE = "originality.json"
GRAM = 5
"""Moves that one hash is made of."""
CHANCE = 9
"""Runs up to this many notes are found in a million places by chance: they say nothing."""
TOO_LONG = 14
"""Runs from this many notes on are somebody's tune: human themes share 5 to 9 with this corpus at the median."""
_WIDEST = 19
_SLOWEST = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """The longest run of notes that a tune shares with a known piece; ``piece`` is empty where it may be chance."""

    notes: int
    piece: str = ""

    @property
    def too_long(self) -> bool:
        return self.notes >= TOO_LONG


@dataclass(frozen=True, slots=True, kw_only=True)
class _Corpus:
    names: tuple[str, ...]
    starts: tuple[int, ...]
    """Where each piece begins in ``hashes``, and where the last one ends."""
    hashes: bytes
    sources: str


def hashes(pitches: Sequence[int], onsets: Sequence[float]) -> bytes:
    """One byte for each run of five moves of a line (pitches in semitones, onsets in beats, forward in time)."""
    lengths = [b - a for a, b in pairwise(onsets)]
    moves = [
        (max(-_WIDEST, min(_WIDEST, pitches[i + 1] - pitches[i])), _ratio(lengths[i - 1], lengths[i]))
        for i in range(1, len(pitches) - 1)
    ]
    grams = (moves[i : i + GRAM] for i in range(len(moves) - GRAM + 1))
    return bytes(hashlib.blake2b(repr(gram).encode(), digest_size=1).digest()[0] for gram in grams)


def _ratio(before: float, now: float) -> int:
    """How much longer a note is than the one before, in half octaves of length, -6..6."""
    if before <= 0 or now <= 0:
        return 0
    return max(-_SLOWEST, min(_SLOWEST, round(2 * math.log2(now / before))))


def packed(pieces: Iterable[tuple[str, str, bytes]], sources: str) -> str:
    """The text of originality.json for (collection, name, hashes) of each piece, collections one after the other."""
    kept = [piece for piece in pieces if piece[2]]
    folders = []
    for folder, found in groupby(kept, key=lambda piece: piece[0]):
        rows = ",\n".join(json.dumps([name, len(hashed)], ensure_ascii=False) for _, name, hashed in found)
        folders.append(f"{json.dumps(folder)}: [\n{rows}\n]")
    whole = base64.b64encode(b"".join(hashed for _, _, hashed in kept)).decode()
    parts = [f'"sources": {json.dumps(sources)}', *folders, f'"hashes": "{whole}"']
    return "{" + ",\n".join(parts) + "}\n"


def corpus_about() -> str:
    """What tunes are compared with: sources and how many pieces."""
    return f"{_corpus().sources}; {len(_corpus().names)} pieces"


@cache
def _corpus() -> _Corpus:
    table = json.loads(FOLDER.joinpath(FILE).read_text(encoding="utf-8"))
    sources, whole = str(table.pop("sources")), base64.b64decode(table.pop("hashes"))
    rows = [(f"{name} ({folder})", length) for folder, found in table.items() for name, length in found]
    return _Corpus(
        names=tuple(name for name, _ in rows),
        starts=tuple(accumulate((length for _, length in rows), initial=0)),
        hashes=whole,
        sources=sources,
    )


def longest_shared(pitches: Sequence[int], onsets: Sequence[float]) -> Shared:
    """The longest run of a line that a piece of the corpus has too.

    Args:
        pitches: semitones, from anywhere. onsets: beats, forward in time; the first note's length is compared too.
    """
    own, known = hashes(pitches, onsets), _corpus()
    best, piece = 0, ""
    for start in range(len(own)):
        while start + best < len(own):
            at = _found(known, own[start : start + best + 1])
            if at < 0:
                break
            best, piece = best + 1, known.names[bisect_right(known.starts, at) - 1]
    # n hashes in a row are n + 4 moves, and the note before the first move is compared by its length.
    notes = best + GRAM + 1 if best else 0
    return Shared(notes=notes, piece=piece if notes > CHANCE else "")


def _found(known: _Corpus, run: bytes) -> int:
    """Where ``run`` stands inside one piece; -1 where it does not."""
    at = known.hashes.find(run)
    while at >= 0:
        if known.starts[bisect_right(known.starts, at)] >= at + len(run):
            return at
        at = known.hashes.find(run, at + 1)
    return -1
