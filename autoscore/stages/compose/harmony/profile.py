"""How well chords establish a key: correlation of their pitch classes with key profiles (Temperley 2007)."""

from __future__ import annotations

import numpy as np

from autoscore.stages.compose.harmony.roman import parse_roman
from autoscore.stages.compose.values import Key

# Temperley, Music and Probability (2007), Kostka-Payne corpus: share of segments that contain each degree.
_MAJOR = (0.748, 0.060, 0.488, 0.082, 0.670, 0.460, 0.096, 0.715, 0.104, 0.366, 0.057, 0.400)
_MINOR = (0.712, 0.084, 0.474, 0.618, 0.049, 0.460, 0.105, 0.747, 0.404, 0.067, 0.133, 0.330)
_PROFILES = np.array([np.roll(p, k) for p in (_MAJOR, _MINOR) for k in range(12)])
_CENTRED = _PROFILES - _PROFILES.mean(1, keepdims=True)
_UNIT = _CENTRED / np.linalg.norm(_CENTRED, axis=1, keepdims=True)


def key_correlation(weights: list[float]) -> float:
    """The best Pearson correlation of 12 pitch-class weights with the 24 key profiles, -1..1; 0 for silence."""
    found = np.array(weights, dtype=float)
    centred = found - found.mean()
    size = float(np.linalg.norm(centred))
    return round(float((_UNIT @ (centred / size)).max()), 6) if size > 0 else 0.0


def key_fit(chords: list[str], key: Key, lengths: list[float] | None = None) -> float:
    """``key_correlation`` of numerals, roots counted twice, as a bass and a melody would."""
    weights = [0.0] * 12
    for roman, length in zip(chords, lengths or [1.0] * len(chords), strict=True):
        numeral = parse_roman(roman)
        weights[(key.tonic + numeral.root) % 12] += length
        for pitch_class in numeral.classes:
            weights[(key.tonic + pitch_class) % 12] += length
    return key_correlation(weights)
