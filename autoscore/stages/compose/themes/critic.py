"""The critic of melodies: how far a candidate is from what human phrases do (craft guide 5.3, priors.json)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any


def _outside(value: float, low: float, high: float) -> float:
    return max(0.0, low - value, value - high)


def _likelihood(
    pitches: Sequence[int], tonic: int, minor: bool, strengths: Sequence[int], priors: dict[str, Any]
) -> float:
    """Mean bits a note under the human model of intervals by scale degree and metrical strength."""
    table = priors["melody_degree"]["minor" if minor else "major"]
    bits = 0.0
    for i, (a, b) in enumerate(pairwise(pitches)):
        row = table.get(str(strengths[i + 1]), {}).get(str((a - tonic) % 12), {})
        bits -= math.log2(float(row.get(str(b - a), 0.0)) * 0.97 + 0.004)
    return bits / max(1, len(pitches) - 1)


def displeasure(
    pitches: Sequence[int],
    starts: Sequence[Fraction],
    lengths: Sequence[Fraction],
    strengths: Sequence[int],
    tonic: int,
    minor: bool,
    leap: float,
    priors: dict[str, Any],
) -> float:
    """How much speaks against a phrase, 0 = nothing; for ranking only.

    Args:
        pitches: MIDI. starts, lengths: beats. strengths: 3 downbeat .. 0, see ``lines.fit``.
        tonic: pitch class. minor: which table of human intervals to compare with.
        leap: how much more than human average the mood wants to leap, -0.1..0.2.
        priors: tables.priors().
    """
    if len(pitches) < 4:
        return 100.0
    moves = [b - a for a, b in pairwise(pitches)]
    count = len(moves)
    step = sum(1 <= abs(m) <= 2 for m in moves) / count
    third = sum(3 <= abs(m) <= 4 for m in moves) / count
    fourth = sum(5 <= abs(m) <= 7 for m in moves) / count
    large = sum(abs(m) > 7 for m in moves) / count
    repeat = sum(m == 0 for m in moves) / count
    total = 4.0 * (
        _outside(step, 0.50 - leap, 0.62 - leap)
        + _outside(third, 0.12, 0.24)
        + _outside(fourth, 0.06 + leap, 0.14 + leap)
        + _outside(large, 0.0, 0.05)
        + _outside(repeat, 0.04, 0.20)
    )
    top = max(pitches)
    peaks = [i for i, p in enumerate(pitches) if p == top]
    place = float((starts[peaks[0]] - starts[0]) / max(Fraction(1), starts[-1] - starts[0]))
    total += 0.5 * (len(peaks) - 1) + 1.5 * _outside(place, 0.5, 0.78) + (0.4 if strengths[peaks[0]] < 2 else 0.0)
    total += 0.25 * _outside(top - min(pitches), 8, 14)
    unturned = sum(1 for a, b in pairwise(moves) if abs(a) >= 5 and (a * b > 0 or abs(b) > 5))
    total += 0.5 * unturned
    longest = Counter(lengths).most_common(1)[0][1] / len(lengths)
    total += 1.5 * _outside(longest, 0.25, 0.6)
    median = sorted(lengths)[len(lengths) // 2]
    total += 0.6 if lengths[-1] < median * 3 / 2 else 0.0
    turns = sum(a * b < 0 for a, b in pairwise([m for m in moves if m])) / max(1, count - 1)
    total += 2.0 * _outside(turns, 0.3, 0.6)
    return total + 0.45 * _likelihood(pitches, tonic, minor, strengths, priors)
