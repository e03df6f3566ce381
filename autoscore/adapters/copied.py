"""The proof that a picture was copied: every packet of it read, not decoded (PyAV), as a hash and its times."""

from __future__ import annotations

import hashlib
import math
from array import array
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from autoscore.errors import FilmError
from autoscore.model.events import Progress, ignore_progress

READ_ONLY = {"protocol_whitelist": "file"}
"""A playlist or reference movie must not make a film's reader open anything but files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoPackets:
    """``sha256`` is of the payloads in stream order. Times are seconds on the container's own clock.

    ``first_pts_s`` is the first picture that is shown: what an edit list hides counts for the hash only.

    ``pts_s`` holds the presentation time of each packet, in stream order (8 bytes a frame).
    """

    sha256: str
    count: int
    first_pts_s: float
    end_s: float
    pts_s: array[float]

    def shift_ms(self, other: VideoPackets) -> float:
        """The largest change of a picture's time, each film counted from its own first picture; inf if counts differ."""
        if len(self.pts_s) != len(other.pts_s):
            return float("inf")
        base = self.first_pts_s - other.first_pts_s
        return 1000 * max((abs(a - b - base) for a, b in zip(self.pts_s, other.pts_s, strict=True)), default=0.0)


def video_packets(film: Path, index: int | None = None, on_progress: Progress = ignore_progress) -> VideoPackets:
    """Reads every video packet once; memory grows by 8 bytes a frame.

    Args:
        index: the stream in the container; None takes the first video stream that is not a cover picture.

    Raises:
        FilmError: the file cannot be read or has no video packets.
    """
    import av

    digest = hashlib.sha256()
    count = size = 0
    end = Fraction(0)
    times = array("d")
    first = math.inf
    try:
        with av.open(str(film), options=READ_ONLY) as container:
            stream: Any = container.streams[index] if index is not None else _film_stream(container)
            base = stream.time_base or Fraction(1, 1000)
            step = 1 / stream.average_rate if stream.average_rate else Fraction(0)
            total = max(1, film.stat().st_size)
            for packet in container.demux(stream):
                if packet.size == 0:
                    continue
                digest.update(memoryview(packet))
                count += 1
                size += packet.size
                stamp = packet.pts if packet.pts is not None else packet.dts
                if stamp is not None:
                    end = max(end, stamp * base + (packet.duration * base if packet.duration else step))
                    times.append(float(stamp * base))
                    if not packet.is_discard:  # what an edit list hides is in the file but never shown
                        first = min(first, times[-1])
                if count % 500 == 0:
                    on_progress(min(1.0, size / total))
    except (av.error.FFmpegError, IndexError, OSError) as error:
        raise FilmError(f"{film.name} cannot be read: {error}") from error
    if not math.isfinite(first):
        raise FilmError(f"{film.name} has no video packets")
    return VideoPackets(sha256=digest.hexdigest(), count=count, first_pts_s=first, end_s=float(end), pts_s=times)


def _film_stream(container: Any) -> Any:
    """The first video stream that is not a cover picture; the first when all are."""
    from av.stream import Disposition

    videos = container.streams.video
    return next((s for s in videos if not s.disposition & Disposition.attached_pic), videos[0])


def container_duration_s(film: Path) -> float:
    """What the container says it lasts, seconds; 0 where it says nothing.

    Raises:
        FilmError: the file cannot be read.
    """
    import av

    try:
        with av.open(str(film), options=READ_ONLY) as container:
            return float(container.duration or 0) / av.time_base
    except (av.error.FFmpegError, OSError) as error:
        raise FilmError(f"{film.name} cannot be read: {error}") from error
