"""The door to OpenCV: small-picture arithmetic. All pictures are uint8, height x width, unless said."""

from __future__ import annotations

from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8]
Floats = NDArray[np.float32]

BLOCK_PX = 8
"""Edge of the blocks that are compared between frames."""


def resize(picture: NDArray[Any], width: int, height: int) -> NDArray[Any]:
    """Area average to ``width`` x ``height``."""
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA))


def shrink(picture: NDArray[Any], width: int, height: int, depth: int = 8) -> Plane:
    """Box average by halves, then bilinear: as smooth as an area average at a quarter of its cost; ``depth`` bits (over
    8 as uint16) are brought down to 8.

    Of a large picture only some rows are read, at least 2.5 for each that comes out: fetching it from memory is most of
    the work.
    """
    picture = picture[:: max(1, int(picture.shape[0] / (2.5 * height)))]
    while picture.shape[1] >= 2 * width and picture.shape[0] >= 2 * height:
        half = (picture.shape[1] // 2, picture.shape[0] // 2)
        picture = np.asarray(cv2.resize(picture, half, interpolation=cv2.INTER_LINEAR))
    if picture.shape != (height, width):
        picture = np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_LINEAR))
    if depth > 8:
        picture = picture >> (depth - 8)
    return np.ascontiguousarray(picture, dtype=np.uint8)


def translate(picture: Plane, table: Plane) -> Plane:
    """Each level replaced by its entry in ``table`` (256 values)."""
    return np.asarray(cv2.LUT(picture, table), dtype=np.uint8)


def to_bgr(luma: Plane, cb: Plane | None = None, cr: Plane | None = None) -> Plane:
    """Blue, green, red (BT.601, full range) from planes of one size; grey without colour."""
    if cb is None or cr is None:
        return np.asarray(cv2.cvtColor(luma, cv2.COLOR_GRAY2BGR), dtype=np.uint8)
    return np.asarray(cv2.cvtColor(cv2.merge([luma, cr, cb]), cv2.COLOR_YCrCb2BGR), dtype=np.uint8)


def halve(luma: Plane) -> Plane:
    """Half size, slightly blurred (less grain and coding noise), cropped to whole blocks, contiguous."""
    small = cv2.resize(luma, (luma.shape[1] // 2, luma.shape[0] // 2), interpolation=cv2.INTER_LINEAR)
    small = cv2.GaussianBlur(small, (3, 3), 0)
    rows, columns = (max(1, n // BLOCK_PX) * BLOCK_PX for n in small.shape)
    return np.ascontiguousarray(small[:rows, :columns], dtype=np.uint8)


def block_means(run: NDArray[Any]) -> Floats:
    """Mean of each block of several pictures: n x height x width (x 2), whole blocks, to n x rows x columns (x 2)."""
    count, height, width = run.shape[:3]
    rows, columns = height // BLOCK_PX, width // BLOCK_PX
    joined = run.reshape(count * height, *run.shape[2:])
    means = cv2.resize(joined, (columns, count * rows), interpolation=cv2.INTER_AREA)
    return np.asarray(means, dtype=np.float32).reshape(count, rows, columns, *run.shape[3:])


class Flow:
    """Dense optical flow between two pictures (DIS: Kroeger et al., ECCV 2016), pixels."""

    def __init__(self) -> None:
        self._dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)  # type: ignore[attr-defined]

    def between(self, before: Plane, after: Plane) -> Floats:
        """Height x width x 2: where each point of ``before`` has gone in ``after``, (x, y)."""
        return np.asarray(self._dis.calc(before, after, None), dtype=np.float32)


@cache
def _grid(height: int, width: int) -> Floats:
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return np.stack([x, y], axis=2)


def fetch(run: NDArray[np.uint8], flows: Floats) -> Floats:
    """Each of several pictures pulled back along its flow, so that it lies over the earlier one; edges repeated."""
    places = flows + _grid(run.shape[1], run.shape[2])
    moved = np.empty(run.shape, np.uint8)
    for after, place, out in zip(run, places, moved, strict=True):
        cv2.remap(after, place, None, cv2.INTER_LINEAR, dst=out, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[call-overload]
    return moved.astype(np.float32)


def steps(run: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Mean absolute difference between neighbours of several pictures, levels 0..255."""
    count, height, width = run.shape
    joined = run.reshape(count * height, width)
    apart = np.asarray(cv2.absdiff(joined[height:], joined[:-height])).reshape(count - 1, height * width)
    return np.asarray(apart.sum(axis=1, dtype=np.uint32) * (1.0 / (height * width)), dtype=np.float64)


def halfway(a: Floats, b: Floats) -> Floats:
    """The mean of two float pictures."""
    return np.asarray(cv2.addWeighted(a, 0.5, b, 0.5, 0.0), dtype=np.float32)


def mean_length(x: Floats, y: Floats) -> float:
    """Mean length of the vectors (x, y)."""
    return float(cv2.mean(cv2.magnitude(x, y))[0])


def mean_deviation(picture: NDArray[Any]) -> tuple[float, float]:
    """Mean and standard deviation."""
    mean, deviation = cv2.meanStdDev(picture)
    return float(mean[0, 0]), float(deviation[0, 0])


def peaks(picture: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Largest value of each row and of each column."""
    return picture.max(axis=1), picture.max(axis=0)


def shared_peaks(a: NDArray[Any], b: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """``peaks`` of the brighter of two pictures at each point."""
    return peaks(np.asarray(cv2.max(a, b)))


def median_flows(flows: Floats) -> Floats:
    """Median (x, y) of every fourth point of every fourth row, for each of several flows."""
    points = flows[:, ::4, ::4].reshape(len(flows), -1, 2)
    middle = points.shape[1] // 2
    ordered = np.partition(points, (max(0, middle - 1), middle), axis=1)
    even = points.shape[1] % 2 == 0
    return (ordered[:, middle - 1] + ordered[:, middle]) * np.float32(0.5) if even else ordered[:, middle]


def covariance(a: Floats, b: Floats) -> tuple[float, float, float]:
    """Covariance of two pictures, and the variance of each."""
    (mean_a, deviation_a), (mean_b, deviation_b) = mean_deviation(a), mean_deviation(b)
    both = float(np.dot(a.ravel(), b.ravel())) / a.size - mean_a * mean_b
    return both, deviation_a * deviation_a, deviation_b * deviation_b


def changed_share(a: Floats, b: Floats, share: float) -> float:
    """Share 0..1 of the points whose difference is over ``share`` of the mean difference."""
    difference = cv2.absdiff(a, b)
    limit = share * float(cv2.mean(difference)[0])
    return cv2.countNonZero(cv2.threshold(difference, limit, 1.0, cv2.THRESH_BINARY)[1]) / difference.size


def turns(before: Floats, after: Floats, share: float) -> bool:
    """Whether more than ``share`` of the picture (as a length) is another one."""
    longest = max(cv2.norm(before), cv2.norm(after))
    return bool(cv2.norm(before, after) > share * longest)


def lines(picture: Plane, floor: int) -> NDArray[np.int8]:
    """Fine detail: what each point has over the mean of the nine around it, half levels; levels up to ``floor`` are
    taken for it."""
    over = np.asarray(cv2.subtract(picture, floor))  # type: ignore[call-overload]
    detail = over.astype(np.int16) - np.asarray(cv2.blur(over, (3, 3)))
    return np.asarray(detail // 2, dtype=np.int8)


def edges(picture: Plane, floor: int) -> tuple[float, float]:
    """Sum of the differences between neighbours, across and down, and sum of their squares; levels up to ``floor`` are
    taken for it."""
    over = np.asarray(cv2.subtract(picture, floor))  # type: ignore[call-overload]
    pairs = ((over[:, 1:], over[:, :-1]), (over[1:], over[:-1]))
    total = sum(cv2.norm(one, other, cv2.NORM_L1) for one, other in pairs)
    return float(total), float(sum(cv2.norm(one, other, cv2.NORM_L2SQR) for one, other in pairs))


def histogram(values: Plane, bins: int) -> Floats:
    """Counts of ``bins`` equal classes of 0..255."""
    return np.asarray(cv2.calcHist([values], [0], None, [bins], [0, 256]), dtype=np.float32).ravel()


def hue_saturation(bgr: Plane) -> tuple[Plane, Plane]:
    """Hue 0..179 and saturation 0..255."""
    hsv = cv2.cvtColor(bgr, cv2.COLOR_BGR2HSV)
    return np.asarray(hsv[..., 0], dtype=np.uint8), np.asarray(hsv[..., 1], dtype=np.uint8)


def single_thread() -> None:
    """Keeps OpenCV from starting its own threads: these pictures are too small to share out."""
    cv2.setNumThreads(1)
