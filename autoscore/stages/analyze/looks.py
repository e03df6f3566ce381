"""How each shot looks, so that shots of one place can be found again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from autoscore.adapters import vision
from autoscore.adapters.pictures import Picture
from autoscore.model.analysis import Shot

SAMPLE_S = 0.25
"""Time between looks."""

_SIZE = (64, 36)
_GRID = (4, 3)
_AT_ONCE = 32
"""Pictures that are described together: a call costs more than so small a picture."""

_GREY_SATURATION = 40


class LookMeter:
    """Pushed frame by frame; looks four times a second (5 kB a minute of film is all that is kept)."""

    def __init__(self) -> None:
        self._frames: list[int] = []
        self._looks: list[NDArray[np.float16]] = []
        self._waiting: list[NDArray[np.uint8]] = []
        self._next_s = 0.0

    def push(self, picture: Picture) -> None:
        if picture.time_s + 1e-9 < self._next_s:
            return
        self._next_s = picture.time_s + SAMPLE_S
        self._frames.append(picture.index)
        self._waiting.append(vision.resize(picture.bgr(), *_SIZE))
        if len(self._waiting) >= _AT_ONCE:
            self._describe()

    def _describe(self) -> None:
        if self._waiting:
            self._looks += list(looks(np.stack(self._waiting)).astype(np.float16))
            self._waiting = []

    def shots(self, starts: Sequence[int], times_s: Sequence[float], frames: int, end_s: float) -> tuple[Shot, ...]:
        """One Shot from each of ``starts`` (frames, the first is 0; ``times_s`` alike) to the next."""
        self._describe()
        sampled = np.array(self._frames)
        ends = [*starts[1:], frames]
        ends_s = [*times_s[1:], end_s]
        shots = []
        for index, (start, end) in enumerate(zip(starts, ends, strict=True)):
            inside = np.flatnonzero((sampled >= start) & (sampled < end))
            if len(inside) > 4:
                # The edges may belong to a fade.
                inside = inside[1:-1]
            if not len(inside):
                inside = np.array([int(np.abs(sampled - (start + end) / 2).argmin())])
            inside = inside[:: max(1, len(inside) // 40)]
            mean = np.mean([self._looks[i].astype(np.float64) for i in inside], axis=0)
            unit = mean / max(1e-9, float(np.linalg.norm(mean)))
            shots.append(
                Shot(
                    index=index, start_frame=start, end_frame=end, start_s=times_s[index],
                    end_s=max(ends_s[index], times_s[index]), look=tuple(round(float(v), 4) for v in unit),
                )
            )  # fmt: skip
        return tuple(shots)


def looks(run: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Unit-length descriptors of pictures (n x 36 x 64 x 3, blue green red), n x 56: 12 hues by saturation, 8 greys,
    brightness and two colours on a 4 x 3 grid.

    Square roots of the histograms (Hellinger), so that the dot product of two looks is a likeness 0..1.
    """
    count = len(run)
    hue, saturation = (one.reshape(count, -1) for one in vision.hue_saturation(run.reshape(-1, *run.shape[2:])))
    value = run.max(axis=3).reshape(count, -1)
    coloured = (saturation >= _GREY_SATURATION) & (value >= 32)
    number = np.arange(count)[:, None]
    hues = np.bincount(
        (12 * number + hue // 15)[coloured], weights=saturation[coloured] / 255.0, minlength=12 * count
    ).reshape(count, 12)
    greys = np.bincount((8 * number + value // 32)[~coloured], minlength=8 * count).reshape(count, 8)
    histogram = np.sqrt(np.concatenate([hues, greys], axis=1) / value.shape[1])
    columns, rows = _GRID
    grid = vision.resize(run.reshape(-1, *run.shape[2:]), columns, rows * count)
    grid = grid.astype(np.float64).reshape(count, rows * columns, 3) / 255.0
    light = grid.mean(axis=2)
    layout = np.concatenate([light, 0.5 + 0.5 * (grid[..., 2] - light), 0.5 + 0.5 * (grid[..., 0] - light)], axis=1)
    return _unit(np.concatenate([_unit(histogram), _unit(layout)], axis=1))


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(vectors / np.maximum(1e-9, np.linalg.norm(vectors, axis=1, keepdims=True)), dtype=np.float64)
