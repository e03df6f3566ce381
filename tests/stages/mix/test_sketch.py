"""The desk of a first look."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from autoscore import tables
from autoscore.stages.mix.sketch import Sketch

FRAMES = 4_800


def test_groups_have_their_level_and_width_and_nothing_else() -> None:
    """Two groups, one of them silent in the second block, come out at the table's gains, block after block."""
    random = np.random.default_rng(3)
    brass = random.standard_normal((2 * FRAMES, 2)).astype(np.float32)
    strings = random.standard_normal((FRAMES, 2)).astype(np.float32)
    waiting = {"brass": iter([brass[:FRAMES], brass[FRAMES:]]), "strings": iter([strings, None])}
    level = np.full(FRAMES, 0.5, dtype=np.float32)
    desk = Sketch(["brass", "strings"])
    with ThreadPoolExecutor(2) as pool:
        readers = {group: (lambda _frames, pieces=pieces: next(pieces)) for group, pieces in waiting.items()}
        both = [desk.begin(pool, readers, level), desk.begin(pool, readers, level)]  # one ahead, as the mix does
        middle, side = np.concatenate([desk.push(begun, level) for begun in both], axis=1)
    wanted_middle, wanted_side = np.zeros(2 * FRAMES), np.zeros(2 * FRAMES)
    for group, sound in (("brass", brass), ("strings", strings)):
        gain = 10.0 ** (tables.read("loudness.toml")["groups"][group] / 20.0)
        width = 10.0 ** (tables.read("desk.toml")["groups"][group]["side_db"] / 20.0)
        wanted_middle[: len(sound)] += gain * 0.5 * (sound[:, 0] + sound[:, 1])
        wanted_side[: len(sound)] += gain * width * 0.5 * (sound[:, 0] - sound[:, 1])
    assert middle == pytest.approx(wanted_middle, abs=1e-5)
    assert side == pytest.approx(wanted_side, abs=1e-5)
    assert desk.tail == 0
