"""When notes are really played: correlated deviations, shared within a family, and swing (craft guide 6.6)."""

from __future__ import annotations

import math
import random
from fractions import Fraction

from autoscore.stages.compose.values import Setting

TIME_CONSTANTS = (2.0, 12.0, 60.0)
"""Notes over which each of the three autoregressive processes forgets."""
CLIP = 2.5
LEAD_EARLY_MS = 10.0
ON_HIT = 0.3
"""Share of the deviation that is left on a hit."""


class Drift:
    """Three summed AR(1) processes, unit variance together: a player's wandering around the beat."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._states = [rng.gauss(0.0, 1.0) for _ in TIME_CONSTANTS]
        self._memory = [math.exp(-1.0 / t) for t in TIME_CONSTANTS]

    def step(self) -> float:
        """The next value, clipped to 2.5 standard deviations."""
        for i, memory in enumerate(self._memory):
            self._states[i] = memory * self._states[i] + math.sqrt(1.0 - memory * memory) * self._rng.gauss(0.0, 1.0)
        value = sum(self._states) / math.sqrt(len(self._states))
        return max(-CLIP, min(CLIP, value))


def family_drift(setting: Setting, family: str) -> tuple[float, ...]:
    """What a family of instruments has in common, one value for every half beat of the cue."""
    drift = Drift(setting.random("drift", family))
    return tuple(drift.step() for _ in range(int(setting.end_beats * 2) + 2))


def swing_ms(setting: Setting, at_beats: Fraction) -> float:
    """How much later than written an off-beat comes in a swinging mood, ms.

    The first half of each beat takes ``swing`` of it, the second half the rest; between them positions are stretched.
    """
    swing = setting.mood.tempo.swing
    inside = float(at_beats % 1)
    if swing == 0.5 or inside == 0.0:
        return 0.0
    played = inside * 2 * swing if inside < 0.5 else swing + (inside - 0.5) * 2 * (1 - swing)
    whole = float(at_beats) - inside
    return 1000.0 * (setting.tempo.seconds_at(whole + played) - setting.tempo.seconds_at(at_beats))
