"""The speech detector's door."""

from __future__ import annotations

import numpy as np
import pytest

from autoscore.adapters.speech import RATE_HZ, SpeechMeter


@pytest.mark.parametrize("portion", [300, 5000, 160_000])
def test_one_probability_a_window_however_it_is_fed(portion: int) -> None:
    """Each whole window gets one probability, also those passed over, and noise or silence is not speech."""
    rng = np.random.default_rng(8)
    sound = np.concatenate([rng.normal(0, 0.02, 5 * RATE_HZ), np.zeros(3 * RATE_HZ + 77)]).astype(np.float32)
    meter = SpeechMeter()
    for first in range(0, len(sound), portion):
        meter.push(sound[first : first + portion])
    probability = meter.finish()
    assert len(probability) == len(sound) // 512
    assert probability.max() < 0.5
    assert not probability[-60:].any()
