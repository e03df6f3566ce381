"""Voicing by search: every chord gets its cheapest place for the upper voices over the real bass, seen over the whole
cue (beam Viterbi with the costs of craft guide 5.2, the row [voicing] of harmony.toml)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import combinations

import numpy as np
import numpy.typing as npt

from autoscore.stages.compose.values import Chord
from autoscore.tables import read

Voicing = tuple[int, ...]
LINGERING = 0.5
"""A leading tone that stays as a tone of the next chord is half astray."""
_Grid = npt.NDArray[np.int64]
_Costs = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How voices lead. ``resolve``: leading tones and sevenths must; ``planing``: parallels are the style."""

    resolve: bool = False
    planing: bool = False
    open_fifths: bool = False


def limit_above(low: int) -> int:
    """Smallest interval above the pitch ``low`` that stays clear (low-interval limits, craft guide 5.2)."""
    return 12 if low < 36 else 7 if low < 48 else 3 if low < 53 else 1


@cache
def _rules() -> dict[str, float]:
    found: dict[str, float] = read("harmony.toml")["voicing"]
    return found


def _seventh(chord: Chord) -> int:
    """Pitch class of the chord's minor or major seventh, -1 where it has none."""
    return next((c for c in chord.classes[1:] if (c - chord.root) % 12 in (10, 11)), -1)


@lru_cache(maxsize=4000)
def _candidates(
    classes: tuple[int, ...],
    root: int,
    bass: int,
    cluster: bool,
    voices: int,
    low: int,
    high: int,
    leading: int,
    open_fifths: bool,
) -> tuple[_Grid, _Costs]:
    """The best voicings of one chord over the bass pitch ``bass``, and what each costs by itself."""
    rules = _rules()
    pool = [p for p in range(max(low, bass + 3), high + 1) if p % 12 in classes]
    rows = [v for v in combinations(pool, voices) if v[-1] - v[0] <= 12 * (voices - 1)]
    if not rows:
        pool = [p for p in range(low, high + 13) if p % 12 in classes]
        rows = list(combinations(pool, voices)) or [tuple(range(low, low + 3 * voices, 3))]
    grid = np.array(rows, dtype=np.int64)
    cost = np.zeros(len(grid))
    present = grid % 12
    heard = {bass % 12}
    for i, wanted in enumerate(classes):
        have = (present == wanted).any(1) | (wanted in heard)
        interval = (wanted - root) % 12
        if i == 0:
            weight = rules["no_root"]
        elif interval in (3, 4):
            weight = rules["no_fifth"] if open_fifths else rules["no_third"]
        elif interval == 7:
            weight = rules["no_fifth"]
        else:
            weight = rules["no_seventh"]
        cost += np.where(have, 0.0, weight)
        many = (present == wanted).sum(1) + (wanted == bass % 12)
        if interval == 4:
            cost += rules["doubled_third"] * np.maximum(0, many - 1)
        if interval in (10, 11):
            cost += rules["doubled_seventh"] * np.maximum(0, many - 1)
        if wanted == leading:
            cost += rules["doubled_leading"] * np.maximum(0, many - 1)
    gaps = np.diff(grid, axis=1)
    cost += rules["wide"] * np.maximum(0, gaps - 12).sum(1)
    if cluster:
        cost += rules["cluster_gap"] * np.maximum(0, gaps - 2).sum(1)
    else:
        cost += (rules["second"] * (gaps == 2) + 4.0 * (gaps == 1)).sum(1)
    limits = np.array([limit_above(p) for p in range(128)])
    cost += rules["low_interval"] * (gaps < limits[grid[:, :-1]]).sum(1)
    cost += rules["low_interval"] * ((grid[:, 0] - bass) < limit_above(bass))
    centre = (low + high) / 2
    cost += 0.25 * np.abs(grid.mean(1) - centre) ** 1.5
    cost = np.round(cost, 4)
    kept = np.lexsort((np.arange(len(grid)), cost))[: int(rules["kept"])]
    return grid[kept], cost[kept]


def _perfect(gap: _Grid) -> npt.NDArray[np.bool_]:
    """Which intervals, modulo the octave, are octaves and fifths."""
    return np.asarray((gap == 0) | (gap == 7))


def _moves(
    before: _Grid, after: _Grid, bass: tuple[int, int], chords: tuple[Chord, Chord], manner: Manner, leading: int
) -> _Costs:
    """Cost of going from each row of ``before`` to each row of ``after``: (len(before), len(after))."""
    rules = _rules()
    a, b = before[:, None, :], after[None, :, :]
    step = np.abs(b - a)
    held = 0.0 if manner.planing else rules["common_tone"]
    cost = (step + rules["far"] * np.maximum(0, step - 4) + held * (step == 0)).sum(2)
    cost = cost + rules["tritone_leap"] * ((step == 6) | (step == 10) | (step == 11)).sum(2)
    parallel = rules["parallel_planing"] if manner.planing else rules["parallel"]
    outer = rules["parallel_planing"] if manner.planing else rules["parallel_outer"]
    moved = step != 0
    voices = before.shape[1]
    low_step = bass[1] - bass[0]
    for i in range(voices):
        if low_step:
            # Against the bass: perfect intervals that stay perfect while both voices move.
            gap, then = (before[:, i] - bass[0]) % 12, (after[:, i] - bass[1]) % 12
            same = ((gap[:, None] == then[None, :]) & _perfect(gap)[:, None]) & moved[:, :, i]
            cost = cost + (outer if i == voices - 1 else parallel) * same
            if i == voices - 1 and not manner.planing:
                up = (after[None, :, i] - before[:, None, i]) * low_step > 0
                direct = up & _perfect(then)[None, :] & ~same & (step[:, :, i] > 2)
                cost = cost + rules["direct_outer"] * direct
        for j in range(i + 1, voices):
            gap, then = (before[:, j] - before[:, i]) % 12, (after[:, j] - after[:, i]) % 12
            same = (gap[:, None] == then[None, :]) & _perfect(gap)[:, None] & moved[:, :, i] & moved[:, :, j]
            cost = cost + parallel * same
        if i + 1 < voices:
            cross = (after[None, :, i] > before[:, None, i + 1]) | (before[:, None, i] > after[None, :, i + 1])
            cost = cost + rules["overlap"] * cross
    if manner.resolve:
        cost = cost + rules["unresolved"] * _unresolved(before, after, chords, leading)
    found: _Costs = cost
    return found


def _unresolved(before: _Grid, after: _Grid, chords: tuple[Chord, Chord], leading: int) -> _Costs:
    """How many tendency tones of each pair of voicings go astray: leading tones rise, sevenths fall."""
    count = np.zeros((len(before), len(after)))
    goal = (leading + 1) % 12
    a, b = before[:, None, :], after[None, :, :]
    if leading in chords[0].classes and goal in chords[1].classes:
        stray = (a % 12 == leading) & ~((b - a == 1) | (b == a))
        count = count + stray.sum(2) + LINGERING * ((a % 12 == leading) & (b == a)).sum(2)
    seventh = _seventh(chords[0])
    if seventh >= 0 and (seventh - chords[0].root) % 12 == 10 and seventh not in chords[1].classes:
        stray = (a % 12 == seventh) & ~np.isin(b - a, (-1, -2))
        count = count + stray.sum(2)
    return count


def _leading(chord: Chord, home: int) -> int:
    """The leading tone under ``chord``: that of the key it has moved to, but ``home``'s where it is home's dominant."""
    if home < 0 or chord.key is None or (home in chord.classes and chord.root == (home + 8) % 12):
        return home
    return (chord.key.tonic + 11) % 12


def voice(
    chords: Sequence[Chord],
    basses: Sequence[int],
    voices: int,
    low: int,
    high: int,
    *,
    leading: int = -1,
    manner: Manner | None = None,
    before: tuple[Chord, int, Voicing] | None = None,
) -> tuple[Voicing, ...]:
    """Pitches (ascending) of ``voices`` upper voices within ``low``..``high`` for each chord.

    Args:
        chords: in order. basses: the bass pitch under each.
        voices: 1..5.
        low, high: MIDI pitches, at least an octave and a half apart for 4 voices.
        leading: pitch class of the leading tone in functional moods, -1 where nothing needs resolving; where a chord
            has a key of its own, the leading tone of that key.
        before: chord, bass and voicing that were heard before; of another number of voices the upper ones are led on.
    """
    how = manner or Manner()
    beam = int(_rules()["beam"])
    layers: list[tuple[_Grid, _Costs, npt.NDArray[np.int64]]] = []
    leads = [_leading(c, leading) for c in chords]
    for i, chord in enumerate(chords):
        grid, own = _candidates(
            chord.classes, chord.root, basses[i], chord.cluster, voices, low, high, leads[i], how.open_fifths
        )
        if i == 0:
            total, back = own, np.full(len(grid), -1)
            if before is not None:
                last, ground, heard = before
                shared = min(voices, len(heard))
                old = np.array([heard[-shared:]], dtype=np.int64)
                new = grid[:, -shared:]
                total = own + _moves(old, new, (ground, basses[0]), (last, chord), how, leads[0])[0]
        else:
            old, costs, _ = layers[-1]
            moves = _moves(old, grid, (basses[i - 1], basses[i]), (chords[i - 1], chord), how, leads[i - 1])
            sums = np.round(costs[:, None] + moves, 4)
            back = sums.argmin(0)
            total = sums.min(0) + own
        kept = np.lexsort((np.arange(len(grid)), np.round(total, 4)))[:beam]
        layers.append((grid[kept], total[kept], back[kept]))
    path: list[Voicing] = []
    index = 0
    for grid, _, back in reversed(layers):
        path.append(tuple(int(p) for p in grid[index]))
        index = max(0, int(back[index]))
    return tuple(reversed(path))
