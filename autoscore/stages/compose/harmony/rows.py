"""Rows of the mood tables as chords: which rows fit a key, a numeral in another key, the chord that a numeral names."""

from __future__ import annotations

import re
from fractions import Fraction

from autoscore.stages.compose.harmony.roman import parse_roman
from autoscore.stages.compose.values import Chord, Key

_NAMES = ("I", "bII", "II", "bIII", "III", "IV", "#IV", "V", "bVI", "VI", "bVII", "VII")
_DEGREES = ("1", "b2", "2", "b3", "3", "4", "#4", "5", "b6", "6", "b7", "7")
_HEAD = re.compile(r"^[b#]*(?:VII|VI|IV|V|III|II|I|vii|vi|iv|v|iii|ii|i)")


def tonic(roman: str) -> bool:
    """Is it a chord on the tonic?"""
    return parse_roman(roman).root == 0


def stem(roman: str) -> str:
    """The numeral without its bass: ``V7/5`` -> ``V7``; an applied chord (``V/V``) stays whole."""
    head, slash, under = roman.partition("/")
    return head if slash and re.fullmatch(r"[b#]*[1-7]", under) else roman


def over(roman: str, bass: int) -> str:
    """The numeral with scale degree ``bass`` (semitones above the tonic) below it."""
    plain = stem(roman)
    return plain if parse_roman(plain).root == bass % 12 else f"{plain}/{_DEGREES[bass % 12]}"


def moved(roman: str, semitones: int) -> str:
    """The numeral, read in a key ``semitones`` above home, as it is called at home: ``V7`` moved 3 is ``bVII7``."""
    if semitones % 12 == 0:
        return roman
    plain = stem(roman)
    numeral = parse_roman(roman)
    head = _HEAD.match(plain)
    assert head is not None
    quality = plain[head.end() :].partition("/")[0] if "/" in plain else plain[head.end() :]
    name = _NAMES[(numeral.root + semitones) % 12]
    letters = name.lstrip("b#")
    accidental = name[: len(name) - len(letters)]
    lower = head.group(0).lstrip("b#").islower()
    found = accidental + (letters.lower() if lower else letters) + quality
    return found if numeral.bass == numeral.root else f"{found}/{_DEGREES[(numeral.bass + semitones) % 12]}"


def build(
    roman: str,
    key: Key,
    start: Fraction,
    length: Fraction,
    pedal: bool = False,
    *,
    local: Key | None = None,
) -> Chord:
    """The chord ``roman`` in ``key``.

    Args:
        pedal: its bass is held through several chords; without a bass of its own it stands on the tonic.
        local: the key it belongs to where that is not ``key``.
    """
    numeral = parse_roman(roman)
    bass = 0 if pedal and numeral.bass == numeral.root else numeral.bass
    return Chord(
        start_beats=start,
        length_beats=length,
        roman=over(roman, bass) if pedal else roman,
        root=(key.tonic + numeral.root) % 12,
        classes=tuple((key.tonic + c) % 12 for c in numeral.classes),
        bass=(key.tonic + bass) % 12,
        cluster=numeral.cluster,
        key=local,
        pedal=pedal,
    )


def _kind(row: tuple[str, ...]) -> str:
    """Which third the tonic chord of a row of numerals has, "" where it has no tonic chord."""
    for roman in row:
        if tonic(roman):
            return "minor" if roman.startswith("i") else "major"
    return ""


def _other_third(row: tuple[str, ...]) -> tuple[str, ...]:
    """The row with its tonic chords in the other mode: minor for major."""
    swapped = []
    for roman in row:
        if tonic(roman) and roman[:1] in "iI":
            swapped.append(("I" if roman[0] == "i" else "i") + roman[1:])
        else:
            swapped.append(roman)
    return tuple(swapped)


def _at_home(row: tuple[str, ...], key: Key) -> bool:
    """Do at least half of the roots belong to the key? (Asked of a row without a tonic chord.)"""
    roots = [parse_roman(r).root for r in row]
    return 2 * sum(r in key.scale for r in roots) >= len(roots)


def rows_in(key: Key, rows: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
    """The rows that fit the third of the key; where none has its tonic so, all of them with that chord changed."""
    wanted = "minor" if key.minor else "major"
    fitting = tuple(r for r in rows if r and (_kind(r) == wanted or (not _kind(r) and _at_home(r, key))))
    if any(_kind(r) for r in fitting) or not any(_kind(r) for r in rows):
        return fitting or tuple(r for r in rows if r)
    return tuple(r if _kind(r) in (wanted, "") else _other_third(r) for r in rows if r)


def has_rows(key: Key, rows: tuple[tuple[str, ...], ...]) -> bool:
    """Has the mood rows of its own for the third of ``key``?"""
    return any(_kind(r) == ("minor" if key.minor else "major") for r in rows)
