"""Sound files (FLAC, WAV) by soundfile, in blocks; written under a temporary name and renamed when complete."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autoscore.adapters.files import settle, temporary, write_error
from autoscore.errors import StorageError

Samples = NDArray[np.float32]
_BITS = {"PCM_16": 16, "PCM_24": 24}
_FULL_SCALE = float(1 << 31)
_LARGEST = float(np.nextafter(np.float32(_FULL_SCALE), np.float32(0.0)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """``samples``: float32, shape (frames, channels), +-1 is full scale. ``start_s``: film time of the first frame.

    ``bad_packets`` counts packets skipped since the block before because they could not be decoded.
    """

    start_s: float
    samples: Samples
    bad_packets: int = 0


def file_info(path: Path) -> tuple[int, int, int]:
    """(frames, rate_hz, channels) of a sound file.

    Raises:
        StorageError: it is missing or not a sound file.
    """
    import soundfile

    try:
        info = soundfile.info(str(path))
    except (soundfile.SoundFileError, OSError) as error:
        raise StorageError(f"{path.name}: cannot be read as a sound file ({_cause(error)})") from error
    return int(info.frames), int(info.samplerate), int(info.channels)


def read_file(path: Path, *, block_s: float = 10.0, start_frame: int = 0, frames: int = -1) -> Iterator[Block]:
    """A sound file (FLAC, WAV, ...) at its own rate and channels; ``Block.start_s`` counts from the file's start.

    Args:
        start_frame: first frame to read.
        frames: how many to read, -1 = to the end.

    Raises:
        StorageError: it is missing or broken.
    """
    import soundfile

    try:
        with soundfile.SoundFile(str(path)) as source:
            source.seek(start_frame)
            left = source.frames - start_frame if frames < 0 else min(frames, source.frames - start_frame)
            at, size = start_frame, max(1, round(block_s * source.samplerate))
            while left > 0:
                samples = source.read(min(size, left), dtype="float32", always_2d=True)
                if not len(samples):
                    return
                yield Block(start_s=at / source.samplerate, samples=samples)
                at, left = at + len(samples), left - len(samples)
    except (soundfile.SoundFileError, OSError) as error:
        raise StorageError(f"{path.name}: cannot be read as a sound file ({_cause(error)})") from error


def decoded_points(data: bytes, most: int) -> NDArray[np.int16]:
    """The first channel of a sound file in memory, ``most`` frames of it at most.

    Raises:
        StorageError: it is no sound file, or broken.
    """
    import soundfile

    try:
        with soundfile.SoundFile(io.BytesIO(data)) as source:
            points = source.read(frames=most, dtype="int16", always_2d=True)
    except (soundfile.SoundFileError, OSError) as error:
        raise StorageError(f"A sound cannot be read ({_cause(error)}).") from error
    return np.ascontiguousarray(points[:, 0])


class SoundWriter:
    """Writes a FLAC or WAV (by the name's ending) in blocks, under a temporary name until all is well.

    Integer formats only ("PCM_24", "PCM_16"): float WAVs carry a time stamp, and the same music must give the same
    bytes. Samples beyond full scale are clipped. A context manager: an exception inside it leaves nothing behind.

    Args:
        settled: it has its name only when it is on the disk; else somebody else sees to that (``files.settle``).

    Raises:
        StorageError: the folder cannot be written or the disk is full.
    """

    def __init__(
        self, path: Path, *, rate_hz: int = 48_000, channels: int = 2, subtype: str = "PCM_24", comment: str = "",
        settled: bool = True,
    ) -> None:  # fmt: skip
        self.path = path
        self._settled = settled
        self.frames = 0
        self.part = temporary(path)
        """Where it is until it is whole."""
        self._rate_hz, self._channels, self._subtype, self._comment = rate_hz, channels, subtype, comment
        self._file: Any = None
        self._scaled: Samples = np.empty((0, channels), np.float32)
        self._points: NDArray[np.int32] = np.empty((0, channels), np.int32)

    def __enter__(self) -> SoundWriter:
        import soundfile

        kind = "FLAC" if self.path.suffix.lower() == ".flac" else "WAV"
        # Written for reading soon: half the time to read, and files a twelfth larger than with the default.
        level = {"compression_level": 0.125} if kind == "FLAC" else {}
        try:
            self._file = soundfile.SoundFile(
                str(self.part), "w", self._rate_hz, self._channels, subtype=self._subtype, format=kind, **level
            )
            if self._comment:
                self._file.comment = self._comment
        except (soundfile.SoundFileError, OSError) as error:
            raise write_error(error, self.path) from error
        return self

    def write(self, samples: Samples) -> None:
        """Appends float samples, shape (frames, channels)."""
        import soundfile

        try:
            self._file.write(self._rounded(samples))
        except (soundfile.SoundFileError, OSError) as error:
            raise write_error(error, self.path) from error
        self.frames += len(samples)

    def _rounded(self, samples: Samples) -> NDArray[np.int32]:
        """``samples`` as the integers of the file, in the upper bits: libsndfile rounds them one by one."""
        if len(self._scaled) < len(samples):
            self._scaled = np.empty(samples.shape, np.float32)
            self._points = np.empty(samples.shape, np.int32)
        scaled, points = self._scaled[: len(samples)], self._points[: len(samples)]
        # The lower bits are cut off, so half of the lowest that stays is added.
        step = 1 << (32 - _BITS[self._subtype])
        np.multiply(samples, np.float32(_FULL_SCALE), out=scaled)
        np.add(scaled, np.float32(step // 2), out=scaled)
        if not -_FULL_SCALE <= float(scaled.min(initial=0.0)) <= float(scaled.max(initial=0.0)) < _FULL_SCALE:
            np.clip(scaled, -_FULL_SCALE, _LARGEST, out=scaled)
            scaled[np.isnan(scaled)] = 0.0
        np.copyto(points, scaled, casting="unsafe")
        return points

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        import soundfile

        try:
            self._file.close()
            if kind is None:
                if self._settled:
                    settle(self.part)
                self.part.replace(self.path)
        except (soundfile.SoundFileError, OSError) as failure:
            if kind is None:
                raise write_error(failure, self.path) from failure
        finally:
            self.part.unlink(missing_ok=True)


def write_file(
    path: Path, blocks: Iterable[Samples], *, rate_hz: int = 48_000, channels: int = 2, subtype: str = "PCM_24",
    comment: str = "",
) -> int:  # fmt: skip
    """Writes blocks of samples as one sound file, see ``SoundWriter``; returns the number of frames."""
    with SoundWriter(path, rate_hz=rate_hz, channels=channels, subtype=subtype, comment=comment) as writer:
        for samples in blocks:
            writer.write(samples)
    return writer.frames


def _cause(error: BaseException) -> str:
    return str(getattr(error, "strerror", None) or error)
