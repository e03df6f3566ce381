"""Pieces of pictures, drawn with NumPy and OpenCV: skies, hills, clouds, houses, people, kites, stars.

A picture is a float32 array (HEIGHT, WIDTH, 3), blue-green-red, 0..255. Positions are in shares of the picture height,
x from the left edge, y from the top; angles in radians, clockwise. Randomness comes only from a given seed.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 1280, 720
"""Pictures are drawn twice as large as they are shown: OpenCV smooths edges in 8-bit pictures only."""
OUT_WIDTH, OUT_HEIGHT = 640, 360
SHIFT = 4
Picture = NDArray[np.float32]
Colour = tuple[float, float, float]


def rgb(text: str) -> Colour:
    """Blue, green, red 0..255 of a colour written as "f0a030"."""
    red, green, blue = (int(text[i : i + 2], 16) for i in (0, 2, 4))
    return (float(blue), float(green), float(red))


def mix(left: Colour, right: Colour, share: float) -> Colour:
    return (
        left[0] + (right[0] - left[0]) * share,
        left[1] + (right[1] - left[1]) * share,
        left[2] + (right[2] - left[2]) * share,
    )


def sky(top: Colour, bottom: Colour, horizon: float = 0.8) -> Picture:
    """A vertical gradient that has become ``bottom`` at ``horizon``."""
    share = np.clip(np.linspace(0, 1, HEIGHT) / horizon, 0, 1)[:, None, None] ** 1.3
    column = np.array(top) * (1 - share) + np.array(bottom) * share
    return np.repeat(column, WIDTH, axis=1).astype(np.float32)


def glow(image: Picture, x: float, y: float, radius: float, colour: Colour, strength: float) -> None:
    """Light that is added around a point; half as bright at ``radius``."""
    xs = (np.arange(WIDTH, dtype=np.float32) / HEIGHT - x)[None, :]
    ys = (np.arange(HEIGHT, dtype=np.float32) / HEIGHT - y)[:, None]
    light = strength / (1.0 + (xs * xs + ys * ys) / radius**2)
    image += light[..., None] * np.array(colour, dtype=np.float32)


def points(shape: list[tuple[float, float]]) -> NDArray[np.int32]:
    return np.round(np.array(shape) * HEIGHT * (1 << SHIFT)).astype(np.int32).reshape(-1, 1, 2)


def fill(image: Picture, shape: list[tuple[float, float]], colour: Colour) -> None:
    cv2.fillPoly(image, [points(shape)], colour, cv2.LINE_8, SHIFT)


def line(image: Picture, shape: list[tuple[float, float]], colour: Colour, width: float) -> None:
    thickness = max(1, round(width * HEIGHT))
    cv2.polylines(image, [points(shape)], False, colour, thickness, cv2.LINE_8, SHIFT)


def disc(image: Picture, x: float, y: float, radius: float, colour: Colour) -> None:
    centre = (round(x * HEIGHT * (1 << SHIFT)), round(y * HEIGHT * (1 << SHIFT)))
    cv2.circle(image, centre, round(radius * HEIGHT * (1 << SHIFT)), colour, -1, cv2.LINE_8, SHIFT)


def hills(image: Picture, base: float, height: float, offset: float, colour: Colour, seed: int) -> None:
    """A ridge of summed sines; ``offset`` slides it to the left."""
    x = np.linspace(0, WIDTH / HEIGHT, 161)
    rng = np.random.default_rng(seed)
    ridge = np.zeros_like(x)
    for wave, size in ((1.1, 1.0), (2.7, 0.45), (6.1, 0.16)):
        ridge += size * np.sin(wave * (x + offset) + rng.uniform(0, 2 * np.pi))
    shape = [(float(a), float(base - height * b)) for a, b in zip(x, ridge, strict=True)]
    fill(image, [*shape, (WIDTH / HEIGHT, 1.1), (0.0, 1.1)], colour)


@cache
def _noise(seed: int) -> Picture:
    """Soft noise 0..1, (HEIGHT, 4 * HEIGHT), that joins itself left to right."""
    rng = np.random.default_rng(seed)
    wide = 4 * HEIGHT
    total = np.zeros((HEIGHT, wide), np.float32)
    for cells, size in ((4, 1.0), (8, 0.6), (16, 0.35), (32, 0.2), (64, 0.1)):
        rough = rng.random((cells, cells * 3)).astype(np.float32)
        rough = np.concatenate([rough, rough[:, :1]], axis=1)
        total += size * cv2.resize(rough, (wide + 1, HEIGHT), interpolation=cv2.INTER_CUBIC)[:, :wide]
    total -= total.min()
    cloud: Picture = total / total.max()
    return cloud


def clouds(image: Picture, offset: float, colour: Colour, amount: float, seed: int, floor: float = 0.75) -> None:
    """Drifting clouds above ``floor``; ``amount`` 0..1 is how much of the sky they cover."""
    start = int(offset * HEIGHT) % (4 * HEIGHT)
    wide = np.take(_noise(seed), np.arange(start, start + WIDTH), axis=1, mode="wrap")
    cover = np.clip((wide - (1.0 - amount)) * 3.5, 0, 1)
    cover *= np.clip((floor - np.linspace(0, 1, HEIGHT)[:, None]) * 4.0, 0, 1)
    image *= 1.0 - cover[..., None] * 0.85
    image += cover[..., None] * 0.85 * np.array(colour, dtype=np.float32)


def houses(image: Picture, base: float, size: float, offset: float, colour: Colour, window: Colour, seed: int) -> None:
    """An endless street of gabled houses that slides to the left by ``offset``."""
    step = 0.9 * size
    first = int(offset / step) - 1
    for number in range(first, first + int(WIDTH / HEIGHT / step) + 4):
        rng = np.random.default_rng([seed, number & 0xFFFF])
        left, wide, tall = number * step - offset, size * rng.uniform(0.62, 0.86), size * rng.uniform(0.7, 1.25)
        top, right = base - tall, left + wide
        roof = top - size * rng.uniform(0.25, 0.5)
        shade = mix(colour, (0.0, 0.0, 0.0), float(rng.uniform(0.0, 0.25)))
        chimney = left + wide * 0.7
        fill(
            image, [(chimney, top), (chimney, roof), (chimney + 0.07 * size, roof), (chimney + 0.07 * size, top)], shade
        )
        fill(image, [(left, 1.1), (left, top), (left + wide / 2, roof), (right, top), (right, 1.1)], shade)
        for row in range(3):
            for column in range(2):
                if rng.random() < 0.6:
                    x, y = left + wide * (0.22 + 0.36 * column), top + size * (0.12 + 0.3 * row)
                    fill(
                        image,
                        [(x, y), (x + 0.11 * size, y), (x + 0.11 * size, y + 0.15 * size), (x, y + 0.15 * size)],
                        window,
                    )


def person(
    image: Picture, x: float, y: float, size: float, colour: Colour, *, stride: float | None, arm: float = 0.3
) -> None:
    """Someone with feet at (x, y): running when ``stride`` (a phase) is given, else standing; ``arm`` lifts one arm."""
    width = 0.075 * size
    lean = 0.16 * size if stride is not None else 0.0
    bounce = 0.03 * size * abs(np.sin(stride)) if stride is not None else 0.0
    hip = (x, y - 0.45 * size - bounce)
    neck = (x + lean, y - 0.82 * size - bounce)
    for side in (0.0, np.pi):
        swing = 0.8 * np.sin(stride + side) if stride is not None else 0.12 * np.cos(side)
        knee = (hip[0] + 0.24 * size * np.sin(swing), hip[1] + 0.24 * size * np.cos(swing))
        bend = max(0.0, np.cos(stride + side)) * 1.2 if stride is not None else 0.0
        foot = (knee[0] + 0.24 * size * np.sin(swing - bend), knee[1] + 0.24 * size * np.cos(swing - bend))
        line(image, [hip, knee, foot], colour, width)
        reach = -0.9 * swing if stride is not None else (arm if side == 0.0 else -0.25) * np.pi
        elbow = (neck[0] + 0.19 * size * np.sin(reach), neck[1] + 0.06 * size + 0.19 * size * np.cos(reach))
        lift = 0.9 if stride is not None else 0.0
        hand = (elbow[0] + 0.17 * size * np.sin(reach + lift), elbow[1] + 0.17 * size * np.cos(reach + lift))
        line(image, [(neck[0], neck[1] + 0.06 * size), elbow, hand], colour, width * 0.8)
    line(image, [hip, neck], colour, width * 1.9)
    disc(image, neck[0] + 0.02 * size, neck[1] - 0.11 * size, 0.105 * size, colour)


def kite(image: Picture, x: float, y: float, size: float, angle: float, time_s: float) -> None:
    """A red and yellow kite with a waving tail."""

    def at(u: float, v: float) -> tuple[float, float]:
        c, s = np.cos(angle), np.sin(angle)
        return (float(x + size * (u * c - v * s)), float(y + size * (u * s + v * c)))

    tail = [at(0.22 * np.sin(9 * t - 7 * time_s) * t, 0.62 + 1.5 * t) for t in np.linspace(0, 1, 24)]
    line(image, tail, rgb("f4ead2"), 0.012 * size + 0.004)
    for place in (6, 11, 16, 21):
        disc(image, *tail[place], 0.05 * size, rgb("e9b23a"))
    fill(image, [at(0, -0.6), at(0.42, -0.08), at(0, 0.62)], rgb("d9402e"))
    fill(image, [at(0, -0.6), at(-0.42, -0.08), at(0, 0.62)], rgb("e9b23a"))
    line(image, [at(0, -0.6), at(0, 0.62)], rgb("5a2018"), 0.006 + 0.01 * size)
    line(image, [at(-0.42, -0.08), at(0.42, -0.08)], rgb("5a2018"), 0.006 + 0.01 * size)


@cache
def stars(seed: int, count: int = 260) -> NDArray[np.float64]:
    """(x, y, brightness, depth) of a field of stars, x in 0..4 so that it can slide."""
    rng = np.random.default_rng(seed)
    return np.stack(
        [
            rng.uniform(0, 4, count),
            rng.uniform(0, 1, count),
            rng.uniform(0.3, 1, count) ** 2,
            rng.uniform(0.2, 1, count),
        ],
        1,
    )


def starfield(image: Picture, offset: float, seed: int, streak: float = 0.0) -> None:
    """Stars that slide left, nearer ones faster; ``streak`` draws them out."""
    for x, y, light, depth in stars(seed):
        place = (x - offset * depth) % 4.0
        if place < WIDTH / HEIGHT + streak:
            colour = (255.0 * light, 245.0 * light, 235.0 * light)
            if streak > 0.004:
                line(image, [(place, y), (place - streak * depth, y)], colour, 0.004)
            else:
                disc(image, place, y, 0.0022 + 0.003 * light, colour)


def words(image: Picture, text: str, x: float, y: float, height: float, colour: Colour, spread: float = 0.0) -> None:
    """Text centred at (x, y) with capitals ``height`` tall; ``spread`` puts space between the letters."""
    font, scale = cv2.FONT_HERSHEY_DUPLEX, height * HEIGHT / 22.0
    thickness = max(1, round(scale * 1.6))
    widths = [cv2.getTextSize(letter, font, scale, thickness)[0][0] + spread * HEIGHT for letter in text]
    left = x * HEIGHT - (sum(widths) - spread * HEIGHT) / 2
    ink = np.zeros((HEIGHT, WIDTH), np.uint8)
    for letter, width in zip(text, widths, strict=True):
        cv2.putText(
            ink, letter, (round(left), round((y + height / 2) * HEIGHT)), font, scale, 255, thickness, cv2.LINE_AA
        )
        left += width
    share = (ink.astype(np.float32) / 255.0)[..., None]
    image *= 1.0 - share
    image += share * np.array(colour, dtype=np.float32)


def finish(image: Picture, frame: int, grain: float = 1.6) -> NDArray[np.uint8]:
    """The picture as shown: half the size, corners darkened, a little grain against banding, 8 bits."""
    small = cv2.resize(image, (OUT_WIDTH, OUT_HEIGHT), interpolation=cv2.INTER_AREA)
    ys = np.linspace(-1, 1, OUT_HEIGHT, dtype=np.float32)[:, None]
    xs = np.linspace(-1, 1, OUT_WIDTH, dtype=np.float32)[None, :]
    small = small * (1.0 - 0.22 * np.clip(xs * xs + ys * ys - 0.35, 0, 2))[..., None]
    rng = np.random.default_rng([99, frame % 6])
    small = small + grain * rng.standard_normal((OUT_HEIGHT, OUT_WIDTH, 1), dtype=np.float32)
    return np.clip(small, 0, 255).astype(np.uint8)
