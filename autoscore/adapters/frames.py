"""The door to PyAV's picture: one decode of the film as small frames with exact times."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from autoscore.adapters import vision
from autoscore.adapters.opened import open_film
from autoscore.adapters.skipping import Pick, Picker, UnevenError
from autoscore.errors import FilmError
from autoscore.model.media import VideoStream

if TYPE_CHECKING:
    import av.video.frame

AREA_PX = 256 * 144
"""Pixels of a small frame, whatever the film's shape."""

Plane = NDArray[np.uint8]

_SHRUNK_PX = 960
"""From this width on a small frame is so much smaller that single blocks do not show."""

_MOST_HELD = 16
"""Decoded frames that may wait until it is known what was passed over before them."""

_AHEAD = 3
"""Decoder threads beyond one a core: pictures that are being measured or waited for leave no core idle."""
_MOST_THREADS = 16
"""Each holds a picture; FFmpeg warns above this."""

_GIVE_UP_AFTER = 500
"""Demuxer errors in a row after which the rest of the film counts as unreadable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One decoded frame, small and upright.

    ``luma`` is height x width, 0..255 whatever the film's range. ``cb`` and ``cr`` are half that size, 128 = no colour;
    None for a film without colour. ``exact_s`` is film time: 0 at the first frame. ``broken`` frames were decoded
    with errors: they keep their place in the count, their picture is not to be trusted. ``passed_s`` are the film times
    of the frames right before it that were not decoded.
    """

    index: int
    exact_s: Fraction
    luma: Plane
    cb: Plane | None = None
    cr: Plane | None = None
    broken: bool = False
    passed_s: tuple[Fraction, ...] = ()

    @property
    def time_s(self) -> float:
        return float(self.exact_s)

    def bgr(self, divisor: int = 1) -> Plane:
        """The frame as height/divisor x width/divisor x 3, blue green red (BT.601)."""
        height, width = self.luma.shape[0] // divisor, self.luma.shape[1] // divisor
        luma = vision.shrink(self.luma, width, height)
        if self.cb is None or self.cr is None:
            return vision.to_bgr(luma)
        return vision.to_bgr(luma, vision.shrink(self.cb, width, height), vision.shrink(self.cr, width, height))


def small_size(video: VideoStream) -> tuple[int, int]:
    """Width and height of the small frames of ``video``: its displayed shape at about AREA_PX pixels, both even.

    A film that is smaller than that is not enlarged.
    """
    shape = float(video.width * video.sample_aspect / video.height)
    shape = min(max(shape, 0.1), 10.0)
    if video.rotation_deg in (90, 270):
        shape = 1.0 / shape
    area = min(AREA_PX, max(video.width * video.height, 64 * 36))
    width = max(32, 2 * round((area * shape) ** 0.5 / 2))
    height = max(32, 2 * round(width / shape / 2))
    return width, height


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
            base = frame.time_base or base
            first = self.start_s
            passed: tuple[Fraction, ...] = ()
            if first is None:
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
                picker = Picker(self._pick, self.video.codec, stream.codec_context.extradata)
                self.picker = picker if picker.useful else None
            packets = container.demux(stream)
            ready: deque[av.video.frame.VideoFrame] = deque()
            failures = 0
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
                if self.picker is not None and not self.picker.wants(packet):
                    continue
                try:
                    ready += packet.decode()
                except av.FFmpegError:
                    self.bad_frames += 1
                    if self.picker is not None:
                        raise UnevenError from None
                    continue
                # No packet to come is shown before the decode time reached: all that lies before a frame is known.
                while ready and (self.picker is None or _all_known(ready[0], packet)):
                    yield ready.popleft()
                if len(ready) > _MOST_HELD:
                    raise UnevenError


def _all_known(frame: av.video.frame.VideoFrame, packet: Any) -> bool:
    """Whether no packet after ``packet`` can belong before ``frame``."""
    if not packet.size:
        return True
    return packet.dts is not None and frame.pts is not None and frame.pts < packet.dts


class Shrinker:
    """Makes small upright pictures of a film's frames."""

    def __init__(self, video: VideoStream) -> None:
        self._turns = video.rotation_deg // 90
        width, height = small_size(video)
        self._size = (height, width) if self._turns % 2 else (width, height)

    def picture(
        self,
        frame: av.video.frame.VideoFrame,
        index: int,
        exact_s: Fraction,
        *,
        broken: bool = False,
        passed_s: tuple[Fraction, ...] = (),
    ) -> Picture:
        """``frame`` as a Picture, brought to full range."""
        luma, cb, cr = _planes(frame)
        width, height = self._size
        small = vision.shrink(luma, width, height)
        chroma = [None if p is None else vision.shrink(p, width // 2, height // 2) for p in (cb, cr)]
        if frame.color_range != 2:  # 2 = full ("JPEG") range; anything else is 16..235
            small = vision.translate(small, _RANGE_LUMA)
        if self._turns:
            small = np.ascontiguousarray(np.rot90(small, -self._turns % 4))
            chroma = [None if p is None else np.ascontiguousarray(np.rot90(p, -self._turns % 4)) for p in chroma]
        return Picture(
            index=index, exact_s=exact_s, luma=small, cb=chroma[0], cr=chroma[1], broken=broken, passed_s=passed_s
        )


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


_RANGE_LUMA: Plane = np.clip((np.arange(256) - 16) * 255.0 / 219.0 + 0.5, 0, 255).astype(np.uint8)


def _planes(frame: av.video.frame.VideoFrame) -> tuple[NDArray[Any], NDArray[Any] | None, NDArray[Any] | None]:
    """Luma and the two chroma planes without copying where the pixel format is planar; else FFmpeg converts, small."""
    name = frame.format.name
    depth = frame.format.components[0].bits
    if name.startswith(("yuv4", "yuvj4")) and len(frame.planes) >= 3 and not name.endswith("be"):
        y, u, v = (_plane(frame, i, depth) for i in range(3))
        return y, u, v
    if name in ("gray", "gray10le", "gray12le", "gray16le"):
        return _plane(frame, 0, depth), None, None
    small = frame.reformat(
        width=max(2, min(frame.width, 640) // 2 * 2),
        height=max(2, min(frame.height, 640 * frame.height // max(1, frame.width)) // 2 * 2),
        format="yuv420p",
        interpolation="BILINEAR",
    )
    return _plane(small, 0, 8), _plane(small, 1, 8), _plane(small, 2, 8)


def _plane(frame: av.video.frame.VideoFrame, number: int, depth: int) -> NDArray[Any]:
    """One plane as a view: uint8; deeper ones are brought down to it."""
    plane = frame.planes[number]
    buffer = memoryview(plane)
    if depth <= 8:
        return np.frombuffer(buffer, dtype=np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width]
    rows = np.frombuffer(buffer, dtype=np.uint16).reshape(-1, plane.line_size // 2)[: plane.height, : plane.width]
    return np.asarray(rows >> (depth - 8), dtype=np.uint8)


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
