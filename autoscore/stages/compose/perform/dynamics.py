"""How loud: expression curves of players who can swell, written marks and hairpins (craft guide 6.4)."""

from __future__ import annotations

import math
from bisect import bisect_right
from fractions import Fraction
from itertools import pairwise

from autoscore.model.score import Control, DynamicMark
from autoscore.stages.compose.form.ending import Ending
from autoscore.stages.compose.values import Phrase, Setting, Tone
from autoscore.tables import read

STEP_S = 0.05
SMALLEST_CHANGE = 2.0
"""A change of expression below this is not worth an event."""
SWELL_FROM_S = 1.0
SNEAK_S = 3.0
_MARKS = ("ppp", "pp", "p", "mp", "mf", "f", "ff", "fff")


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


def edge_gain(setting: Setting, ending: Ending, at_beats: Fraction) -> float:
    """Factor on expression at the edges of a cue: sneaking in, fading or ringing out."""
    gain = 1.0
    now_s = setting.tempo.seconds_at(at_beats)
    start_s = setting.tempo.seconds_at(Fraction(0))
    if setting.cue.in_type == "sneak":
        length_s = min([SNEAK_S, 0.3 * setting.cue.duration_s, *(s.time_s - start_s for s in setting.hard[:1])])
        gain *= min(1.0, 0.25 + 0.75 * (now_s - start_s) / length_s) if length_s > 0 else 1.0
    end_s = setting.tempo.seconds_at(ending.until_beats)
    if ending.kind == "fade" and ending.fade_from_beats is not None:
        from_s = setting.tempo.seconds_at(ending.fade_from_beats)
        if now_s > from_s:
            gain *= max(0.0, 1.0 - (now_s - from_s) / max(0.1, end_s - from_s))
    elif ending.kind in ("ring", "segue") and at_beats > ending.at_beats:
        from_s = setting.tempo.seconds_at(ending.at_beats)
        share = (now_s - from_s) / max(0.1, end_s - from_s)
        gain *= 1.0 - (0.8 if ending.kind == "ring" else 0.35) * max(0.0, share) ** 1.5
    return max(0.0, gain)


def _arch(phrases: tuple[Phrase, ...], at_beats: Fraction) -> float:
    """Phrase arch: about 3 dB up to two thirds of the phrase and down again, as a factor on expression."""
    index = max(0, bisect_right(phrases, at_beats, key=lambda p: p.start_beats) - 1)
    phrase = phrases[index]
    share = min(1.0, max(0.0, float((at_beats - phrase.start_beats) / phrase.length_beats)))
    shape = share / 0.65 if share < 0.65 else (1.0 - share) / 0.35
    return float(10 ** ((shape * 3.0 - 2.0) / 40.0))


def _swell(tones: tuple[Tone, ...], setting: Setting) -> list[tuple[Fraction, float]]:
    """Break points of the swell inside long notes (0.80, 1.0, 0.86), 1 on short ones."""
    points: list[tuple[Fraction, float]] = []
    last = Fraction(-1)
    for tone in tones:
        if tone.start_beats <= last:
            continue
        last = tone.start_beats
        long = setting.tempo.seconds_at(tone.end_beats) - setting.tempo.seconds_at(tone.start_beats) >= SWELL_FROM_S
        if not long:
            points.append((tone.start_beats, 0.96))
            continue
        points.append((tone.start_beats, 0.82))
        points.append((tone.start_beats + tone.length_beats * 11 / 20, 1.0))
        points.append((tone.end_beats - Fraction(1, 48), 0.86))
    ordered: list[tuple[Fraction, float]] = []
    for at, value in sorted(points, key=lambda p: p[0]):
        if not ordered or at > ordered[-1][0]:
            ordered.append((at, value))
    return ordered


def expression(
    setting: Setting, phrases: tuple[Phrase, ...], ending: Ending, tones: tuple[Tone, ...], gain: float
) -> tuple[Control, ...]:
    """The expression curve of one part, an event wherever it has moved by 2 or more.

    Args:
        tones: the part's tones in order of time.
        gain: factor on the whole curve (1 = as the mood says).
    """

    def value(at: Fraction, swell: float) -> float:
        base = level(setting, smooth_intensity(setting, at)) * gain
        shaped = base * swell * _arch(phrases, at) * edge_gain(setting, ending, at)
        return max(1.0, min(127.0, shaped))

    points = _swell(tones, setting)
    if not points:
        return ()
    first = value(points[0][0], points[0][1])
    controls = [Control(at_beats=Fraction(0), kind="expression", value=round(first))]
    sent = first
    for (a, from_swell), (b, to_swell) in pairwise([*points, (points[-1][0] + 1, points[-1][1])]):
        width_s = setting.tempo.seconds_at(b) - setting.tempo.seconds_at(a)
        steps = max(1, min(60, math.ceil(width_s / STEP_S)))
        left, right = value(a, from_swell), value(b, to_swell)
        if abs(left - right) < 12 and width_s < 3:
            steps = max(1, min(steps, math.ceil(abs(left - right) / SMALLEST_CHANGE)))
        for i in range(steps):
            at = a + (b - a) * i / steps
            now = value(at, from_swell + (to_swell - from_swell) * i / steps) if i else left
            if abs(now - sent) >= SMALLEST_CHANGE and at > 0:
                controls.append(Control(at_beats=at, kind="expression", value=round(now)))
                sent = now
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
