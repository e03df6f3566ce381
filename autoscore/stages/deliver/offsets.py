"""Where the finished film's sound lies against the mix: looked for in a few places where it can be told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from autoscore.adapters import sound
from autoscore.model.audio import RATE_HZ, Mix

WINDOW_S = 2.0
WINDOWS = 8
REACH_S = 0.25
_LEAST_RMS = 1e-4
_LEAST_LIKENESS = 0.5

Curve = NDArray[np.float64]


def offset_in(
    finished: Path, mix: Mix, folder: Path, spots: Sequence[float], *, sound_index: int | None, film_start_s: float
) -> tuple[float | None, int]:
    """(how late the sound lies, ms, and in how many windows that was seen); None where it is nowhere loud enough.

    Only the windows are decoded.

    Args:
        spots: see ``offset_spots``. sound_index, film_start_s: see ``hear``.
    """
    lags: list[float] = []
    for at in spots:
        blocks = sound.read_stream(
            finished, index=sound_index, film_start_s=film_start_s, start_s=at, end_s=at + WINDOW_S, block_s=WINDOW_S,
            sought=True,
        )  # fmt: skip
        heard = next(blocks).samples
        lag = lag_samples(0.5 * (heard[:, 0] + heard[:, 1]).astype(np.float64), around(mix, folder, at))
        if lag is not None:
            lags.append(lag)
    return (1000.0 * float(np.median(lags)) / RATE_HZ if lags else None), len(lags)


def around(mix: Mix, folder: Path, at: float) -> Curve:
    """The mix in a window and REACH_S on either side."""
    return excerpt(folder / mix.path, mix.start_s, at - REACH_S, WINDOW_S + 2 * REACH_S)


def excerpt(path: Path, file_start_s: float, start_s: float, length_s: float) -> Curve:
    """A stretch of a sound file on film time as one channel; silence where the file has nothing."""
    length = round(length_s * RATE_HZ)
    out = np.zeros(length)
    first = round((start_s - file_start_s) * RATE_HZ)
    skip = max(0, -first)
    if skip >= length:
        return out
    frames = sound.file_info(path)[0]
    if first >= frames:
        return out
    for block in sound.read_file(path, start_frame=max(0, first), frames=length - skip):
        at = round(block.start_s * RATE_HZ) - first
        mono = 0.5 * (block.samples[: length - at, 0] + block.samples[: length - at, 1])
        out[at : at + len(mono)] = mono
    return out


def offset_spots(mix: Mix, folder: Path) -> list[float]:
    """Film times of windows in which the mix has energy and movement, spread over the film, seconds."""
    end_s = mix.start_s + mix.frames / RATE_HZ
    spots: list[float] = []
    first_s = max(0.0, mix.start_s)
    part_s = (end_s - first_s) / WINDOWS
    step_s = max(WINDOW_S, part_s / 4)
    for part in range(WINDOWS):
        best, best_energy = None, _LEAST_RMS**2
        at = first_s + part * part_s
        while at < first_s + (part + 1) * part_s and at + WINDOW_S <= end_s:
            changes = np.diff(excerpt(folder / mix.path, mix.start_s, at, WINDOW_S))
            energy = float(np.mean(changes**2))
            if energy > best_energy * 1e-3 and energy > (best_energy if best is not None else 1e-12):
                best, best_energy = at, energy
            at += step_s
        if best is not None:
            spots.append(best)
    return spots


def lag_samples(heard: Curve, reference: Curve) -> float | None:
    """How many samples ``heard`` lies later than the middle of ``reference``, to a fraction; None when not alike.

    ``reference`` reaches equally far beyond ``heard`` on both sides. Cross-correlation of the signals with their
    spectra half whitened, so that one loud tone does not make many peaks alike; the top is interpolated.
    """
    reach = (len(reference) - len(heard)) // 2
    if np.sqrt(np.mean(heard**2)) < _LEAST_RMS / 10 or reach <= 0:
        return None
    size = fft.next_fast_len(len(reference), real=True)  # at the lags looked at nothing comes round
    product = fft.rfft(reference, size) * np.conj(fft.rfft(heard, size))
    product /= np.sqrt(np.abs(product)) + 1e-12
    found = fft.irfft(product, size)[: 2 * reach + 1]
    top = int(np.argmax(found))
    middle = reference[top : top + len(heard)]
    same, there, here = (float(np.sum(a * b)) for a, b in ((middle, heard), (middle, middle), (heard, heard)))
    likeness = same / max(1e-12, float(np.sqrt(there * here)))
    if likeness < _LEAST_LIKENESS:
        return None
    fraction = 0.0
    if 0 < top < len(found) - 1:
        left, here, right = found[top - 1 : top + 2]
        bend = left - 2 * here + right
        fraction = 0.5 * (left - right) / bend if bend else 0.0
    return reach - (top + fraction)
