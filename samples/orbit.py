"""Orbit: a title card, a countdown, a launch, a docking. 32 seconds, 30 frames a second, fast cuts, no sound at all."""

from __future__ import annotations

import numpy as np
from film import Film, Shot
from picture import HEIGHT, WIDTH, Picture, disc, fill, glow, hills, line, mix, rgb, sky, starfield, words

MIDDLE = WIDTH / HEIGHT / 2
WHITE, ORANGE, TEAL, NIGHT = rgb("f6f2e8"), rgb("ff7a3c"), rgb("3cc8c0"), rgb("0c1022")


def flat(colour: tuple[float, float, float]) -> Picture:
    return sky(colour, colour)


def planet(image: Picture, x: float, y: float, radius: float, turn: float) -> None:
    """A globe with bands of cloud, lit from the left, under a thin blue air."""
    glow(image, x, y, radius * 0.55, rgb("3a8cff"), 0.5)
    disc(image, x, y, radius * 1.015, rgb("9fd0ff"))
    disc(image, x, y, radius, rgb("1f5fa8"))
    for band, (height, size, colour) in enumerate(
        ((-0.45, 0.1, "5fa86a"), (-0.1, 0.16, "c9b27a"), (0.35, 0.12, "5fa86a"), (0.62, 0.05, "e8eef2"))
    ):
        wave = np.linspace(-1, 1, 60)
        half = np.sqrt(max(0.0, 1 - height * height)) * radius * 0.985
        upper = [(float(x + w * half), float(y + radius * (height + size * np.sin(3 * w + turn + band)))) for w in wave]
        lower = [(a, b + radius * size * 0.9) for a, b in reversed(upper)]
        fill(image, upper + lower, rgb(colour))
    shade = [
        (float(x + radius * 1.02 * np.cos(a)), float(y + radius * 1.02 * np.sin(a)))
        for a in np.linspace(-np.pi / 2, np.pi / 2, 50)
    ]
    inner = [
        (float(x + radius * 0.45 * np.cos(a)), float(y + radius * 1.02 * np.sin(a)))
        for a in np.linspace(np.pi / 2, -np.pi / 2, 50)
    ]
    fill(image, shade + inner, rgb("0a1c3c"))


def rocket(image: Picture, x: float, y: float, size: float, flame: float, t: float) -> None:
    """Upright, its engine at (x, y)."""
    if flame > 0:
        flicker = 1.0 + 0.15 * np.sin(41 * t) + 0.1 * np.sin(67 * t)
        for wide, tall, colour in ((0.17, 1.0, "ff5a28"), (0.11, 0.7, "ffb038"), (0.06, 0.4, "fff4c8")):
            fill(
                image, [(x - wide * size, y), (x + wide * size, y), (x, y + tall * size * flame * flicker)], rgb(colour)
            )
    fill(image, [(x - 0.3 * size, y + 0.06 * size), (x, y - 0.5 * size), (x + 0.3 * size, y + 0.06 * size)], ORANGE)
    body = [
        (x - 0.15 * size, y),
        (x - 0.17 * size, y - 0.9 * size),
        (x, y - 1.45 * size),
        (x + 0.17 * size, y - 0.9 * size),
        (x + 0.15 * size, y),
    ]
    fill(image, body, WHITE)
    fill(
        image,
        [
            (x + 0.03 * size, y),
            (x + 0.05 * size, y - 1.2 * size),
            (x + 0.17 * size, y - 0.9 * size),
            (x + 0.15 * size, y),
        ],
        rgb("c8c4ba"),
    )
    disc(image, x, y - 0.85 * size, 0.075 * size, rgb("27506e"))


def station(image: Picture, x: float, y: float, size: float, angle: float) -> None:
    def at(u: float, v: float) -> tuple[float, float]:
        c, s = np.cos(angle), np.sin(angle)
        return (float(x + size * (u * c - v * s)), float(y + size * (u * s + v * c)))

    for side in (-1, 1):
        fill(
            image,
            [at(side * 0.35, -0.28), at(side * 1.2, -0.28), at(side * 1.2, 0.28), at(side * 0.35, 0.28)],
            rgb("2a5ca8"),
        )
        for bar in np.linspace(0.35, 1.2, 6):
            line(image, [at(side * bar, -0.28), at(side * bar, 0.28)], rgb("8fb4e0"), 0.004)
    line(image, [at(-1.2, 0), at(1.2, 0)], WHITE, 0.012)
    fill(image, [at(-0.2, -0.5), at(0.2, -0.5), at(0.2, 0.5), at(-0.2, 0.5)], WHITE)
    disc(image, *at(0, -0.5), 0.2 * size, rgb("c8c4ba"))


def title(t: float) -> Picture:
    image = sky(NIGHT, rgb("243058"), 1.0)
    starfield(image, 0.03 * t, 1)
    line(image, [(MIDDLE - 0.18 * t, 0.6), (MIDDLE + 0.18 * t, 0.6)], ORANGE, 0.008)
    words(image, "ORBIT", MIDDLE, 0.46, 0.12, WHITE, 0.02 + 0.01 * t)
    return image


def pad(t: float) -> Picture:
    image = sky(rgb("27406e"), rgb("f0a070"))
    hills(image, 0.86, 0.02, 0.0, rgb("3a3048"), 5)
    for height in np.arange(0.2, 0.85, 0.08):
        line(image, [(1.16, height), (1.3, height + 0.08), (1.16, height + 0.08), (1.3, height)], rgb("5a3a44"), 0.006)
    rocket(image, 0.98, 0.84, 0.4, 0.0, t)
    glow(image, 0.98, 0.9, 0.08, rgb("ffffff"), 0.18 + 0.05 * np.sin(3 * t))
    return image


def number(text: str, back: tuple[float, float, float], front: tuple[float, float, float]) -> Picture:
    image = flat(back)
    disc(image, MIDDLE, 0.5, 0.36, front)
    words(image, text, MIDDLE, 0.5, 0.34, back)
    return image


def liftoff(t: float) -> Picture:
    image = sky(rgb("27406e"), rgb("f0a070"))
    rise = 0.32 * t * t
    hills(image, 0.86 + 0.1 * t, 0.02, 0.0, rgb("3a3048"), 5)
    glow(image, 0.9, 0.9 - rise, 0.22, rgb("ffb060"), 1.6)
    rng = np.random.default_rng(3)
    for _ in range(40):
        spread, puff = rng.normal(0, 0.5 + 0.4 * t), rng.uniform(0.05, 0.14) * (1 + 0.6 * t)
        disc(
            image, 0.9 + spread, 0.98 - 0.08 * rng.random(), float(puff), mix(WHITE, ORANGE, float(rng.uniform(0, 0.4)))
        )
    rocket(image, 0.9 + 0.004 * np.sin(50 * t), 0.8 - rise, 0.34, 1.1, t)
    return image


def climb(t: float, high: float) -> Picture:
    image = sky(mix(rgb("2f78c8"), NIGHT, high), mix(rgb("bfe0f0"), rgb("2f5aa0"), high), 1.0)
    starfield(image, 0.0, 2) if high > 0.5 else None
    for streak in range(24):
        x, y = (streak * 0.377) % 1.78, (streak * 0.231 + 2.2 * t) % 1.3 - 0.2
        line(image, [(x, y), (x, y + 0.16)], mix(WHITE, rgb("2f5aa0"), high), 0.004)
    rocket(image, MIDDLE + 0.01 * np.sin(31 * t), 0.7, 0.36, 0.9, t)
    return image


def below(t: float) -> Picture:
    image = flat(rgb("dfe8ea"))
    glow(image, MIDDLE, 0.4, 0.12 - 0.02 * t, rgb("ff9040"), 0.9)
    for ring in range(7):
        size = ((ring / 7 + 0.8 * t) % 1.0) ** 2 * 1.2 + 0.02
        angle = np.linspace(0, 2 * np.pi, 80)
        line(image, [(float(MIDDLE + size * np.cos(a)), float(0.5 + size * np.sin(a))) for a in angle], ORANGE, 0.01)
    disc(image, MIDDLE, 0.5, 0.09, rgb("5a2a20"))
    return image


def parting(t: float) -> Picture:
    image = flat(NIGHT)
    starfield(image, 0.05 * t, 4)
    planet(image, 0.5, 1.5, 0.85, 0.2 * t)
    gap = 0.3 * max(0.0, t - 0.5)
    rocket(image, 1.1 + 0.2 * gap, 0.52 - 0.5 * gap, 0.24, 0.5 if t > 0.8 else 0.0, t)
    fill(image, [(1.06, 0.54 + gap), (1.14, 0.54 + gap), (1.14, 0.8 + gap), (1.06, 0.8 + gap)], rgb("c8c4ba"))
    return image


def warp(t: float) -> Picture:
    image = flat(rgb("070a18"))
    starfield(image, 3.0 * t, 6, 0.25 * min(1.0, 2 * t))
    rocket_x = 0.6 + 0.1 * t
    fill(image, [(rocket_x, 0.5), (rocket_x - 0.35, 0.44), (rocket_x - 0.35, 0.56)], WHITE)
    fill(image, [(rocket_x - 0.35, 0.46), (rocket_x - 0.75, 0.5), (rocket_x - 0.35, 0.54)], ORANGE)
    return image


def window(t: float) -> Picture:
    image = flat(rgb("20242e"))
    disc(image, MIDDLE, 0.5, 0.43, rgb("8a8f98"))
    disc(image, MIDDLE, 0.5, 0.4, NIGHT)
    planet(image, MIDDLE + 0.3 - 0.05 * t, 0.62, 0.26, 0.3 * t)
    frame = sky(rgb("20242e"), rgb("20242e"))
    ys, xs = np.mgrid[0:HEIGHT, 0:WIDTH] / HEIGHT
    outside = (xs - MIDDLE) ** 2 + (ys - 0.5) ** 2 > 0.4**2
    rim = (xs - MIDDLE) ** 2 + (ys - 0.5) ** 2 < 0.43**2
    image[outside & ~rim] = frame[outside & ~rim]
    image[outside & rim] = rgb("8a8f98")
    return image


def approach(t: float) -> Picture:
    image = flat(NIGHT)
    starfield(image, 0.02 * t, 7)
    planet(image, 0.3, 1.25, 0.75, 0.1 * t)
    station(image, 1.15, 0.42, 0.26, 0.5 + 0.18 * t)
    x = 0.1 + 0.17 * t
    fill(image, [(x, 0.46), (x - 0.16, 0.42), (x - 0.16, 0.5)], WHITE)
    return image


def docked(t: float) -> Picture:
    image = flat(NIGHT)
    starfield(image, 0.02 * t, 8)
    planet(image, 1.5, 0.9, 0.6, 0.1 * t)
    station(image, 0.7, 0.5, 0.36, 0.15 * np.sin(0.4 * t))
    disc(image, 0.7, 0.5, 0.05 + 0.01 * np.sin(5 * t), TEAL)
    return image


def rest(t: float) -> Picture:
    image = sky(NIGHT, rgb("143a52"), 1.0)
    starfield(image, 0.03 * t, 9)
    planet(image, MIDDLE, 1.35, 0.95, 0.15 * t)
    station(image, 0.3 + 0.12 * t, 0.3 - 0.01 * t, 0.09, 0.3 + 0.1 * t)
    return image


def film() -> Film:
    """Shots and hits."""
    montage = [
        (title, 3.0, 0.3, "the title"),
        (pad, 6.0, 0.35, "the rocket waits"),
        (lambda _t: number("3", NIGHT, ORANGE), 6.8, 0.5, "three"),
        (lambda _t: number("2", ORANGE, WHITE), 7.6, 0.55, "two"),
        (lambda _t: number("1", WHITE, TEAL), 8.4, 0.6, "one"),
        (liftoff, 11.0, 1.0, "lift-off"),
        (lambda t: climb(t, 0.1), 12.2, 0.9, "climbing"),
        (below, 13.2, 0.9, "the engine from below"),
        (lambda t: climb(t, 0.5), 14.2, 0.9, "the sky grows dark"),
        (warp, 15.4, 0.95, "speed"),
        (lambda t: climb(t, 0.9), 16.4, 0.85, "stars"),
        (parting, 19.0, 0.7, "the stage parts"),
        (window, 21.4, 0.4, "the planet through a window"),
        (approach, 25.0, 0.45, "the station comes near"),
        (docked, 27.6, 0.6, "docked"),
    ]
    shots = tuple(Shot(draw=draw, end_s=end, intensity=power, what=what) for draw, end, power, what in montage)
    return Film(
        name="orbit",
        title="Orbit",
        rate=30,
        shots=(*shots, Shot(draw=rest, end_s=32.0, intensity=0.25, what="in orbit", dissolve_s=1.0)),
        fade_in_s=0.0,
        fade_out_s=1.5,
        hits=(
            (0.0, "hard", "the title"),
            (8.4, "hard", "lift-off"),
            (16.4, "section", "the stage parts"),
            (25.0, "hard", "docked"),
        ),
    )
