"""Which tone of each chord lies in the bass: roots mostly, thirds where they make a line (craft guide 5.4)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from autoscore.stages.compose.harmony.rows import over, stem
from autoscore.stages.compose.values import Chord, Key
from autoscore.tables import read


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    bass: int
    cost: float


def _choices(chord: Chord, fixed: bool, share: float, rules: dict[str, float]) -> list[_Choice]:
    if (
        fixed
        or chord.pedal
        or chord.cluster
        or chord.bass != chord.root
        or len(chord.classes) < 3
        or "/" in chord.roman
    ):
        return [_Choice(bass=chord.bass, cost=0.0)]
    share = min(0.6, max(0.01, share))
    found = [_Choice(bass=chord.root, cost=-math.log(1.0 - share))]
    third = chord.classes[1]
    if (third - chord.root) % 12 in (3, 4):
        found.append(_Choice(bass=third, cost=-math.log(share)))
        found.append(_Choice(bass=chord.classes[2], cost=rules["fifth"]))
    return found


def _move(
    before: Chord, a: _Choice, after: Chord, b: _Choice, rules: dict[str, float], leading: int, resolve: bool
) -> float:
    if before.pedal and after.pedal:
        return 0.0
    # Up to the tonic or, where tendencies need not resolve, on down the scale: 8-7-6.
    onward = ((leading + 1) % 12,) if resolve else ((leading + 1) % 12, (leading - 2) % 12)
    if a.bass == leading and b.bass not in (leading, *onward):
        return rules["stranded"]
    size = abs((b.bass - a.bass + 6) % 12 - 6)
    if size == 0:
        return rules["same"]
    if size <= 2:
        return rules["step"]
    if size == 6:
        return rules["tritone"]
    return rules["third"] if size in (3, 4) else 0.0


def inverted(
    chords: Sequence[Chord], fixed: Sequence[bool], share: float, home: Key, *, resolve: bool = False
) -> list[Chord]:
    """The chords with their basses chosen: the cheapest line over the whole cue.

    Args:
        fixed: chords that keep the bass they have (goals, first chords). share: of first inversions, 0..1, in the mood.
        resolve: a leading tone in the bass must rise.
        home: the cue's key, in which the numerals are counted.
    """
    rules = read("harmony.toml")["inversions"]
    leading = (home.tonic + 11) % 12 if 11 in home.scale else -1
    layers: list[list[tuple[float, _Choice, int]]] = []
    for i, chord in enumerate(chords):
        layer = []
        for choice in _choices(chord, fixed[i], share, rules):
            if i == 0:
                layer.append((choice.cost, choice, -1))
                continue
            cost, j = min(
                (c + _move(chords[i - 1], before, chord, choice, rules, leading, resolve), j)
                for j, (c, before, _) in enumerate(layers[-1])
            )
            layer.append((round(cost + choice.cost, 6), choice, j))
        layers.append(layer)
    if not layers:
        return []
    index = min(range(len(layers[-1])), key=lambda j: (layers[-1][j][0], j))
    found: list[Chord] = []
    for chord, layer in zip(reversed(chords), reversed(layers), strict=True):
        _, choice, before_index = layer[index]
        if choice.bass != chord.bass:
            chord = replace(chord, bass=choice.bass, roman=over(stem(chord.roman), choice.bass - home.tonic))
        found.append(chord)
        index = max(0, before_index)
    return found[::-1]
