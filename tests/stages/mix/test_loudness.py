"""Loudness, true peak, the limiter and the gain to the target."""

from __future__ import annotations

import numpy as np
import pyloudnorm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoscore.adapters.limiter import reduction
from autoscore.adapters.loudness import Meter, Peaks, energy, integrated_lufs, oversampled_peak, sample_peak
from autoscore.stages.mix import master

RATE_HZ = 48_000


def noise(seconds: float, seed: int = 1, level: float = 0.1) -> np.ndarray:
    random = np.random.default_rng(seed)
    return (random.standard_normal((round(seconds * RATE_HZ), 2)) * level).astype(np.float32)


def test_loudness_is_pyloudnorm_s_whatever_the_blocks() -> None:
    """Block by block the meter finds what pyloudnorm finds on the whole (with the filters that BS.1770 stems from)."""
    sound = noise(12.0) * np.linspace(0.01, 1.0, 12 * RATE_HZ, dtype=np.float32)[:, None]
    meter = Meter(RATE_HZ)
    for start in range(0, len(sound), 70_001):
        meter.push(sound[start : start + 70_001])
    assert (
        abs(
            meter.integrated_lufs
            - pyloudnorm.Meter(RATE_HZ, filter_class="DeMan").integrated_loudness(sound.astype(float))
        )
        < 0.02
    )


@pytest.mark.parametrize("block", [RATE_HZ, 4_000, 333])
def test_true_peak_lies_between_the_samples(block: int) -> None:
    """A sine at a quarter of the rate sampled off its crests: sample peak -3 dB, true peak 0 dBTP within 0.3 dB."""
    sound = np.sin(np.pi / 2 * np.arange(RATE_HZ) + np.pi / 4)[:, None].astype(np.float32)
    ramp = np.minimum(1.0, np.arange(RATE_HZ) / 4_800)[:, None].astype(np.float32)
    meter = Meter(RATE_HZ, channels=1)
    sound = sound * ramp * ramp[::-1]
    for start in range(0, len(sound), block):
        meter.push(sound[start : start + block])
    assert abs(meter.true_peak_dbtp) < 0.3


def test_silence_has_the_floor_s_loudness() -> None:
    """Silence and nothing at all measure -70 LUFS, without warnings of empty means."""
    meter = Meter(RATE_HZ)
    assert meter.integrated_lufs == -70.0
    meter.push(np.zeros((RATE_HZ, 2), np.float32))
    assert meter.integrated_lufs == -70.0


def test_interpolated_peaks_are_not_below_the_samples() -> None:
    """The oversampled envelope never lies under the plain one."""
    sound = noise(0.2, level=0.3)
    hops = np.abs(sound[: len(sound) // 48 * 48]).reshape(-1, 48 * 2).max(axis=1)
    assert np.all(oversampled_peak(sound, 48)[: len(hops)] >= hops - 1e-7)


def test_gating_ignores_silence_between() -> None:
    """Half silence does not halve the loudness: BS.1770 gates it out."""
    loud = np.full(100, float(energy(-20.0)))
    assert integrated_lufs(np.concatenate([loud, np.zeros(100)])) == pytest.approx(-20.0, abs=0.2)


def test_quiet_steps_are_not_looked_into() -> None:
    """Peaks between samples are found where a step is loud enough to matter, however the stream is cut."""
    sound = noise(0.5, level=0.2)
    every, some = oversampled_peak(sound, 48), oversampled_peak(sound, 48, above=0.6)
    plain = sample_peak(sound, 48)
    assert np.array_equal(some[plain >= 0.6], every[plain >= 0.6])
    assert np.array_equal(some[plain < 0.6], plain[plain < 0.6])
    assert (every > 1.01 * plain).mean() > 0.2
    finder = Peaks(48, 2)
    for start in range(0, len(sound), 77):
        finder.push(sound[start : start + 77].T)
    assert finder.finish() == pytest.approx(every, abs=1e-6)


@given(st.lists(st.floats(0.0, 4.0), min_size=5, max_size=400), st.floats(-12.0, 30.0))
@settings(max_examples=60, deadline=None)
def test_the_limiter_never_lets_a_peak_through(peaks: list[float], gain_db: float) -> None:
    """For any envelope, every step's peak after gain and reduction stays at or under the ceiling."""
    envelope = np.array(peaks)
    after_db = 20 * np.log10(np.maximum(envelope, 1e-9)) + gain_db + reduction(envelope, gain_db, -1.7)
    assert after_db.max() <= -1.7 + 1e-6


def test_the_limiter_lets_go_within_its_release() -> None:
    """One loud step: full reduction around it, none left 200 ms later, none 20 ms before."""
    peaks = np.full(1000, 0.1)
    peaks[500] = 2.0
    reduced = reduction(peaks, 0.0, -1.0)
    assert reduced[500] < -6.9
    assert reduced[480] == 0.0
    assert reduced[700] == 0.0


def test_gain_reaches_the_target() -> None:
    """Music with room above it is brought to the target within 0.1 LU."""
    energies = np.full(300, float(energy(-30.0)))
    solved = master.solve(energies, np.full(30_000, 0.1), -23.0, -1.7)
    assert abs(solved.loudness_lufs + 23.0) < 0.1
    assert solved.target_lufs == -23.0


def test_what_would_be_crushed_is_delivered_quieter() -> None:
    """Where -14 would need over 3 dB of limiting all the time, the aim is lowered until it does not."""
    energies = np.full(300, float(energy(-30.0)))
    peaks = np.full(30_000, 0.6)
    solved = master.solve(energies, peaks, -14.0, -1.7)
    assert solved.target_lufs < -20.0
    assert master.crushed_share(reduction(peaks, solved.gain_db, -1.7)) <= 0.05


def test_the_loudness_after_the_limiter_is_what_is_then_measured() -> None:
    """Strokes that the limiter takes by 15 dB, over a quiet bed: solved and measured loudness agree within 0.1 LU."""
    rng = np.random.default_rng(3)
    frames = 10 * 48_000
    at = np.arange(frames) / 48_000
    envelope = 0.02 + np.exp(-((at % 0.5) / 0.03))
    samples = (0.5 * envelope * rng.standard_normal((2, frames)) / 3).astype(np.float32).T
    before = Meter(48_000, true_peak=False)
    before.push(samples)
    peaks = np.abs(samples).max(axis=1).reshape(-1, 48).max(axis=1)
    gain_db = 12.0
    reduced = reduction(peaks, gain_db, -1.0)
    after = Meter(48_000, true_peak=False)
    after.push(samples * np.repeat(10.0 ** ((gain_db + reduced) / 20.0), 48).astype(np.float32)[:frames, None])
    assert reduced.min() < -8.0
    assert abs(master.loudness_after(before.energies, peaks, reduced, gain_db) - after.integrated_lufs) < 0.1
