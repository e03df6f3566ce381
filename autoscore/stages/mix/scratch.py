"""A film-length stereo track on disk while the mix is made: float32, silence takes no room, gone when done.

Channels lie side by side in pages, as they are worked on: samples of two channels in turn cost several times as much.
"""

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
_PAGE = 65_536
_PAGE_BYTES = _PAGE * 4


class Scratch:
    """``frames`` of stereo float32, all silence at first; samples have shape (2, n). A context manager; the file is
    removed at its end.

    Raises:
        StorageError: the disk is full or cannot be written.
    """

    def __init__(self, path: Path, frames: int) -> None:
        self.path = path
        self.frames = frames
        self._file: BinaryIO | None = None

    def __enter__(self) -> Scratch:
        try:
            self._file = self.path.open("w+b", buffering=0)
            self._file.truncate(_bytes(self.frames))
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
        out = np.empty((2, max(0, min(frames, self.frames - start))), dtype=np.float32)
        file = self._opened()
        try:
            for offset, first, last, channel in _places(start, out.shape[1]):
                file.seek(offset)
                file.readinto(out[channel, first:last].data)  # type: ignore[attr-defined]
        except OSError as error:
            raise _failed(self.path, error) from error
        return out

    def write(self, start: int, samples: Samples) -> None:
        """Replaces what is at ``start``; what would lie outside the track is left out."""
        begin, end = max(0, start), min(self.frames, start + samples.shape[1])
        if end <= begin:
            return
        inside = np.ascontiguousarray(samples[:, begin - start : end - start], dtype=np.float32)
        file = self._opened()
        try:
            for offset, first, last, channel in _places(begin, end - begin):
                file.seek(offset)
                file.write(inside[channel, first:last].data)
        except OSError as error:
            raise _failed(self.path, error) from error

    def extend(self, frames: int) -> None:
        """Makes the track at least ``frames`` long."""
        if frames <= self.frames:
            return
        try:
            self._opened().truncate(_bytes(frames))
        except OSError as error:
            raise _failed(self.path, error) from error
        self.frames = frames

    def add(self, start: int, samples: Samples) -> None:
        """Adds to what is at ``start``."""
        first = max(0, start)
        part = samples[:, first - start :]
        there = self.read(first, part.shape[1])
        there += part[:, : there.shape[1]]
        self.write(first, there)

    def blocks(self, frames: int) -> Iterator[tuple[int, Samples]]:
        """The whole track in blocks: (first frame, samples)."""
        for start in range(0, self.frames, frames):
            yield start, self.read(start, frames)

    def _opened(self) -> BinaryIO:
        assert self._file is not None
        return self._file


def _places(start: int, frames: int) -> Iterator[tuple[int, int, int, int]]:
    """Where samples from ``start`` lie: (offset in bytes, first, last counted from ``start``, channel)."""
    done = 0
    while done < frames:
        page, inside = divmod(start + done, _PAGE)
        count = min(_PAGE - inside, frames - done)
        for channel in (0, 1):
            yield (2 * page + channel) * _PAGE_BYTES + 4 * inside, done, done + count, channel
        done += count


def _bytes(frames: int) -> int:
    """Of whole pages."""
    return -(-frames // _PAGE) * 2 * _PAGE_BYTES


def _failed(path: Path, error: OSError) -> StorageError:
    return write_error(error, path.parent / "08-mix.flac")
