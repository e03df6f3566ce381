"""How much of the picture is new in each frame: what block matching along the optical flow cannot explain."""

from __future__ import annotations

import statistics
from array import array
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from autoscore.adapters import vision
from autoscore.adapters.vision import Floats, Plane

Doubles = NDArray[np.float64]
Box = tuple[int, int, int, int]

CANDIDATE = 0.3
"""Share of the picture that is new above which a frame is looked at as a possible cut."""

SUSPECT = 0.45
"""The same across frames that were passed over: their packets were of usual size, so there is rarely a cut."""

FLASH_S = 0.3
"""A picture that is back after at most this long was only covered by a flash."""

_BLACK = 12
_NEW_BELOW = 0.5
_FLAT_STEP = 25.0
_WAITING = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What changed between two neighbouring frames.

    new: share of the active picture 0..1 that is not found again. difference: mean absolute, levels. lift: change of
    mean brightness, levels. page: share of the picture that is one flat colour in both frames, at the same place.
    """

    new: float
    difference: float
    lift: float
    page: float


@dataclass(slots=True)
class Candidate:
    """A frame that may be a cut, or the last of several ``frames`` of which one may be. ``back``: the smallest new
    share between the picture before it and any soon after."""

    frame: int
    time_s: float
    frames: int
    before: Plane
    step: Step
    blank: bool
    back: float = 1.0
    back_after: int = 0


@dataclass(slots=True)
class Changes:
    """Pushed frame by frame. From frame ``start`` on: ``new``, ``difference`` (levels), ``speed`` (heights a frame).

    ``candidates`` are possible cuts in order. ``flow`` belongs to the frame pushed last; None at the first and
    wherever the picture is new (a flow across a cut means nothing). Frames may be passed over: what changed over
    several is shared out among them.
    """

    start: int = 0

    new: array[float] = field(default_factory=lambda: array("f"))
    difference: array[float] = field(default_factory=lambda: array("f"))
    speed: array[float] = field(default_factory=lambda: array("f"))
    candidates: list[Candidate] = field(default_factory=list)
    flow: Floats | None = None
    _engine: vision.Flow = field(default_factory=vision.Flow)
    _before: Plane | None = None
    _lit: Box = (0, 0, 0, 0)
    _waiting: list[Candidate] = field(default_factory=list)
    _noise: array[float] = field(default_factory=lambda: array("f", [0.0] * 12))

    def push(self, frame: int, time_s: float, small: Plane) -> None:
        """``small`` is ``vision.halve`` of frame ``frame``'s luma."""
        before, self._before = self._before, small
        old_lit, self._lit = self._lit, _lit(small)
        self.flow = None
        frames = 1 + frame - self.start - len(self.new)
        if before is None or before.shape != small.shape:
            self._append(frames, 0.0, 0.0, 0.0)
            return
        difference = vision.mean_difference(before, small)
        if difference < 0.02:
            # The same frame again (duplicates, stills): nothing to measure.
            self._append(frames, 0.0, difference, 0.0)
            self.flow = np.zeros((*small.shape, 2), dtype=np.float32)
            return
        flow = self._engine.between(before, small)
        new = self._new_share(before, small, flow, _active(old_lit, self._lit, small.shape), learn=True)
        self._append(frames, new, difference, float(np.abs(vision.median_flow(flow)).sum()) / small.shape[0])
        self._follow_up(frame, time_s, small)
        if new < (CANDIDATE if frames == 1 else SUSPECT):
            self.flow = flow
        else:
            lift = float(small.mean()) - float(before.mean())
            step = Step(new=new, difference=difference, lift=lift, page=_page(before, small))
            found = Candidate(
                frame=frame, time_s=time_s, frames=frames, before=before, step=step, blank=bool(small.std() < 6.0)
            )
            self.candidates.append(found)
            if len(self._waiting) < _WAITING:
                self._waiting.append(found)

    def closer(self, start: int) -> Changes:
        """Another meter for a second look from frame ``start`` on, with what this one knows of the film's grain."""
        return Changes(start=start, _noise=self._noise[:])

    def replace(self, other: Changes) -> None:
        """Takes over what ``other`` has measured, but for its first frame, which was compared with none."""
        first, stop = other.start + 1, other.start + len(other.new)
        mine = slice(first - self.start, stop - self.start)
        for series, seen in ((self.new, other.new), (self.difference, other.difference), (self.speed, other.speed)):
            series[mine] = seen[1:]
        other.finish()
        inside = [c for c in self.candidates if first <= c.frame < stop]
        for better in other.candidates:
            for known in inside:
                if known.frame - known.frames < better.frame <= known.frame and known.back < better.back:
                    better.back, better.back_after = known.back, known.back_after
        kept = [c for c in self.candidates if not first <= c.frame < stop]
        self.candidates = sorted([*kept, *other.candidates], key=lambda c: c.frame)

    def pass_over(self, frames: int) -> None:
        """Frames after the last that was pushed: nothing is known of them."""
        self._append(frames, 0.0, 0.0, 0.0)

    def _append(self, frames: int, new: float, difference: float, speed: float) -> None:
        for series, value in ((self.new, new), (self.difference, difference), (self.speed, speed)):
            series.extend([value / max(1, frames)] * frames)

    def finish(self) -> None:
        """Lets go of the pictures kept."""
        for candidate in self._waiting:
            candidate.before = candidate.before[:0]
        self._waiting = []

    def _follow_up(self, frame: int, time_s: float, small: Plane) -> None:
        """Whether an earlier candidate's old picture is back."""
        still = []
        for candidate in self._waiting:
            if time_s - candidate.time_s > FLASH_S:
                candidate.before = candidate.before[:0]
                continue
            still.append(candidate)
            flow = self._engine.between(candidate.before, small)
            inside = _active(_lit(candidate.before), self._lit, small.shape)
            new = self._new_share(candidate.before, small, flow, inside, learn=False)
            if new < candidate.back:
                candidate.back, candidate.back_after = new, frame - candidate.frame
        self._waiting = still

    def _new_share(self, before: Plane, after: Plane, flow: Floats, active: Doubles, *, learn: bool) -> float:
        """Share of the ``active`` blocks whose structure is not in the other frame (SSIM, Wang 2004)."""
        old = before.astype(np.float32)
        moved = vision.fetch(after, flow)
        old_mean, moved_mean = vision.block_mean(old), vision.block_mean(moved)
        old_var = vision.block_mean(old * old) - old_mean * old_mean
        moved_var = vision.block_mean(moved * moved) - moved_mean * moved_mean
        shared = vision.block_mean(old * moved) - old_mean * moved_mean
        if learn:
            # A quiet fifth of the blocks shows the grain: it must not count as new picture.
            rest = np.partition((old_var + moved_var - 2 * shared).ravel(), old_var.size // 5)
            self._noise.append(min(60.0, max(0.0, float(rest[old_var.size // 5]))))
            self._noise.pop(0)
        room = 1.5 + 3.0 * statistics.median(self._noise)
        alike = (2 * shared + room) / (old_var + moved_var + room)
        flat = (old_var < room) & (moved_var < room)
        fresh = (alike < _NEW_BELOW) | (flat & (np.abs(old_mean - moved_mean) > _FLAT_STEP))
        weight = np.where(flat & ~fresh, 0.5, 1.0) * active
        total = float(weight.sum())
        return float(weight[fresh].sum()) / total if total >= 0.04 * weight.size else 0.0


def _lit(picture: Plane) -> Box:
    """Top, bottom, left and right of the picture without black bars; all 0 where it is all black."""
    rows, columns = (peaks > _BLACK for peaks in vision.peaks(picture))
    if not rows.any():
        return 0, 0, 0, 0
    height, width = picture.shape
    return (
        int(rows.argmax()),
        height - int(rows[::-1].argmax()),
        int(columns.argmax()),
        width - int(columns[::-1].argmax()),
    )


@lru_cache(maxsize=64)
def _active(before: Box, after: Box, shape: tuple[int, ...]) -> Doubles:
    """1 for each block of a picture of ``shape`` that is inside, 0 in bars: what is not lit in either frame."""
    mask = np.zeros((shape[0] // vision.BLOCK_PX, shape[1] // vision.BLOCK_PX))
    lit = [box for box in (before, after) if box[1]]
    if lit:
        top, left = (min(box[at] for box in lit) // vision.BLOCK_PX for at in (0, 2))
        bottom, right = ((max(box[at] for box in lit) - 1) // vision.BLOCK_PX + 1 for at in (1, 3))
        mask[top:bottom, left:right] = 1.0
    mask.flags.writeable = False
    return mask


def _page(before: Plane, after: Plane) -> float:
    """Share of the picture that shows one and the same flat level in both frames (the page of a screen or slide)."""
    level = int(np.argmax(vision.histogram(before, 256)))
    low, high = max(0, level - 3), min(255, level + 3)
    same = (before >= low) & (before <= high) & (after >= low) & (after <= high)
    return float(same.mean())
