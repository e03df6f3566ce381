"""Keys as people write them: "D minor", "F# lydian", "Bb harmonic minor"."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import cache

from autoscore.tables import read

TONICS = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
"""How tonics are spelt by default; index = semitones above C."""

_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ACCIDENTALS = {"": 0, "#": 1, "♯": 1, "sharp": 1, "b": -1, "♭": -1, "flat": -1}
_KEY = re.compile(r"^\s*([A-Ga-g])\s*(#|♯|sharp|b|♭|flat)?(?:\s+|-)([A-Za-z][\w \-#♯]*?)\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """``tonic`` as written ("F#"), ``pitch_class`` 0..11 above C, ``mode`` a key of modes.toml."""

    tonic: str
    pitch_class: int
    mode: str

    def __str__(self) -> str:
        return f"{self.tonic} {self.mode}"


@cache
def mode_names() -> dict[str, str]:
    """Every accepted spelling of a mode -> its name in modes.toml."""
    names = {}
    for name, row in read("modes.toml").items():
        for spelling in (name, row["title"], *row["aliases"]):
            names[spelling.lower().replace(" ", "_")] = name
    return names


def third_of(mode: str) -> str:
    """ "major" or "minor": the third of the mode's tonic chord."""
    return str(read("modes.toml")[mode]["third"])


def parse_key(text: str) -> Key:
    """The key that ``text`` names.

    Raises:
        ValueError: it is not a tonic and a mode; the message suggests what may have been meant.
    """
    match = _KEY.match(text)
    if not match:
        raise ValueError(f'{text!r} is not a key; write a tonic and a mode, like "D minor" or "F# lydian"')
    letter, accidental, words = match.group(1).upper(), match.group(2) or "", match.group(3)
    spelling = words.lower().replace("♯", "#").replace(" ", "_").replace("-", "_")
    mode = mode_names().get(spelling)
    if mode is None:
        near = difflib.get_close_matches(spelling, list(mode_names()), n=3, cutoff=0.5) or ["major", "minor"]
        raise ValueError(f"{text!r} has an unknown mode {words!r}; did you mean {' or '.join(near)}?")
    step = _ACCIDENTALS[accidental]
    return Key(tonic=letter + {1: "#", 0: "", -1: "b"}[step], pitch_class=(_LETTERS[letter] + step) % 12, mode=mode)


def key_on(pitch_class: int, mode: str) -> Key:
    """The key on ``pitch_class`` (0..11), its tonic in the usual spelling (C# rather than Db in minor)."""
    pitch_class %= 12
    tonic = TONICS[pitch_class]
    if third_of(mode) == "minor":
        tonic = {1: "C#", 8: "G#"}.get(pitch_class, tonic)
    return Key(tonic=tonic, pitch_class=pitch_class, mode=mode)
