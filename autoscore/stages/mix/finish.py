"""The last passes over film-length tracks: duck and sum, then gain, limit and write."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from autoscore import tables
from autoscore.adapters.loudness import HOP_S, Meter, oversampled_peak, sample_peak
from autoscore.adapters.soundfiles import SoundWriter
from autoscore.model.audio import RATE_HZ
from autoscore.stages.mix import ducking
from autoscore.stages.mix.filters import bell
from autoscore.stages.mix.master import STEP_S, Master, reduction
from autoscore.stages.mix.scratch import Scratch

Array = NDArray[np.float64]
Samples = NDArray[np.float32]
BLOCK = RATE_HZ * 8
_STEP = round(RATE_HZ * STEP_S)
_EDGE = 16
_TOLERANCE_LU = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """The two tracks a mix is made of, sample 0 at film time ``start_s``; ``own`` is None without own sound."""

    music: Scratch
    own: Scratch | None
    start_s: float

    def music_energies(self) -> Array:
        """K-weighted energies of the music track per HOP_S."""
        meter = Meter(RATE_HZ, true_peak=False)
        for _, samples in self.music.blocks(BLOCK):
            meter.push(samples)
        return self.fitted(meter.energies, -(-self.music.frames // round(RATE_HZ * HOP_S)))

    def fitted(self, energies: Array, hops: int) -> Array:
        """``energies`` cut or padded with silence to ``hops``."""
        out = np.zeros(hops)
        out[: min(hops, len(energies))] = energies[:hops]
        return out


@dataclass(frozen=True, slots=True, kw_only=True)
class Combined:
    """Ducking as it stands, and what it gives: energies per HOP_S, true peaks of the sum per STEP_S."""

    gain_db: Array
    key: Array
    energies: Array
    music_energies: Array
    peaks: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What the written file measures."""

    loudness_lufs: float
    true_peak_dbtp: float
    gain_db: float
    target_lufs: float


class _Ducker:
    """Applies gain curve and keyed equaliser to the music, block by block in order."""

    def __init__(self, gain_db: Array, key: Array) -> None:
        table = tables.read("loudness.toml")["speech"]
        self._sections = bell(table["presence_hz"], table["presence_q"], table["presence_db"])
        self._state = np.zeros((len(self._sections), 2, 2))
        self._gain_db, self._key = gain_db, key
        self._grid = np.arange(len(gain_db)) * (ducking.GRID_S * RATE_HZ)
        self._keyed = bool(key.any())

    def push(self, at: int, samples: Samples) -> Samples:
        frames = at + np.arange(len(samples))
        first = max(0, int(at / (ducking.GRID_S * RATE_HZ)) - 1)
        last = int((at + len(samples)) / (ducking.GRID_S * RATE_HZ)) + 2
        if self._keyed:
            cleared, self._state = signal.sosfilt(self._sections, samples, axis=0, zi=self._state)
            key = self._key[first:last]
            if key.any():
                share = np.interp(frames, self._grid[first:last], key)[:, None]
                samples = (samples + share * (cleared - samples)).astype(np.float32)
        curve = self._gain_db[first:last]
        if not curve.any():
            return samples
        if float(np.ptp(curve)) == 0.0:
            gain: Array | float = 10.0 ** (float(curve[0]) / 20.0)
        else:
            gain = 10.0 ** (np.interp(frames, self._grid[first:last], curve)[:, None] / 20.0)
        return np.asarray(samples * gain, dtype=np.float32)


def combine(
    programme: Programme, found: tuple[ducking.Region, ...], fader_db: Array, on_progress: Callable[[float], None]
) -> Combined:
    """One pass: ducks the music (in passing; the track stays as it is), sums and measures.

    Args:
        fader_db: the music's own gain for the middle of every HOP_S.
    """
    music, own = programme.music, programme.own
    points = int(music.frames / RATE_HZ / ducking.GRID_S) + 2
    gain_db = ducking.gain_curve(found, programme.start_s, points)
    gain_db += np.interp(np.arange(points) * ducking.GRID_S, (np.arange(len(fader_db)) + 0.5) * HOP_S, fader_db)
    key = ducking.keyed(found, programme.start_s, points)
    ducker = _Ducker(gain_db, key)
    whole, alone = Meter(RATE_HZ, true_peak=False), Meter(RATE_HZ, true_peak=False)
    peaks: list[Array] = []
    last = np.zeros((0, 2), dtype=np.float32)
    with ThreadPoolExecutor(max_workers=2, thread_name_prefix="mix") as pool:
        for at, samples in music.blocks(BLOCK):
            ducked = ducker.push(at, samples)
            total = ducked if own is None else ducked + _padded(own.read(at, len(ducked)), len(ducked))
            measured = pool.submit(alone.push, ducked)
            peaks.append(_peaks(last, total))
            last = total[-_STEP:]
            if own is not None:
                whole.push(total)
            measured.result()
            on_progress((at + len(samples)) / music.frames)
    hops = -(-music.frames // round(RATE_HZ * HOP_S))
    music_energies = programme.fitted(alone.energies, hops)
    return Combined(
        gain_db=gain_db,
        key=key,
        energies=programme.fitted(whole.energies, hops) if own is not None else music_energies,
        music_energies=music_energies,
        peaks=np.concatenate(peaks),
    )


def write_out(
    programme: Programme,
    combined: Combined,
    solved: Master,
    ceiling_dbtp: float,
    mix_path: Path,
    music_path: Path,
    on_progress: Callable[[float], None],
) -> Written:
    """Writes both files through gain and limiter; again, nudged, when what is measured then is off the aim.

    Raises:
        StorageError: a file cannot be written.
    """
    gain_db, lower_db = solved.gain_db, 0.0
    for attempt in range(3):
        limiter_db = reduction(combined.peaks, gain_db, ceiling_dbtp - lower_db)
        meter = _write(programme, combined, gain_db, limiter_db, mix_path, music_path, on_progress)
        loudness, peak = meter.integrated_lufs, meter.true_peak_dbtp
        off = solved.target_lufs - loudness if loudness > -70.0 else 0.0
        over = peak - (ceiling_dbtp + 0.15)
        if attempt == 2 or (abs(off) <= _TOLERANCE_LU and over <= 0.0):
            break
        gain_db += off
        lower_db += max(0.0, over)
    return Written(loudness_lufs=loudness, true_peak_dbtp=peak, gain_db=gain_db, target_lufs=solved.target_lufs)


def _write(
    programme: Programme, combined: Combined, gain_db: float, limiter_db: Array, mix_path: Path, music_path: Path,
    on_progress: Callable[[float], None],
) -> Meter:  # fmt: skip
    music, own = programme.music, programme.own
    ducker = _Ducker(combined.gain_db, combined.key)
    meter = Meter(RATE_HZ)
    ramp = round(tables.read("loudness.toml")["edges"]["ramp_ms"] * RATE_HZ / 1000.0)
    centres = (np.arange(len(limiter_db)) + 0.5) * _STEP
    limited = bool(limiter_db.any())
    with (
        ThreadPoolExecutor(max_workers=2, thread_name_prefix="mix") as pool,
        SoundWriter(mix_path, rate_hz=RATE_HZ) as mix_file,
        SoundWriter(music_path, rate_hz=RATE_HZ) as music_file,
    ):
        for at, samples in music.blocks(BLOCK):
            frames = at + np.arange(len(samples))
            gain = np.full(len(samples), 10.0 ** (gain_db / 20.0))
            if limited:
                first, last = max(0, at // _STEP - 2), (at + len(samples)) // _STEP + 3
                piece = limiter_db[first:last]
                if piece.any():
                    gain *= 10.0 ** (np.interp(frames, centres[first:last], piece) / 20.0)
            gain *= np.clip((music.frames - 1 - frames) / ramp, 0.0, 1.0)
            shaped = gain[:, None].astype(np.float32)
            ducked = ducker.push(at, samples) * shaped
            total = ducked if own is None else ducked + _padded(own.read(at, len(ducked)), len(ducked)) * shaped
            jobs = [pool.submit(music_file.write, ducked), pool.submit(mix_file.write, total)]
            meter.push(total)
            for job in jobs:
                job.result()
            on_progress((at + len(samples)) / music.frames)
    return meter


def _peaks(before: Samples, samples: Samples) -> Array:
    """True peak of each STEP_S of ``samples``, which follow ``before``.

    Only where samples are loud for this stretch can the limiter have work: elsewhere the sample peak, raised by the
    most that lies between samples in music, will do.
    """
    plain = sample_peak(samples, _STEP)
    peaks: Array = plain * 1.06
    coarse = _STEP * 100
    loudest = float(plain.max(initial=0.0))
    if loudest <= 0.0:
        return plain
    joined = np.concatenate([before, samples])
    for first in range(0, len(samples), coarse):
        steps = slice(first // _STEP, min(len(plain), (first + coarse) // _STEP))
        if float(plain[steps].max(initial=0.0)) < 0.25 * loudest:
            continue
        at = len(before) + first
        skip = 1 if at >= _STEP else 0  # the step before, so that nothing is missed at the seam
        fine = oversampled_peak(joined[at - skip * _STEP : at + coarse + _EDGE], _STEP)[skip:]
        fine = fine[: steps.stop - steps.start]
        if at + coarse + _EDGE > len(joined):  # the block's cut edge is no peak
            fine[-1] = min(fine[-1], peaks[steps.stop - 1])
        peaks[steps] = np.maximum(plain[steps], fine)
    return peaks


def _padded(samples: Samples, frames: int) -> Samples:
    if len(samples) == frames:
        return samples
    out = np.zeros((frames, 2), dtype=np.float32)
    out[: len(samples)] = samples
    return out
