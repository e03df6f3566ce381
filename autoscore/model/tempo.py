"""TempoMap: the only place where beats become seconds and back.

Score time is counted in **quarter notes** as ``Fraction``, from 0 at the start of each cue. Tempi here are quarter
notes a minute; a cue's wish is in notated pulses (a dotted quarter in 6/8), see ``pulse_beats``.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from autoscore.model.names import check_cue_id


def ramp_seconds(start_bpm: float, end_bpm: float, beats: float) -> float:
    """Duration of ``beats`` played while tempo moves geometrically (in score position) from start to end.

    T = 60 B (1/a - 1/b) / ln(b/a); 60 B / a when a = b (craft guide 2.4).
    """
    return _ramp_seconds(start_bpm, math.log(end_bpm / start_bpm), beats)


def _ramp_seconds(start_bpm: float, log: float, beats: float) -> float:
    """``ramp_seconds`` by the logarithm of its tempo ratio; nothing cancels where the ratio is near 1."""
    shrink = -math.expm1(-log) / log if log else 1.0
    return 60.0 * beats / start_bpm * shrink


_METRE = re.compile(r"^([2-9]|1[0-3])/(2|4|8)$")


def is_metre(text: str) -> bool:
    """Is ``text`` a metre that a cue can have, like "4/4"?"""
    return _METRE.match(text) is not None


def pulse_beats(metre: str) -> Fraction:
    """Quarter notes in one notated pulse of ``metre``: 3/2 in 6/8, 9/8 and 12/8, a quarter in 5/8 and 7/8 (2 + 2 + 3),
    else 4 / denominator."""
    numerator, denominator = (int(part) for part in metre.split("/"))
    if denominator == 8 and numerator > 3:
        return Fraction(3, 2) if numerator % 3 == 0 else Fraction(1)
    return Fraction(4, denominator)


def beat_strength(inside_beats: Fraction, metre: str) -> int:
    """Strength of a place in a bar of ``metre``: 3 on the downbeat, 2 on a beat, 1 on half a quarter, else 0."""
    if inside_beats == 0:
        return 3
    if inside_beats % pulse_beats(metre) == 0:
        return 2
    return 1 if (inside_beats * 2).denominator == 1 else 0


class Starting(Protocol):
    """What begins somewhere in a cue: a bar, a phrase, a chord, a segment."""

    @property
    def start_beats(self) -> Fraction: ...


def begun(items: Sequence[Starting], at_beats: Fraction | float) -> int:
    """Index of the last of ``items``, in order of time, that has begun at ``at_beats``; 0 before all of them."""
    # Floats, since comparing Fractions costs ten times as much; different beats are never as near as their rounding.
    return max(0, bisect_right(items, float(at_beats), key=lambda item: float(item.start_beats)) - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar: ``number`` from 1, start in beats (quarter notes), metre as numerator/denominator."""

    number: int
    start_beats: Fraction
    numerator: int
    denominator: int

    @property
    def length_beats(self) -> Fraction:
        return Fraction(4 * self.numerator, self.denominator)

    @property
    def metre(self) -> str:
        return f"{self.numerator}/{self.denominator}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TempoSegment:
    """Tempo moves geometrically from ``start_bpm`` to ``end_bpm`` (quarter notes a minute) over the segment."""

    start_beats: Fraction
    end_beats: Fraction
    start_bpm: float
    end_bpm: float
    start_s: float
    """Film time of the segment's start."""
    label: str = ""
    """"rit", "accel" or "fermata" where the change is a written one."""

    @property
    def duration_s(self) -> float:
        return ramp_seconds(self.start_bpm, self.end_bpm, float(self.end_beats - self.start_beats))


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A film time that falls exactly on a beat. ``level`` is "downbeat", "beat" or "offbeat"."""

    beats: Fraction
    time_s: float
    kind: str
    """"start", "hard", "section" or "end"."""
    hit_id: str = ""
    level: str = "downbeat"


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeHit:
    """A hard hit that could not be put on a beat: played in absolute time over unpulsed texture."""

    hit_id: str
    time_s: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CueTempo:
    """Bars and tempo of one cue. ``base_bpm`` is in quarter notes. ``demoted`` hits became soft for want of a grid."""

    cue_id: str
    start_s: float
    end_s: float
    base_bpm: float
    bars: tuple[Bar, ...]
    segments: tuple[TempoSegment, ...]
    anchors: tuple[Anchor, ...] = ()
    free_hits: tuple[FreeHit, ...] = ()
    demoted: tuple[str, ...] = ()
    worst_step_percent: float = 0.0
    """Largest tempo change from one beat to the next outside labelled rit/accel, percent."""
    worst_deviation_percent: float = 0.0
    retreats: tuple[str, ...] = ()
    """What had to be given up to make it fit, in plain words."""

    def __post_init__(self) -> None:
        check_cue_id(self.cue_id)

    @property
    def length_beats(self) -> Fraction:
        return self.segments[-1].end_beats

    def seconds_at(self, beats: Fraction | float) -> float:
        """Film time of score position ``beats``; extrapolates at the first and last tempo outside the cue."""
        segment = self.segments[begun(self.segments, beats)]
        inside = float(beats - segment.start_beats)
        length = float(segment.end_beats - segment.start_beats)
        if inside < 0 or length <= 0:
            return segment.start_s + 60.0 * inside / segment.start_bpm
        if inside > length:
            return segment.start_s + segment.duration_s + 60.0 * (inside - length) / segment.end_bpm
        log = math.log(segment.end_bpm / segment.start_bpm)
        return segment.start_s + _ramp_seconds(segment.start_bpm, log * inside / length, inside)

    def beats_at(self, time_s: float) -> float:
        """Score position at film time ``time_s``; the inverse of ``seconds_at``."""
        index = max(0, bisect_right(self.segments, time_s, key=lambda s: s.start_s) - 1)
        return _beats_at(_floats(self.segments[index]), time_s)

    def bpm_at(self, beats: Fraction | float) -> float:
        """Tempo in quarter notes a minute at score position ``beats``; the first or last one outside the cue."""
        segment = self.segments[begun(self.segments, beats)]
        length = float(segment.end_beats - segment.start_beats)
        share = min(1.0, max(0.0, float(beats - segment.start_beats) / length)) if length > 0 else 0.0
        return segment.start_bpm * math.pow(segment.end_bpm / segment.start_bpm, share)


class Clock:
    """``CueTempo.beats_at`` for one who asks for many times: the segments in floats, made once."""

    def __init__(self, tempo: CueTempo) -> None:
        self._starts_s = [segment.start_s for segment in tempo.segments]
        self._rows = [_floats(segment) for segment in tempo.segments]

    def beats_at(self, time_s: float) -> float:
        """See ``CueTempo.beats_at``."""
        return _beats_at(self._rows[max(0, bisect_right(self._starts_s, time_s) - 1)], time_s)


_Floats = tuple[float, float, float, float, float, float]


def _floats(segment: TempoSegment) -> _Floats:
    """Start and length in beats, start and duration in seconds, tempo at both ends."""
    length = float(segment.end_beats - segment.start_beats)
    duration_s = ramp_seconds(segment.start_bpm, segment.end_bpm, length)
    return float(segment.start_beats), length, segment.start_s, duration_s, segment.start_bpm, segment.end_bpm


def _beats_at(row: _Floats, time_s: float) -> float:
    start, length, start_s, duration_s, start_bpm, end_bpm = row
    elapsed = time_s - start_s
    if elapsed < 0 or length <= 0:
        return start + elapsed * start_bpm / 60.0
    if elapsed > duration_s:
        return start + length + (elapsed - duration_s) * end_bpm / 60.0
    log = math.log(end_bpm / start_bpm)
    even = elapsed * start_bpm / 60.0
    # 1/bpm(x) integrates to (60 L / a k)(1 - e^(-k x / L)); solved for x.
    return start - length * math.log1p(-even * log / length) / log if log else start + even


@dataclass(frozen=True, slots=True, kw_only=True)
class TempoMap:
    """Every cue's bars and tempo, in film order."""

    cues: tuple[CueTempo, ...]

    def of(self, cue_id: str) -> CueTempo:
        """Raises KeyError when the cue is not in the map."""
        for cue in self.cues:
            if cue.cue_id == cue_id:
                return cue
        raise KeyError(cue_id)
