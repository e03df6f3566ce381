"""What music and own sound measure together, so that every gain can be solved before a sample moves."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from autoscore import tables
from autoscore.adapters.convolve import Convolver, response_of
from autoscore.adapters.loudness import HOP_S, hop_products, k_weighting, weighting
from autoscore.model.audio import RATE_HZ
from autoscore.stages.mix.ducking import GRID_S
from autoscore.stages.mix.filters import bell
from autoscore.stages.mix.scratch import Scratch

Array = NDArray[np.float64]
Samples = NDArray[np.float32]
BLOCK = RATE_HZ * 8
"""Of whole hops and whole grid steps."""
HOP = round(RATE_HZ * HOP_S)
_GRID = round(RATE_HZ * GRID_S)
_REACH = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Products:
    """K-weighted mean products per HOP_S: of the music with itself, of the own sound, of both with each other.

    ``cut`` is what the equaliser under speech adds to the music (in opposite phase: it takes away): its products with
    itself, the music and the own sound, zero where nobody speaks.
    """

    music: Array
    own: Array
    both: Array
    cut: Array
    cut_music: Array
    cut_own: Array

    def ducked(self, gain_db: Array, key: Array) -> tuple[Array, Array]:
        """Energies of the music and of the sum, per hop, with the music at a gain and its equaliser keyed.

        Args:
            gain_db, key: as ``Ducker`` takes them, on the grid.
        """
        gain = _per_hop(10.0 ** (gain_db / 20.0), len(self.music))
        power = _per_hop(10.0 ** (gain_db / 10.0), len(self.music))
        share = _per_hop(key, len(self.music))
        music = power * np.maximum(0.0, self.music + 2.0 * share * self.cut_music + share**2 * self.cut)
        total = self.own + music + 2.0 * gain * (self.both + share * self.cut_own)
        return music, np.maximum(0.0, total)


def presence() -> NDArray[np.float64]:
    """The equaliser under speech, as sections."""
    table = tables.read("loudness.toml")["speech"]
    return bell(table["presence_hz"], table["presence_q"], table["presence_db"])


def measure(
    music: Scratch, own: Scratch | None, key: Array, pool: Executor, on_progress: Callable[[float], None]
) -> Products:
    """Reads both tracks once.

    Args:
        key: on the grid; where it is zero for a whole block the equaliser is not measured.
    """
    weigh = {name: weighting(RATE_HZ, 2) for name in ("music", "own")}
    bend = Convolver(response_of(k_weighting(RATE_HZ)) * (response_of(presence()) - 1.0), _REACH, 2, fft)
    rows: list[Array] = []
    for at, samples in music.blocks(BLOCK):
        count = samples.shape[1]
        padded = samples if count % HOP == 0 else np.pad(samples, ((0, 0), (0, -count % HOP)))
        job = pool.submit(_weighted, weigh["own"], own, at, padded.shape[1])
        heard = weigh["music"].push(padded)
        cut = None
        if own is not None and key[at // _GRID : (at + count) // _GRID + 2].any():
            cut = bend.push(padded)
        else:
            bend.skip(padded)
        beside = job.result()
        row = np.zeros((6, padded.shape[1] // HOP))
        row[0] = hop_products(heard, heard, HOP)
        if beside is not None:
            row[1], row[2] = hop_products(beside, beside, HOP), hop_products(heard, beside, HOP)
        if cut is not None and beside is not None:
            row[3], row[4] = hop_products(cut, cut, HOP), hop_products(cut, heard, HOP)
            row[5] = hop_products(cut, beside, HOP)
        rows.append(row)
        on_progress((at + count) / music.frames)
    products = np.concatenate(rows, axis=1)
    # The last hop may be shorter than the others; its mean is over what there is.
    products[:, -1] *= HOP / (music.frames - (products.shape[1] - 1) * HOP)
    names = ("music", "own", "both", "cut", "cut_music", "cut_own")
    return Products(**dict(zip(names, products, strict=True)))


def _weighted(weigh: Convolver, own: Scratch | None, at: int, frames: int) -> Samples | None:
    if own is None:
        return None
    samples = own.read(at, frames)
    if samples.shape[1] < frames:
        samples = np.pad(samples, ((0, 0), (0, frames - samples.shape[1])))
    return weigh.push(samples)


def _per_hop(curve: Array, hops: int) -> Array:
    """Means of a curve on the grid over each hop."""
    steps = HOP // _GRID
    between = 0.5 * (curve[:-1] + curve[1:])
    if len(between) < hops * steps:
        between = np.pad(between, (0, hops * steps - len(between)), mode="edge")
    mean: Array = between[: hops * steps].reshape(hops, steps).mean(axis=1)
    return mean
