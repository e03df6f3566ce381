"""A film-length stereo track on disk while the mix is made: float32, silence takes no room, gone when done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from autoscore.adapters.files import write_error
from autoscore.errors import StorageError

Samples = NDArray[np.float32]
_FRAME_BYTES = 8


class Scratch:
    """``frames`` of stereo float32, all silence at first. A context manager; the file is removed at its end.

    Raises:
        StorageError: the disk is full or cannot be written.
    """

    def __init__(self, path: Path, frames: int) -> None:
        self.path = path
        self.frames = frames
        self._file: BinaryIO | None = None

    def __enter__(self) -> Scratch:
        try:
            self._file = self.path.open("w+b")
            self._file.truncate(self.frames * _FRAME_BYTES)
        except OSError as error:
            self.__exit__(None, None, None)
            raise _failed(self.path, error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            try:
                self._file.close()
            except OSError:
                pass
            finally:
                self._file = None
        self.path.unlink(missing_ok=True)

    def read(self, start: int, frames: int) -> Samples:
        """``frames`` samples from ``start``; fewer at the end."""
        count = max(0, min(frames, self.frames - start))
        assert self._file is not None
        try:
            self._file.seek(start * _FRAME_BYTES)
            data = self._file.read(count * _FRAME_BYTES)
        except OSError as error:
            raise _failed(self.path, error) from error
        return np.frombuffer(data, dtype=np.float32).reshape(-1, 2).copy()

    def write(self, start: int, samples: Samples) -> None:
        """Replaces what is at ``start``; what would lie outside the track is left out."""
        first, last = max(0, start), min(self.frames, start + len(samples))
        if last <= first:
            return
        assert self._file is not None
        try:
            self._file.seek(first * _FRAME_BYTES)
            self._file.write(np.ascontiguousarray(samples[first - start : last - start], dtype=np.float32).tobytes())
        except OSError as error:
            raise _failed(self.path, error) from error

    def extend(self, frames: int) -> None:
        """Makes the track at least ``frames`` long."""
        if frames <= self.frames:
            return
        assert self._file is not None
        try:
            self._file.truncate(frames * _FRAME_BYTES)
        except OSError as error:
            raise _failed(self.path, error) from error
        self.frames = frames

    def add(self, start: int, samples: Samples) -> None:
        """Adds to what is at ``start``."""
        first = max(0, start)
        part = samples[first - start :]
        there = self.read(first, len(part))
        self.write(first, there + part[: len(there)])

    def blocks(self, frames: int) -> Iterator[tuple[int, Samples]]:
        """The whole track in blocks: (first frame, samples)."""
        for start in range(0, self.frames, frames):
            yield start, self.read(start, frames)


def _failed(path: Path, error: OSError) -> StorageError:
    return write_error(error, path.parent / "08-mix.flac")
