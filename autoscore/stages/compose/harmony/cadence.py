"""Cadences: what kind each formula is, how much it is liked, and that the strong ones are rationed (craft 5.1)."""

from __future__ import annotations

import random
from typing import Literal

from autoscore.stages.compose.harmony.graph import fluent
from autoscore.stages.compose.harmony.roman import parse_roman
from autoscore.stages.compose.harmony.rows import tonic
from autoscore.tables import read

CadenceKind = Literal["authentic", "heroic", "modal", "plagal", "half", "deceptive", "slip"]


def _dominant(roman: str) -> bool:
    """A major or dominant chord on the fifth degree, without a suspended fourth."""
    numeral = parse_roman(roman)
    return numeral.root == 7 and 11 in numeral.classes


def kind_of(formula: tuple[str, ...]) -> CadenceKind:
    """What kind of cadence the last chords of ``formula`` make.

    >>> kind_of(("ii", "V7", "I")), kind_of(("bVI", "bVII", "I")), kind_of(("IV", "V7sus4"))
    ('authentic', 'heroic', 'half')
    """
    last = parse_roman(formula[-1])
    before = parse_roman(formula[-2]) if len(formula) > 1 else None
    if last.root == 0:
        if before is None:
            return "plagal"
        if _dominant(formula[-2]):
            return "authentic"
        if before.root == 10 and len(formula) > 2 and parse_roman(formula[-3]).root == 8:
            return "heroic"
        return "plagal" if before.root == 5 else "modal"
    if last.root == 7:
        return "half"
    if before is not None and _dominant(formula[-2]) and last.root in (8, 9):
        return "deceptive"
    return "slip"


def weight_of(formula: tuple[str, ...]) -> float:
    """How much a formula is liked, 0..1, by its kind."""
    return float(read("harmony.toml")["cadences"][kind_of(formula)])


def choose_cadence(
    formulas: tuple[tuple[str, ...], ...],
    rng: random.Random,
    *,
    closed: bool,
    authentic: bool,
    before: str = "",
    style: str = "modal",
) -> tuple[str, ...]:
    """A formula for a phrase's end.

    Args:
        formulas: those of the mood, in the key of the phrase.
        closed: it must end on the tonic; an open one must not.
        authentic: V-I is allowed here: the end of a cue, a title, a triumph, none within the last minute.
        before: the chord that it follows, in a mood of ``style``.
    """
    allowed = [f for f in formulas if tonic(f[-1]) == closed and (authentic or kind_of(f) != "authentic")]
    if not allowed and not closed:
        # A mood whose cadences all close is left open on the way to one: its last chord is withheld.
        allowed = [f[:-1] for f in formulas if len(f) > 1 and not tonic(f[-2])]
    if not allowed:
        allowed = [f for f in formulas if authentic or kind_of(f) != "authentic"]
    weights = [weight_of(f) for f in allowed]
    if before:
        weights = [
            w * fluent(before, f[0], style) * (0.2 if f[0] == before else 1.0)
            for w, f in zip(weights, allowed, strict=True)
        ]
    return rng.choices(allowed, weights)[0] if allowed else ()
