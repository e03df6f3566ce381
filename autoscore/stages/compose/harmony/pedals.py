"""Pedals: a held tonic or dominant under chords that do not contain it (craft guide 5.1)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from autoscore.stages.compose.harmony.roman import parse_roman
from autoscore.stages.compose.harmony.rows import stem
from autoscore.tables import read


def foreign(roman: str, degree: int) -> bool:
    """Does the chord not contain ``degree`` (semitones above the tonic)?"""
    return degree % 12 not in parse_roman(stem(roman)).classes


def stretch(romans: Sequence[str], bars: Sequence[Fraction], degree: int = 0) -> tuple[int, int] | None:
    """The longest run of chords, first to one past the last, that may stand on a pedal of ``degree``.

    It lasts 2-8 bars and has at least two chords foreign to the pedal; None where there is no such run.

    Args:
        bars: how long each chord lasts, in bars.

    >>> one = Fraction(1)
    >>> stretch(["I", "ii", "IV", "I"], [one] * 4), stretch(["I", "II", "bVII", "I"], [one] * 4)
    (None, (0, 4))
    """
    rules = read("harmony.toml")["pedals"]
    best: tuple[Fraction, int, int] | None = None
    for first in range(len(romans)):
        length, strangers = Fraction(0), 0
        for last in range(first, len(romans)):
            length += bars[last]
            strangers += foreign(romans[last], degree)
            if length > rules["longest_bars"]:
                break
            if length >= rules["shortest_bars"] and strangers >= rules["foreign"] and (not best or length > best[0]):
                best = (length, first, last + 1)
    return (best[1], best[2]) if best else None


def preparing(nodes: Sequence[str], minor: bool) -> list[str]:
    """Chords that stand over a dominant pedal before the dominant: subdominants foreign to it, the mood's own first.

    >>> preparing(["I", "II", "IV", "bVI", "V"], minor=False)
    ['IV', 'bVI', 'ii']
    """
    usual = ["iv", "bVI"] if minor else ["IV", "ii"]
    own = [n for n in nodes if "/" not in n and foreign(n, 7) and _subdominant(n)]
    kinds = {parse_roman(n).root for n in own}
    return [*own, *(n for n in usual if parse_roman(n).root not in kinds)]


def _subdominant(roman: str) -> bool:
    numeral = parse_roman(roman)
    return numeral.root in (1, 5, 8) or (numeral.root == 2 and 6 not in numeral.classes)
