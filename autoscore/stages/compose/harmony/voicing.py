"""Voicing by search: every chord gets its cheapest place for the upper voices, seen over the whole cue (beam Viterbi).

Costs are those of craft guide 5.2, for the upper voices (the bass is a line of its own, known as a pitch class).
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from itertools import combinations, pairwise

from autoscore.stages.compose.values import Chord

BEAM = 10
KEPT = 48
"""Voicings kept per chord by their own cost before transitions are looked at."""
Voicing = tuple[int, ...]


def _limit(low: int) -> int:
    """Smallest interval above ``low`` that stays clear (low-interval limits, craft guide 5.2)."""
    return 12 if low < 36 else 7 if low < 48 else 3 if low < 53 else 1


def _own_cost(voicing: Voicing, chord: Chord, centre: float) -> float:
    cost = 0.0
    present = {p % 12 for p in voicing}
    weights = (1.0, 12.0, 1.0, 8.0, 2.0, 2.0)
    for i, wanted in enumerate(chord.classes):
        if wanted not in present and not (i == 0 and chord.bass == wanted):
            cost += weights[min(i, 5)]
    for low, high in pairwise(voicing):
        gap = high - low
        cost += 5.0 * max(0, gap - 12) + (15.0 if gap < _limit(low) else 0.0)
        if gap <= 2 and not chord.cluster:
            cost += 4.0 if gap == 1 else 1.5
    counts = [sum(p % 12 == c for p in voicing) for c in chord.classes]
    if len(counts) > 1 and counts[1] > 1 and (chord.classes[1] - chord.root) % 12 == 4:
        cost += 3.0
    if len(counts) > 3 and counts[3] > 1:
        cost += 10.0
    return cost + 0.25 * float(abs(sum(voicing) / len(voicing) - centre) ** 1.5)


@lru_cache(maxsize=20000)
def _moved(before: Voicing, after: Voicing, bass_before: int, bass_after: int, leading: int) -> float:
    cost = 0.0
    for a, b in zip(before, after, strict=True):
        step = abs(a - b)
        cost += step + 2.0 * max(0, step - 4) - (2.0 if step == 0 else 0.0)
        if step in (6, 10, 11):
            cost += 5.0
        if a % 12 == leading and b % 12 != (leading + 1) % 12 and step > 2:
            cost += 6.0
    for i in range(len(before)):
        for j in range(i + 1, len(before)):
            if before[i] != after[i] and before[j] != after[j]:
                interval = (before[j] - before[i]) % 12
                if interval in (0, 7) and (after[j] - after[i]) % 12 == interval:
                    cost += 20.0
        if i + 1 < len(before) and (after[i] > before[i + 1] or before[i] > after[i + 1]):
            cost += 5.0
    if bass_before != bass_after:
        top = (before[-1] - bass_before) % 12
        if top in (0, 7) and (after[-1] - bass_after) % 12 == top and before[-1] != after[-1]:
            cost += 30.0
    return cost


@lru_cache(maxsize=4000)
def _candidates(
    classes: tuple[int, ...], root: int, bass: int, cluster: bool, voices: int, low: int, high: int
) -> tuple[tuple[float, Voicing], ...]:
    zero, one = Fraction(0), Fraction(1)
    chord = Chord(start_beats=zero, length_beats=one, roman="", root=root, classes=classes, bass=bass, cluster=cluster)
    pool = [p for p in range(low, high + 1) if p % 12 in classes]
    centre = (low + high) / 2
    ranked = sorted(
        (round(_own_cost(v, chord, centre), 6), v)
        for v in combinations(pool, voices)
        if v[-1] - v[0] <= 12 * (voices - 1)
    )
    return tuple(ranked[:KEPT])


def voice(chords: tuple[Chord, ...], voices: int, low: int, high: int, leading: int = -1) -> tuple[Voicing, ...]:
    """Pitches (ascending) of ``voices`` upper voices within ``low``..``high`` for each chord.

    Args:
        chords: in order.
        voices: 1..5.
        low, high: MIDI pitches, at least an octave and a half apart for 4 voices.
        leading: pitch class of the leading tone in functional moods, -1 where nothing needs resolving.
    """
    layers: list[list[tuple[float, Voicing, int]]] = []
    for i, chord in enumerate(chords):
        options = _candidates(chord.classes, chord.root, chord.bass, chord.cluster, voices, low, high)
        if not options:
            options = ((0.0, tuple(range(low + 4, low + 4 + 3 * voices, 3))),)
        if i == 0:
            layer = [(cost, voicing, -1) for cost, voicing in options]
        else:
            before = layers[-1]
            bass = chords[i - 1].bass
            layer = []
            for cost, voicing in options:
                best = min((c + _moved(v, voicing, bass, chord.bass, leading), j) for j, (c, v, _) in enumerate(before))
                layer.append((cost + best[0], voicing, best[1]))
        layers.append(sorted(layer)[:BEAM])
    path: list[Voicing] = []
    index = 0
    for layer in reversed(layers):
        _, voicing, previous = layer[index]
        path.append(voicing)
        index = max(0, previous)
    return tuple(reversed(path))
