"""Down-mix of any channel layout to stereo or mono.

Coefficients follow ITU-R BS.775-4 (centre and surround at -3 dB), the low-frequency channel is dropped. Each matrix is
divided by its largest row sum, so that full-scale input in every channel cannot clip; a plain mono or stereo track is
therefore left as it is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_HALF_POWER = 0.5**0.5

_PAN: dict[str, tuple[float, float]] = {
    "FL": (1.0, 0.0), "FR": (0.0, 1.0), "FC": (_HALF_POWER, _HALF_POWER), "LFE": (0.0, 0.0), "LFE2": (0.0, 0.0),
    "BL": (_HALF_POWER, 0.0), "BR": (0.0, _HALF_POWER), "SL": (_HALF_POWER, 0.0), "SR": (0.0, _HALF_POWER),
    "FLC": (1.0, 0.0), "FRC": (0.0, 1.0), "BC": (0.5, 0.5), "WL": (_HALF_POWER, 0.0), "WR": (0.0, _HALF_POWER),
    "DL": (1.0, 0.0), "DR": (0.0, 1.0), "TFL": (_HALF_POWER, 0.0), "TFR": (0.0, _HALF_POWER),
    "TBL": (_HALF_POWER, 0.0), "TBR": (0.0, _HALF_POWER),
}  # fmt: skip
"""Left and right share of each named channel; a name not listed counts as centre surround."""

_BY_COUNT: dict[int, tuple[str, ...]] = {
    1: ("FC",), 2: ("FL", "FR"), 3: ("FL", "FR", "FC"), 4: ("FL", "FR", "FC", "BC"), 5: ("FL", "FR", "FC", "BL", "BR"),
    6: ("FL", "FR", "FC", "LFE", "BL", "BR"), 7: ("FL", "FR", "FC", "LFE", "BC", "SL", "SR"),
    8: ("FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR"),
}  # fmt: skip
"""The usual order where a track names no channels (FFmpeg's native order)."""


def downmix_matrix(names: Sequence[str], channels: int) -> NDArray[np.float32]:
    """The matrix, shape (input channels, ``channels``), that turns a frame of samples into stereo (2) or mono (1).

    Args:
        names: channel names in FFmpeg's spelling; names that are unknown altogether are guessed by their number.
        channels: 1 or 2.

    Raises:
        ValueError: there are no input channels, or another number of output channels is asked for.
    """
    if channels not in (1, 2):
        raise ValueError(f"sound is mixed down to 1 or 2 channels, not {channels}")
    count = len(names)
    if count == 0:
        raise ValueError("a sound track needs at least one channel")
    if not any(name in _PAN for name in names):
        names = _BY_COUNT.get(count, ("",) * count)
    if count == 1:
        return np.ones((1, channels), np.float32)
    stereo = np.array([_PAN.get(name, (0.5, 0.5)) for name in names], np.float64)
    if not stereo.any():  # nothing but low-frequency channels
        stereo[:] = 0.5
    matrix = stereo if channels == 2 else stereo.mean(axis=1, keepdims=True)
    return (matrix / max(1.0, float(matrix.sum(axis=0).max()))).astype(np.float32)
