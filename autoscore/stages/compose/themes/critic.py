"""The critic of melodies: how far a candidate is from what human phrases do (craft guide 4.1, 5.3, priors.json)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

_WEIGHTS: dict[str, float] = {
    "intervals": 4.0, "peak": 1.0, "range": 0.5, "turns": 2.0, "leaps": 0.5, "values": 1.5, "ends": 0.5,
    "reuse": 2.5, "echo": 4.0, "rests": 3.0, "chords": 3.0, "degrees": 0.45, "pairs": 0.2, "cells": 0.5,
    "density": 2.5,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A phrase on trial. ``strengths``: 3 downbeat .. 0, see ``lines.melody``; ``inside``: is it a chord tone?

    ``starts`` and ``held`` (how long each note sounds) in beats; ``tonic`` a pitch class; ``home`` says of each note
    whether the tonic chord sounds under it.
    """

    pitches: tuple[int, ...]
    starts: tuple[Fraction, ...]
    held: tuple[Fraction, ...]
    strengths: tuple[int, ...]
    inside: tuple[bool, ...]
    home: tuple[bool, ...]
    tonic: int
    minor: bool
    metre: str
    bar_beats: Fraction
    bars: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Taste:
    """What the mood wants: ``leap`` more fourths and fifths than human average, ``rest_share`` of silence, ``density``
    of notes a beat where it sings."""

    leap: float = 0.0
    rest_share: float = 0.15
    density: float = 0.8


def _outside(value: float, low: float, high: float) -> float:
    return max(0.0, low - value, value - high)


def _bits(probability: float) -> float:
    return -math.log2(probability * 0.97 + 0.004)


def _intervals(moves: Sequence[int], leap: float) -> float:
    count = len(moves)
    shares = [
        (sum(low <= abs(m) <= high for m in moves) / count, least, most)
        for low, high, least, most in (
            (1, 2, 0.50 - leap, 0.62 - leap), (3, 4, 0.12, 0.24), (5, 7, 0.06 + leap, 0.14 + leap), (8, 99, 0.0, 0.05),
            (0, 0, 0.04, 0.20),
        )
    ]  # fmt: skip
    return sum(_outside(*share) for share in shares)


def _peak(draft: Draft) -> float:
    """One highest note, two thirds of the way, with weight, away from the tonic chord, and down from there."""
    top = max(draft.pitches)
    peaks = [i for i, p in enumerate(draft.pitches) if p == top]
    at, span = peaks[0], max(Fraction(1), draft.starts[-1] - draft.starts[0])
    place = float((draft.starts[at] - draft.starts[0]) / span)
    after = draft.pitches[at + 1] if at + 1 < len(draft.pitches) else top
    return (
        0.5 * (len(peaks) - 1)
        + 2.0 * _outside(place, 0.55, 0.75)
        + 0.4 * (draft.strengths[at] < 2)
        + 0.25 * draft.home[at]
        + 0.3 * (after >= top)
    )


def _leaps(moves: Sequence[int]) -> float:
    """Leaps that are not turned back, two in a row, and intervals that nobody hums."""
    unturned = sum(1 for a, b in pairwise(moves) if abs(a) >= 5 and (a * b > 0 or abs(b) > 5))
    return unturned + sum(abs(m) in (6, 10, 11) or abs(m) > 12 for m in moves)


def _bar_patterns(draft: Draft) -> list[tuple[Fraction, ...]]:
    found: dict[int, list[Fraction]] = {}
    for start in draft.starts:
        bar, inside = divmod(start, draft.bar_beats)
        found.setdefault(int(bar), []).append(inside)
    return [tuple(v) for _, v in sorted(found.items())]


def _reuse(patterns: Sequence[tuple[Fraction, ...]]) -> float:
    """At least 60 % of the bars have a rhythm of the theme that is heard more than once; not all have the same one."""
    counts = Counter(patterns)
    again = sum(n for n in counts.values() if n > 1) / len(patterns)
    return max(0.0, 0.6 - again) + (0.3 if len(counts) == 1 and len(patterns) > 2 else 0.0)


def _echo(draft: Draft, moves: Sequence[int]) -> float:
    """Share of notes in a run of four intervals and rhythms that comes again, against that of remembered tunes."""
    gaps = [b - a for a, b in pairwise(draft.starts)]
    steps = list(zip(moves, gaps, strict=True))
    runs = [tuple(steps[i : i + 4]) for i in range(len(steps) - 3)]
    counts = Counter(runs)
    covered = [False] * len(steps)
    for i, run in enumerate(runs):
        if counts[run] > 1:
            covered[i : i + 4] = [True] * 4
    return _outside(sum(covered) / max(1, len(covered)), 0.35, 0.9)


def _ends(draft: Draft) -> float:
    """The last note, and that before the middle, sing longer than others; a breath comes after them."""
    median = sorted(draft.held)[len(draft.held) // 2]
    middle = draft.bar_beats * draft.bars / 2
    first_half = [i for i, s in enumerate(draft.starts) if s < middle - 1]
    cost = 1.0 if draft.held[-1] < median * 3 / 2 else 0.0
    return cost + (0.6 if first_half and draft.held[first_half[-1]] < median * 3 / 2 else 0.0)


def _degrees(draft: Draft, priors: dict[str, Any]) -> float:
    """Mean bits a note under the human model of intervals by scale degree and metrical strength."""
    table = priors["melody_degree"]["minor" if draft.minor else "major"]
    bits = 0.0
    for i, (a, b) in enumerate(pairwise(draft.pitches)):
        row = table.get(str(draft.strengths[i + 1]), {}).get(str((a - draft.tonic) % 12), {})
        bits += _bits(float(row.get(str(b - a), 0.0)))
    return bits / max(1, len(draft.pitches) - 1)


def _pairs(moves: Sequence[int], priors: dict[str, Any]) -> float:
    """Mean bits of an interval after the one before it."""
    table = priors["melody_chord_relation"]["interval_after_interval"]
    bits = [_bits(float(table.get(str(a), {}).get(str(b), 0.0))) for a, b in pairwise(moves)]
    return sum(bits) / max(1, len(bits))


def _cells(draft: Draft, patterns: Sequence[tuple[Fraction, ...]], priors: dict[str, Any]) -> float:
    """Share of bars whose rhythm people do not write."""
    rows = priors["rhythm_cells"].get(f"melody|{draft.metre}")
    if not rows:
        return 0.0
    human = {p for name, row in rows.items() if name != "bin_share" for p in row}
    slots = int(draft.bar_beats * 4)
    places = [{(at.numerator * 4) // at.denominator for at in bar if 4 % at.denominator == 0} for bar in patterns]
    own = ["".join("x" if i in bar else "." for i in range(slots)) for bar in places]
    return sum(p not in human for p in own) / len(own)


def _density(draft: Draft, bars: int, wanted: float) -> float:
    """Doublings or halvings beyond a third between the notes a beat and what the mood wants."""
    real = len(draft.pitches) / (bars * float(draft.bar_beats))
    return max(0.0, abs(math.log2(real / wanted)) - 0.33)


def judge(draft: Draft, taste: Taste, priors: dict[str, Any]) -> dict[str, float]:
    """What speaks against a phrase, by name, each 0 = nothing, before weighting."""
    moves = [b - a for a, b in pairwise(draft.pitches)]
    patterns = _bar_patterns(draft)
    turns = sum(a * b < 0 for a, b in pairwise([m for m in moves if m])) / max(1, len(moves) - 1)
    common = Counter(draft.held).most_common(1)[0][1] / len(draft.held)
    strong = [x for x, s in zip(draft.inside, draft.strengths, strict=True) if s >= 2]
    silence = 1.0 - float(sum(draft.held, Fraction(0)) / (draft.bar_beats * draft.bars))
    return {
        "intervals": _intervals(moves, taste.leap),
        "peak": _peak(draft),
        "range": _outside(max(draft.pitches) - min(draft.pitches), 8, 14),
        "turns": _outside(turns, 0.3, 0.6),
        "leaps": _leaps(moves),
        "values": _outside(common, 0.25, 0.6),
        "ends": _ends(draft),
        "reuse": _reuse(patterns),
        "echo": _echo(draft, moves),
        "rests": _outside(silence, taste.rest_share - 0.1, taste.rest_share + 0.12),
        "chords": _outside(sum(strong) / max(1, len(strong)), 0.78, 0.96),
        "degrees": _degrees(draft, priors),
        "pairs": _pairs(moves, priors),
        "cells": _cells(draft, patterns, priors),
        "density": _density(draft, len(patterns), taste.density),
    }


def displeasure(draft: Draft, taste: Taste, priors: dict[str, Any]) -> float:
    """How much speaks against a phrase, 0 = nothing; for ranking only. ``priors`` as of tables.priors()."""
    if len(draft.pitches) < 4:
        return 100.0
    return sum(_WEIGHTS[name] * value for name, value in judge(draft, taste, priors).items())
