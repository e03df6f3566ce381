"""Shots to scenes, scenes to places.

Scenes: neighbouring shots are held together by links between shots that look alike and are near in time (after
Hanjalic, Lagendijk and Biemond 1999, overlapping links); a scene ends where links are weak, the more so at a fade or
dissolve and where light or sound change. Places: average-linkage clustering of the scenes' looks over the whole film.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autoscore.model.analysis import Analysis, Gradual, Shot
from autoscore.model.spotting import Scene
from autoscore.stages.spot.signals import Signals, at, step

LINK_SHOTS, LINK_S = 8, 24.0
"""How far apart two shots may be that hold everything between them together."""
BOUNDARY = 0.62
FADE_COUNTS, DISSOLVE_COUNTS = 0.45, 0.2
LONG_SCENE_S, LONG_COUNTS = 40.0, 0.3
"""A boundary in the middle of a scene this long or longer needs that much less strength."""
BLACK = 0.02
PLACE_DISTANCE = 0.12
_MOST_GROUPS = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """``change[i]``: how far shot i looks from shot i - 1, 0 same .. 1 as far as two shots of this film ever are.

    ``returns[i]``: shot i looks as shot i - 2 did and not as i - 1: the camera goes back and forth.
    """

    change: tuple[float, ...]
    returns: tuple[bool, ...]
    scenes: tuple[Scene, ...]


def see(analysis: Analysis, shots: Sequence[Shot], curves: Signals, duration_s: float) -> Seen:
    """Scenes, places and how much each shot differs from the one before."""
    looks = _looks(shots)
    near, far = _distances(looks)

    def relative(distance: Any) -> Any:
        return np.clip((distance - near) / (far - near), 0.0, 1.0)

    count = len(shots)
    change = np.zeros(count)
    returns = np.zeros(count, bool)
    change[1:] = relative(1.0 - np.sum(looks[1:] * looks[:-1], axis=1))
    if count > 2:
        skip = relative(1.0 - np.sum(looks[2:] * looks[:-2], axis=1))
        returns[2:] = (skip < 0.25) & (change[2:] > 0.4)
    strength = _boundary_strengths(analysis, shots, looks, relative, curves)
    firsts = _choose(strength, shots, duration_s)
    lasts = [*(f - 1 for f in firsts[1:]), count - 1]
    places = _places(shots, looks, firsts, lasts, near + PLACE_DISTANCE * (far - near))
    scenes = tuple(
        Scene(
            start_s=0.0 if first == 0 else shots[first].start_s,
            end_s=duration_s if last == count - 1 else shots[last + 1].start_s,
            index=index, first_shot=shots[first].index, last_shot=shots[last].index, place=place,
        )
        for index, (first, last, place) in enumerate(zip(firsts, lasts, places, strict=True))
    )  # fmt: skip
    return Seen(change=tuple(float(c) for c in change), returns=tuple(bool(r) for r in returns), scenes=scenes)


def _looks(shots: Sequence[Shot]) -> NDArray[np.float64]:
    """Unit rows; all alike where shots have no look."""
    size = max((len(shot.look) for shot in shots), default=0) or 1
    looks = np.zeros((len(shots), size))
    for row, shot in zip(looks, shots, strict=True):
        if len(shot.look) == size:
            row[:] = shot.look
        else:
            row[0] = 1.0
    return np.asarray(looks / np.maximum(np.linalg.norm(looks, axis=1, keepdims=True), 1e-9))


def _distances(looks: NDArray[np.float64]) -> tuple[float, float]:
    """Cosine distance of shots that look the same, and of shots that have nothing in common, in this film.

    Measured on neighbours and on shots far apart; with floors, because a film in one room has no far shots.
    """
    count = len(looks)
    if count < 3:
        return 0.01, 0.3
    beside = 1.0 - np.sum(looks[1:] * looks[:-1], axis=1)
    apart = [beside]
    for share in (0.29, 0.41, 0.5):
        lag = max(1, int(share * count))
        apart.append(1.0 - np.sum(looks[lag:] * looks[:-lag], axis=1))
    near = float(min(0.08, np.percentile(beside, 5)))
    far = float(np.percentile(np.concatenate(apart), 75))
    return near, max(far, near + 0.12)


def _boundary_strengths(
    analysis: Analysis, shots: Sequence[Shot], looks: NDArray[np.float64], relative: Any, curves: Signals
) -> NDArray[np.float64]:
    """For each shot how much a new scene begins with it, about 0..1.6; 0 for the first."""
    count = len(shots)
    starts = np.array([shot.start_s for shot in shots])
    loosest = np.ones(count)
    for lag in range(1, min(LINK_SHOTS, count - 1) + 1):
        distance = relative(1.0 - np.sum(looks[lag:] * looks[:-lag], axis=1))
        apart_s = starts[lag:] - np.array([shot.end_s for shot in shots[:-lag]])
        # A link over a long time holds less.
        distance = np.where(apart_s > LINK_S, 1.0, np.minimum(1.0, distance + 0.9 * np.maximum(apart_s, 0.0) / LINK_S))
        for inside in range(1, lag + 1):
            view = loosest[inside : inside + count - lag]
            np.minimum(view, distance, out=view)
    strength = 0.75 * loosest
    strength[0] = 0.0
    graduals = sorted(analysis.gradual, key=lambda g: g.start_s)
    for index in range(1, count):
        time = shots[index].start_s
        strength[index] += _gradual_counts(graduals, time)
        strength[index] += min(0.2, 0.8 * abs(step(curves.brightness, time)))
        if curves.sound is not None:
            strength[index] += min(0.15, 0.4 * abs(step(curves.sound, time)))
        strength[index] += min(0.15, 0.3 * abs(step(curves.motion, time, 5.0)))
    for index in range(1, count - 1):
        middle = at(curves.brightness, 0.5 * (shots[index].start_s + shots[index].end_s))
        if middle < BLACK and shots[index].end_s - shots[index].start_s < 4.0:
            # Black between two pictures belongs to what went before; the scene begins with the next picture.
            strength[index + 1] = max(strength[index], strength[index + 1])
            strength[index] = 0.0
    return strength


def _gradual_counts(graduals: Sequence[Gradual], time_s: float) -> float:
    found = 0.0
    for gradual in graduals:
        if gradual.start_s - 0.3 > time_s:
            break
        if time_s <= gradual.end_s + 0.3:
            found = max(found, DISSOLVE_COUNTS if gradual.kind == "dissolve" else FADE_COUNTS)
    return found


def _choose(strength: NDArray[np.float64], shots: Sequence[Shot], duration_s: float) -> list[int]:
    """Indices of the shots that begin scenes, the strongest first, none too near another."""
    shortest_s = min(8.0, max(3.0, 0.06 * duration_s))
    starts = [shot.start_s for shot in shots]
    taken = [0.0, duration_s]
    firsts = [0]
    order = np.argsort(-strength, kind="stable")
    for index in order:
        if strength[index] < BOUNDARY or index == 0:
            continue
        # A stronger boundary may make a shorter scene.
        needed = shortest_s * (0.6 if strength[index] > 1.0 else 1.0)
        place = int(np.searchsorted(taken, starts[index]))
        if starts[index] - taken[place - 1] >= needed and taken[place] - starts[index] >= needed:
            taken.insert(place, starts[index])
            firsts.append(int(index))
    firsts.sort()
    return _split_long(firsts, strength, starts, duration_s, shortest_s)


def _split_long(
    firsts: list[int], strength: NDArray[np.float64], starts: Sequence[float], duration_s: float, shortest_s: float
) -> list[int]:
    """Splits scenes further while a boundary is strong for how long its two sides would be."""
    index = 0
    while index < len(firsts):
        first = firsts[index]
        after = firsts[index + 1] if index + 1 < len(firsts) else len(starts)
        end = starts[after] if after < len(starts) else duration_s
        best, best_gain = 0, BOUNDARY
        for k in range(first + 1, after):
            side_s = min(starts[k] - starts[first], end - starts[k])
            gain = strength[k] + LONG_COUNTS * min(1.5, side_s / LONG_SCENE_S)
            if side_s >= shortest_s and gain >= best_gain:
                best, best_gain = k, gain
        if best:
            firsts.insert(index + 1, best)
        else:
            index += 1
    return firsts


def _places(
    shots: Sequence[Shot], looks: NDArray[np.float64], firsts: list[int], lasts: list[int], limit: float
) -> list[int]:
    """A number for the place of each scene, in order of first appearance."""
    weights = np.array([max(0.1, shot.end_s - shot.start_s) for shot in shots])
    means = np.array([weights[a : b + 1] @ looks[a : b + 1] for a, b in zip(firsts, lasts, strict=True)])
    label = _agglomerate(means, limit)
    order: dict[int, int] = {}
    return [order.setdefault(int(one), len(order)) for one in label]


def _agglomerate(sums: NDArray[np.float64], limit: float) -> NDArray[np.int64]:
    """Clusters rows by the cosine distance of their sums until the nearest two are ``limit`` apart."""
    label = np.arange(len(sums))
    if len(sums) > _MOST_GROUPS:  # first a quick pass in order of time, so that the square matrix stays small
        groups: list[Any] = []
        tight = 0.4 * limit
        for index, row in enumerate(sums):
            if groups:
                matrix = np.array(groups)
                similar = matrix @ row / np.maximum(np.linalg.norm(matrix, axis=1) * np.linalg.norm(row), 1e-9)
                best = int(np.argmax(similar))
                if 1.0 - similar[best] <= tight or len(groups) >= _MOST_GROUPS:
                    groups[best] = groups[best] + row
                    label[index] = best
                    continue
            label[index] = len(groups)
            groups.append(row.copy())
        sums = np.array(groups)
    sums = sums.copy()
    owner = np.arange(len(sums))
    alive = np.ones(len(sums), bool)
    unit = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
    distance = 1.0 - unit @ unit.T
    np.fill_diagonal(distance, np.inf)
    while alive.sum() > 1:
        first, second = sorted(int(i) for i in np.unravel_index(np.argmin(distance), distance.shape))
        if distance[first, second] > limit:
            break
        sums[first] += sums[second]
        unit[first] = sums[first] / max(float(np.linalg.norm(sums[first])), 1e-9)
        alive[second] = False
        distance[second], distance[:, second] = np.inf, np.inf
        row = np.where(alive, 1.0 - unit @ unit[first], np.inf)
        row[first] = np.inf
        distance[first], distance[:, first] = row, row
        owner[owner == second] = first
    return np.asarray(owner[label])
