"""A sound file of a part of the rate, read as if it had all of it: a draft's stems are kept as they were played."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from autoscore.adapters.soundfiles import Block, Samples, file_info, read_file


def read_full(
    path: Path, *, rate_hz: int, block_s: float = 10.0, start_frame: int = 0, frames: int = -1
) -> Iterator[Block]:
    """``soundfiles.read_file`` at ``rate_hz``, a whole multiple of the file's rate.

    Of each group of samples the last is the file's, those before it lie on a straight line from the one before.

    Args:
        start_frame: first frame to give, at ``rate_hz``.
        frames: how many to give, -1 = to the end.

    Raises:
        StorageError: it is missing or broken.
    """
    count, own_hz, channels = file_info(path)
    every = rate_hz // own_hz
    if every == 1:
        yield from read_file(path, block_s=block_s, start_frame=start_frame, frames=frames)
        return
    left = count * every - start_frame
    left = left if frames < 0 else min(frames, left)
    at, first = start_frame, start_frame // every
    skip = at - first * every
    last: Samples | None = None if first else np.zeros((1, channels), np.float32)
    for block in read_file(path, block_s=block_s, start_frame=max(0, first - 1)):
        if left <= 0:
            return
        points = block.samples if last is None else np.concatenate([last, block.samples])
        last = points[-1:]
        if len(points) < 2:
            continue
        lines = _lines(points, every)[skip : skip + left]
        yield Block(start_s=at / rate_hz, samples=lines)
        at, left, skip = at + len(lines), left - len(lines), 0


def _lines(points: Samples, every: int) -> Samples:
    """``every`` samples for each of ``points`` but the first, which leads to the second."""
    before, after = points[:-1], points[1:]
    lines = np.empty((len(after), every, points.shape[1]), np.float32)
    for at in range(1, every):
        between = after - before
        between *= np.float32(at / every)
        between += before
        _place(lines, at - 1, between)
    _place(lines, every - 1, after)
    return lines.reshape(-1, points.shape[1])


def _place(lines: Samples, at: int, row: Samples) -> None:
    """``lines[:, at] = row``: a stereo sample as one number, for NumPy goes through so short an axis one by one."""
    if row.shape[1] == 2:
        lines.view(np.float64)[:, at, 0] = np.ascontiguousarray(row).view(np.float64)[:, 0]
    else:
        lines[:, at] = row
