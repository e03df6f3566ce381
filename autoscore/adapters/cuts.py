"""The door to scenedetect: its AdaptiveDetector fed with our own decoded frames."""

from __future__ import annotations

import sys
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BY_MOVIEPY = "scenedetect.backends.moviepy"


class Adaptive:
    """Hard cuts where the change of hue, saturation and brightness stands out of its neighbours'.

    scenedetect's AdaptiveDetector with its default thresholds; only the shortest scene is shorter.

    Args:
        rate: frames a second, only used for time keeping inside scenedetect.
        shortest_frames: no two cuts are nearer.
    """

    def __init__(self, rate: Fraction, shortest_frames: int = 2) -> None:
        self._timecode, detector = _scenedetect()
        self._detector: Any = detector(min_scene_len=shortest_frames)
        self._rate = float(rate)
        self._found: list[int] = []

    def push(self, index: int, bgr: NDArray[np.uint8]) -> None:
        """``bgr`` is frame ``index`` (0, 1, 2, ...), height x width x 3."""
        found = self._detector.process_frame(self._timecode(index, self._rate), bgr)
        self._found += [int(f.frame_num) for f in found]

    def finish(self) -> list[int]:
        """First frames of the new shots."""
        return sorted(set(self._found))


@cache
def _scenedetect() -> tuple[Any, Any]:
    """Time code and detector, loaded without scenedetect's reading of films by moviepy, which starts ffmpeg and ffplay
    to see whether they are there (half a second in all). None in place of a module says that it is not there; moviepy's
    own name is left alone, for another thread may be loading it."""
    absent = _BY_MOVIEPY not in sys.modules
    if absent:
        sys.modules[_BY_MOVIEPY] = None  # type: ignore[assignment]
    try:
        from scenedetect.common import FrameTimecode
        from scenedetect.detectors import AdaptiveDetector
    finally:
        if absent:
            sys.modules.pop(_BY_MOVIEPY, None)
    return FrameTimecode, AdaptiveDetector


def detect_adaptive(film: str) -> list[int]:
    """What scenedetect alone, with all its defaults and its own decoding, finds in ``film`` (for comparison)."""
    from scenedetect import AdaptiveDetector, detect

    return [int(start.frame_num) for start, _ in detect(film, AdaptiveDetector())[1:]]
