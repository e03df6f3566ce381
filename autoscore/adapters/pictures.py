"""A film's frames as small upright pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from autoscore.adapters import vision
from autoscore.model.media import VideoStream

if TYPE_CHECKING:
    import av.video.frame

AREA_PX = 256 * 144
"""Pixels of a small frame, whatever the film's shape."""

COLOUR_DIVISOR = 4
"""Colour is so much smaller than the small frame each way: only its distribution is asked for."""

Plane = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One decoded frame, small and upright.

    ``luma`` is height x width, 0..255 whatever the film's range; ``chroma`` Cb and Cr, height/4 x width/4, 128 = no
    colour, None for a film without colour. ``exact_s`` is film time: 0 at the first frame.
    ``broken`` frames were decoded with errors: they keep their place in the count, their picture is not to be trusted.
    ``passed_s`` are the film times of the frames right before it that were not decoded.
    """

    index: int
    exact_s: Fraction
    luma: Plane
    chroma: tuple[Plane, Plane] | None = None
    broken: bool = False
    passed_s: tuple[Fraction, ...] = ()

    @property
    def time_s(self) -> float:
        return float(self.exact_s)

    def bgr(self) -> Plane:
        """The frame as height/4 x width/4 x 3, blue green red (BT.601)."""
        luma = vision.shrink(self.luma, self.luma.shape[1] // COLOUR_DIVISOR, self.luma.shape[0] // COLOUR_DIVISOR)
        return vision.to_bgr(luma, *(self.chroma or (None, None)))


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Small:
    """What a Picture shows, before it is known which it is."""

    luma: Plane
    chroma: tuple[Plane, Plane] | None
    broken: bool

    def picture(self, index: int, exact_s: Fraction, passed_s: tuple[Fraction, ...] = ()) -> Picture:
        return Picture(
            index=index, exact_s=exact_s, luma=self.luma, chroma=self.chroma, broken=self.broken, passed_s=passed_s
        )


class Shrinker:
    """Makes small upright pictures of a film's frames."""

    def __init__(self, video: VideoStream) -> None:
        self._turns = video.rotation_deg // 90
        width, height = small_size(video)
        self._size = (height, width) if self._turns % 2 else (width, height)

    def small(self, frame: av.video.frame.VideoFrame) -> Small:
        """``frame`` made small, brought to full range."""
        luma, cb, cr, depth = _planes(frame)
        small = vision.shrink(luma, *self._size, depth)
        if frame.color_range != 2:  # 2 = full ("JPEG") range; anything else is 16..235
            small = vision.translate(small, _RANGE_LUMA)
        if self._turns:
            small = self._upright(small)
        chroma = None if cb is None or cr is None else (self._chroma(cb, depth), self._chroma(cr, depth))
        return Small(luma=small, chroma=chroma, broken=bool(frame.is_corrupt))

    def _chroma(self, plane: NDArray[Any], depth: int) -> Plane:
        width, height = self._size
        small = vision.shrink(plane, width // COLOUR_DIVISOR, height // COLOUR_DIVISOR, depth)
        return self._upright(small) if self._turns else small

    def _upright(self, plane: Plane) -> Plane:
        return np.ascontiguousarray(np.rot90(plane, -self._turns % 4))


_RANGE_LUMA: Plane = np.clip((np.arange(256) - 16) * 255.0 / 219.0 + 0.5, 0, 255).astype(np.uint8)


def _planes(frame: av.video.frame.VideoFrame) -> tuple[NDArray[Any], NDArray[Any] | None, NDArray[Any] | None, int]:
    """Luma, the two chroma planes and their bits; not copied where the pixel format is planar, else converted."""
    name = frame.format.name
    planar, depth = _LAYOUTS.get(name) or _LAYOUTS.setdefault(name, _layout(name, frame.format.components))
    if planar:
        planes = [_plane(plane, depth) for plane in frame.planes[:planar]]
        return planes[0], *(planes[1:] if planar == 3 else (None, None)), depth
    small = frame.reformat(
        width=max(2, min(frame.width, 640) // 2 * 2),
        height=max(2, min(frame.height, 640 * frame.height // max(1, frame.width)) // 2 * 2),
        format="yuv420p",
        interpolation="BILINEAR",
    )
    y, u, v = (_plane(plane, 8) for plane in small.planes)
    return y, u, v, 8


_LAYOUTS: dict[str, tuple[int, int]] = {}
"""Of the pixel formats met so far: FFmpeg is asked once for each."""


def _layout(pixel_format: str, components: Sequence[Any]) -> tuple[int, int]:
    """How many planes of a pixel format are read as they are, 0 where it has to be converted; bits of a sample."""
    depth = int(components[0].bits)
    if pixel_format.startswith(("yuv4", "yuvj4")) and len(components) >= 3 and not pixel_format.endswith("be"):
        return 3, depth
    return int(pixel_format in ("gray", "gray10le", "gray12le", "gray16le")), depth


def _plane(plane: Any, depth: int) -> NDArray[Any]:
    """One plane as a view: uint8, deeper ones uint16."""
    kind = np.dtype(np.uint8 if depth <= 8 else np.uint16)
    rows = np.frombuffer(memoryview(plane), kind).reshape(-1, plane.line_size // kind.itemsize)
    return rows[: plane.height, : plane.width]
