"""Form: bars and intensity become phrases with a function (craft guide 4.4), aligned to the picture's sections."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from autoscore.model.tempo import Bar
from autoscore.stages.compose.values import Cadence, Phrase, Setting

PHRASE_BARS = 8
SHORTEST_BARS = 3
"""A remainder shorter than this is no phrase of its own: it extends its neighbour."""
INTRO_AFTER_S = 24.0
"""Shorter cues have no time for an introduction."""
LONGEST_S = 28.0
"""A phrase longer than this (slow bars) is halved: one change of form every 15-45 s, craft guide 9.10."""


def _walls(setting: Setting) -> list[int]:
    """Bar indices at which a phrase must begin: start, section changes and heavy hits on downbeats."""
    starts = {bar.start_beats: i for i, bar in enumerate(setting.bars)}
    walls = {0, len(setting.bars)}
    wanted = [a.beats for a in setting.tempo.anchors if a.kind in ("section", "hard")]
    for time_s in setting.cue.sections_s:
        if not any(abs(setting.tempo.seconds_at(b) - time_s) < 0.4 for b in wanted):
            at_beats = Fraction(round(setting.tempo.beats_at(time_s)))
            near = min(starts, key=lambda s: (abs(s - at_beats), s))
            wanted.append(near)
    for at_beats in sorted(wanted):
        index = starts.get(at_beats)
        if index is not None and all(abs(index - wall) >= 2 for wall in walls):
            walls.add(index)
    return sorted(walls)


def _cut(length: int, unit: int) -> list[int]:
    """Bars of a stretch as phrase lengths: whole units, a remainder of its own when long enough, else an extension.

    >>> _cut(19, 8), _cut(17, 8), _cut(12, 8), _cut(3, 8)
    ([8, 8, 3], [8, 9], [8, 4], [3])
    """
    whole, rest = divmod(length, unit)
    lengths = [unit] * whole
    if rest == 0:
        return lengths
    if not lengths:
        return [rest]
    if rest >= SHORTEST_BARS:
        return [*lengths, rest]
    lengths[-1] += rest
    return lengths


def _introduced(setting: Setting) -> bool:
    """Has the cue time for an introduction?"""
    return setting.cue.duration_s >= INTRO_AFTER_S


def _functions(setting: Setting, levels: list[float], lengths: list[int]) -> list[str]:
    """A function for each phrase; the climax goes to the maximum of intensity, wherever the picture put it."""
    count = len(levels)
    if count == 1:
        return ["A"]
    functions = [""] * count
    first, last = 0, count
    if _introduced(setting) and (levels[0] <= max(levels) - 0.08 or setting.cue.in_type == "sneak"):
        functions[0], first = "intro", 1
    if count - first >= 2 and lengths[-1] <= PHRASE_BARS and setting.cue.out_type != "segue":
        functions[-1], last = "coda", count - 1
    body = range(first, last)
    peak = max(body, key=lambda i: (levels[i], i), default=None)
    if peak is not None and len(body) >= 3 and levels[peak] >= 0.5 and levels[peak] - min(levels) >= 0.12:
        functions[peak] = "climax"
        if peak + 1 < last and levels[peak + 1] < levels[peak] - 0.1:
            functions[peak + 1] = "dissolve"
    cycle = ("A", "A", "B", "A", "development", "B")
    turn = 0
    for i in body:
        if not functions[i]:
            functions[i] = cycle[turn % len(cycle)]
            turn += 1
    return functions


def _share_spoken(setting: Setting, start: Fraction, end: Fraction) -> float:
    covered = sum((max(Fraction(0), min(end, b) - max(start, a)) for a, b in setting.speech), Fraction(0))
    return float(covered / (end - start)) if end > start else 0.0


def shape(setting: Setting) -> tuple[Phrase, ...]:
    """The phrases of a cue: they cover all its bars, in order, without gaps."""
    bars = setting.bars
    bar_s = setting.cue.duration_s / max(1, len(bars))
    unit = PHRASE_BARS if bar_s * PHRASE_BARS <= LONGEST_S else PHRASE_BARS // 2
    walls = _walls(setting)
    cuts: list[tuple[int, int]] = []
    for left, right in pairwise(walls):
        at = left
        first = left == 0 and _introduced(setting) and right - left >= unit + unit // 2
        lengths = [unit // 2, *_cut(right - left - unit // 2, unit)] if first else _cut(right - left, unit)
        for length in lengths:
            cuts.append((at, at + length))
            at += length
    levels = [sum(setting.intensities[a:b]) / (b - a) for a, b in cuts]
    functions = _functions(setting, levels, [b - a for a, b in cuts])
    heard: dict[str, int] = {}
    phrases = []
    for i, ((a, b), function) in enumerate(zip(cuts, functions, strict=True)):
        inside: tuple[Bar, ...] = bars[a:b]
        end = min(setting.end_beats, inside[-1].start_beats + inside[-1].length_beats)
        cadence: Cadence = "end" if i == len(cuts) - 1 else ("closed" if function in ("climax",) else "open")
        phrases.append(
            Phrase(
                index=i,
                function=function,
                bars=inside,
                start_beats=inside[0].start_beats,
                end_beats=end,
                intensity=round(levels[i], 4),
                rise=setting.intensities[b - 1] - setting.intensities[a],
                cadence=cadence,
                statement=heard.get(function, 0),
                spoken=_share_spoken(setting, inside[0].start_beats, end),
            )
        )
        heard[function] = heard.get(function, 0) + 1
    return tuple(phrases)


def label(phrase: Phrase) -> str:
    """The function as written in the score: A, A', A'', B, climax, ..."""
    return phrase.function + "'" * min(3, phrase.statement) if len(phrase.function) == 1 else phrase.function
