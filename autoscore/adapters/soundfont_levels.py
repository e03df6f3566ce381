"""How loud a SoundFont's recording is in its course, and how much of it is treble."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from math import log10

import numpy as np
from numpy.typing import NDArray

from autoscore.adapters.soundfont_part import Index, OddFontError
from autoscore.adapters.soundfont_zones import Zone

_SILENT = 1.0
"""Of a recording's points: what is as soft as that, in the mean square, is silent."""
LOUDNESS_POINTS = 1024
_PLACES, _LOOKED_AT = 12, 3
_MOST_AT_ONCE = 32
"""So that what is in hand is memory that was used before, and near the processor."""


def loudness_db(index: Index, zone: Zone) -> NDArray[np.float32]:
    """How loud ``zone`` is at most from each multiple of LOUDNESS_POINTS after its beginning onwards, dB of full scale.

    The last value holds for ever: of a loop, or the silence behind the end.

    Raises:
        OddFontError: it lies outside the file.
        OSError: the file cannot be read.
    """
    powers: NDArray[np.float32] = np.concatenate([_powers(rows) for rows in _pieces(index, zone)])
    if zone.loop is None:
        powers = np.append(powers, np.zeros(1, np.float32))
    else:
        begin = min(max(0, zone.loop[0] - zone.first) // LOUDNESS_POINTS, len(powers) - 1)
        powers = np.append(powers[:begin], powers[begin:].mean(keepdims=True))
    onwards = np.maximum.accumulate(powers[::-1])[::-1]
    found: NDArray[np.float32] = np.float32(10.0) * np.log10(
        np.maximum(onwards, _SILENT) / float(1 << 30), dtype=np.float32
    )
    return found


def missed_db(index: Index, zone: Zone) -> float:
    """What is missed by reading ``zone`` on straight lines between its points, at most, dB below the loudest of it.

    Such a line is off by f (1 - f) / 2 of the second difference, f being the place between two points: in the mean
    square by a 120th of it, a 144th as a loss of treble, the rest as images above half the sample rate, of which the
    voice's low-pass (of second order) takes its share. Looked at are _PLACES of it.

    Raises:
        OddFontError: it lies outside the file.
        OSError: the file cannot be read.
    """
    rows = _places(index, zone)
    bends = np.diff(rows, 2, axis=1)
    powers, missed = _powers(rows), _powers(bends)
    if zone.corner_hz < zone.rate_hz / 2.0:
        rows = rows[np.unique(np.concatenate([np.argsort(missed)[-_LOOKED_AT:], np.argsort(powers)[-_LOOKED_AT:]]))]
        window, share, bent = _spectral()
        spectrum = np.square(np.abs(np.fft.rfft(rows * window, axis=1)))
        passed, images = (1.0 / (1.0 + np.square(np.square(at * (zone.rate_hz / zone.corner_hz)))) for at in share)
        lost = float((spectrum @ (bent * (passed / 144.0 + images / 720.0))).max())
        heard = float((spectrum @ passed).max())
        return 10.0 * log10(max(lost, 1e-9) / max(heard, 1e-3))
    return 10.0 * log10(max(float(missed.max()), _SILENT) / 120.0 / max(float(powers.max()), _SILENT))


@cache
def _spectral() -> tuple[NDArray[np.float32], tuple[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]:
    """A window for rows, frequencies and those of their images as shares of the sample rate, and how much of them a
    second difference has, in powers."""
    share = np.linspace(0.0, 0.5, LOUDNESS_POINTS // 2 + 1)
    bent = np.square(2.0 - 2.0 * np.cos(2.0 * np.pi * share))
    return np.hanning(LOUDNESS_POINTS).astype(np.float32), (share, 1.0 - share), bent


def _powers(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    found: NDArray[np.float32] = np.einsum("ij,ij->i", rows, rows) / np.float32(rows.shape[1])
    return found


def _places(index: Index, zone: Zone) -> NDArray[np.float32]:
    """_PLACES rows of LOUDNESS_POINTS from all over ``zone``, most of them in its first half."""
    length = _length(index, zone)
    rows = np.zeros((_PLACES, LOUDNESS_POINTS), np.float32)
    memory = np.empty(LOUDNESS_POINTS, "<i2")
    with index.path.open("rb", buffering=0) as source:
        for at in range(_PLACES):
            start = int(max(0, length - LOUDNESS_POINTS) * (at / (_PLACES - 1)) ** 2)
            source.seek(index.samples[0] + 2 * (zone.first + start))
            points = memory[: length - start]
            rows[at, : len(points)] = points[: source.readinto(points.data) // 2]
    return rows


def _length(index: Index, zone: Zone) -> int:
    last = zone.last if zone.loop is None else zone.loop[1]
    if not 0 <= zone.first < last <= index.samples[1] // 2:
        raise OddFontError(f"The SoundFont {index.path} has a sample outside its file.")
    return last - zone.first


def _pieces(index: Index, zone: Zone) -> Iterator[NDArray[np.float32]]:
    """All points of ``zone`` in rows of LOUDNESS_POINTS, the last filled up with zeros; good until the next piece."""
    left = _length(index, zone)
    points = np.empty(min(_MOST_AT_ONCE, -(-left // LOUDNESS_POINTS)) * LOUDNESS_POINTS, "<i2")
    levels = np.empty(points.shape, np.float32)
    with index.path.open("rb", buffering=0) as source:
        source.seek(index.samples[0] + 2 * zone.first)
        while left > 0:
            wanted = points[:left]
            read = source.readinto(wanted.data) // 2
            whole = -(-len(wanted) // LOUDNESS_POINTS) * LOUDNESS_POINTS
            levels[:read] = wanted[:read]
            levels[read:whole] = 0.0
            yield levels[:whole].reshape(-1, LOUDNESS_POINTS)
            left -= len(wanted)
