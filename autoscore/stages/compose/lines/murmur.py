"""Under speech figures and drums are silent; the bed that is left goes on murmuring, faster as intensity grows.

Held voices are taken anew one at a time, between what sounds already: under words a scoring stays thin and soft, but
its pace may still tell how tense the scene is (craft guide 3.2: attack density follows arousal; 8.3: thin under talk).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

from autoscore.model.tempo import Bar, pulse_beats
from autoscore.stages.compose.orchestra.layers import Cast
from autoscore.stages.compose.orchestra.players import player
from autoscore.stages.compose.values import Line, Phrase, Setting, Tone
from autoscore.tables import read

BED = ("harmony", "pad")
SHORTEST = Fraction(1, 2)


def _rules() -> dict[str, Any]:
    rows: dict[str, Any] = read("layers.toml")["murmur"]
    return rows


def murmurs(phrase: Phrase, cast: Cast) -> bool:
    """Is the phrase spoken over, and without a figure that would move it?"""
    return phrase.spoken >= float(read("layers.toml")["spoken"]) and not cast.has("motion")


def pace(setting: Setting, bar: Bar) -> float:
    """Attacks a second that a bar should have: by its intensity, the distance from the cue's mean made larger."""
    rules = _rules()
    level = setting.intensity(bar.start_beats)
    mean = sum(setting.intensities) / len(setting.intensities)
    level += (float(rules["contrast"]) - 1.0) * (level - mean)
    (low, slow), (high, fast) = rules["pace"]
    share = min(1.0, max(0.0, (level - low) / (high - low)))
    return float(slow + share * (fast - slow))


def _places(bar: Bar, end: Fraction, attacked: Counter[Fraction]) -> list[Fraction]:
    """Pulses and then half pulses of a bar, those where least begins first."""
    half = pulse_beats(bar.metre) / 2
    grid = [i * half for i in range(int(bar.length_beats / half))]
    inside = [bar.start_beats + at for at in sorted(grid, key=lambda at: (at / half % 2, at))]
    return sorted((at for at in inside if at < end), key=lambda at: attacked[at] > 0)


def _wanted(setting: Setting, phrase: Phrase, end: Fraction, attacked: Counter[Fraction]) -> list[Fraction]:
    """Where in the phrase a held voice is taken anew, in order."""
    found: list[Fraction] = []
    for bar in phrase.bars:
        until = min(end, bar.start_beats + bar.length_beats)
        if until <= bar.start_beats:
            continue
        seconds = setting.tempo.seconds_at(until) - setting.tempo.seconds_at(bar.start_beats)
        there = sum(count for at, count in attacked.items() if bar.start_beats <= at < until)
        missing = round(pace(setting, bar) * seconds) - there
        found.extend(sorted(_places(bar, until, attacked)[: max(0, missing)]))
    return found


def _taken_anew(tones: Sequence[Tone], places: Sequence[Fraction], softer: float) -> tuple[Tone, ...]:
    """``tones`` with one of those that sound at each place begun again there, in turn from the lowest upwards."""
    cuts: dict[int, list[Fraction]] = {}
    turn = 0
    for at in places:
        held = [
            i
            for i, t in sorted(enumerate(tones), key=lambda pair: pair[1].pitch)
            if max([t.start_beats, *cuts.get(i, [])]) + SHORTEST <= at <= t.end_beats - SHORTEST
        ]
        if held:
            cuts.setdefault(held[turn % len(held)], []).append(at)
            turn += 1
    found: list[Tone] = []
    for i, tone in enumerate(tones):
        edges = [tone.start_beats, *cuts.get(i, []), tone.end_beats]
        for start, end in pairwise(edges):
            stress = tone.stress if start == tone.start_beats else tone.stress - softer
            found.append(replace(tone, start_beats=start, length_beats=end - start, stress=stress))
    return tuple(sorted(found, key=lambda t: (t.start_beats, t.pitch)))


def murmured(
    setting: Setting, phrases: tuple[Phrase, ...], casts: tuple[Cast, ...], lines: Sequence[Line], stop: Fraction
) -> tuple[Line, ...]:
    """The lines of a cue, the bed of each spoken phrase taken anew as often as its intensity asks.

    Args:
        stop: nothing is attacked at or after this beat.
    """
    spoken = [p for p, c in zip(phrases, casts, strict=True) if murmurs(p, c)]
    if not spoken:
        return tuple(lines)
    attacked = Counter(t.start_beats for line in lines for t in line.tones)
    softer = float(_rules()["softer"])
    changed = list(lines)
    for phrase in spoken:
        end = min(stop, phrase.end_beats)
        places = _wanted(setting, phrase, end, attacked)
        beds = [
            i
            for i, line in enumerate(changed)
            if line.role in BED
            and line.name in BED
            and not player(line.instrument).struck
            and any(phrase.start_beats <= t.start_beats < end for t in line.tones)
        ]
        if beds and places:
            # One line carries the movement, so that the others stay a ground.
            fullest = max(beds, key=lambda i: (len(changed[i].tones), -i))
            line = changed[fullest]
            changed[fullest] = replace(line, tones=_taken_anew(line.tones, places, softer))
    return tuple(changed)
