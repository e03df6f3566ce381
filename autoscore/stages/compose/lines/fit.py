"""A skeleton meets its harmony: pitches by dynamic programming between the shape wanted and the chords that sound.

Rules of craft guide 5.3: chord tones on strong beats, other tones left by step, no leap beyond an octave, the wanted
intervals kept where harmony allows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from autoscore.stages.compose.values import Chord, Key, Setting
from autoscore.tables import read

REACH = 4
"""Semitones on either side of the wanted pitch that are tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A note to place: ``pitch`` is where the shape wants it; ``strength`` 3 downbeat, 2 beat, 1 eighth, 0 other."""

    start_beats: Fraction
    length_beats: Fraction
    pitch: int
    strength: int
    chord: Chord
    mark: str = ""
    joined: bool = True
    """Its interval from the note before matters (false after a rest or at a phrase's start)."""
    step: int = 0
    """The scale step that ``pitch`` stands for; see ``lines.units``."""
    unit: int = 0
    """Notes of one unit move together."""


def chord_scale(chord: Chord, key: Key) -> frozenset[int]:
    """Pitch classes a line may use over ``chord``: the key's, where the chord does not contradict them, and its own.

    ``key`` is the cue's; where the chord has moved to another, that one holds."""
    key = chord.key or key
    own = set(chord.classes)
    kept = {
        c
        for c in key.classes()
        if c in own or not ((c + 1) % 12 in own - set(key.classes()) or (c - 1) % 12 in own - set(key.classes()))
    }
    return frozenset(kept | own)


def rubs(pitch_class: int, chord: Chord) -> bool:
    """A semitone above a tone of the chord: the clash that an ear calls a wrong note."""
    return any((pitch_class - c) % 12 == 1 for c in chord.classes)


def tendencies(chord: Chord, key: Key) -> dict[int, tuple[int, ...]]:
    """Pitch classes of a dominant that want to move, with the steps in semitones that resolve them.

    Its leading tone rises, its seventh falls; the seventh of one without a leading tone (a suspended one) may stay.
    A chord is heard in the cue's ``key`` and in the one that the cue has moved to.
    """
    found: dict[int, tuple[int, ...]] = {}
    for tonic in dict.fromkeys((key.tonic, (chord.key or key).tonic)):
        leading, fifth, seventh = (tonic + 11) % 12, (tonic + 7) % 12, (tonic + 5) % 12
        if leading in chord.classes and chord.root in (fifth, leading):
            found[leading] = (1,)
            if chord.root == fifth and seventh in chord.classes:
                found[seventh] = (-1, -2)
    return found


def hangs(left: Chord, pitch: int, right: Chord, following: int, key: Key) -> bool:
    """Does a line that goes from ``pitch`` in ``left`` to ``following`` in ``right`` leave a tendency tone behind?"""
    if left is right or pitch % 12 in tendencies(right, key):
        return False
    steps = tendencies(left, key).get(pitch % 12, ())
    return bool(steps) and following - pitch not in steps


def hanging(setting: Setting) -> float:
    """What a tendency tone costs that a line leaves behind, by the style of the mood (harmony.toml, lines)."""
    prices: dict[str, float] = read("harmony.toml")["lines"]["hanging"]
    return prices.get(setting.mood.harmony.style, 0.0)


def _own(wish: Wish, pitch: int, allowed: frozenset[int]) -> float:
    inside = pitch % 12 in wish.chord.classes
    cost = 0.55 * abs(pitch - wish.pitch)
    long = wish.length_beats >= 1
    if not inside:
        cost += (0.2, 0.5, 2.4 if long else 1.2, 4.5 if long else 3.2)[wish.strength]
        if long:
            cost += 1.5
        if wish.length_beats >= 2:
            cost += 3.0
        if rubs(pitch % 12, wish.chord) and (long or wish.strength >= 2):
            cost += 5.0
    if pitch % 12 not in allowed:
        cost += 9.0
    return cost


def _between(left: Wish, a: int, right: Wish, b: int) -> float:
    if not right.joined:
        return 0.15 * max(0, abs(b - a) - 9)
    wanted, real = right.pitch - left.pitch, b - a
    cost = 0.5 * abs(real - wanted)
    if wanted and not real:
        cost += 1.6
    if wanted * real < 0:
        cost += 1.5
    size = abs(real)
    if size > 12:
        cost += 12.0
    elif size in (6, 10, 11):
        cost += 3.0
    elif size > 9:
        cost += 2.0
    if size > 2 and (a % 12 not in left.chord.classes):
        cost += 4.0
    if size > 4 and (b % 12 not in right.chord.classes):
        cost += 2.5
    return cost


def fit(wishes: Sequence[Wish], key: Key, low: int, high: int) -> tuple[int, ...]:
    """The cheapest pitches for ``wishes`` within ``low``..``high`` (MIDI, inclusive)."""
    layers: list[list[tuple[float, int, int]]] = []
    for i, wish in enumerate(wishes):
        allowed = chord_scale(wish.chord, key)
        centre = min(max(wish.pitch, low), high)
        pool = range(max(low, centre - REACH), min(high, centre + REACH) + 1)
        layer: list[tuple[float, int, int]] = []
        for pitch in pool:
            own = _own(wish, pitch, allowed)
            if own > 9.0 and len(layer) > 2:
                continue
            if i == 0:
                layer.append((own, pitch, -1))
                continue
            before = layers[-1]
            best, index = min((c + _between(wishes[i - 1], p, wish, pitch), j) for j, (c, p, _) in enumerate(before))
            layer.append((round(best + own, 6), pitch, index))
        layers.append(layer)
    path: list[int] = []
    if not layers:
        return ()
    index = min(range(len(layers[-1])), key=lambda j: (layers[-1][j][0], layers[-1][j][1]))
    for layer in reversed(layers):
        _, pitch, previous = layer[index]
        path.append(pitch)
        index = max(0, previous)
    return tuple(reversed(path))
