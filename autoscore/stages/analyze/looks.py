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

_GRID = (4, 3)
_GREY_SATURATION = 40


class LookMeter:
    """Pushed frame by frame; looks four times a second (5 kB a minute of film is all that is kept)."""

    def __init__(self) -> None:
        self._frames: list[int] = []
        self._looks: list[NDArray[np.float16]] = []
        self._next_s = 0.0

    def push(self, picture: Picture) -> None:
        if picture.time_s + 1e-9 < self._next_s:
            return
        self._next_s = picture.time_s + SAMPLE_S
        self._frames.append(picture.index)
        self._looks.append(look(picture.bgr()).astype(np.float16))

    def shots(self, starts: Sequence[int], times_s: Sequence[float], frames: int, end_s: float) -> tuple[Shot, ...]:
        """One Shot from each of ``starts`` (frames, the first is 0; ``times_s`` alike) to the next."""
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


def look(bgr: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Unit-length descriptor of a picture: 12 hues by saturation, 8 greys, brightness and two colours on a 4 x 3 grid.

    Square roots of the histograms (Hellinger), so that the dot product of two looks is a likeness 0..1.
    """
    small = vision.resize(bgr, 64, 36)
    hue, saturation = vision.hue_saturation(np.ascontiguousarray(small, dtype=np.uint8))
    value = small.max(axis=2)
    coloured = (saturation >= _GREY_SATURATION) & (value >= 32)
    hues = np.bincount(hue[coloured] // 15, weights=saturation[coloured] / 255.0, minlength=12)[:12]
    greys = np.bincount(value[~coloured] // 32, minlength=8)[:8]
    histogram = np.sqrt(np.concatenate([hues, greys]) / small[..., 0].size)
    grid = vision.resize(small, *_GRID).astype(np.float64).reshape(-1, 3) / 255.0
    light = grid.mean(axis=1)
    layout = np.concatenate([light, 0.5 + 0.5 * (grid[:, 2] - light), 0.5 + 0.5 * (grid[:, 0] - light)])
    parts = np.concatenate(
        [histogram / max(1e-9, np.linalg.norm(histogram)), layout / max(1e-9, np.linalg.norm(layout))]
    )
    return parts / max(1e-9, float(np.linalg.norm(parts)))
