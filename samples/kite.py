"""The Kite: a child flies a kite, the string snaps, a chase over fields and roofs, and a quiet end.

50 seconds, 24 frames a second, with a narrator, wind, steps and two blows of sound.
"""

from __future__ import annotations

import numpy as np
from film import SOUND_HZ, Film, Shot
from numpy.typing import NDArray
from picture import Picture, clouds, disc, fill, glow, hills, houses, kite, line, person, rgb, sky
from scipy.signal import butter, resample_poly, sosfilt
from speech import RATE_HZ, say

INK = rgb("1d1a26")
SNAP_S, CATCH_S, END_S = 22.0, 36.0, 50.0
PHRASES = (
    (3.0, "w@nSede.o_@liton.dekovelamin_sela.watonamide"),
    (38.0, "wanodela.morin_tanake.sodela"),
)


def dawn(t: float) -> Picture:
    image = sky(rgb("3f6f9f"), rgb("f7d9a8"))
    glow(image, 1.32, 0.62, 0.16, rgb("ffcf80"), 0.9)
    clouds(image, 0.02 * t, rgb("fff3e0"), 0.45, 1)
    hills(image, 0.74, 0.05, 0.03 * t, rgb("7d9a8e"), 2)
    hills(image, 0.86, 0.04, 0.06 * t, rgb("4c7350"), 3)
    sway = 0.03 * np.sin(0.9 * t)
    x, y = 1.05 + sway, 0.26 + 0.03 * np.sin(1.3 * t)
    line(image, [(0.52, 0.72), (0.75, 0.55), (x, y + 0.05)], rgb("f4ead2"), 0.003)
    kite(image, x, y, 0.11, 0.35 + sway, t)
    person(image, 0.46, 0.9, 0.24, INK, stride=None, arm=0.75)
    return image


def aloft(t: float) -> Picture:
    image = sky(rgb("2f6fb0"), rgb("bfe0f0"), 1.0)
    clouds(image, 0.5 + 0.12 * t, rgb("ffffff"), 0.5, 4, 1.2)
    kite(image, 0.9 + 0.06 * np.sin(t), 0.42 + 0.05 * np.sin(1.4 * t), 0.34, 0.3 + 0.12 * np.sin(1.1 * t), t)
    return image


def storm(t: float) -> Picture:
    image = sky(rgb("39424f"), rgb("8d8f88"))
    clouds(image, 0.25 * t, rgb("23272f"), 0.62 + 0.02 * t, 5)
    hills(image, 0.78, 0.05, 0.05 * t, rgb("46504a"), 2)
    hills(image, 0.9, 0.04, 0.1 * t, rgb("2c3a30"), 3)
    shake = 0.02 * np.sin(9 * t) * min(1.0, t / 3)
    x, y = 1.2 + 0.1 * np.sin(1.7 * t), 0.25 + 0.08 * np.sin(2.3 * t) + shake
    line(image, [(0.56, 0.74), (x, y + 0.05)], rgb("d8d2c0"), 0.003)
    kite(image, x, y, 0.12, 0.8 + 0.4 * np.sin(2.1 * t), 1.6 * t)
    person(image, 0.5, 0.92 + shake / 3, 0.24, INK, stride=None, arm=0.72)
    return image


def snap(t: float) -> Picture:
    image = sky(rgb("20242c"), rgb("5c6168"), 1.0)
    clouds(image, 1.0 + 1.2 * t, rgb("14161b"), 0.6, 6, 1.3)
    loose = min(1.0, 2.2 * t)
    curl = [
        (1.78 - 0.9 * loose + s, 0.1 + 0.35 * s + 0.2 * loose * np.sin(14 * s - 18 * t))
        for s in np.linspace(0, 0.9, 40)
    ]
    line(image, [(float(a), float(b)) for a, b in curl], rgb("f4ead2"), 0.012)
    line(image, [(0.0, 0.96), (0.35, 0.9 - 0.1 * loose * np.sin(12 * t))], rgb("f4ead2"), 0.012)
    fill(image, [(0.0, 1.0), (0.0, 0.86), (0.2, 0.8), (0.42, 0.84), (0.44, 0.95), (0.25, 1.0)], INK)
    return image


def field(t: float, speed: float, seed: int) -> Picture:
    image = sky(rgb("4a5560"), rgb("c9a56b"))
    clouds(image, 0.3 * t + seed, rgb("2c3038"), 0.55, seed)
    hills(image, 0.7, 0.06, 0.5 * speed * t + seed, rgb("5b5a48"), seed)
    hills(image, 0.84, 0.05, speed * t + seed, rgb("38402c"), seed + 1)
    for grass in np.linspace(0, 2.4, 40):
        x = (grass - 1.6 * speed * t) % 2.4 - 0.3
        line(image, [(x, 1.0), (x + 0.03, 0.93)], rgb("20281a"), 0.006)
    kite(image, 1.35 + 0.1 * np.sin(3 * t), 0.25 + 0.06 * np.sin(5 * t), 0.1, 1.0 + 0.5 * np.sin(4 * t), 2 * t)
    person(image, 0.55 + 0.05 * np.sin(2 * t), 0.94, 0.36, INK, stride=11.0 * t)
    return image


def roofs(t: float, speed: float, seed: int, near: bool) -> Picture:
    image = sky(rgb("55506a"), rgb("e0905a"))
    glow(image, 0.3, 0.7, 0.2, rgb("ffb060"), 0.6)
    clouds(image, 0.4 * t + seed, rgb("3a3448"), 0.5, seed)
    houses(image, 0.95, 0.3, 0.6 * speed * t + seed, rgb("6a5060"), rgb("ffd68a"), seed)
    houses(image, 1.12, 0.45, 1.3 * speed * t + seed, rgb("3a2c3c"), rgb("ffc060"), seed + 1)
    size = 0.3 if near else 0.14
    kite(image, 0.9 + 0.25 * np.sin(1.9 * t), 0.33 + 0.1 * np.sin(3.1 * t), size, 1.1 + 0.7 * np.sin(3.7 * t), 2 * t)
    return image


def street(t: float, speed: float, seed: int) -> Picture:
    image = sky(rgb("6a5870"), rgb("e8a468"), 0.6)
    houses(image, 0.86, 0.62, speed * t + seed, rgb("584254"), rgb("ffd68a"), seed)
    fill(image, [(0.0, 0.86), (1.8, 0.86), (1.8, 1.0), (0.0, 1.0)], rgb("2c2430"))
    for stone in range(9):
        x = (0.3 * stone - 2.2 * speed * t) % 2.7 - 0.4
        fill(image, [(x, 0.93), (x + 0.14, 0.93), (x + 0.12, 0.95), (x - 0.02, 0.95)], rgb("4a3e4c"))
    person(image, 0.8, 0.95, 0.55, INK, stride=12.0 * t)
    return image


def tree(image: Picture, x: float, colour: tuple[float, float, float], sway: float) -> None:
    fill(image, [(x - 0.035, 0.95), (x - 0.02, 0.5), (x + 0.02, 0.5), (x + 0.04, 0.95)], colour)
    rng = np.random.default_rng(12)
    for _ in range(26):
        a, r = rng.uniform(0, 2 * np.pi), 0.23 * np.sqrt(rng.uniform())
        disc(image, x + sway * 0.4 + r * 1.25 * np.cos(a), 0.36 + r * np.sin(a), float(rng.uniform(0.05, 0.09)), colour)


def caught(t: float) -> Picture:
    image = sky(rgb("6f7f9a"), rgb("f0c48c"))
    clouds(image, 0.05 * t, rgb("f6e2cc"), 0.42, 8)
    hills(image, 0.84, 0.04, 1.0, rgb("5c6b4c"), 9)
    hills(image, 0.95, 0.02, 2.0, rgb("3c4a34"), 10)
    tree(image, 1.2, rgb("2c3a2a"), 0.02 * np.sin(1.2 * t))
    kite(image, 1.13, 0.34, 0.12, 2.2 + 0.06 * np.sin(1.5 * t), 0.5 * t)
    person(image, 0.6, 0.95, 0.26, INK, stride=None, arm=0.35)
    return image


def evening(t: float) -> Picture:
    image = sky(rgb("3c3a68"), rgb("f2a878"))
    glow(image, 0.9, 0.78, 0.22, rgb("ffb468"), 1.0)
    disc(image, 0.9, 0.77 + 0.006 * t, 0.09, rgb("ffe2a6"))
    clouds(image, 0.015 * t, rgb("e0809a"), 0.36, 11)
    hills(image, 0.86, 0.035, 0.01 * t, rgb("5a4468"), 12)
    hills(image, 0.95, 0.03, 0.02 * t, rgb("2a2038"), 13)
    x, y = 1.25 + 0.04 * np.sin(0.7 * t), 0.28 + 0.02 * np.sin(0.9 * t)
    line(image, [(0.66, 0.78), (0.95, 0.5), (x, y + 0.05)], rgb("e8d2c8"), 0.003)
    kite(image, x, y, 0.09, 0.3 + 0.05 * np.sin(0.8 * t), 0.7 * t)
    person(image, 0.6, 0.93, 0.2, INK, stride=None, arm=0.74)
    person(image, 0.48, 0.935, 0.29, INK, stride=None, arm=0.1)
    return image


def _blow(level: float, low_hz: float, length_s: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """A thud under a crack."""
    t = np.arange(int(length_s * SOUND_HZ)) / SOUND_HZ
    thud = np.sin(2 * np.pi * low_hz * t * (1.0 + np.exp(-t * 18))) * np.exp(-t * 9)
    crack = rng.standard_normal(len(t)) * np.exp(-t * 45)
    return level * (0.8 * thud + 0.5 * crack)


def sound() -> NDArray[np.float32]:
    """Wind that follows the story, a narrator, running steps, the snap and the catch."""
    rng = np.random.default_rng(2024)
    length = round(END_S * SOUND_HZ)
    t = np.arange(length) / SOUND_HZ
    points = [0, 3, 10, 16, 21.9, 22, 24, 35.9, 36.2, 42, 47, 50]
    strength = np.interp(t, points, [0.0, 0.018, 0.02, 0.05, 0.12, 0.1, 0.09, 0.11, 0.015, 0.014, 0.01, 0.0])
    gusts = 1.0 + 0.35 * np.sin(2 * np.pi * 0.23 * t) * np.sin(2 * np.pi * 0.071 * t + 1)
    sides = []
    for side in range(2):
        wind = sosfilt(butter(2, [120, 900], "bandpass", fs=SOUND_HZ, output="sos"), rng.standard_normal(length))
        sides.append(wind / np.abs(wind).max() * 3.0 * strength * gusts * (1.0 + 0.1 * (side - 0.5)))
    out = np.stack(sides, axis=1)
    for start, phrase in PHRASES:
        voice = resample_poly(say(phrase, pitch_hz=112.0, rng=rng), SOUND_HZ // RATE_HZ, 1) * 0.34
        at = round(start * SOUND_HZ)
        out[at : at + len(voice)] += voice[:, None]
    step_s = 24.0
    while step_s < 35.8:
        tap = _blow(0.05, 90.0, 0.12, rng)
        at = round(step_s * SOUND_HZ)
        out[at : at + len(tap)] += tap[:, None]
        step_s += 0.27
    for moment, level in ((SNAP_S, 0.45), (CATCH_S, 0.4)):
        blow = _blow(level, 62.0, 0.7, rng)
        at = round(moment * SOUND_HZ)
        out[at : at + len(blow)] += blow[:, None]
    return np.clip(out, -0.98, 0.98).astype(np.float32)


def phrase_spans() -> tuple[tuple[float, float], ...]:
    rng = np.random.default_rng(2024)
    return tuple((start, round(start + len(say(p, pitch_hz=112.0, rng=rng)) / RATE_HZ, 2)) for start, p in PHRASES)


def film() -> Film:
    """Shots, hits and sound."""
    chase = [
        Shot(draw=lambda t: field(t, 1.3, 21), end_s=26.0, intensity=0.8, what="runs through the field"),
        Shot(draw=lambda t: roofs(t, 0.7, 31, False), end_s=27.5, intensity=0.8, what="kite over the roofs"),
        Shot(draw=lambda t: street(t, 1.5, 41), end_s=29.0, intensity=0.85, what="runs down the street"),
        Shot(draw=lambda t: roofs(t, 1.1, 35, True), end_s=30.25, intensity=0.85, what="kite, close"),
        Shot(draw=lambda t: field(t, 1.8, 25), end_s=31.5, intensity=0.9, what="runs up the hill"),
        Shot(draw=lambda t: roofs(t, 1.5, 38, False), end_s=32.75, intensity=0.9, what="kite dives"),
        Shot(draw=lambda t: street(t, 2.1, 47), end_s=34.0, intensity=0.95, what="runs faster"),
        Shot(draw=lambda t: roofs(t, 2.0, 33, True), end_s=CATCH_S, intensity=1.0, what="kite falls towards the tree"),
    ]
    return Film(
        name="kite",
        title="The Kite",
        rate=24,
        shots=(
            Shot(draw=dawn, end_s=10.0, intensity=0.2, what="a child and a kite at dawn"),
            Shot(draw=aloft, end_s=16.0, intensity=0.35, what="the kite aloft"),
            Shot(draw=storm, end_s=SNAP_S, intensity=0.55, what="a storm comes up", dissolve_s=1.0),
            Shot(draw=snap, end_s=24.0, intensity=0.75, what="the string snaps"),
            *chase,
            Shot(draw=caught, end_s=42.0, intensity=0.4, what="the kite is caught in a tree"),
            Shot(draw=evening, end_s=END_S, intensity=0.15, what="evening, the kite flies again", dissolve_s=1.5),
        ),
        fade_in_s=1.5,
        fade_out_s=2.0,
        hits=(
            (SNAP_S, "hard", "the string snaps"),
            (24.0, "section", "the chase begins"),
            (CATCH_S, "hard", "the kite hits the tree"),
            (42.0, "section", "evening"),
        ),
        speech=phrase_spans(),
        sound=sound(),
    )
