"""Roman numerals to pitch classes. The grammar is that of tables/README.md.

``[b|#]NUMERAL[quality][/bass]``: the numeral's degree is counted in the *major* scale of the tonic, so bVI is the
same chord in every mode; upper case is a major, lower case a minor third. ``/`` is followed by a scale degree
(b3, 5, ...: the bass note) or by another numeral (V/V: the chord of that chord's key).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

_DEGREES = {"i": 0, "ii": 2, "iii": 4, "iv": 5, "v": 7, "vi": 9, "vii": 11}
_MAJOR = (0, 2, 4, 5, 7, 9, 11)
_NUMERAL = re.compile(r"^([b#]*)(VII|VI|IV|V|III|II|I|vii|vi|iv|v|iii|ii|i)(.*)$")
_QUALITIES: dict[str, tuple[int, ...]] = {
    "o": (3, 6),
    "dim": (3, 6),
    "o7": (3, 6, 9),
    "dim7": (3, 6, 9),
    "hd7": (3, 6, 10),
    "hd": (3, 6, 10),
    "+": (4, 8),
    "aug": (4, 8),
    "+7": (4, 8, 10),
    "5": (7,),
    "sus4": (5, 7),
    "sus2": (2, 7),
    "sus": (5, 7),
    "7sus4": (5, 7, 10),
    "7sus": (5, 7, 10),
    "9sus": (5, 7, 10, 2),
    "9sus4": (5, 7, 10, 2),
    "b5": (4, 6),
    "q": (5, 10),
    "quartal": (5, 10),
    "7alt": (4, 8, 10, 1),
}
_ADDED: dict[str, tuple[int, ...]] = {
    "": (),
    "6": (9,),
    "69": (9, 2),
    "6/9": (9, 2),
    "7": (10,),
    "maj7": (11,),
    "M7": (11,),
    "9": (10, 2),
    "maj9": (11, 2),
    "M9": (11, 2),
    "11": (10, 2, 5),
    "13": (10, 2, 9),
    "maj13": (11, 2, 9),
    "add9": (2,),
    "add2": (2,),
    "add4": (5,),
    "add11": (5,),
    "add6": (9,),
    "add#11": (6,),
    "7b9": (10, 1),
    "7#9": (10, 3),
    "7#11": (10, 6),
    "maj7#11": (11, 6),
    "maj7,9": (11, 2),
    "m": (),
    "min": (),
    "m7": (10,),
    "m9": (10, 2),
    "7b13": (10, 8),
    "add#4": (6,),
    "addb2": (1,),
    "addb9": (1,),
    "addb6": (8,),
    "b9": (10, 1),
    "#11": (6,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Numeral:
    """Intervals in semitones above the tonic: ``root``, ``classes`` (root first), ``bass``."""

    root: int
    classes: tuple[int, ...]
    bass: int
    cluster: bool = False


def _degree(text: str) -> int | None:
    match = re.fullmatch(r"([b#]*)([1-7])", text)
    if not match:
        return None
    return (_MAJOR[int(match.group(2)) - 1] + match.group(1).count("#") - match.group(1).count("b")) % 12


@cache
def parse_roman(text: str) -> Numeral:
    """The chord that ``text`` names, in semitones above the tonic.

    Raises:
        ValueError: the text is not a numeral of the grammar.
    """
    plain = (
        text.strip()
        .replace("\N{MUSIC FLAT SIGN}", "b")
        .replace("\N{MUSIC SHARP SIGN}", "#")
        .replace("\N{DEGREE SIGN}", "o")
        .replace("ø7", "hd7")
        .replace("ø", "hd7")
        .replace("(", "")
        .replace(")", "")
    )
    match = _NUMERAL.match(plain)
    if not match:
        raise ValueError(f"{text!r} is not a roman numeral like bVI, ii7 or V/3")
    accidentals, numeral, rest = match.groups()
    quality, slash, under = rest.partition("/")
    if quality == "6" and under == "9":
        quality, slash, under = "69", "", ""
    root = (_DEGREES[numeral.lower()] + accidentals.count("#") - accidentals.count("b")) % 12
    cluster = quality == "cluster"
    if cluster:
        intervals: tuple[int, ...] = (1, 2, 6)
    elif quality in _QUALITIES:
        intervals = _QUALITIES[quality]
    elif quality in _ADDED:
        third = 3 if numeral.islower() or (quality.startswith("m") and not quality.startswith("maj")) else 4
        intervals = (third, 7, *_ADDED[quality])
    else:
        raise ValueError(f"{text!r}: chord quality {quality!r} is not known")
    bass = root
    if slash:
        degree = _degree(under)
        if degree is None:
            local = parse_roman(under)
            root = bass = (root + local.root) % 12
        else:
            bass = degree
    return Numeral(root=root, classes=(root, *((root + i) % 12 for i in intervals)), bass=bass, cluster=cluster)
