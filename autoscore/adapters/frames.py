"""The door to PyAV's picture: one decode of the film as small frames with exact times."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from autoscore.adapters.opened import open_film
from autoscore.adapters.pictures import Picture, Shrinker
from autoscore.adapters.references import References, UnknownError
from autoscore.adapters.skipping import Pick, Picker, UnevenError
from autoscore.errors import FilmError
from autoscore.model.media import VideoStream

if TYPE_CHECKING:
    import av.video.frame

_SHRUNK_PX = 960
"""From this width on a small frame is so much smaller that single blocks do not show."""

_MOST_HELD = 16
"""Decoded frames that may wait until it is known what was passed over before them."""

_AHEAD = 3
"""Decoder threads beyond one a core: pictures that are being measured or waited for leave no core idle."""
_MOST_THREADS = 16
"""Each holds a picture; FFmpeg warns above this."""

_TRIAL = 250
"""Packets whose headers are read before B pictures are spared."""
_APART_S = 0.17
"""No two decoded pictures are further apart for being sparing."""

_GIVE_UP_AFTER = 500
"""Demuxer errors in a row after which the rest of the film counts as unreadable."""


class Decoder:
    """Iterates over the film's pictures once. ``bad_frames`` counts what was broken or could not be decoded.

    Args:
        threads: decoder threads; 0: some more than there are cores.
        pick: what to decode; where the packets cannot be told apart, all of it.
    """

    def __init__(self, film: Path, video: VideoStream, threads: int = 0, pick: Pick = "all") -> None:
        self.film = film
        self.video = video
        self.threads = threads
        self.bad_frames = 0
        self.ended_early = False
        self.start_s: Fraction | None = None
        """Container time of the first frame."""
        self.passed_at_end_s: tuple[Fraction, ...] = ()
        """Film times of the frames after the last one that was decoded."""
        self.picker: Picker | None = None
        self._pick: Pick = pick
        self._shrinker = Shrinker(video)

    def __iter__(self) -> Iterator[Picture]:
        """Raises FilmError when the file cannot be opened or gives no frame at all; UnevenError where frames that are
        passed over would make it unsure which frame is which (never with ``pick`` "all")."""
        last = Fraction(-1)
        step = 1 / self.video.rate
        index = 0
        base = self.video.time_base
        for frame in self._frames():
            stamp = frame.pts if frame.pts is not None else frame.dts
            first = self.start_s
            passed: tuple[Fraction, ...] = ()
            if first is None:
                base = frame.time_base or base  # asked once: each answer is a new fraction
                self.start_s = stamp * base if stamp is not None else Fraction(0)
                exact = Fraction(0)
            else:
                exact = last + step if stamp is None else stamp * base - first
            if self.picker is not None:
                before = self.picker.passed(stamp)
                passed = () if first is None else tuple(one * base - first for one in before)
            if index and exact <= last:
                # Two frames with one time stamp, or time going backwards: a damaged file. Keep order.
                exact = last + step / 8
            last = exact
            broken = bool(frame.is_corrupt)
            self.bad_frames += broken
            index += len(passed)
            yield self._shrinker.picture(frame, index, exact, broken=broken, passed_s=passed)
            index += 1
        if index == 0:
            raise FilmError(f"{self.film.name} holds no picture that can be decoded.")
        if self.picker is not None:
            first = self.start_s or Fraction(0)
            self.passed_at_end_s = tuple(one * base - first for one in self.picker.passed(None))

    def _frames(self) -> Iterator[av.video.frame.VideoFrame]:
        """Decoded frames in order; errors are counted and stepped over."""
        import av

        with opened_picture(self.film, self.video, self.threads) as (container, stream):
            if self._pick != "all":
                picker = self._chooser(stream.codec_context.extradata)
                self.picker = picker if picker.useful else None
            packets = container.demux(stream)
            ready: deque[av.video.frame.VideoFrame] = deque()
            failures = 0
            noting = False
            while True:
                try:
                    packet = next(packets)
                except StopIteration:
                    yield from ready
                    return
                except (av.FFmpegError, OSError):
                    if self.picker is not None:
                        raise UnevenError from None
                    failures += 1
                    if failures > _GIVE_UP_AFTER:
                        self.ended_early = True
                        return
                    packets = container.demux(stream)
                    continue
                failures = 0
                if self.picker is None:
                    try:
                        yield from packet.decode()
                    except av.FFmpegError:
                        self.bad_frames += 1
                    continue
                for chosen, fate in self.picker.fates(packet):
                    if fate == "pass over":
                        continue
                    if noting != (fate == "note"):
                        noting = not noting
                        stream.codec_context.skip_frame = "BIDIR" if noting else "DEFAULT"
                    try:
                        ready += chosen.decode()
                    except av.FFmpegError:
                        self.bad_frames += 1
                        raise UnevenError from None
                    # No packet to come is shown before the decode time reached: all that lies before a frame is known.
                    while ready and _all_known(ready[0], chosen):
                        yield ready.popleft()
                    if len(ready) > _MOST_HELD:
                        raise UnevenError

    def _chooser(self, extradata: bytes | None) -> Picker:
        if self._pick != "sparing":
            return Picker(self._pick, self.video.codec, extradata)
        references = self._references(extradata or b"")
        if references is None:
            return Picker("referenced", self.video.codec, extradata)
        return Picker("sparing", self.video.codec, extradata, references, int(_APART_S * self.video.rate))

    def _references(self, extradata: bytes) -> References | None:
        """Where the film's first pictures do not need each other's B pictures, who tells so; else None."""
        import av

        if self.video.codec != "h264":
            return None
        try:
            references = References(extradata)
            with open_film(self.film) as container:
                packets = container.demux(container.streams[self.video.index])
                kinds = {references.kind(memoryview(packet)) for packet in islice(packets, _TRIAL) if packet.size}
            return References(extradata) if "between" in kinds else None
        except (UnknownError, av.FFmpegError, OSError):
            return None


def _all_known(frame: av.video.frame.VideoFrame, packet: Any) -> bool:
    """Whether no packet after ``packet`` can belong before ``frame``."""
    if not packet.size:
        return True
    return packet.dts is not None and frame.pts is not None and frame.pts < packet.dts


@contextmanager
def opened_picture(film: Path, video: VideoStream, threads: int = 0) -> Iterator[tuple[Any, Any]]:
    """Container and stream, ready to be decoded. Raises FilmError."""
    import av

    with open_film(film) as container:
        stream = container.streams[video.index] if video.index < len(container.streams) else None
        if not isinstance(stream, av.video.stream.VideoStream):
            raise FilmError(f"{film.name} has changed: stream {video.index} is no picture now.")
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = threads or min(_MOST_THREADS, (os.cpu_count() or 1) + _AHEAD)
        if video.width >= _SHRUNK_PX and video.codec in ("h264", "hevc"):
            # Without it block edges stay, which shrinking takes away, and a fifth of the work is saved.
            stream.codec_context.options = {**stream.codec_context.options, "skip_loop_filter": "all"}
        yield container, stream


def picture_at(film: Path, video: VideoStream, time_s: float, height: int = 110) -> NDArray[np.uint8] | None:
    """A still near film time ``time_s`` as height x width x 3 red green blue; None where none can be decoded.

    It seeks: a film of two hours costs no more than a short one.
    """
    import av

    try:
        with open_film(film) as container:
            stream = container.streams[video.index]
            if not isinstance(stream, av.video.stream.VideoStream):
                return None
            stream.thread_type = "AUTO"
            wanted = time_s + video.start_s
            container.seek(int(wanted / video.time_base), stream=stream)
            found = None
            for number, frame in enumerate(container.decode(stream)):
                found = frame
                if (frame.time is not None and frame.time + 0.5 / float(video.rate) >= wanted) or number > 600:
                    break
            if found is None:
                return None
            shape = float(video.width * video.sample_aspect / video.height)
            still = found.reformat(max(2, round(height * min(max(shape, 0.2), 5.0))), height, "rgb24").to_ndarray()
    except (av.FFmpegError, OSError):
        return None
    return np.ascontiguousarray(np.rot90(still, -(video.rotation_deg // 90) % 4))
