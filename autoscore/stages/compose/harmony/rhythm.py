"""Harmonic rhythm: long and short chords by pattern, faster towards a cadence (craft guide 3.2)."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

from autoscore.model.tempo import Bar, pulse_beats
from autoscore.stages.compose.values import Phrase, Setting
from autoscore.tables import read

Slot = tuple[Fraction, Fraction]
GROUP = 4
"""Patterns are written for four units; a unit is a bar, or several short ones."""


def rules() -> dict[str, Any]:
    """The row [rhythm] of harmony.toml."""
    found: dict[str, Any] = read("harmony.toml")["rhythm"]
    return found


def bar_s(setting: Setting, phrase: Phrase) -> float:
    """Mean length of the phrase's bars in seconds."""
    whole = setting.tempo.seconds_at(phrase.end_beats) - setting.tempo.seconds_at(phrase.start_beats)
    return whole / len(phrase.bars)


def pace_of(setting: Setting, phrase: Phrase) -> str:
    """ "slow", "moderate" or "broad" by arousal; "static" where the mood's harmony hardly moves."""
    if setting.mood.harmony.pace == "static":
        return "static"
    arousal = 0.5 * setting.cue.arousal + 0.5 * phrase.intensity
    return "slow" if arousal < 0.3 else "broad" if arousal > 0.75 else "moderate"


def unit_bars(seconds: float, pace: str) -> int:
    """How many bars of ``seconds`` make a unit: no chord of one unit shorter than the ear follows."""
    shortest = rules()["static_unit_s"] if pace == "static" else rules()["shortest_s"]
    bars = 1
    while bars * seconds < shortest and bars < 8:
        bars *= 2
    return bars


def patterns(pace: str, cadence: bool) -> list[list[float]]:
    """Patterns (lengths in units, sum 4) of a pace; those that end phrases where ``cadence``."""
    rows: list[list[float]] = rules()["patterns"][f"{pace}_cadence" if cadence else pace]
    return rows


def _points(units: int, pace: str, rng: random.Random, cadence: bool) -> list[Fraction]:
    """Where chords begin, in units from the phrase's start; a remainder under four units is a group of its own."""
    whole, rest = divmod(units, GROUP)
    points: list[Fraction] = []
    at = Fraction(0)
    for group in range(whole):
        last = cadence and group == whole - 1
        if group == whole - 1 and rest:
            # The rest stands before the closing group, as an extension of the phrase's middle.
            points.append(at)
            at += rest
        for length in rng.choice(patterns(pace, last)):
            points.append(at)
            at += Fraction(length).limit_denominator(4)
    if not whole and rest:
        points.append(Fraction(0))
        if rest > 1:
            points.append(Fraction(rest - 1) if rest == 3 or not cadence else Fraction(1))
        if rest == 3 and pace not in ("slow", "static"):
            points.append(Fraction(1))
    return sorted(set(points))


def middle_of(bar: Bar) -> Fraction:
    """The beat in the middle of a bar, from its start: 2 of 4/4 and of 3/4, 3 of 5/4, 3/2 of 6/8."""
    pulse = pulse_beats(bar.metre)
    pulses = int(bar.length_beats / pulse)
    return pulse * ((pulses + 1) // 2) if pulses > 1 else Fraction(0)


def _place(point: Fraction, unit: int, bars: tuple[Bar, ...]) -> Fraction | None:
    """A point in units as beats; None where the bar is too short to be halved."""
    place = point * unit
    index = int(place)
    if index >= len(bars):
        return None
    bar = bars[index]
    inside = place - index
    if inside == 0:
        return bar.start_beats
    half = middle_of(bar)
    return bar.start_beats + half if half else None


def slots(setting: Setting, phrase: Phrase, stop: Fraction, rng: random.Random, *, cadence: bool = True) -> list[Slot]:
    """(start, length) of the chords of a phrase, in beats, without gaps, up to ``stop``.

    Args:
        rng: the same source gives the same rhythm, so that a section that returns keeps its own.
        cadence: the phrase ends with a cadence, to which its harmony hurries.
    """
    pace = pace_of(setting, phrase)
    seconds = bar_s(setting, phrase)
    unit = unit_bars(seconds, pace)
    count = max(1, len(phrase.bars) // unit)
    return placed(setting, phrase, stop, [(p, unit) for p in _points(count, pace, rng, cadence)])


def placed(setting: Setting, phrase: Phrase, stop: Fraction, points: list[tuple[Fraction, int]]) -> list[Slot]:
    """Points (in units of so many bars) as slots; what is too short for an ear is left out, what is too long is cut."""
    limits = rules()
    longest = limits["static_longest_s"] if setting.mood.harmony.pace == "static" else limits["longest_s"]
    end = min(stop, phrase.end_beats)
    edges: list[Fraction] = []
    for point, unit in points:
        at = _place(point, unit, phrase.bars)
        if at is None or at >= end:
            continue
        if edges and _seconds(setting, edges[-1], at) < limits["half_s"]:
            continue
        edges.append(at)
    if phrase.start_beats >= end:
        return []
    while len(edges) > 1 and _seconds(setting, edges[-1], end) < limits["half_s"]:
        edges.pop()
    if not edges or edges[0] > phrase.start_beats:
        edges.insert(0, phrase.start_beats)
    downbeats = [b.start_beats for b in phrase.bars if b.start_beats < end]
    found: list[Slot] = []
    for a, b in zip(edges, [*edges[1:], end], strict=True):
        start = a
        for downbeat in downbeats:
            beyond = _seconds(setting, start, b) > longest and _seconds(setting, start, downbeat) > 0.45 * longest
            if start < downbeat < b and beyond:
                found.append((start, downbeat - start))
                start = downbeat
        if b > start:
            found.append((start, b - start))
    return found


def _seconds(setting: Setting, a: Fraction, b: Fraction) -> float:
    return setting.tempo.seconds_at(b) - setting.tempo.seconds_at(a)
