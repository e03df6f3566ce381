"""The bus that all groups of a cue come together on: its filters, and the frames in which spectra are worked on."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from autoscore import tables
from autoscore.adapters.convolve import response_of
from autoscore.stages.mix.filters import bell, high_pass, shelf

Samples = NDArray[np.float32]
Spectrum = NDArray[np.complex64]
"""Middle and side, shape (2, frames, bins), or (2, bins) of one frame."""

SIZE = 65_536
HOP = 52_800
REACH = SIZE - HOP
"""Samples after which filters and walls together have died away (below -120 dB)."""


class Bus:
    """Filters of the whole bus: high-pass, less mud, some air, one centre for the lows.

    And a tilt: an orchestra that plays harder is brighter; the struck instruments of a font are not.
    """

    def __init__(self, tone_db: float) -> None:
        table = tables.read("loudness.toml")["music"]
        tilt = tables.read("desk.toml")["tilt"]
        both = [
            high_pass(table["highpass_hz"]),
            bell(table["mud_hz"], table["mud_q"], table["mud_db"]),
            shelf(table["air_hz"], table["air_db"], high=True),
            shelf(tilt["hz"], tone_db, high=True),
        ]
        self._middle = np.vstack(both)
        self._side = np.vstack([*both, high_pass(table["mono_below_hz"])])
        self._tilts = [
            (response_of(shelf(tilt["hz"], tilt[name], high=True), SIZE) - 1.0).astype(np.complex64)
            for name in ("soft_db", "loud_db")
        ]

    def responses(self, size: int) -> tuple[NDArray[np.complex64], NDArray[np.complex64]]:
        """Of middle and side, for transforms of ``size``."""
        middle, side = response_of(self._middle, size), response_of(self._side, size)
        return middle.astype(np.complex64), side.astype(np.complex64)

    def bent(self, spectrum: Spectrum, frames: int, intensity: Samples) -> Samples:
        """The sound of a spectrum, brighter or duller as ``intensity`` (0..1 for each sample) says."""
        out = sound_of(spectrum, frames)
        for tilt, share in zip(self._tilts, (1.0 - 2.0 * intensity, 2.0 * intensity - 1.0), strict=True):
            share = np.maximum(share, np.float32(0.0))
            if share.any():
                bend = sound_of(spectrum * tilt, frames)
                bend *= share
                out += bend
        return out


@lru_cache(maxsize=8)
def bus(tone_db: float) -> Bus:
    """The bus of a mood."""
    return Bus(tone_db)


def sound_of(spectrum: Spectrum, frames: int) -> Samples:
    """Back from overlapping frames, the part of each that is whole."""
    pieces = fft.irfft(spectrum, SIZE, axis=2)[:, :, REACH:]
    return np.ascontiguousarray(pieces.reshape(2, -1)[:, :frames])
