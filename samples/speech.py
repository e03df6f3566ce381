"""Speech-like sound from nothing: a glottal pulse train and noise through moving formants (after Klatt, 1980).

It says no words of any language; it has what a speech detector and an ear take for a narrator: pitch that moves and
falls at the end of a phrase, syllables, vowels, nasals, hisses and stops.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

RATE_HZ = 24_000
FRAME = 120
"""Samples between two settings of the formants: 5 ms."""

# Formants 1-4 in Hz, voicing 0..1, noise 0..1, seconds.
SOUNDS: dict[str, tuple[tuple[int, int, int, int], float, float, float]] = {
    "a": ((730, 1190, 2500, 3500), 1.0, 0.0, 0.13),
    "e": ((530, 1840, 2480, 3500), 1.0, 0.0, 0.11),
    "i": ((290, 2250, 2950, 3600), 0.9, 0.0, 0.10),
    "o": ((560, 860, 2450, 3400), 1.0, 0.0, 0.13),
    "u": ((320, 880, 2260, 3400), 0.9, 0.0, 0.11),
    "@": ((500, 1450, 2480, 3500), 0.8, 0.0, 0.07),
    "m": ((270, 1050, 2200, 3300), 0.45, 0.0, 0.07),
    "n": ((280, 1650, 2500, 3400), 0.45, 0.0, 0.06),
    "l": ((360, 1200, 2700, 3500), 0.6, 0.0, 0.06),
    "r": ((340, 1150, 1650, 3300), 0.6, 0.0, 0.07),
    "w": ((300, 700, 2200, 3300), 0.6, 0.0, 0.06),
    "v": ((300, 1300, 2300, 3400), 0.35, 0.12, 0.06),
    "s": ((320, 1700, 4800, 6800), 0.0, 0.32, 0.10),
    "S": ((320, 1800, 2700, 4700), 0.0, 0.36, 0.10),
    "f": ((340, 1100, 2100, 7200), 0.0, 0.12, 0.08),
    "t": ((350, 1800, 2700, 4200), 0.0, 0.45, 0.02),
    "k": ((320, 1500, 2300, 4000), 0.0, 0.45, 0.03),
    "d": ((320, 1750, 2650, 3900), 0.25, 0.12, 0.04),
    "b": ((260, 900, 2200, 3300), 0.25, 0.04, 0.05),
    ".": ((500, 1500, 2500, 3500), 0.0, 0.0, 0.05),
    "_": ((500, 1500, 2500, 3500), 0.0, 0.0, 0.30),
}
BANDWIDTHS_HZ = (70, 95, 140, 220)


def say(sounds: str, *, pitch_hz: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """A phrase as mono sound at RATE_HZ, peak 1; each letter of ``sounds`` is a row of SOUNDS."""
    formants, voice, noise = _tracks(sounds, rng)
    frames = len(voice)
    place = np.linspace(0.0, 1.0, frames)
    pitch = pitch_hz * (1.14 - 0.34 * place + 0.07 * np.sin(2 * np.pi * place * frames * 0.005 * 1.7))
    pitch *= 1.0 + 0.01 * np.cumsum(rng.standard_normal(frames)) / np.sqrt(np.arange(1, frames + 1))
    source = _glottis(np.repeat(pitch, FRAME), rng) * np.repeat(_smooth(voice, 3), FRAME)
    source += rng.standard_normal(frames * FRAME) * np.repeat(_smooth(noise, 2), FRAME) * 0.5
    out = _resonate(source, formants)
    out = lfilter([1.0, -0.94], [1.0], out)
    peak = float(np.abs(out).max())
    return out / peak if peak else out


def _tracks(
    sounds: str, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Formants (frames, 4), voicing and noise (frames) with transitions of about 30 ms."""
    formants: list[tuple[int, int, int, int]] = []
    voice: list[float] = []
    noise: list[float] = []
    for sound in sounds:
        row, voiced, hiss, length_s = SOUNDS[sound]
        count = max(2, round(length_s * rng.uniform(0.85, 1.2) * RATE_HZ / FRAME))
        if sound in "tkdb":
            # The mouth is shut before a stop bursts.
            formants += [row] * 8
            voice += [0.08 if sound in "db" else 0.0] * 8
            noise += [0.0] * 8
        formants += [row] * count
        voice += [voiced * rng.uniform(0.85, 1.0)] * count
        noise += [hiss] * count
    table = np.array(formants, dtype=np.float64)
    moving = np.stack([_smooth(table[:, i], 6) for i in range(4)], axis=1)
    return moving, np.array(voice), np.array(noise)


def _smooth(values: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    window = np.hanning(2 * reach + 3)
    padded = np.pad(values, reach + 1, mode="edge")
    smooth: NDArray[np.float64] = np.convolve(padded, window / window.sum(), mode="valid")
    return smooth


def _glottis(pitch: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Rosenberg's pulse: opens over 40 % of the period, closes over 16 %; its slope drives the formants."""
    phase = np.cumsum(pitch / RATE_HZ)
    cycle = np.floor(phase).astype(np.int64)
    loudness = 1.0 + 0.06 * rng.standard_normal(int(cycle[-1]) + 1)
    x = phase - cycle
    opening = 0.5 * (1.0 - np.cos(np.pi * x / 0.4))
    closing = np.cos(0.5 * np.pi * (x - 0.4) / 0.16)
    flow = np.where(x < 0.4, opening, np.where(x < 0.56, closing, 0.0)) * loudness[cycle]
    return np.diff(flow, prepend=0.0) * 12.0 + 0.012 * rng.standard_normal(len(x)) * flow


def _resonate(source: NDArray[np.float64], formants: NDArray[np.float64]) -> NDArray[np.float64]:
    """Four resonators one after another, set anew every frame, their state carried over."""
    signal = source
    for index, bandwidth in enumerate(BANDWIDTHS_HZ):
        radius = np.exp(-np.pi * bandwidth / RATE_HZ)
        state = np.zeros(2)
        out = np.empty_like(signal)
        for frame, centre in enumerate(formants[:, index]):
            a1, a2 = -2.0 * radius * np.cos(2 * np.pi * centre / RATE_HZ), radius * radius
            part = slice(frame * FRAME, (frame + 1) * FRAME)
            out[part], state = lfilter([1.0 + a1 + a2], [1.0, a1, a2], signal[part], zi=state)
        signal = out
    return signal
