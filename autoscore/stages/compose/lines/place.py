"""Where the notes of a melody may lie over their harmony, and what each costs."""

from __future__ import annotations

from dataclasses import dataclass

from autoscore.stages.compose.lines.fit import Wish, chord_scale, hangs, rubs
from autoscore.stages.compose.values import Chord, Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Where a line may go: ``low``..``high`` (MIDI, inclusive); ``top`` is not to be exceeded if it can be helped."""

    centre: int
    low: int
    high: int
    top: int = 127


class Place:
    """Pitches and their costs at each wish, worked out once. Wishes and chords must outlive it.

    Args:
        hanging: what a tone that asks for a resolution costs where it gets none.
    """

    def __init__(self, key: Key, where: Range, hanging: float) -> None:
        self.key, self.where, self.hanging = key, where, hanging
        self._scales: dict[int, frozenset[int]] = {}
        self._costs: dict[tuple[int, int], float] = {}
        self._pitches: dict[tuple[int, int], int] = {}
        self._between: dict[tuple[int, int, int, int], float] = {}

    def scale(self, chord: Chord) -> frozenset[int]:
        name = id(chord)
        if name not in self._scales:
            self._scales[name] = chord_scale(chord, self.key)
        return self._scales[name]

    def pitch(self, step: int, chord: Chord) -> int:
        """Scale step ``step`` as ``chord`` colours it: a leading tone over a dominant, a flat second over a flat II."""
        name = (step, id(chord))
        if name not in self._pitches:
            self._pitches[name] = self._pitch(step, chord)
        return self._pitches[name]

    def _pitch(self, step: int, chord: Chord) -> int:
        plain = (chord.key or self.key).pitch(step, self.where.centre)
        allowed = self.scale(chord)
        if plain % 12 in allowed:
            return plain
        return next((p for p in (plain + 1, plain - 1) if p % 12 in allowed), plain)

    def between(self, left: Wish, a: int, right: Wish, b: int) -> float:
        """What the interval from ``a`` to ``b`` costs inside a unit."""
        name = (id(left), a, id(right), b)
        found = self._between.get(name)
        if found is None:
            found = self._between[name] = _inside(left, a, right, b, self)
        return found

    def own(self, wish: Wish, pitch: int) -> float:
        name = (id(wish), pitch)
        if name not in self._costs:
            self._costs[name] = self._own(wish, pitch)
        return self._costs[name]

    def _own(self, wish: Wish, pitch: int) -> float:
        where = self.where
        cost = 6.0 * max(0, where.low - pitch, pitch - where.high) + 2.5 * max(0, pitch - where.top)
        if pitch % 12 in wish.chord.classes:
            return cost
        length = float(wish.length_beats)
        if length >= 2:
            cost += 5.0
        elif length >= 1:
            cost += (0.3, 0.5, 1.0, 1.7)[wish.strength]
        else:
            cost += (0.0, 0.1, 0.4, 0.8)[wish.strength]
        if rubs(pitch % 12, wish.chord) and (length >= 1 or wish.strength == 3):
            cost += 2.5
        if pitch % 12 not in self.scale(wish.chord):
            cost += 4.0
        return cost


def _leap(size: int) -> float:
    size = abs(size)
    if size > 12:
        return 12.0
    if size in (6, 10, 11):
        return 2.0
    return 1.5 if size == 9 else 0.0


def _inside(left: Wish, a: int, right: Wish, b: int, place: Place) -> float:
    """What an interval inside a unit costs: leaps that no voice likes, strange notes that are left by leap, leading
    tones and sevenths of dominants that are left hanging."""
    cost = _leap(b - a) + (place.hanging if hangs(left.chord, a, right.chord, b, place.key) else 0.0)
    if abs(b - a) > 2 and a % 12 not in left.chord.classes:
        cost += 1.0 if left.length_beats < 1 else 2.5
    if a == b and left.pitch != right.pitch:
        cost += 1.0
    return cost
