from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoscore.adapters.loudness import Meter, energy, integrated_lufs, oversampled_peak
from autoscore.model.cues import Cue, CueHit, ThemeUse
from autoscore.model.time import Span
from autoscore.stages.mix import ducking, master
from autoscore.stages.mix.balance import music_gain_db
from autoscore.stages.mix.music import edge_gain
from autoscore.stages.mix.reverb import Convolver, room
from autoscore.stages.mix.scratch import Scratch

RATE_HZ = 48_000


def noise(seconds: float, seed: int = 1, level: float = 0.1) -> np.ndarray:
    random = np.random.default_rng(seed)
    return (random.standard_normal((round(seconds * RATE_HZ), 2)) * level).astype(np.float32)


def test_loudness_is_pyloudnorm_s_whatever_the_blocks() -> None:
    """Block by block the meter finds what pyloudnorm finds on the whole."""
    sound = noise(12.0) * np.linspace(0.01, 1.0, 12 * RATE_HZ, dtype=np.float32)[:, None]
    meter = Meter(RATE_HZ)
    for start in range(0, len(sound), 70_001):
        meter.push(sound[start : start + 70_001])
    assert abs(meter.integrated_lufs - pyloudnorm.Meter(RATE_HZ).integrated_loudness(sound.astype(float))) < 0.05


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


@given(st.lists(st.floats(0.0, 4.0), min_size=5, max_size=400), st.floats(-12.0, 30.0))
@settings(max_examples=60, deadline=None)
def test_the_limiter_never_lets_a_peak_through(peaks: list[float], gain_db: float) -> None:
    """For any envelope, every step's peak after gain and reduction stays at or under the ceiling."""
    envelope = np.array(peaks)
    after_db = 20 * np.log10(np.maximum(envelope, 1e-9)) + gain_db + master.reduction(envelope, gain_db, -1.7)
    assert after_db.max() <= -1.7 + 1e-6


def test_the_limiter_lets_go_within_its_release() -> None:
    """One loud step: full reduction around it, none left 200 ms later, none 20 ms before."""
    peaks = np.full(1000, 0.1)
    peaks[500] = 2.0
    reduced = master.reduction(peaks, 0.0, -1.0)
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
    assert master.crushed_share(master.reduction(peaks, solved.gain_db, -1.7)) <= 0.05


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


@pytest.mark.parametrize("rt60_s", [0.5, 2.0])
def test_the_room_has_its_reverberation_time(rt60_s: float) -> None:
    """Schroeder's backward integral of the impulse response falls 30 dB in half of RT60 (within 20 %)."""
    tail = room(rt60_s).astype(np.float64)
    decay = np.cumsum((tail**2).sum(axis=1)[::-1])[::-1]
    decay_db = 10 * np.log10(decay / decay[0])
    five, thirty_five = np.argmax(decay_db < -5), np.argmax(decay_db < -35)
    assert (thirty_five - five) / RATE_HZ * 2 == pytest.approx(rt60_s, rel=0.2)
    assert abs(np.corrcoef(tail.T)[0, 1]) < 0.4


def test_convolution_in_blocks_is_convolution() -> None:
    """Block by block the room answers as it would to the whole."""
    tail = room(0.4)
    sound = noise(1.0)
    whole = Convolver(tail, len(sound)).push(sound)
    convolver = Convolver(tail, 7_000)
    pieces = [convolver.push(sound[start : start + 7_000]) for start in range(0, len(sound), 7_000)]
    assert np.abs(np.concatenate(pieces) - whole).max() < 1e-4


def test_scratch_adds_and_leaves_nothing(tmp_path: Path) -> None:
    """Overlapping additions sum, what lies outside is dropped, and the file goes away."""
    with Scratch(tmp_path / "x.scratch", 100) as track:
        track.add(-10, np.ones((30, 2), np.float32))
        track.add(10, np.ones((200, 2), np.float32))
        found = track.read(0, 1000)
        assert found.shape == (100, 2)
        assert found[:10].min() == 1.0
        assert found[10:20].min() == 2.0
        assert found[20:].max() == 1.0
    assert list(tmp_path.iterdir()) == []


def cue(**more: object) -> Cue:
    given_: dict[str, object] = {
        "start_s": 10.0, "end_s": 40.0, "id": "1M1", "title": "", "in_type": "hard", "out_type": "ring",
        "mood": "tense", "valence": 0.0, "arousal": 0.5, "key": "D minor", "tempo_bpm": 90.0, "metre": "4/4",
        "palette": "", "theme": ThemeUse(), "dynamics": (),
    }  # fmt: skip
    return Cue(**{**given_, **more})  # type: ignore[arg-type]


def test_a_sneak_begins_at_nothing_and_a_fade_ends_there() -> None:
    """The first 200 ms of a sneak are 12 dB down and more; a fade is silent at the cue's end; a hard cue is neither."""
    times = np.linspace(10.0, 40.0, 3001)
    sneak = edge_gain(times, cue(in_type="sneak", out_type="fade"), 100.0)
    assert sneak[:21].max() < 10 ** (-12 / 20)
    assert sneak[-1] == 0.0
    assert np.all(np.diff(sneak[:200]) >= 0)
    assert edge_gain(times, cue(), 100.0).min() == 1.0


def test_hard_hits_are_neither_sneaked_in_nor_faded() -> None:
    """A sneak is over before the first hard hit and a fade begins after the last one; both still happen."""
    one = cue(in_type="sneak", out_type="fade")
    times = np.arange(one.start_s, one.end_s, 0.01)
    hits = tuple(
        CueHit(id=f"h{t}", frame=0, time_s=t, klass="hard", weight=0.8) for t in (one.start_s + 1.0, one.end_s - 1.0)
    )
    gain = edge_gain(times, replace(one, hits=hits), 100.0)
    assert gain[0] < 0.05
    assert gain[-1] < 0.05
    for hit in hits:
        assert gain[np.abs(times - hit.time_s) < 0.15].min() > 0.99
    late = CueHit(id="h", frame=0, time_s=one.end_s - 0.3, klass="hard", weight=0.8)
    ringing = edge_gain(late.time_s + np.array([0.2, 0.6, 2.0]), replace(one, hits=(late,)), 100.0)
    assert ringing[0] > 0.99
    assert 0.1 < ringing[1] < 1.0
    assert ringing[2] == 0.0
    on_start = CueHit(id="h", frame=0, time_s=one.start_s, klass="hard", weight=0.8)
    assert edge_gain(times, replace(one, hits=(on_start,)), 100.0)[0] == 1.0


def test_music_is_silent_where_the_film_ends() -> None:
    """Whatever a cue does, at the film's end its gain is zero."""
    assert edge_gain(np.array([29.9, 30.0]), cue(), 30.0)[-1] == 0.0


def test_interpolated_peaks_are_not_below_the_samples() -> None:
    """The oversampled envelope never lies under the plain one."""
    sound = noise(0.2, level=0.3)
    hops = np.abs(sound[: len(sound) // 48 * 48]).reshape(-1, 48 * 2).max(axis=1)
    assert np.all(oversampled_peak(sound, 48)[: len(hops)] >= hops - 1e-7)


def test_gating_ignores_silence_between() -> None:
    """Half silence does not halve the loudness: BS.1770 gates it out."""
    loud = np.full(100, float(energy(-20.0)))
    assert integrated_lufs(np.concatenate([loud, np.zeros(100)])) == pytest.approx(-20.0, abs=0.2)
