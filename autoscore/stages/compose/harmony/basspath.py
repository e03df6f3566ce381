"""The bass as pitches: one for each chord, near the middle of its register, without wide leaps."""

from __future__ import annotations

from collections.abc import Sequence

from autoscore.stages.compose.values import Chord
from autoscore.tables import read


def bass_path(chords: Sequence[Chord], low: int = 0, high: int = 0) -> tuple[int, ...]:
    """A bass pitch for each chord: the cheapest way through the octaves; leaps beyond an octave are the last resort.

    Args:
        low, high: MIDI pitches, at least an octave apart; by default those of harmony.toml.
    """
    rules = read("harmony.toml")["bass"]
    low, high, home = low or rules["low"], high or rules["high"], rules["home"]
    layers: list[list[tuple[float, int, int]]] = []
    for chord in chords:
        layer = []
        for pitch in range(low, high + 1):
            if pitch % 12 != chord.bass:
                continue
            own = 0.12 * abs(pitch - home)
            if not layers:
                layer.append((own, pitch, -1))
                continue
            cost, j = min((c + _leap(pitch - p), j) for j, (c, p, _) in enumerate(layers[-1]))
            layer.append((round(cost + own, 6), pitch, j))
        layers.append(layer)
    if not layers:
        return ()
    path: list[int] = []
    index = min(range(len(layers[-1])), key=lambda j: layers[-1][j][:2])
    for layer in reversed(layers):
        _, pitch, before = layer[index]
        path.append(pitch)
        index = max(0, before)
    return tuple(reversed(path))


def _leap(interval: int) -> float:
    size = abs(interval)
    return 0.3 * size + (1.5 if size == 6 else 0.0) + (2.0 if size in (10, 11) else 0.0) + (8.0 if size > 12 else 0.0)
