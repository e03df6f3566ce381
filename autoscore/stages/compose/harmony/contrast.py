"""Contrasts and developments: the harmony leaves home for a region of the mood, and is led back (craft guide 4.4)."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import groupby

from autoscore.stages.compose.harmony.cadence import kind_of
from autoscore.stages.compose.harmony.pedals import preparing
from autoscore.stages.compose.harmony.plot import (
    Passage,
    Plot,
    by_bars,
    closing_of,
    idea_of,
    is_strange,
    joined,
    padded,
    passage_of,
    returning,
    theme_harmony,
)
from autoscore.stages.compose.harmony.regions import Region, regions
from autoscore.stages.compose.harmony.rhythm import Slot, placed, slots
from autoscore.stages.compose.harmony.rows import rows_in
from autoscore.stages.compose.values import Phrase

PREPARED_BARS = 6
"""A contrast at least this long has room for a retransition."""


def _sayable(region: Region, romans: tuple[str, ...]) -> bool:
    """Can numerals of the mood be read in the region's own key?"""
    return region.origin == region.steps and rows_in(region.key, (romans,))[0] == romans


def _elsewhere(plot: Plot, turn: int, romans: tuple[str, ...]) -> Region:
    """The region whose ``turn`` it is; the next one where ``romans`` would stray to danger there, home if all would."""
    there = regions(plot.setting)
    for n in range(len(there)):
        region = there[(turn + n) % len(there)]
        if not _sayable(region, romans or (region.start,)) or not any(is_strange(plot, region, r) for r in romans):
            return region
    return plot.home


def contrast(plot: Plot, phrase: Phrase, follows: str) -> Passage:
    """B and development: another idea, in a region of the mood where there is room; back by a dominant pedal where a
    statement ``follows``."""
    setting = plot.setting
    label = returning(phrase)
    romans = theme_harmony(plot, 1) if phrase.function == "B" else ()
    region = plot.home
    if len(phrase.bars) >= 4 and phrase.cadence != "end":
        region = _elsewhere(plot, phrase.statement + (phrase.function == "development"), romans)
    found = slots(setting, phrase, plot.stop, plot.random("rhythm", label))
    returns = follows in ("A", "climax") and phrase.cadence == "open"
    if romans and len(phrase.bars) >= 4 and _sayable(region, romans):
        found, named = by_bars(plot, phrase, romans, plot.random("rhythm", label))
        named = list(named)
    else:
        named = list(idea_of(plot, region, label, len(found), start=region.start if region.steps else ""))
    if phrase.function == "development" and region.origin == region.steps and len(phrase.bars) >= 8:
        return _sequence(plot, phrase, returns)
    if returns and len(phrase.bars) >= PREPARED_BARS and _half(plot):
        return _returning(plot, phrase, found, named, region, label)
    rng = plot.random("closing", phrase.index)
    room = min(2, max(1, len(found) // 3)) if len(found) > 1 else 0
    body = named[: len(found) - room]
    tail = padded(closing_of(plot, phrase, region, room, rng, body), len(found) - len(body), region, body, rng)
    return passage_of(found, joined(body, tail, region), region, may_stand=False)


def _half(plot: Plot) -> str:
    """The mood's own dominant at a half cadence; "" where it knows none."""
    halves = [c[-1] for c in plot.home.map_.cadences if kind_of(c) == "half"]
    return halves[0] if halves else ""


def _returning(plot: Plot, phrase: Phrase, found: list[Slot], named: list[str], region: Region, label: str) -> Passage:
    """The last bars over the home dominant: two chords that do not contain it, then the dominant itself."""
    rng = plot.random("return", label)
    half = _half(plot)
    bars = 3 if len(phrase.bars) >= 8 else 2
    first = phrase.bars[len(phrase.bars) - bars].start_beats
    count = len(phrase.bars) - bars
    points: list[tuple[Fraction, int]] = [(Fraction(count), 1), (Fraction(count + 1), 1)]
    if bars == 3:
        points.append((Fraction(count + 2), 1))
    elif rng.random() < 0.5:
        points.append((Fraction(count) + Fraction(1, 2), 1))
    tail_slots = [s for s in placed(plot.setting, phrase, plot.stop, sorted(points)) if s[0] >= first]
    head = [(a, min(n, first - a)) for a, n in found if a < first]
    body = (named * 2)[: len(head)]
    options = [n for n in preparing(sorted(plot.home.map_.travel), plot.setting.key.minor) if n not in body[-1:]]
    rng.shuffle(options)
    tail = [*options[: len(tail_slots) - 1], half][-len(tail_slots) :] if tail_slots else []
    while len(tail) < len(tail_slots):
        tail.insert(0, half.replace("7", "") if tail and tail[0] != half.replace("7", "") else half)
    strangers = sum(t != half for t in tail)
    span = (len(head), len(head) + len(tail)) if strangers >= 2 else (0, 0)
    return replace(
        passage_of([*head, *tail_slots], [*body, *tail], region, back=len(head), dominant=span), may_stand=False
    )


def retransition(plot: Plot, phrase: Phrase) -> Passage:
    """Bars that only lead back: over the dominant, chords that do not contain it, then the dominant itself."""
    region, half = plot.home, _half(plot)
    found = slots(plot.setting, phrase, plot.stop, plot.random("rhythm", phrase.function))
    rng = plot.random("return", phrase.statement)
    options = preparing(sorted(region.map_.travel), plot.setting.key.minor)
    if not half or not options or len(found) < 3:
        named = list(idea_of(plot, region, "return", max(2, len(found)))[: len(found) - 1])
        tail = padded(closing_of(plot, phrase, region, 1, rng, named), len(found) - len(named), region, named, rng)
        return replace(passage_of(found, [*named, *tail], region), may_stand=False)
    rng.shuffle(options)
    options = (options * len(found))[: len(found) - 1]
    named = [*options, half]
    strangers = (0, len(found)) if len(found) > 2 else (0, 0)
    return replace(passage_of(found, named, region, dominant=strangers), may_stand=False)


def _sequence(plot: Plot, phrase: Phrase, returns: bool) -> Passage:
    """A development: the head of the cue's idea, then the same a region away, the way back prepared."""
    setting = plot.setting
    label = f"sequence{phrase.statement % 2}"
    found = slots(setting, phrase, plot.stop, plot.random("rhythm", label))
    idea = [r for r, _ in groupby(theme_harmony(plot, 0))] or list(idea_of(plot, plot.home, "A", max(8, len(found))))
    head = tuple(idea[:4])
    region = _elsewhere(plot, phrase.statement + 1, head)
    region = region if _sayable(region, head) else plot.home
    named = [head[i % len(head)] for i in range(len(found))]
    if returns and _half(plot):
        return _returning(plot, phrase, found, named, region, label)
    rng = plot.random("closing", phrase.index)
    room = 1 if len(found) > 2 else 0
    tail = padded(closing_of(plot, phrase, region, max(1, room), rng, named[:-1]), room, region, named[:-1], rng)
    return passage_of(found, joined(named[: len(found) - room], tail, region), region)
