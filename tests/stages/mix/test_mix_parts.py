from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyloudnorm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoscore.adapters.limiter import reduction
from autoscore.adapters.loudness import Meter, Peaks, energy, integrated_lufs, oversampled_peak, sample_peak
from autoscore.model.cues import Cue, CueHit, ThemeUse
from autoscore.model.time import Span
from autoscore.stages.mix import ducking, master
from autoscore.stages.mix.balance import music_gain_db
from autoscore.stages.mix.curves import drawn
from autoscore.stages.mix.finish import Ducking, combine
from autoscore.stages.mix.measure import measure
from autoscore.stages.mix.music import edge_gain
from autoscore.stages.mix.reverb import Room, responses_of, room
from autoscore.stages.mix.scratch import Scratch

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
    tail = room(rt60_s).astype(np.float64).T
    decay = np.cumsum((tail**2).sum(axis=1)[::-1])[::-1]
    decay_db = 10 * np.log10(decay / decay[0])
    five, thirty_five = np.argmax(decay_db < -5), np.argmax(decay_db < -35)
    assert (thirty_five - five) / RATE_HZ * 2 == pytest.approx(rt60_s, rel=0.2)
    assert abs(np.corrcoef(tail.T)[0, 1]) < 0.4


def test_the_room_answers_each_side_and_the_other() -> None:
    """Block by block, the room gives what plain convolution of both sides, each with a share of the other, gives."""
    tail, sound = room(0.4), noise(0.8)
    fed = 0.8 * sound + 0.2 * sound[:, ::-1]
    wanted = np.stack([np.convolve(fed[:, side], tail[side])[: len(sound)] for side in (0, 1)])
    size = 48_000
    stream = Room(responses_of(tail, size), tail.shape[1], size)
    sides = np.stack([0.5 * (sound[:, 0] + sound[:, 1]), 0.5 * (sound[:, 0] - sound[:, 1])]).astype(np.float32)
    pieces = [stream.push(sides[:, start : start + 7_000]) for start in range(0, len(sound), 7_000)]
    middle, side = np.concatenate(pieces, axis=1)
    assert np.abs(np.stack([middle + side, middle - side]) - wanted).max() < 1e-4


def test_a_room_rings_on_in_silence() -> None:
    """Blocks of silence, even ones shorter and longer than the room, get the rest of its answer and then nothing."""
    tail, size = room(0.3), 60_000
    click = np.zeros((2, 30_000), dtype=np.float32)
    click[0, 0] = 1.0
    whole = Room(responses_of(tail, size), tail.shape[1], size).push(click)
    stream = Room(responses_of(tail, size), tail.shape[1], size)
    quiet = [np.zeros((2, count), dtype=np.float32) for count in (5_000, 10, 24_000)]
    pieces = np.concatenate([stream.push(click[:, :990]), *(stream.push(piece) for piece in quiet)], axis=1)
    assert np.abs(pieces - whole).max() < 1e-6
    assert not stream.push(quiet[0]).any()


def test_scratch_adds_and_leaves_nothing(tmp_path: Path) -> None:
    """Overlapping additions sum, what lies outside is dropped, channels stay apart, and the file goes away."""
    with Scratch(tmp_path / "x.part", 100) as track:
        track.add(-10, np.ones((2, 30), np.float32))
        track.add(10, np.stack([np.ones(200), np.full(200, 3.0)]).astype(np.float32))
        found = track.read(0, 1000)
        assert found.shape == (2, 100)
        assert found[:, :10].min() == 1.0
        assert found[0, 10:20].min() == 2.0
        assert found[0, 20:].max() == 1.0
        assert found[1, 20:].min() == 3.0
        track.extend(200_000)
        long = noise(4.0).T[:, :170_000]
        track.write(50, long)
        assert np.array_equal(track.read(60, 169_000), long[:, 10:169_010])
        assert np.array_equal(track.read(0, 50), found[:, :50])
    assert list(tmp_path.iterdir()) == []


def test_a_curve_is_drawn_through_its_points() -> None:
    """Values lie on the straight lines between points, from any sample on."""
    points = np.array([0.0, 1.0, 0.5, 0.5])
    wanted = np.interp(np.arange(7, 27) / 10.0, np.arange(4), points)
    assert drawn(points, 10, 7, 20) == pytest.approx(wanted, abs=1e-6)


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
