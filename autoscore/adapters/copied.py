"""The proof that a picture was copied: a film's packets read, not decoded (PyAV), as hashes and times."""

from __future__ import annotations

import hashlib
import math
from array import array
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from autoscore.adapters.opened import open_film
from autoscore.errors import FilmError
from autoscore.model.events import Progress, ignore_progress

_HEAD_PACKETS = 100
"""Pictures come in decoding order: the first to be shown is among so many, from the first that is shown at all."""

PRIMING_S = 0.05
"""Sound that starts this little before the picture is an encoder's priming: the film begins with the picture."""
_ROUNDING_S = 0.001
"""Of time stamps in milliseconds."""

_STRAY_S = 1800.0
"""Sound that goes on for so long after twice the picture is a damaged time stamp (as in stages/probe)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packets:
    """One stream. ``sha256`` is of the payloads in stream order; times are seconds on the container's own clock.

    ``first_s`` is what is shown or heard first: what an edit list hides counts for the hash only. ``pts_s`` holds the
    presentation time of each packet, in stream order (8 bytes each; empty for sound).
    """

    codec: str
    sha256: str
    count: int
    first_s: float
    end_s: float
    pts_s: array[float]

    def shift_ms(self, other: Packets) -> float:
        """The largest change of a picture's time, each counted from its film's first picture; inf if counts differ."""
        if len(self.pts_s) != len(other.pts_s):
            return math.inf
        base = self.first_s - other.first_s
        return 1000 * max((abs(a - b - base) for a, b in zip(self.pts_s, other.pts_s, strict=True)), default=0.0)

    def picture_times_s(self) -> list[float]:
        """Film time of every picture that is shown, in order."""
        return sorted(t - self.first_s for t in self.pts_s if t >= self.first_s - 1e-9)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmPackets:
    """The film's picture and its default sound track; ``sound_index`` is the latter's place in the container."""

    video: Packets
    sound: Packets | None
    sound_index: int | None

    @property
    def duration_s(self) -> float:
        """From the first picture or sound to the end of the last.

        Sound that starts so little before the picture that it is an encoder's priming does not count: where the
        container cannot tell players to leave that out, each encoding has its own. Nor do stray time stamps of damaged
        sound.
        """
        first_s, end_s = self.video.first_s, self.video.end_s
        if self.sound:
            longest_s = first_s + 2 * (end_s - first_s) + _STRAY_S
            first_s = self.sound.first_s if self.sound.first_s < first_s - PRIMING_S - _ROUNDING_S else first_s
            end_s = max(end_s, self.sound.end_s) if self.sound.end_s < longest_s else end_s
        return end_s - first_s


class _Reader:
    def __init__(self, stream: Any, keep_times: bool) -> None:
        self.stream, self.keep_times = stream, keep_times
        base = stream.time_base or Fraction(1, 1000)
        self.up, self.down = base.numerator, base.denominator  # a fraction's sum costs more than a packet's hash
        rate = getattr(stream, "average_rate", None)
        self.step = float(1 / rate) if rate else 0.0
        self.digest = hashlib.sha256()
        self.count = 0
        self.first, self.end = math.inf, -math.inf
        self.times = array("d")

    def push(self, packet: Any) -> None:
        self.digest.update(memoryview(packet))
        self.count += 1
        stamp = packet.pts if packet.pts is not None else packet.dts
        if stamp is None:
            return
        at, lasts = stamp * self.up / self.down, packet.duration
        if self.keep_times:
            self.times.append(at)
        if at < self.first and not packet.is_discard:
            self.first = at
        end = (stamp + lasts) * self.up / self.down if lasts else at + self.step
        if end > self.end:
            self.end = end

    def done(self) -> Packets:
        context = self.stream.codec_context  # None where FFmpeg has no decoder
        return Packets(
            codec=context.name if context is not None else "unknown", sha256=self.digest.hexdigest(), count=self.count,
            first_s=self.first, end_s=self.end, pts_s=self.times,
        )  # fmt: skip


def read_packets(
    film: Path,
    *,
    video_index: int | None = None,
    sound_index: int | None = None,
    on_progress: Progress = ignore_progress,
) -> FilmPackets:
    """Reads the film once, without decoding; memory grows by 8 bytes a frame.

    Args:
        video_index: the picture's place in the container; None takes the first that is not a cover picture.
        sound_index: the sound track's; None takes the default one, else the first.

    Raises:
        FilmError: the file cannot be read or has no picture.
    """
    import av

    try:
        with open_film(film) as container:
            picture = container.streams[video_index] if video_index is not None else film_stream(container)
            track = container.streams[sound_index] if sound_index is not None else _sound_stream(container)
            if picture is None:  # asked for the packets of no stream PyAV gives those of all
                raise FilmError(f"{film.name} has no picture")
            readers = {s.index: _Reader(s, s is picture) for s in (picture, track) if s is not None}
            total, done = max(1, film.stat().st_size), 0
            for number, packet in enumerate(container.demux([reader.stream for reader in readers.values()])):
                size = packet.size
                if size == 0:
                    continue
                readers[packet.stream_index].push(packet)
                done += size
                if number % 1000 == 0:
                    on_progress(min(1.0, done / total))
            found = {index: reader.done() for index, reader in readers.items() if math.isfinite(reader.first)}
            if picture.index not in found:
                raise FilmError(f"{film.name} has no picture")
            sound = found.get(track.index) if track is not None else None
            return FilmPackets(
                video=found[picture.index], sound=sound, sound_index=track.index if sound and track else None
            )
    except (av.error.FFmpegError, IndexError, OSError) as error:
        raise FilmError(f"{film.name} cannot be read: {error}") from error


def beginning(film: Path) -> tuple[int | None, float]:
    """Place of the default sound track, and container time of the first picture, from the head of the file alone.

    Raises:
        FilmError: the file cannot be read or has no picture.
    """
    import av

    try:
        with open_film(film) as container:
            picture, track = film_stream(container), _sound_stream(container)
            if picture is None:
                raise FilmError(f"{film.name} has no picture")
            reader = _Reader(picture, False)
            shown = _read_head(container, picture, reader)
            if not shown:
                raise FilmError(f"{film.name} has no picture")
            return (track.index if track is not None else None), reader.first
    except (av.error.FFmpegError, IndexError, OSError) as error:
        raise FilmError(f"{film.name} cannot be read: {error}") from error


def head_packets(film: Path, video_index: int) -> Packets:
    """The picture's first packets: those that an edit list hides, and as many more as it takes to know their order.

    Raises:
        FilmError: the file cannot be read or has no picture.
    """
    import av

    try:
        with open_film(film) as container:
            picture = container.streams[video_index]
            reader = _Reader(picture, True)
            if not _read_head(container, picture, reader):
                raise FilmError(f"{film.name} has no picture")
            return reader.done()
    except (av.error.FFmpegError, IndexError, OSError) as error:
        raise FilmError(f"{film.name} cannot be read: {error}") from error


def _read_head(container: Any, picture: Any, reader: _Reader) -> int:
    """Tells ``reader`` of the first packets. Returns how many of them are at or behind the first that is shown."""
    shown = 0
    for packet in container.demux(picture):
        if packet.size:
            reader.push(packet)
            shown += math.isfinite(reader.first)  # an edit list may hide many before it
        if shown >= _HEAD_PACKETS:
            break
    return shown


def read_sound(path: Path, on_progress: Progress = ignore_progress) -> Packets:
    """The first sound track of a file that may have no picture.

    Raises:
        FilmError: the file cannot be read or has no sound.
    """
    import av

    try:
        with open_film(path) as container:
            track = _sound_stream(container)
            if track is None:
                raise FilmError(f"{path.name} has no sound")
            reader = _Reader(track, keep_times=False)
            total, done = max(1, path.stat().st_size), 0
            for number, packet in enumerate(container.demux(track)):
                if packet.size:
                    reader.push(packet)
                    done += packet.size
                if number % 1000 == 0:
                    on_progress(min(1.0, done / total))
            return reader.done()
    except (av.error.FFmpegError, OSError) as error:
        raise FilmError(f"{path.name} cannot be read: {error}") from error


def film_stream(container: Any) -> Any:
    """The first video stream that is not a cover picture; the first when all are."""
    from av.stream import Disposition

    videos = list(container.streams.video)
    return next((s for s in videos if not s.disposition & Disposition.attached_pic), videos[0] if videos else None)


def _sound_stream(container: Any) -> Any:
    from av.stream import Disposition

    tracks = list(container.streams.audio)
    return next((s for s in tracks if s.disposition & Disposition.default), tracks[0] if tracks else None)
