"""What changes from frame to frame, and where the picture becomes another one."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from autoscore.adapters import vision
from autoscore.adapters.vision import Floats, Plane
from autoscore.stages.analyze.newness import Newness

CANDIDATE = 0.3
"""Share of the picture that is new above which a frame is looked at as a possible cut."""

SUSPECT = 0.45
"""The same across frames that were passed over: their packets were of usual size, so there is rarely a cut."""

FLASH_S = 0.3
"""A picture that is back after at most this long was only covered by a flash."""

_WAITING = 6

_NO_PICTURE: Plane = np.zeros((0, 0), np.uint8)
"""Not an empty part of one: that would hold all of it."""

AT_ONCE = 16
"""Frames that are measured together: each alone costs half as much again, and holds the interpreter all the time."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One frame: its number, its film time, and ``vision.halve`` of its luma."""

    index: int
    time_s: float
    small: Plane


@dataclass(slots=True)
class Changes:
    """Pushed some frames at a time. From frame ``start`` on: ``new``, ``difference`` (levels), ``speed`` (heights a
    frame).

    ``candidates`` are possible cuts in order. Frames may be passed over: what changed over several is shared out among
    them.
    """

    start: int = 0

    new: array[float] = field(default_factory=lambda: array("f"))
    difference: array[float] = field(default_factory=lambda: array("f"))
    speed: array[float] = field(default_factory=lambda: array("f"))
    candidates: list[Candidate] = field(default_factory=list)
    _newness: Newness = field(default_factory=Newness)
    _before: Plane | None = None
    _waiting: list[Candidate] = field(default_factory=list)

    def push(self, run: Sequence[Frame]) -> list[Floats | None]:
        """More frames; for each the motion that led to it, in pixels: rows x columns of blocks x 2. None at the first
        and wherever the picture is new (motion across a cut means nothing)."""
        found: list[Floats | None] = []
        for first in range(0, len(run), AT_ONCE):
            found += self._push(run[first : first + AT_ONCE])
        return found

    def _push(self, run: Sequence[Frame]) -> list[Floats | None]:
        motions: list[Floats | None] = []
        if self._before is None:
            self._append(1 + run[0].index - self.start, 0.0, 0.0, 0.0)
            self._before, run = run[0].small, run[1:]
            motions.append(None)
        if not run:
            return motions
        pictures = np.stack([self._before, *(frame.small for frame in run)])
        self._before = run[-1].small
        for at, (frame, pair) in enumerate(zip(run, self._newness.pairs(pictures), strict=True)):
            frames = 1 + frame.index - self.start - len(self.new)
            self._append(frames, pair.new, pair.difference, pair.speed)
            if not pair.still:
                self._follow_up(frame, pair.room)
            if pair.still or pair.new < (CANDIDATE if frames == 1 else SUSPECT):
                motions.append(pair.motion)
                continue
            motions.append(None)
            before = pictures[at].copy()
            lift = float(frame.small.mean()) - float(before.mean())
            step = Step(new=pair.new, difference=pair.difference, lift=lift, page=_page(before, frame.small))
            found = Candidate(
                frame=frame.index, time_s=frame.time_s, frames=frames, before=before, step=step,
                blank=bool(frame.small.std() < 6.0),
            )  # fmt: skip
            self.candidates.append(found)
            if len(self._waiting) < _WAITING:
                self._waiting.append(found)
            else:
                found.before = _NO_PICTURE
        return motions

    def closer(self, start: int) -> Changes:
        """Another meter for a second look from frame ``start`` on, with what this one knows of the film's grain."""
        return Changes(start=start, _newness=Newness(self._newness.noise))

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
            candidate.before = _NO_PICTURE
        self._waiting = []

    def _follow_up(self, frame: Frame, room: float) -> None:
        """Whether an earlier candidate's old picture is back."""
        still = []
        for candidate in self._waiting:
            if frame.time_s - candidate.time_s > FLASH_S:
                candidate.before = _NO_PICTURE
                continue
            still.append(candidate)
            new = self._newness.between(candidate.before, frame.small, room)
            if new < candidate.back:
                candidate.back, candidate.back_after = new, frame.index - candidate.frame
        self._waiting = still


def _page(before: Plane, after: Plane) -> float:
    """Share of the picture that shows one and the same flat level in both frames (the page of a screen or slide)."""
    level = int(np.argmax(vision.histogram(before, 256)))
    low, high = max(0, level - 3), min(255, level + 3)
    same = (before >= low) & (before <= high) & (after >= low) & (after <= high)
    return float(same.mean())
