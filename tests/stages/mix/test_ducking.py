"""Music under speech: how far down, how soon, and how loud it is beside it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoscore.adapters.loudness import Meter, energy
from autoscore.model.time import Span
from autoscore.stages.mix import ducking
from autoscore.stages.mix.balance import music_gain_db
from autoscore.stages.mix.finish import Ducking, combine
from autoscore.stages.mix.measure import measure
from autoscore.stages.mix.scratch import Scratch

RATE_HZ = 48_000


def noise(seconds: float, seed: int = 1, level: float = 0.1) -> np.ndarray:
    random = np.random.default_rng(seed)
    return (random.standard_normal((round(seconds * RATE_HZ), 2)) * level).astype(np.float32)


def test_music_goes_down_before_the_first_word_and_up_after_the_last() -> None:
    """Fade down over 350 ms until 50 ms before speech, hold until 250 ms after, back 1.1 s later; linear in dB."""
    span = Span(start_s=5.0, end_s=7.0)
    region = ducking.Region(start_s=5.0, end_s=7.0, speech=(span,), gain_db=-12.0)
    curve = ducking.gain_curve([region], 0.0, 1200)
    assert curve[459] == pytest.approx(0.0, abs=1e-6)
    assert curve[495] == pytest.approx(-12.0, abs=0.01)
    assert curve[725] == pytest.approx(-12.0, abs=0.01)
    assert curve[836] == pytest.approx(0.0, abs=0.01)
    assert curve[780] == pytest.approx(-6.0, abs=0.2)


def test_short_pauses_do_not_pump() -> None:
    """Speech with pauses under 1.5 s is one region; a longer pause makes two; spans beyond the film are cut."""
    spans = [Span(start_s=1, end_s=2), Span(start_s=3, end_s=4), Span(start_s=8, end_s=30)]
    found = ducking.regions(spans, 20.0)
    assert [(r.start_s, r.end_s) for r in found] == [(1, 4), (8, 20.0)]


@given(st.floats(-40.0, -10.0), st.floats(-50.0, -5.0), st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_solved_ducking_gives_the_margin(speech_lufs: float, music_lufs: float, seed: int) -> None:
    """Whatever both levels are, after the solved gain 95 % of speech windows have 10 LU and the mean has 15."""
    random = np.random.default_rng(seed)
    own = energy(speech_lufs + random.normal(0.0, 3.0, 100))
    music = energy(music_lufs + random.normal(0.0, 2.0, 100))
    span = Span(start_s=1.0, end_s=9.0)
    region = ducking.Region(start_s=1.0, end_s=9.0, speech=(span,))
    gain_db = ducking.solve(region, own, music, 0.0)
    left = music * 10 ** (gain_db / 10)
    assert gain_db <= 0.0
    if gain_db > -47.9:
        assert np.percentile(ducking.margins(region, own, left, 0.0), 5) >= 10.0


def test_quiet_music_is_left_alone() -> None:
    """Music that lies 30 LU under the speech already is not touched."""
    own, music = np.full(100, float(energy(-20.0))), np.full(100, float(energy(-50.0)))
    region = ducking.Region(start_s=1.0, end_s=9.0, speech=(Span(start_s=1.0, end_s=9.0),))
    assert ducking.solve(region, own, music, 0.0) == 0.0


def test_music_lies_over_effects_and_under_dialogue() -> None:
    """Alone: as it is. Over effects at -30: -28. With dialogue at -23 and quiet effects: 6 LU under it."""
    music = np.full(600, float(energy(-38.0)))
    assert music_gain_db(music, np.zeros(600), (), 0.0) == 0.0
    assert music_gain_db(music, np.full(600, float(energy(-30.0))), (), 0.0) == pytest.approx(10.0, abs=0.1)
    own = np.full(600, float(energy(-50.0)))
    own[100:200] = energy(-23.0)
    found = ducking.regions([Span(start_s=10.0, end_s=20.0)], 60.0)
    assert music_gain_db(music, own, found, 0.0) == pytest.approx(-29.0 + 38.0, abs=0.6)


def test_gains_are_solved_without_moving_a_sample() -> None:
    """Energies foretold for a ducked music and its sum with the own sound are those of the sounds made so."""
    frames = 4 * RATE_HZ
    key = np.interp(np.arange(402), [100, 130, 250, 300], [0.0, 1.0, 1.0, 0.0])
    gain_db = -3.0 - 9.0 * key
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        music = stack.enter_context(Scratch(folder / "music.part", frames))
        own = stack.enter_context(Scratch(folder / "own.part", frames))
        music.write(0, noise(4.0, 1).T)
        own.write(0, 0.3 * noise(4.0, 1).T + noise(4.0, 2, 0.05).T)
        pool = stack.enter_context(ThreadPoolExecutor(2))
        products = measure(music, own, key, pool, lambda _share: None)
        foretold = products.ducked(gain_db, key)
        combine(music, own, Ducking(gain_db=gain_db, key=key), 9.0, pool, lambda _share: None)
        for track, energies in zip((music, own), foretold, strict=True):
            meter = Meter(RATE_HZ, true_peak=False)
            meter.push(track.read(0, frames).T)
            assert 10 * np.log10(energies / meter.energies) == pytest.approx(np.zeros(40), abs=0.1)
