"""Form: bars and intensity become phrases with a function (craft guide 4.4), aligned to the picture's sections."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from autoscore.model.tempo import Bar
from autoscore.stages.compose.form.functions import Stretch, assign, limits
from autoscore.stages.compose.values import Cadence, Phrase, Setting

PHRASE_BARS = 8
SHORTEST_BARS = 3
"""A remainder shorter than this is no phrase of its own: it extends its neighbour."""
CLIMAX_BARS, LONGEST_CLIMAX_BARS = 6, 14
CLOSE = 0.2
"""Phrases whose intensities differ by less may be joined to give the climax room."""
CODA_S = 11.0
"""A coda is a few bars; what would last longer is a section with a coda after it."""
RETRANSITION_BARS = 4
SHORTEST_LINK_S = 6.0
"""A retransition of fewer seconds is not heard as one."""
LONGEST_INTRO_S = 12.0
INTRO_AFTER_S = 24.0
"""Shorter cues have no time for an introduction."""
LONGEST_S = 36.0
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


def _lead_in(bars: int, unit: int, bar_s: float) -> int:
    """Bars of introduction in the first stretch of a cue: four where there is room and they do not keep one waiting,
    else two; none where that would leave the theme no room.

    >>> _lead_in(40, 8, 2.0), _lead_in(40, 8, 3.5), _lead_in(8, 8, 2.0), _lead_in(5, 8, 2.0)
    (4, 2, 2, 0)
    """
    if bars < unit // 2 + 2:
        return 0
    return unit // 2 if bars >= unit + unit // 2 and unit // 2 * bar_s <= LONGEST_INTRO_S else 2


def _introduced(setting: Setting) -> bool:
    """Has the cue time for an introduction?"""
    return setting.cue.duration_s >= INTRO_AFTER_S


def _opens(setting: Setting, levels: list[float]) -> bool:
    """Is its first phrase one?"""
    return _introduced(setting) and (levels[0] <= max(levels) - limits()["promise"] or setting.cue.in_type == "sneak")


def _led_back(setting: Setting, cuts: list[tuple[int, int]], functions: list[str]) -> list[tuple[tuple[int, int], str]]:
    """The last bars before a climax or a return lead over, where the phrase is long enough to spare them."""
    found: list[tuple[tuple[int, int], str]] = []
    for i, ((a, b), name) in enumerate(zip(cuts, functions, strict=True)):
        goal = functions[i + 1] if i + 1 < len(functions) else ""
        spare = 8 if name in ("B", "development") else 12
        fits = goal in ("climax", "A") and name in ("A", "B", "development") and b - a >= spare and i > 0
        if fits and _seconds(setting, b - RETRANSITION_BARS, b) >= SHORTEST_LINK_S:
            found.extend([((a, b - RETRANSITION_BARS), name), ((b - RETRANSITION_BARS, b), "retransition")])
        else:
            found.append(((a, b), name))
    return found


def _roomy(setting: Setting, cuts: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Fewer, longer phrases: two short neighbours are one, and the most intense phrase has room for a whole theme."""
    link_bars = limits()["link_bars"]
    found: list[tuple[int, int]] = []
    for a, b in cuts:
        if found and b - a <= link_bars and found[-1][1] - found[-1][0] < CLIMAX_BARS and found[-1][0] > 0:
            found[-1] = (found[-1][0], b)
        else:
            found.append((a, b))
    levels = [_level(setting, a, b) for a, b in found]
    peak = max(range(len(found)), key=lambda i: (levels[i], i))
    while found[peak][1] - found[peak][0] < CLIMAX_BARS and peak + 1 < len(found) - 1:
        following = found[peak + 1]
        if following[1] - found[peak][0] > LONGEST_CLIMAX_BARS or levels[peak] - levels[peak + 1] > CLOSE:
            break
        found[peak : peak + 2] = [(found[peak][0], following[1])]
        levels.pop(peak + 1)
    return found


def _closing(cuts: list[tuple[int, int]], bar_s: float) -> list[tuple[int, int]]:
    """The last phrase gives its last bars to a coda where it is too long to be one."""
    a, b = cuts[-1]
    coda = next((bars for bars in (4, 3, 2) if bars * bar_s <= CODA_S), 2)
    if b - a < coda + SHORTEST_BARS or (b - a) * bar_s <= CODA_S:
        return cuts
    return [*cuts[:-1], (a, b - coda), (b - coda, b)]


def _seconds(setting: Setting, first: int, end: int) -> float:
    last = setting.bars[end - 1]
    return setting.tempo.seconds_at(last.start_beats + last.length_beats) - setting.tempo.seconds_at(
        setting.bars[first].start_beats
    )


def _level(setting: Setting, first: int, end: int) -> float:
    return sum(setting.intensities[first:end]) / (end - first)


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
        lead_in = _lead_in(right - left, unit, bar_s) if left == 0 and _introduced(setting) else 0
        lengths = [lead_in, *_cut(right - left - lead_in, unit)] if lead_in else _cut(right - left, unit)
        for length in lengths:
            cuts.append((at, at + length))
            at += length
    cuts = _closing(_roomy(setting, cuts), bar_s)
    levels = [_level(setting, a, b) for a, b in cuts]
    functions = assign(
        [Stretch(bars=b - a, level=level) for (a, b), level in zip(cuts, levels, strict=True)],
        introduced=_opens(setting, levels),
        closes=cuts[-1][1] - cuts[-1][0] <= PHRASE_BARS and setting.cue.out_type != "segue",
        peaks=setting.cue.is_climax,
    )
    shaped = _led_back(setting, cuts, functions)
    heard: dict[str, int] = {}
    phrases = []
    for i, ((a, b), function) in enumerate(shaped):
        inside: tuple[Bar, ...] = bars[a:b]
        end = min(setting.end_beats, inside[-1].start_beats + inside[-1].length_beats)
        cadence: Cadence = "end" if i == len(shaped) - 1 else ("closed" if function in ("climax",) else "open")
        phrases.append(
            Phrase(
                index=i,
                function=function,
                bars=inside,
                start_beats=inside[0].start_beats,
                end_beats=end,
                intensity=round(_level(setting, a, b), 4),
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
