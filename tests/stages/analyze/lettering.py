"""Title cards drawn on black, and how they come and go: what the tests of cards look at."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 640, 360

Frame = NDArray[np.float32]

NOTHING: Frame = np.zeros((HEIGHT, WIDTH), np.float32)


def card(*lines: str, scale: float = 1.0, thick: int = 2, base: int | None = None) -> Frame:
    """White letters on black, ``lines`` in the middle, or one line standing on row ``base``."""
    picture = np.zeros((HEIGHT, WIDTH), np.uint8)
    font = cv2.FONT_HERSHEY_DUPLEX
    for number, line in enumerate(lines):
        (width, height), _ = cv2.getTextSize(line, font, scale, thick)
        row = base or (HEIGHT + height) // 2 + int((number - (len(lines) - 1) / 2) * height * 2)
        cv2.putText(picture, line, ((WIDTH - width) // 2, row), font, scale, 255.0, thick, cv2.LINE_AA)
    return picture.astype(np.float32)


def fade(before: list[Frame], after: list[Frame]) -> list[Frame]:
    """A dissolve from ``before`` to ``after``: as many frames as the longer has, the other's last is repeated."""
    count = max(len(before), len(after))
    share = (np.arange(count) + 1) / (count + 1)
    pairs = ((before[min(n, len(before) - 1)], after[min(n, len(after) - 1)]) for n in range(count))
    return [np.asarray(a * (1 - s) + b * s, np.float32) for (a, b), s in zip(pairs, share, strict=True)]


def half(start: int, length: int) -> int:
    """The first frame of a ``fade`` of ``length`` frames from ``start`` on that shows half of what comes."""
    return start + (length + 1) // 2 - (length % 2)


def grainy(frames: list[Frame], grain: float, seed: int = 1) -> list[NDArray[np.uint8]]:
    """8 bits, with noise of this deviation."""
    rng = np.random.default_rng(seed)
    noise = [rng.normal(size=NOTHING.shape).astype(np.float32) * np.float32(grain) for _ in range(5)]
    return [np.clip(frame + noise[n % 5], 0, 255).astype(np.uint8) for n, frame in enumerate(frames)]
