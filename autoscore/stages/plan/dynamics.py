"""The intensity line of a cue and its section changes, from spotting."""

from __future__ import annotations

from bisect import bisect_left
from fractions import Fraction
from itertools import pairwise

from autoscore.model.cues import DynamicPoint, InType, OutType
from autoscore.model.spotting import SPOT_RATE_HZ, Spotting
from autoscore.model.time import Span, frame_to_seconds
from autoscore.stages.plan.overlap import share_of
from autoscore.stages.plan.wishes import Wishes
from autoscore.tables import read

_TOLERANCE = 0.06
_SNEAK = 0.45
_CLOSING = 0.6


def on_frame(time_s: float, rate: Fraction) -> float:
    """The start of the frame nearest to ``time_s``, so that every time can be written as a timecode."""
    return frame_to_seconds(max(0, round(Fraction(time_s) * rate)), rate)


def intensity_line(spotting: Spotting) -> list[tuple[float, float]]:
    """(film time, intensity) of the whole film: the spotting curve, else one point in the middle of each story beat.

    Under credits it is the film's mean: what rolls there is no story.
    """
    line = [((n + 0.5) / SPOT_RATE_HZ, value) for n, value in enumerate(spotting.intensity)]
    line = line or [((beat.start_s + beat.end_s) / 2, beat.intensity) for beat in spotting.beats] or [(0.0, 0.4)]
    if not spotting.credits:
        return line
    rolling = [any(c.start_s <= t < c.end_s for c in spotting.credits) for t, _ in line]
    story = [v for (_, v), rolls in zip(line, rolling, strict=True) if not rolls]
    mean = sum(story) / len(story) if story else 0.4
    return [(t, mean if rolls else v) for (t, v), rolls in zip(line, rolling, strict=True)]


def _music_line(span: Span, spotting: Spotting) -> list[tuple[float, float]]:
    """The picture's line as music: lifted off the ground, and with an arch of its own where the picture is flat."""
    rules, line = read("planning.toml")["dynamics"], intensity_line(spotting)
    first = bisect_left(line, span.start_s, key=lambda p: p[0])
    last = bisect_left(line, span.end_s, key=lambda p: p[0])
    line = line[max(0, first - 1) : last + 1]
    talk = share_of(spotting.speech, span)
    line = _evened(line, talk * rules["talk_smooth_s"], 1.0 - talk * rules["talk_narrow"])
    base = rules["base"] + talk * (rules["base_talk"] - rules["base"])
    inner = [v for t, v in line if span.start_s <= t <= span.end_s] or [0.0]
    flat = max(0.0, 1.0 - (max(inner) - min(inner)) / rules["arch_until"])
    peak, height = rules["arch_peak"], flat * rules["arch"]

    def arch(time_s: float) -> float:
        share = min(1.0, max(0.0, (time_s - span.start_s) / max(span.duration_s, 1e-9)))
        return float(share / peak if share <= peak else (1.0 - share) / (1.0 - peak))

    return [(t, base + (1.0 - base) * v + height * arch(t)) for t, v in line]


def _evened(line: list[tuple[float, float]], width_s: float, keep: float) -> list[tuple[float, float]]:
    """The line as a running mean over ``width_s``, its range about the mean times ``keep``."""
    middle = sum(v for _, v in line) / max(len(line), 1)
    evened = []
    for time_s, _ in line:
        near = [v for t, v in line if abs(t - time_s) <= width_s / 2]
        evened.append((time_s, middle + keep * (sum(near) / len(near) - middle)))
    return evened


def peak_s(spotting: Spotting) -> float:
    """Film time of the highest intensity; the later one of equals, where climaxes belong."""
    return max(intensity_line(spotting), key=lambda point: (round(point[1], 3), point[0]))[0]


def _at(line: list[tuple[float, float]], time_s: float) -> float:
    if time_s <= line[0][0]:
        return line[0][1]
    for (t0, v0), (t1, v1) in pairwise(line):
        if time_s <= t1:
            return v0 + (v1 - v0) * (time_s - t0) / max(t1 - t0, 1e-9)
    return line[-1][1]


def _simplified(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Fewest points that stay within the tolerance (Douglas & Peucker 1973, distance measured vertically)."""
    keep = {0, len(points) - 1}
    stack = [(0, len(points) - 1)]
    while stack:
        left, right = stack.pop()
        (t0, v0), (t1, v1) = points[left], points[right]
        worst, where = _TOLERANCE, -1
        for n in range(left + 1, right):
            t, v = points[n]
            off = abs(v - (v0 + (v1 - v0) * (t - t0) / max(t1 - t0, 1e-9)))
            if off > worst:
                worst, where = off, n
        if where >= 0:
            keep.add(where)
            stack += [(left, where), (where, right)]
    return [points[n] for n in sorted(keep)]


def dynamic_points(
    span: Span, spotting: Spotting, wishes: Wishes, rate: Fraction, in_type: InType, out_type: OutType
) -> tuple[DynamicPoint, ...]:
    """The intensity line of a cue: follows the picture, starts under it after a sneaked entry, closes under it."""
    rules, line = read("planning.toml")["dynamics"], _music_line(span, spotting)
    inner = [(t, v) for t, v in line if span.start_s < t < span.end_s]
    raw = [(span.start_s, _at(line, span.start_s)), *inner, (span.end_s, _at(line, span.end_s))]
    points = _spaced(_simplified(raw), min(rules["spacing_s"], span.duration_s / 4))

    def wished(value: float) -> float:
        shifted = value + wishes.intensity_shift
        ceiling = min(rules["ceiling"], wishes.intensity_ceiling)
        return round(float(max(rules["floor"], min(ceiling, shifted))), 2)

    shaped = [(t, wished(v)) for t, v in points]
    if in_type == "sneak" and span.duration_s >= 8.0:
        lead = min(4.0, span.duration_s / 4)
        after = [p for p in shaped if p[0] > span.start_s + 1.5 * lead]
        reach = wished(_at(line, span.start_s + lead))
        low = round(max(rules["floor"], _SNEAK * reach), 2)
        shaped = [(span.start_s, low), (span.start_s + lead, reach), *after]
    if out_type in ("ring", "fade") and span.duration_s >= 8.0:
        lead = min(3.0, span.duration_s / 4)
        before = [p for p in shaped if p[0] < span.end_s - 1.5 * lead]
        level = wished(_at(line, span.end_s - lead))
        low = round(max(rules["floor"], _CLOSING * level if out_type == "ring" else 0.4 * level), 2)
        shaped = [*before, (span.end_s - lead, level), (span.end_s, low)]
    framed: dict[float, float] = {}
    for time_s, value in shaped:
        framed.setdefault(on_frame(time_s, rate), value)
    return tuple(DynamicPoint(time_s=t, intensity=v) for t, v in sorted(framed.items()))


def _spaced(points: list[tuple[float, float]], least_s: float) -> list[tuple[float, float]]:
    """Points at least ``least_s`` apart, both ends kept; of two that are too close the more extreme one stays."""
    if len(points) <= 2:
        return points
    kept = [points[0]]
    middle = sum(v for _, v in points) / len(points)
    for time_s, value in points[1:-1]:
        if points[-1][0] - time_s < least_s:
            continue
        if time_s - kept[-1][0] >= least_s:
            kept.append((time_s, value))
        elif len(kept) > 1 and abs(value - middle) > abs(kept[-1][1] - middle):
            kept[-1] = (time_s, value)
    return [*kept, points[-1]]


def section_times(span: Span, spotting: Spotting, rate: Fraction) -> tuple[float, ...]:
    """Film times of section changes inside a cue: section hits and scenes first, then story beats, spaced out."""
    least_s = read("planning.toml")["hits"]["section_spacing_s"]
    ranked = [(0, -h.weight, h.time_s) for h in spotting.hits if h.klass == "section"]
    ranked += [(1, 0.0, s.start_s) for s in spotting.scenes] + [(2, 0.0, b.start_s) for b in spotting.beats]
    chosen: list[float] = []
    for _, _, time_s in sorted(ranked):
        if not span.start_s + least_s <= time_s <= span.end_s - least_s:
            continue
        if all(abs(time_s - other) >= least_s for other in chosen):
            chosen.append(time_s)
    return tuple(dict.fromkeys(on_frame(t, rate) for t in sorted(chosen)))
