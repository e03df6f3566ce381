"""How loud music is against the film's own sound, before it gives way to speech."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from autoscore import tables
from autoscore.adapters.loudness import FLOOR_LUFS, HOP_S, integrated_lufs
from autoscore.model.time import Span
from autoscore.stages.mix.ducking import Region, dialogue_lufs

Array = NDArray[np.float64]


def music_gain_db(music: Array, own: Array, found: Sequence[Region], start_s: float) -> float:
    """Static gain of the music, dB.

    Under dialogue: so far below it as an underscore lies between lines, but never buried under loud effects. Without
    dialogue: a little over the film's own sound. Without own sound: as it is, the master gain does the rest.

    Args:
        music, own: K-weighted energies per HOP_S from film time ``start_s``, of one length.
    """
    table = tables.read("loudness.toml")["music"]
    outside = _outside(found, len(music), start_s)
    level = integrated_lufs(music[outside]) if outside.sum() >= 4 else FLOOR_LUFS
    if level <= FLOOR_LUFS:
        level = integrated_lufs(music)
    if level <= FLOOR_LUFS or integrated_lufs(own) <= FLOOR_LUFS:
        return 0.0
    effects = integrated_lufs(own[outside]) if outside.sum() >= 4 else FLOOR_LUFS
    over_effects = effects + table["over_effects_lu"] if effects > FLOOR_LUFS else FLOOR_LUFS
    dialogue = dialogue_lufs(found, own, start_s)
    if dialogue is None:
        wanted = max(over_effects, table["least_lufs"])
    else:
        featured = min(over_effects, dialogue + table["featured_lu"])
        wanted = max(dialogue - table["under_dialogue_lu"], featured)
    return float(np.clip(wanted - level, -table["limits_gain_db"], table["limits_gain_db"]))


def _outside(found: Sequence[Region], hops: int, start_s: float) -> NDArray[np.bool_]:
    """Hops in which nobody speaks."""
    mask = np.ones(hops, dtype=bool)
    for region in found:
        span: Span = region
        first = max(0, int((span.start_s - 0.4 - start_s) / HOP_S))
        mask[first : max(0, int((span.end_s + 1.4 - start_s) / HOP_S) + 1)] = False
    return mask
