"""Onsets: known attacks are found to the millisecond, and nothing is found that is not there."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from autoscore.stages.deliver.onsets import strongest_onset

RATE = 48_000
TIMES = np.arange(int(0.9 * RATE)) / RATE
MIDDLE_S = 0.45

Sound = NDArray[np.float64]


def struck(at_s: float, hz: float, decay_s: float, noise: float, rng: np.random.Generator) -> Sound:
    """A drum or bell struck at ``at_s``."""
    level = np.where(at_s <= TIMES, np.exp(-np.maximum(0.0, TIMES - at_s) / decay_s), 0.0)
    return level * (np.sin(2 * np.pi * hz * (TIMES - at_s)) + noise * rng.standard_normal(len(TIMES)))


def blown(at_s: float, hz: float, attack_s: float) -> Sound:
    """A tone with eight partials whose level rises evenly over ``attack_s``."""
    level = np.clip((TIMES - at_s) / attack_s, 0.0, 1.0)
    return level * sum(np.sin(2 * np.pi * hz * k * (TIMES - at_s)) / k for k in range(1, 9))


def bed(rng: np.random.Generator) -> Sound:
    """A held chord under it all."""
    return sum(0.05 * np.sin(2 * np.pi * hz * TIMES + rng.uniform(0, 6)) for hz in (110, 165, 220, 331, 440, 556))


@pytest.mark.parametrize("with_bed", [False, True])
@pytest.mark.parametrize(
    ("hz", "decay_s", "noise", "slack_ms"),
    [(50, 0.2, 0.0, 4.0), (60, 0.15, 0.3, 3.0), (180, 0.08, 1.0, 2.0), (2000, 0.5, 0.0, 2.0)],
)
def test_a_struck_sound_is_heard_when_it_is_struck(
    hz: float, decay_s: float, noise: float, slack_ms: float, with_bed: bool
) -> None:
    """Drums and bells at any place of the window are found within a few milliseconds, with or without a chord below."""
    rng = np.random.default_rng(7)
    for shift_s in (-0.12, -0.05, 0.0, 0.03, 0.11):
        at_s = MIDDLE_S + shift_s
        sound = 0.5 * struck(at_s, hz, decay_s, noise, rng) + (bed(rng) if with_bed else 0.0)
        onset = strongest_onset(sound, RATE, start_s=0.0, from_s=MIDDLE_S - 0.15, to_s=MIDDLE_S + 0.15)
        assert onset is not None
        assert abs(onset.time_s - at_s) * 1000 < slack_ms


def test_a_soft_attack_is_heard_10_db_below_its_peak() -> None:
    """A tone that rises for 30 ms counts from where its level passes -10 dB: 32 % of the way."""
    onset = strongest_onset(blown(MIDDLE_S, 220.0, 0.030), RATE, start_s=0.0, from_s=0.3, to_s=0.6)
    assert onset is not None
    assert 1000 * (onset.time_s - MIDDLE_S) == pytest.approx(9.5, abs=5.0)


def test_the_stronger_of_two_attacks_wins_wherever_it_lies() -> None:
    """The detector does not prefer what is near the middle of its window."""
    rng = np.random.default_rng(3)
    near, far = struck(MIDDLE_S + 0.005, 180, 0.05, 0.5, rng), struck(MIDDLE_S - 0.12, 180, 0.05, 0.5, rng)
    onset = strongest_onset(0.02 * near + 0.5 * far + bed(rng), RATE, start_s=0.0, from_s=0.3, to_s=0.6)
    assert onset is not None
    assert abs(onset.time_s - (MIDDLE_S - 0.12)) < 0.004


@pytest.mark.parametrize("kind", ["silence", "chord", "noise"])
def test_no_onset_where_nothing_begins(kind: str) -> None:
    """Silence, a held chord and steady noise have no onset."""
    rng = np.random.default_rng(5)
    sound = {"silence": np.zeros(len(TIMES)), "chord": bed(rng), "noise": 0.1 * rng.standard_normal(len(TIMES))}[kind]
    assert strongest_onset(sound, RATE, start_s=0.0, from_s=0.3, to_s=0.6) is None


def test_attacks_that_have_nothing_to_do_with_a_hit_score_at_chance() -> None:
    """Of attacks at random places of the window, about 60 ms / 300 ms lie within -20..+40 ms."""
    rng = np.random.default_rng(11)
    inside = 0
    for _ in range(60):
        at_s = MIDDLE_S + rng.uniform(-0.15, 0.15)
        onset = strongest_onset(
            struck(at_s, 180, 0.1, 0.5, rng), RATE, start_s=0.0, from_s=MIDDLE_S - 0.15, to_s=MIDDLE_S + 0.15
        )
        inside += onset is not None and -0.020 <= onset.time_s - MIDDLE_S <= 0.040
    assert inside / 60 == pytest.approx(0.2, abs=0.15)
