"""The highest note of a cue comes once: what else reaches it yields (craft guide 5.3, 9.11)."""

from __future__ import annotations

from autoscore.stages.compose.lines.fit import Wish, chord_scale
from autoscore.stages.compose.values import Setting


def _yielding(wish: Wish, setting: Setting, below: int) -> int | None:
    """The nearest pitch under ``below`` that may stand in for a note: a chord tone where it is heavy or long."""
    heavy = wish.length_beats >= 1 or wish.strength == 3
    allowed = wish.chord.classes if heavy else chord_scale(wish.chord, setting.key)
    return next((p for p in range(below - 1, below - 7, -1) if p % 12 in allowed), None)


def below(wishes: list[Wish], pitches: tuple[int, ...], setting: Setting, top: int, low: int) -> tuple[int, ...]:
    """The line with nothing above ``top``: an octave lower where much of it is, else its few highest notes yield,
    where the player has what they would yield to (``low``, its lowest tone)."""
    high = sum(p > top for p in pitches)
    if high > max(1, len(pitches) // 8) and min(pitches) - 12 >= low:
        return tuple(p - 12 for p in pitches)
    yielded = [_yielding(w, setting, top + 1) or p - 12 for w, p in zip(wishes, pitches, strict=True)]
    # A player who has no tone below the summit (a piccolo over a bassoon's) keeps its own.
    return tuple(p if p <= top or lower < low else lower for p, lower in zip(pitches, yielded, strict=True))


def lone_top(wishes: list[Wish], pitches: tuple[int, ...], setting: Setting, low: int) -> tuple[int, ...]:
    """Of several highest notes only the weightiest one two thirds of the way remains; the others yield a step."""
    top = max(pitches)
    tops = [i for i, p in enumerate(pitches) if p == top]
    if len(tops) < 2:
        return pitches
    start, span = wishes[0].start_beats, float(wishes[-1].start_beats - wishes[0].start_beats) or 1.0

    def appeal(i: int) -> tuple[float, int]:
        place = float(wishes[i].start_beats - start) / span
        return (0.3 * wishes[i].strength + 0.2 * float(wishes[i].length_beats) - 2.0 * abs(place - 0.66), i)

    keep = max(tops, key=appeal)
    yielded = [_yielding(w, setting, top) or p - 12 for w, p in zip(wishes, pitches, strict=True)]
    return tuple(
        p if i == keep or p < top or lower < low else lower
        for i, (p, lower) in enumerate(zip(pitches, yielded, strict=True))
    )
