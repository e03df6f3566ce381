"""The desk of a first look: each group at its level and width, without filters, walls and room."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor, Future

import numpy as np
from numpy.typing import NDArray

from autoscore import tables
from autoscore.stages.mix.desk import Begun, Reader

Samples = NDArray[np.float32]
Piece = Samples | None


class Sketch:
    """Takes the groups of one cue block by block, as ``Desk`` does; there is nothing after the last sound."""

    def __init__(self, groups: list[str]) -> None:
        self._gains = {group: _gains(group) for group in groups}
        self._last: dict[str, Future[Piece]] = {}

    @property
    def tail(self) -> int:
        """Nothing."""
        return 0

    def begin(self, pool: Executor, readers: Mapping[str, Reader], intensity: Samples) -> Begun:
        """See ``Desk.begin``; the planned intensity only tells how long the block is."""
        for group, reader in readers.items():
            self._last[group] = pool.submit(self._next, self._last.get(group), group, reader, len(intensity))
        return [self._last[group] for group in readers]

    def push(self, begun: Begun, intensity: Samples) -> Samples:
        """The sum, (2, frames): middle and side; always in the same order."""
        total = np.zeros((2, len(intensity)), dtype=np.float32)
        for future in begun:
            piece = future.result()
            if piece is not None:
                total += piece
        return total

    def _next(self, last: Future[Piece] | None, group: str, read: Reader, frames: int) -> Piece:
        if last is not None:
            last.result()
        piece = read(frames)
        if piece is None:
            return None
        sides = np.empty((2, len(piece)), dtype=np.float32)
        np.add(piece[:, 0], piece[:, 1], out=sides[0])
        np.subtract(piece[:, 0], piece[:, 1], out=sides[1])
        sides *= self._gains[group]
        return sides


def _gains(group: str) -> Samples:
    """Of half the sum and half the difference of left and right; shape (2, 1)."""
    level_db = tables.read("loudness.toml")["groups"][group]
    side_db = level_db + tables.read("desk.toml")["groups"][group]["side_db"]
    return np.array([[0.5 * 10.0 ** (level_db / 20.0)], [0.5 * 10.0 ** (side_db / 20.0)]], dtype=np.float32)
