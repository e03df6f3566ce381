"""The last passes over film-length tracks: duck and sum, then gain, limit and write."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, wait
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from autoscore import tables
from autoscore.adapters.convolve import Convolver, response_of
from autoscore.adapters.limiter import STEP_S
from autoscore.adapters.loudness import Peaks
from autoscore.adapters.soundfiles import SoundWriter
from autoscore.model.audio import RATE_HZ
from autoscore.stages.mix.curves import drawn
from autoscore.stages.mix.ducking import GRID_S
from autoscore.stages.mix.measure import BLOCK, presence
from autoscore.stages.mix.scratch import Scratch

Array = NDArray[np.float64]
Curve = NDArray[np.float32]
Samples = NDArray[np.float32]
_STEP = round(RATE_HZ * STEP_S)
_GRID = round(RATE_HZ * GRID_S)
_REACH = 1024
_BETWEEN = 1.06
"""The most that lies between the samples of music, where it is not measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ducking:
    """What happens to the music: gain in dB and how far the equaliser is in, 0..1, every GRID_S."""

    gain_db: Array
    key: Array


class _Ducker:
    """Applies gain curve and keyed equaliser to the music, block by block in order."""

    def __init__(self, ducking: Ducking) -> None:
        self._gain = 10.0 ** (ducking.gain_db / 20.0)
        self._key = ducking.key
        self._bend = Convolver(response_of(presence()) - 1.0, _REACH, 2, fft)

    def push(self, at: int, samples: Samples) -> Samples:
        """``samples`` (2, n) from frame ``at``, a whole step of the grid; they are changed in place."""
        frames = samples.shape[1]
        first, last = at // _GRID, (at + frames) // _GRID + 2
        key, gain = self._key[first:last], self._gain[first:last]
        if key.any():
            bend = self._bend.push(samples)
            bend *= drawn(key, _GRID, 0, frames)
            samples += bend
        else:
            self._bend.skip(samples)
        if np.ptp(gain) > 0.0:
            samples *= drawn(gain, _GRID, 0, frames)
        elif gain[0] != 1.0:
            samples *= np.float32(gain[0])
        return samples


def combine(
    music: Scratch, own: Scratch | None, ducking: Ducking, loud: float, pool: Executor,
    on_progress: Callable[[float], None],
) -> Curve:  # fmt: skip
    """One pass: ``music`` becomes the ducked music, ``own`` the sum of both. Returns the sum's peak in each STEP_S.

    Args:
        loud: linear; what lies between the samples is looked for in steps that are louder.
    """
    ducker = _Ducker(ducking)
    peaks = Peaks(_STEP, 2, loud, -(-music.frames // _STEP))
    job: Future[None] | None = None
    for at, samples in _ducked(music, ducker, pool):
        total = samples
        music.write(at, samples)
        if own is not None:
            total = own.read(at, samples.shape[1])
            if total.shape[1] < samples.shape[1]:
                total = np.pad(total, ((0, 0), (0, samples.shape[1] - total.shape[1])))
            total += samples
            own.write(at, total)
        if job is not None:
            job.result()
        job = pool.submit(peaks.push, total)
        on_progress((at + samples.shape[1]) / music.frames)
    if job is not None:
        job.result()
    found = peaks.finish()
    np.multiply(found, np.float32(_BETWEEN), out=found, where=found < loud)
    return found


def _ducked(music: Scratch, ducker: _Ducker, pool: Executor) -> Iterator[tuple[int, Samples]]:
    """The ducked music in blocks, one ahead."""
    job: Future[Samples] | None = None
    before = 0
    for at, samples in music.blocks(BLOCK):
        done = job.result() if job is not None else None
        job = pool.submit(ducker.push, at, samples)
        if done is not None:
            yield before, done
        before = at
    if job is not None:
        yield before, job.result()


def write_out(
    music: Scratch, total: Scratch | None, gain_db: float, limiter_db: Curve, mix_path: Path, music_path: Path,
    pool: Executor, on_progress: Callable[[float], None], *, subtype: str = "PCM_24",
    on_begin: Callable[[Path], bool] = lambda _part: False,
) -> None:  # fmt: skip
    """Writes both files through gain and limiter; ``total`` is None where the mix is the music alone.

    ``on_begin`` gets the name that the mix has until it is whole, and says whether somebody reads along: then the files
    are written one after the other, block by block, for who reads along has more to do and needs a core.

    Raises:
        StorageError: a file cannot be written.
    """
    ramp = round(tables.read("loudness.toml")["edges"]["ramp_ms"] * RATE_HZ / 1000.0)
    last = len(limiter_db) - 1
    jobs: list[Future[None]] = []
    with ExitStack() as files:
        mix_file = files.enter_context(SoundWriter(mix_path, rate_hz=RATE_HZ, subtype=subtype))
        music_file = files.enter_context(SoundWriter(music_path, rate_hz=RATE_HZ, subtype=subtype))
        files.callback(wait, jobs)  # whatever ends this: libsndfile crashes where a file is closed that is written to
        followed = on_begin(mix_file.part)
        for at, samples in music.blocks(BLOCK):
            frames = samples.shape[1]
            # The limiter's gains are those of the middle of each step.
            steps = np.arange(at // _STEP - 1, (at + frames) // _STEP + 2).clip(0, last)
            points = 10.0 ** ((gain_db + limiter_db[steps]) / 20.0)
            gain = drawn(points, _STEP, _STEP // 2, frames)
            left = music.frames - 1 - at - np.arange(frames)
            if left[-1] < ramp:
                gain = gain * np.clip(left / ramp, 0.0, 1.0).astype(np.float32)
            both = samples if total is None else total.read(at, frames)
            for job in jobs:
                job.result()
            work = [(mix_file, both), (music_file, samples)]
            jobs[:] = [pool.submit(_write, some, gain) for some in ([work] if followed else [work[:1], work[1:]])]
            on_progress((at + frames) / music.frames)
        for job in jobs:
            job.result()


def _write(work: Sequence[tuple[SoundWriter, Samples]], gain: Samples) -> None:
    for file, samples in work:
        file.write(np.ascontiguousarray((samples * gain).T))
