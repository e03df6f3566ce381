"""Measures on sound against known answers."""

from __future__ import annotations

import numpy as np
import pytest

from autoscore.adapters.features import Decimator, EnergyMeter, TonalMeter, integrated_lufs, to_lufs

RATE = 48_000


def tenths(sound: np.ndarray, portion: int = 7001) -> np.ndarray:
    meter = EnergyMeter(RATE, sound.shape[1])
    for first in range(0, len(sound), portion):
        meter.push(sound[first : first + portion])
    energy = meter.finish()
    return energy[: len(energy) // 20 * 20].reshape(-1, 20).mean(axis=1)


def sine(hz: float, seconds: float, level_db: float, rate: int = RATE) -> np.ndarray:
    return (10 ** (level_db / 20) * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def test_the_standard_tone_has_the_standard_loudness() -> None:
    """997 Hz at 0 dBFS in one channel is -3.01 LUFS; at -20 dBFS in both it is -20 LUFS (BS.1770)."""
    one = np.stack([sine(997, 3, 0), np.zeros(3 * RATE, np.float32)], axis=1)
    assert integrated_lufs(tenths(one)) == pytest.approx(-3.01, abs=0.05)
    both = np.stack([sine(997, 3, -20)] * 2, axis=1)
    assert integrated_lufs(tenths(both)) == pytest.approx(-20.0, abs=0.05)


def test_silence_is_gated() -> None:
    """Silence between tones does not lower the loudness, and silence alone has none."""
    tone = np.stack([sine(997, 4, -20)] * 2, axis=1)
    silent = np.zeros_like(tone)
    assert integrated_lufs(tenths(np.concatenate([tone, silent, tone]))) == pytest.approx(-20.0, abs=0.2)
    assert integrated_lufs(tenths(silent)) is None
    assert to_lufs(0.0) == -70.0


def test_decimation_keeps_time_and_level() -> None:
    """A third of the rate, no delay, tones below the new limit unchanged, tones above it gone."""
    decimator, sound = Decimator(3), sine(1000, 1, -6)
    out = np.concatenate([decimator.push(sound[i : i + 4999]) for i in range(0, len(sound), 4999)])
    expected = sine(1000, 1, -6, RATE // 3)[: len(out)]
    assert len(out) == pytest.approx(16_000, abs=40)
    assert np.abs(out - expected)[100:-100].max() < 2e-3
    assert np.abs(Decimator(3).push(sine(10_000, 1, -6))[100:]).max() < 5e-3


def test_notes_are_tonal_and_noise_is_not() -> None:
    """Changing chords stand out from noise and from a gliding voice."""
    rate, rng = 16_000, np.random.default_rng(3)
    chords = np.concatenate([
        sum(sine(440 * 2 ** ((n + root) / 12) * h, 1.0, -26 - 6 * h, rate) for n in (0, 4, 7) for h in (1, 2, 3))
        for root in (0, 5, 7, -3, 2, 9, 0, 5) * 2
    ]).astype(np.float32)  # fmt: skip
    chords += rng.normal(0, 1e-3, len(chords)).astype(np.float32)
    noise = rng.normal(0, 0.1, 16 * rate).astype(np.float32)
    pitch = 120 + 40 * np.sin(2 * np.pi * 2.3 * np.arange(16 * rate) / rate)
    voice = sum(np.sin(2 * np.pi * h * np.cumsum(pitch) / rate) / h for h in range(1, 20)).astype(np.float32) * 0.1

    def mean(sound: np.ndarray) -> float:
        meter = TonalMeter(rate)
        for first in range(0, len(sound), 50_000):
            meter.push(sound[first : first + 50_000])
        return float(meter.finish()[:-8].mean())

    assert mean(chords) > 0.45
    assert mean(noise) < 0.3
    assert mean(voice) < 0.35
