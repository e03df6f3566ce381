"""Moving pictures with chosen edits, made from a seed: what the picture tests look at."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

SIZE = (256, 144)

Frames = list[NDArray[np.uint8]]


def texture(rng: np.random.Generator, width: int = 480, height: int = 300) -> NDArray[np.float32]:
    """A still with coarse and fine shapes, mean 0, deviation 1."""
    picture = np.zeros((height, width), np.float32)
    for grain, weight in ((3, 1.0), (12, 2.0), (40, 3.0)):
        noise = rng.normal(size=(height // grain + 2, width // grain + 2)).astype(np.float32)
        picture += weight * cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    for _ in range(6):
        x, y = int(rng.integers(0, width)), int(rng.integers(0, height))
        cv2.rectangle(picture, (x, y), (x + 60, y + 50), float(rng.normal() * 4), -1)
    return np.asarray((picture - picture.mean()) / picture.std(), dtype=np.float32)


def shot(
    rng: np.random.Generator, frames: int, *, speed: float = 0.5, level: float = 110.0, contrast: float = 45.0
) -> list[NDArray[np.float32]]:
    """``frames`` of one camera panning over a texture at ``speed`` pixels a frame."""
    ground = level + contrast * texture(rng)
    angle = rng.uniform(0, 2 * np.pi)
    found = []
    for number in range(frames):
        x, y = np.cos(angle) * speed * number - 100, np.sin(angle) * speed * number - 70
        move = np.array([[1, 0, x], [0, 1, y]], dtype=np.float32)
        found.append(cv2.warpAffine(ground, move, SIZE, borderMode=cv2.BORDER_REFLECT))
    return found


def mix(before: list[NDArray[np.float32]], after: list[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
    """A dissolve between two stretches of one length."""
    share = (np.arange(len(before)) + 1) / (len(before) + 1)
    return [a * (1 - s) + b * s for a, b, s in zip(before, after, share, strict=True)]


def film(frames: list[NDArray[np.float32]], rng: np.random.Generator, grain: float = 1.5) -> Frames:
    """Frames as a camera would give them: grain added, 8 bits."""
    return [np.clip(f + rng.normal(size=f.shape) * grain, 0, 255).astype(np.uint8) for f in frames]
