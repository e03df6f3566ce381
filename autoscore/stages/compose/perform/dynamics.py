"""How loud: expression curves of players who can swell, written marks and hairpins (craft guide 6.4)."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import Any

from autoscore.model.score import Control, DynamicMark
from autoscore.model.tempo import begun
from autoscore.stages.compose.form.ending import Ending
from autoscore.stages.compose.values import Phrase, Setting, Tone
from autoscore.tables import read

SNEAK_S = 3.0
PUMP_FALL = Fraction(1, 16)
"""How quickly a pumped part falls on each beat, in beats."""
SHORT_NOTE = 0.96
"""Factor on expression of notes too short to swell."""
_MARKS = ("ppp", "pp", "p", "mp", "mf", "f", "ff", "fff")


def rules() -> dict[str, Any]:
    """Section [expression] of performance.toml."""
    table: dict[str, Any] = read("performance.toml")["expression"]
    return table


@cache
def expression_of(mark: str) -> float:
    """Expression 0..127 of a written dynamic."""
    return float(read("layers.toml")["dynamics"][mark])


def level(setting: Setting, intensity: float) -> float:
    """Expression 0..127 between the mood's softest and loudest dynamic."""
    row = setting.mood.dynamics
    floor, ceiling = expression_of(row.floor), expression_of(row.ceiling)
    return floor + (ceiling - floor) * intensity


def mark_of(expression: float) -> str:
    """The written dynamic nearest to an expression value."""
    return min(_MARKS, key=lambda m: abs(expression_of(m) - expression))


def smooth_intensity(setting: Setting, at_beats: Fraction) -> float:
    """Intensity at a beat, interpolated between the middles of bars."""
    middles = setting.middles
    at = float(at_beats)
    right = bisect_right(middles, at)
    if right == 0:
        return setting.intensities[0]
    if right == len(middles):
        return setting.intensities[-1]
    share = (at - middles[right - 1]) / (middles[right] - middles[right - 1])
    return setting.intensities[right - 1] + share * (setting.intensities[right] - setting.intensities[right - 1])


class Edges:
    """What the edges of a cue do to its loudness: sneaking in, fading or ringing out."""

    def __init__(self, setting: Setting, ending: Ending) -> None:
        self._tempo = tempo = setting.tempo
        self._start_s, self._end_s = tempo.seconds_at(0), tempo.seconds_at(ending.until_beats)
        self._sneak_s = 0.0
        if setting.cue.in_type == "sneak":
            strikes = (s.time_s - self._start_s for s in setting.hard[:1])
            self._sneak_s = min([SNEAK_S, 0.3 * setting.cue.duration_s, *strikes])
        fades = ending.kind == "fade" and ending.fade_from_beats is not None
        from_beats = ending.fade_from_beats if fades else ending.at_beats if ending.kind in ("ring", "segue") else None
        self._from_s = math.inf if from_beats is None else tempo.seconds_at(from_beats)
        self._lost = 1.0 if fades else 0.8 if ending.kind == "ring" else 0.35
        self._bend = 1.0 if fades else 1.5

    def gain(self, at_beats: Fraction) -> float:
        """Factor on expression, 0..1."""
        gain, now_s = 1.0, self._tempo.seconds_at(at_beats)
        if self._sneak_s > 0:
            gain = min(1.0, 0.25 + 0.75 * (now_s - self._start_s) / self._sneak_s)
        if now_s > self._from_s:
            share = (now_s - self._from_s) / max(0.1, self._end_s - self._from_s)
            gain *= 1.0 - self._lost * share**self._bend
        return max(0.0, gain)


def ratio(part: Fraction, whole: Fraction) -> float:
    """``part / whole``; Fractions would be brought to lowest terms first, and the float is the same."""
    (a, b), (c, d) = part.as_integer_ratio(), whole.as_integer_ratio()
    return (a * d) / (b * c)


def phrase_arch(phrases: tuple[Phrase, ...], at_beats: Fraction) -> float:
    """0 at a phrase's edges, 1 at two thirds of it."""
    phrase = phrases[begun(phrases, at_beats)]
    share = min(1.0, max(0.0, ratio(at_beats - phrase.start_beats, phrase.length_beats)))
    return share / 0.65 if share < 0.65 else (1.0 - share) / 0.35


def _arch(phrases: tuple[Phrase, ...], at_beats: Fraction) -> float:
    """The phrase's arch as a factor on expression (40 log10 of it is dB)."""
    return float(10 ** ((phrase_arch(phrases, at_beats) - 0.6) * float(rules()["arch_db"]) / 40.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bow:
    """One attack of a part: ``shape`` is a row of [swells], () for a short note; ``joined`` to the one before."""

    start_beats: Fraction
    end_beats: Fraction
    shape: tuple[tuple[float, float], ...]
    joined: bool


def _bows(setting: Setting, tones: tuple[Tone, ...]) -> list[_Bow]:
    """The attacks of a part in order: each lasts to the next one or to the end of its longest tone."""
    swells: dict[str, list[list[float]]] = read("performance.toml")["swells"]
    ends: dict[Fraction, Fraction] = {}
    accents: set[Fraction] = set()
    for tone in tones:
        ends[tone.start_beats] = max(ends.get(tone.start_beats, tone.end_beats), tone.end_beats)
        if tone.mark in ("accent", "marcato"):
            accents.add(tone.start_beats)
    starts = sorted(ends)
    found: list[_Bow] = []
    for start, after in zip(starts, [*starts[1:], None], strict=True):
        end = min(ends[start], after) if after is not None else ends[start]
        long = setting.tempo.seconds_at(end) - setting.tempo.seconds_at(start) >= float(rules()["long_s"])
        name = "accent" if start in accents else setting.mood.playing.swell
        shape = tuple((share, factor) for share, factor in swells[name]) if long else ()
        joined = bool(found) and start - found[-1].end_beats < Fraction(1, 8)
        found.append(_Bow(start_beats=start, end_beats=end, shape=shape, joined=joined))
    return found


def pump(setting: Setting, at_beats: Fraction) -> float:
    """The dip of pads under a kick on every beat, as a factor: deepest just after the beat, gone after half of it."""
    depth_db = setting.mood.playing.pump_db
    inside = float(at_beats % 1)
    fall = float(PUMP_FALL)
    share = inside / fall if inside < fall else max(0.0, 1.0 - (inside - fall) / (0.5 - fall))
    return float(10 ** (depth_db * share / 40.0)) if depth_db else 1.0


def _corners(bow: _Bow, pumping: bool) -> list[tuple[Fraction, float]]:
    """Points between which expression moves in straight lines: (beat, factor of the swell)."""
    first, last = bow.start_beats, bow.end_beats
    length = last - first
    shape = bow.shape or ((0.0, SHORT_NOTE), (1.0, SHORT_NOTE))
    places = (Fraction(0), PUMP_FALL, Fraction(1, 2)) if pumping else (0,)
    corners = {float(mark): first + length * mark for mark in (_share(share) for share, _ in shape)}
    for beat in range(math.floor(first), math.ceil(last)):
        for at in (Fraction(beat + p) for p in places):
            if first < at < last:
                corners.setdefault(ratio(at - first, length), at)
    found = []
    for mark, at in sorted(corners.items()):
        right = next(i for i, (share, _) in enumerate(shape) if share >= mark - 1e-6)
        (a, low), (b, high) = shape[max(0, right - 1)], shape[right]
        factor = low + (high - low) * (mark - a) / (b - a) if b > a else high
        found.append((at, factor))
    return found


@cache
def _share(share: float) -> Fraction:
    return Fraction(share).limit_denominator(96)


def expression(
    setting: Setting, phrases: tuple[Phrase, ...], ending: Ending, tones: tuple[Tone, ...], *, pumped: bool = False
) -> tuple[Control, ...]:
    """The expression curve of one part: swells of its long notes on the phrase's arch on the cue's intensity.

    While the part sounds, an event moves by at most 3 units; between notes that do not touch it may jump.

    Args:
        tones: the part's tones in order of time.
        pumped: the part dips on every beat where the mood pumps.
    """
    bows = _bows(setting, tones)
    if not bows:
        return ()
    table = rules()
    most, least = float(table["most_units"]), float(table["least_units"])
    edges = Edges(setting, ending)
    pumping = pumped and setting.mood.playing.pump_db != 0.0

    def value(at: Fraction, swell: float) -> float:
        base = level(setting, smooth_intensity(setting, at)) * swell * _arch(phrases, at)
        dip = pump(setting, at) if pumping else 1.0
        return max(1.0, min(127.0, base * dip * edges.gain(at)))

    controls: list[Control] = []
    sent, before = 0.0, Fraction(0)
    for bow in bows:
        corners = [(at, value(at, swell)) for at, swell in _corners(bow, pumping)]
        if not controls or not bow.joined:
            at = Fraction(0) if not controls else max(before, bow.start_beats - Fraction(1, 16))
            sent = corners[0][1]
            controls.append(Control(at_beats=at, kind="expression", value=round(sent)))
        for (start, _), (end, goal) in pairwise([(bow.start_beats, sent), *corners]):
            width = end - start
            if abs(goal - sent) < least or width <= 0:
                continue
            count = max(1, math.ceil(abs(goal - sent) / most))
            origin, half = sent, width / (2 * count)
            for i in range(1, count + 1):
                sent = origin + (goal - origin) * i / count
                controls.append(Control(at_beats=start + half * (2 * i - 1), kind="expression", value=round(sent)))
        before = bow.end_beats
    return tuple(controls)


def written(setting: Setting, phrases: tuple[Phrase, ...], tones: tuple[Tone, ...]) -> tuple[DynamicMark, ...]:
    """Dynamics as a player reads them: a mark where a part enters a phrase at a new level, hairpins where it moves."""
    starts = [t.start_beats for t in tones]
    marks: list[DynamicMark] = []
    last = ""
    for phrase in phrases:
        index = bisect_right(starts, phrase.start_beats - Fraction(1, 100))
        if index >= len(starts) or starts[index] >= phrase.end_beats:
            continue
        at = starts[index]
        now = mark_of(level(setting, smooth_intensity(setting, at)))
        if now != last:
            marks.append(DynamicMark(at_beats=at, mark=now))
            last = now
        if abs(phrase.rise) >= 0.12 and phrase.end_beats - at >= 4:
            marks.append(DynamicMark(at_beats=at, mark="<" if phrase.rise > 0 else ">", end_beats=phrase.end_beats))
    return tuple(marks)
