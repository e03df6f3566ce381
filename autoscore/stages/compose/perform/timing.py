"""When notes are really played: correlated deviations, shared within a family, swing and rubato (craft guide 6.6)."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from autoscore.model.tempo import begun
from autoscore.stages.compose.values import Phrase, Setting
from autoscore.tables import read

_RUBATO_ROOM_BEATS = 2
"""Nobody lingers so close before a hit."""


def rules() -> dict[str, Any]:
    """Section [timing] of performance.toml."""
    table: dict[str, Any] = read("performance.toml")["timing"]
    return table


class Drift:
    """Three summed AR(1) processes, unit variance together: a player's wandering around the beat."""

    def __init__(self, rng: random.Random, constants: Sequence[float] = ()) -> None:
        constants = constants or rules()["memory"]
        self._rng = rng
        self._clip = float(rules()["clip"])
        self._states = [rng.gauss(0.0, 1.0) for _ in constants]
        self._memory = [(m := math.exp(-1.0 / t), math.sqrt(1.0 - m * m)) for t in constants]

    def step(self) -> float:
        """The next value, clipped to 2.5 standard deviations."""
        for i, (memory, fresh) in enumerate(self._memory):
            self._states[i] = memory * self._states[i] + fresh * self._rng.gauss(0.0, 1.0)
        value = sum(self._states) / math.sqrt(len(self._states))
        return max(-self._clip, min(self._clip, value))


def family_drift(setting: Setting, family: str) -> tuple[float, ...]:
    """What a family of instruments has in common, one value for every half beat of the cue."""
    drift = Drift(setting.random("drift", family))
    return tuple(drift.step() for _ in range(int(setting.end_beats * 2) + 2))


def swing_ms(setting: Setting, at_beats: Fraction) -> float:
    """How much later than written an off-beat comes in a swinging mood, ms.

    The first half of each unit (a beat, or half of one) takes ``swing`` of it, the second half the rest; between them
    positions are stretched.
    """
    tempo = setting.mood.tempo
    swing = tempo.swing
    if swing == 0.5:
        return 0.0
    unit = Fraction(tempo.swing_unit)
    inside = float(at_beats % unit / unit)
    if inside == 0.0:
        return 0.0
    played = inside * 2 * swing if inside < 0.5 else swing + (inside - 0.5) * 2 * (1 - swing)
    start = float(at_beats) - inside * float(unit)
    return 1000.0 * (setting.tempo.seconds_at(start + played * float(unit)) - setting.tempo.seconds_at(at_beats))


def rubato_ms(setting: Setting, phrases: tuple[Phrase, ...], at_beats: Fraction) -> float:
    """How much everybody lingers: a little ahead in mid-phrase, ever later towards its end; nothing near a hit."""
    depth = setting.mood.playing.rubato_ms
    if not depth or any(0 <= s.at_beats - at_beats <= _RUBATO_ROOM_BEATS for s in setting.hard):
        return 0.0
    phrase = phrases[begun(phrases, at_beats)]
    share = min(1.0, max(0.0, float((at_beats - phrase.start_beats) / phrase.length_beats)))
    return depth * (share**3 - 0.35 * math.sin(math.pi * share))
