"""A new metre: a bar of a theme in a bar of another kind, its figure kept (craft guide 4.3)."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from autoscore.model.tempo import Bar
from autoscore.stages.compose.themes.skeleton import Move, Skeleton, bar_beats, compound


def into_metre(skeleton: Skeleton, theme_metre: str, bar: Bar) -> Skeleton:
    """One bar of a theme in the metre of ``bar``: its longest notes grow or give way until it fits, so that its figure
    stays; a compound metre lilts. Upbeats keep their distance from the bar line."""
    source = bar_beats(theme_metre)
    if source == bar.length_beats and compound(theme_metre) == compound(bar.metre):
        return skeleton
    late = tuple(
        replace(m, at_beats=m.at_beats - source + bar.length_beats)
        for m in skeleton
        if m.upbeat and m.at_beats - source + bar.length_beats >= 0
    )
    body = tuple(m for m in skeleton if not m.upbeat)
    if compound(bar.metre) != compound(theme_metre):
        return (*_lilting(body, bar.length_beats / source, bar.length_beats), *late)
    return (*_paced(body, source, bar.length_beats), *late)


def _lilting(body: Skeleton, ratio: Fraction, length: Fraction) -> Skeleton:
    grid = Fraction(1, 2)
    moved: list[Move] = []
    for m in body:
        at = Fraction(int(m.at_beats * ratio / grid + Fraction(1, 2))) * grid
        end = Fraction(int(m.end_beats * ratio / grid + Fraction(1, 2))) * grid
        if at < length and (not moved or moved[-1].at_beats < at):
            moved.append(replace(m, at_beats=at, length_beats=max(grid, end - at)))
    return tuple(moved)


def _paced(body: Skeleton, source: Fraction, length: Fraction) -> Skeleton:
    """The bar of ``source`` beats in ``length``: spans from onset to onset change by half beats, the longest first."""
    if not body:
        return body
    edges = [m.at_beats for m in body]
    ends = max(source, max(m.end_beats for m in body))
    spans = [b - a for a, b in zip(edges, [*edges[1:], ends], strict=True)]
    room, half = length - edges[0] + (ends - source), Fraction(1, 2)
    notes = list(body)
    while sum(spans) > room and notes:
        longest = max(range(len(spans)), key=lambda i: (spans[i], i))
        excess = sum(spans) - room
        if spans[longest] > half:
            spans[longest] -= 1 if spans[longest] >= 2 and excess >= 1 else min(half, excess, spans[longest] - half)
        else:
            notes.pop()
            spans.pop()
    if notes and sum(spans) < room:
        longest = max(range(len(spans)), key=lambda i: (spans[i], i))
        spans[longest] += room - sum(spans)
    at, paced = edges[0], []
    for m, span in zip(notes, spans, strict=True):
        sounds = span if m.length_beats >= span or length > source else min(m.length_beats, span)
        paced.append(replace(m, at_beats=at, length_beats=sounds))
        at += span
    return tuple(paced)
