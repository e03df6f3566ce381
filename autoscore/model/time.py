"""Film time: exact rational frame rates, seconds from the first picture frame, timecode for display.

Film time 0 is the presentation time of the first picture frame, whatever the container's own clock says.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

_TIMECODE = re.compile(r"^(\d{1,2}):(\d{2}):(\d{2})[:;.](\d{2,3})$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of film time, ``start_s`` <= t < ``end_s``, in seconds."""

    start_s: float
    end_s: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.start_s) and math.isfinite(self.end_s)):
            raise ValueError(f"span is not finite: {self.start_s}..{self.end_s}")
        if self.end_s < self.start_s:
            raise ValueError(f"span ends before it starts: {self.start_s}..{self.end_s}")

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s

    def overlap_s(self, other: Span) -> float:
        """Seconds that both spans share; 0 when they do not meet."""
        return max(0.0, min(self.end_s, other.end_s) - max(self.start_s, other.start_s))


def clip(spans: Iterable[Span], window: Span) -> tuple[Span, ...]:
    """The parts of ``spans`` inside ``window``, as plain spans."""
    return tuple(
        Span(start_s=max(s.start_s, window.start_s), end_s=min(s.end_s, window.end_s))
        for s in spans
        if s.overlap_s(window) > 0
    )


def frame_to_seconds(frame: int, rate: Fraction) -> float:
    """Start of frame ``frame`` (0-based) at a constant ``rate`` in frames per second."""
    return float(frame / rate)


def seconds_to_frame(time_s: float, rate: Fraction) -> int:
    """The 0-based frame on screen at ``time_s``; a time within 1 microsecond of a frame start is that frame."""
    return max(0, math.floor(Fraction(time_s + 1e-6) * rate))


def timecode(time_s: float, rate: Fraction) -> str:
    """``HH:MM:SS:FF`` from the first frame, frames counted at the rounded rate; drop-frame (``;``) for 29.97 and 59.94.

    Source of the drop-frame count: SMPTE ST 12-1 (two numbers skipped each minute but every tenth).
    """
    frame = seconds_to_frame(time_s, rate)
    base = max(1, round(rate))
    drop = rate.denominator == 1001 and base in (30, 60)
    if drop:
        skipped = base // 15
        per_minute, per_ten = base * 60 - skipped, base * 600 - 9 * skipped
        tens, rest = divmod(frame, per_ten)
        minutes = 0 if rest < base * 60 else 1 + (rest - base * 60) // per_minute
        frame += skipped * (9 * tens + minutes)
    seconds, frames = divmod(frame, base)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{';' if drop else ':'}{frames:02d}"


def parse_timecode(text: str, rate: Fraction) -> float:
    """Seconds for ``HH:MM:SS:FF``, ``HH:MM:SS;FF`` (drop-frame) or ``HH:MM:SS.mmm``.

    Raises:
        ValueError: the text is none of these, or a field is out of range.
    """
    match = _TIMECODE.match(text.strip())
    if not match:
        raise ValueError(f"{text!r} is not a timecode like 00:01:23:12")
    hours, minutes, seconds = (int(g) for g in match.groups()[:3])
    last, base = match.group(4), max(1, round(rate))
    if minutes > 59 or seconds > 59:
        raise ValueError(f"{text!r} has more than 59 minutes or seconds")
    whole = hours * 3600 + minutes * 60 + seconds
    if "." in text:
        return whole + float(f"0.{last}")
    if int(last) >= base:
        raise ValueError(f"{text!r} counts frame {last} at {base} frames a second")
    frame = whole * base + int(last)
    if ";" in text:
        total = hours * 60 + minutes
        frame -= base // 15 * (total - total // 10)
    return frame_to_seconds(frame, rate)
