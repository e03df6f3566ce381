"""Key names to scales."""

from __future__ import annotations

from functools import cache

from autoscore.stages.compose.values import Key
from autoscore.tables import read

_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


@cache
def _scales() -> dict[str, tuple[int, ...]]:
    scales: dict[str, tuple[int, ...]] = {}
    for name, row in read("modes.toml").items():
        for alias in (name, row.get("title", name), *row.get("aliases", ())):
            scales[alias.replace("_", " ").lower()] = tuple(row["scale"])
    return scales


def parse_key(text: str) -> Key:
    """``Key`` for a name like "D minor", "F lydian", "Bb major" or "G# harmonic_minor".

    An unknown mode counts as minor when its name says so, else as major.

    Raises:
        ValueError: the tonic is not a note name.
    """
    words = text.replace("\N{MUSIC FLAT SIGN}", "b").replace("\N{MUSIC SHARP SIGN}", "#").split()
    letter = words[0][:1].upper() if words else ""
    accidentals = words[0][1:] if words else ""
    if letter not in _LETTERS or accidentals.strip("b#"):
        raise ValueError(f"{text!r} is not a key like 'D minor' or 'F lydian'")
    tonic = (_LETTERS[letter] + accidentals.count("#") - accidentals.count("b")) % 12
    mode = " ".join(words[1:]).replace("_", " ").lower() or "major"
    scale = _scales().get(mode) or _scales()["minor" if "min" in mode else "major"]
    return Key(tonic=tonic, mode=mode, scale=scale)
