"""A melody meets its harmony motif by motif: a bar of it moves as a unit, single notes are bent only where they must.

What returns in the theme returns in the music: a bar that was sung before is sung with the same intervals again, at
whatever height harmony allows (craft guide 4.3, 5.3). Choices are made by a beam over units; inside a unit, bends are
found by dynamic programming.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from autoscore.model.score import Theme
from autoscore.stages.compose.lines.fit import Wish, hangs, tendencies
from autoscore.stages.compose.lines.place import Place, Range
from autoscore.stages.compose.themes.skeleton import Move, Skeleton
from autoscore.stages.compose.values import Key

SHIFTS = (0, 1, -1, 2, -2, 3, -3)
"""Scale steps by which a unit may leave its place."""
BENDS = (0, 1, -1)
BEAM = 6
GAP_BEATS = 2
"""After a longer rest nobody waits for a resolution any more."""
_TRANSPOSED = range(-6, 7)
_BENT = 1.5
_NEW_SHAPE = 0.45
Shape = tuple[int, ...]
Kind = tuple[int, ...]
"""Scale steps counted from the unit's first note: the same in whatever rhythm and metre."""


@dataclass(slots=True)
class Memory:
    """What has been sung so far: the semitones of each kind of unit, and the interval from one unit into the next."""

    shapes: dict[Kind, list[Shape]] = field(default_factory=dict)
    joins: dict[tuple[Kind, Kind], set[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Option:
    cost: float
    pitches: Shape


@dataclass(frozen=True, slots=True)
class _Path:
    cost: float
    pitches: Shape
    fresh: tuple[tuple[Kind, Shape], ...]


def _bent(place: Place, unit: Sequence[Wish], shift: int) -> _Option:
    """The unit ``shift`` steps away, with the cheapest bends."""
    states: list[tuple[float, Shape, int]] = []
    for i, wish in enumerate(unit):
        row: list[tuple[float, Shape, int]] = []
        for bend in BENDS:
            pitch = place.pitch(wish.step + shift + bend, wish.chord)
            cost = place.own(wish, pitch) + 0.4 * abs(bend)
            if i == 0:
                row.append((cost, (pitch,), bend))
                continue
            before = unit[i - 1]
            best = min(
                (c + _BENT * abs(bend - b) + place.between(before, path[-1], wish, pitch), path)
                for c, path, b in states
            )
            row.append((round(best[0] + cost, 6), (*best[1], pitch), bend))
        states = row
    cost, pitches, _ = min(states)
    return _Option(round(cost, 6), pitches)


def _again(place: Place, unit: Sequence[Wish], shape: Shape, first: int) -> _Option | None:
    """The unit with intervals that were sung before, from pitch ``first``; None where they do not fit the scale."""
    pitches = tuple(first + s for s in shape)
    cost = 0.0
    for i, (wish, pitch) in enumerate(zip(unit, pitches, strict=True)):
        if pitch % 12 not in place.scale(wish.chord):
            return None
        cost += place.own(wish, pitch)
        if i:
            cost += place.between(unit[i - 1], pitches[i - 1], wish, pitch)
    return _Option(round(cost, 6), pitches)


def _shape(pitches: Shape) -> Shape:
    return tuple(p - pitches[0] for p in pitches)


def _kind(unit: Sequence[Wish]) -> Kind:
    return tuple(w.step - unit[0].step for w in unit)


def _options(place: Place, unit: Sequence[Wish], known: Sequence[Shape]) -> list[_Option]:
    """Ways to sing a unit, each with the price of leaving its place and of not being as it was before."""
    home = unit[0].pitch
    found: dict[Shape, float] = {}
    for shift in SHIFTS:
        option = _bent(place, unit, shift)
        shape = _shape(option.pitches)
        moves = [b - a for a, b in pairwise(shape)]
        novelty = min((sum(a != b for a, b in zip(moves, _moves(k), strict=True)) for k in known), default=0)
        cost = option.cost + min(1.8, _NEW_SHAPE * novelty)
        found[option.pitches] = min(cost, found.get(option.pitches, 99.0))
    for shape in known:
        for offset in _TRANSPOSED:
            again = _again(place, unit, shape, home + offset)
            if again and again.cost < found.get(again.pitches, 99.0):
                found[again.pitches] = again.cost
    priced = [_Option(cost + 0.22 * abs(pitches[0] - home), pitches) for pitches, cost in found.items()]
    return sorted(priced, key=lambda o: (o.cost, o.pitches))[:BEAM]


def _moves(shape: Shape) -> list[int]:
    return [b - a for a, b in pairwise(shape)]


def _join(left: Wish, a: int, right: Wish, b: int, usual: set[int], place: Place) -> float:
    """What it costs to go on from one unit to the next."""
    if not right.joined:
        near = right.start_beats - left.start_beats - left.length_beats < GAP_BEATS
        left_hanging = near and hangs(left.chord, a, right.chord, b, place.key)
        cost = 0.12 * max(0, abs(b - a) - 7) + (12.0 if abs(b - a) > 16 else 0.0)
        return cost + (place.hanging if left_hanging else 0.0)
    cost = 0.22 * abs((b - a) - (right.pitch - left.pitch)) + place.between(left, a, right, b)
    return cost - (0.5 if b - a in usual else 0.0)


def sing(wishes: Sequence[Wish], key: Key, where: Range, memory: Memory, *, hanging: float = 0.0) -> tuple[int, ...]:
    """Pitches for ``wishes``, whose ``unit`` numbers say what moves together. ``memory`` is added to.

    Args:
        hanging: the price of a leading tone or seventh of a dominant that does not resolve into the next chord.

    Raises:
        ValueError: the range is empty.
    """
    if where.low > where.high:
        raise ValueError(f"nothing can be sung between {where.low} and {where.high}")
    if not wishes:
        return ()
    units: list[list[Wish]] = []
    for wish in wishes:
        if units and units[-1][-1].unit == wish.unit:
            units[-1].append(wish)
        else:
            units.append([wish])
    place = Place(key, where, hanging)
    beam = [_Path(0.0, (), ())]
    cache: dict[tuple[int, tuple[Shape, ...]], list[_Option]] = {}
    kinds = [_kind(unit) for unit in units]
    for number, unit in enumerate(units):
        kind = kinds[number]
        grown: list[_Path] = []
        for path in beam:
            known = tuple(dict.fromkeys([*memory.shapes.get(kind, []), *(s for k, s in path.fresh if k == kind)]))
            if (number, known) not in cache:
                cache[number, known] = _options(place, unit, known)
            for option in cache[number, known]:
                cost = path.cost + option.cost
                if number:
                    usual = memory.joins.get((kinds[number - 1], kind), set())
                    cost += _join(units[number - 1][-1], path.pitches[-1], unit[0], option.pitches[0], usual, place)
                if number == len(units) - 1 and option.pitches[-1] % 12 in tendencies(unit[-1].chord, key):
                    # Where a phrase ends, what comes next is another's: a fifth waits better than a leading tone.
                    cost += hanging / 2
                shape = _shape(option.pitches)
                fresh = path.fresh if shape in known else (*path.fresh, (kind, shape))
                grown.append(_Path(round(cost, 6), (*path.pitches, *option.pitches), fresh))
        beam = sorted(grown, key=lambda p: (p.cost, p.pitches))[:BEAM]
    best = beam[0]
    _remember(memory, units, kinds, best.pitches)
    return tuple(_brought_in(p, where) for p in best.pitches)


def _brought_in(pitch: int, where: Range) -> int:
    """``pitch`` in another octave where the player does not have it."""
    while pitch > where.high and pitch - 12 >= where.low:
        pitch -= 12
    while pitch < where.low and pitch + 12 <= where.high:
        pitch += 12
    return min(max(pitch, where.low), where.high)


def _remember(memory: Memory, units: Sequence[Sequence[Wish]], kinds: Sequence[Kind], pitches: Shape) -> None:
    at, last = 0, None
    for unit, kind in zip(units, kinds, strict=True):
        inside = pitches[at : at + len(unit)]
        shapes = memory.shapes.setdefault(kind, [])
        if _shape(inside) not in shapes:
            shapes.append(_shape(inside))
        if last is not None:
            memory.joins.setdefault((last[0], kind), set()).add(inside[0] - last[1])
        last = (kind, inside[-1])
        at += len(unit)


def recall(memory: Memory, skeleton: Skeleton, theme: Theme) -> None:
    """Puts the intervals of a theme at home, bar by bar, into ``memory``: what was written is what returns."""
    bars: dict[int, list[tuple[Move, int]]] = {}
    for move, degree in zip(skeleton, theme.degrees, strict=True):
        bars.setdefault(move.home, []).append((move, degree))
    for notes in bars.values():
        first, base = notes[0]
        shapes = memory.shapes.setdefault(tuple(m.step - first.step for m, _ in notes), [])
        shape = tuple(degree - base for _, degree in notes)
        if shape not in shapes:
            shapes.append(shape)
