"""A moment that music could mark, and the clock that gives its frame."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from autoscore.model.analysis import Analysis
from autoscore.model.media import Media
from autoscore.model.spotting import HitSource
from autoscore.model.time import frame_to_seconds, seconds_to_frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """``score`` 0..1: how much it asks to be marked. ``veto``: why it may only be a section change, or not at all.

    ``sharp``: it has one exact frame. The middle of a dissolve has none, so it never becomes a hard hit, unless
    a title card or a loud sound falls on it: those are moments of their own.
    """

    frame: int
    time_s: float
    source: HitSource
    score: float
    reason: str
    begins_scene: bool = False
    is_cut: bool = False
    sharp: bool = True
    veto: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameClock:
    """Frames and their exact times."""

    media: Media
    analysis: Analysis

    def frame(self, time_s: float) -> int:
        """The 0-based frame on screen at ``time_s``, within the film."""
        times = self.analysis.frame_times_s
        if times:
            return max(0, bisect_right(times, time_s + 1e-6) - 1)
        last = max(0, self.analysis.frame_count - 1) if self.analysis.frame_count else 10**9
        return min(last, seconds_to_frame(max(0.0, time_s), self.media.video.rate))

    def time(self, frame: int) -> float:
        """Film time at which ``frame`` appears."""
        times = self.analysis.frame_times_s
        if times:
            return times[min(max(0, frame), len(times) - 1)]
        return frame_to_seconds(frame, self.media.video.rate)
