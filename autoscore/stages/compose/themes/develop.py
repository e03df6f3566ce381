"""Development operators (craft guide 4.3): each maps a skeleton to a skeleton that still remembers it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from autoscore.stages.compose.themes.skeleton import Move, Skeleton, bar_count, bars_of

HALF = Fraction(1, 2)


def sequence(skeleton: Skeleton, steps: int) -> Skeleton:
    """Diatonic sequence: the same shape ``steps`` scale steps higher."""
    return tuple(replace(m, step=m.step + steps) for m in skeleton)


def invert(skeleton: Skeleton) -> Skeleton:
    """Upside down around its first note."""
    if not skeleton:
        return skeleton
    axis = skeleton[0].step
    return tuple(replace(m, step=2 * axis - m.step) for m in skeleton)


def expand(skeleton: Skeleton) -> Skeleton:
    """Every leap of a third or more grows by a step, the rest follows."""
    moved, grown, last = [], 0, None
    for m in skeleton:
        if last is not None and abs(m.step - last) >= 2 and abs(grown) < 3:
            grown += 1 if m.step > last else -1
        last = m.step
        moved.append(replace(m, step=m.step + grown))
    return tuple(moved)


def retrograde_rhythm(skeleton: Skeleton, bar_beats: Fraction) -> Skeleton:
    """The durations in reverse order inside each bar, the pitches as they were."""
    result: list[Move] = []
    for bar in range(bar_count(skeleton)):
        inside = [m for m in skeleton if m.bar == bar]
        if not inside or sum((m.length_beats for m in inside), Fraction(0)) != bar_beats:
            result.extend(inside)
            continue
        at = Fraction(0)
        for m, length in zip(inside, [m.length_beats for m in reversed(inside)], strict=True):
            result.append(replace(m, at_beats=at, length_beats=length))
            at += length
    return tuple(result)


def augment(skeleton: Skeleton, bar_beats: Fraction) -> Skeleton:
    """Twice as slow: one bar becomes two."""
    result = []
    for m in skeleton:
        bars, inside = divmod((m.bar * bar_beats + m.at_beats) * 2, bar_beats)
        result.append(replace(m, bar=int(bars), at_beats=inside, length_beats=m.length_beats * 2))
    return tuple(result)


def diminish(skeleton: Skeleton, bar_beats: Fraction) -> Skeleton:
    """Twice as fast: two bars become one; notes that would be shorter than a 16th stay away."""
    result = []
    for m in skeleton:
        if m.length_beats < HALF:
            continue
        bars, inside = divmod((m.bar * bar_beats + m.at_beats) / 2, bar_beats)
        result.append(replace(m, bar=int(bars), at_beats=inside, length_beats=m.length_beats / 2))
    return tuple(result)


def liquidate(skeleton: Skeleton) -> Skeleton:
    """Only the notes on beats remain, and sing longer: a theme that dissolves."""
    kept = [m for m in skeleton if m.at_beats.denominator == 1]
    result = []
    for i, m in enumerate(kept):
        later = kept[i + 1] if i + 1 < len(kept) else None
        free = later.at_beats - m.at_beats if later and later.bar == m.bar else m.length_beats * 2
        result.append(replace(m, length_beats=max(m.length_beats, min(free, m.length_beats * 2))))
    return tuple(result)


def ornament(skeleton: Skeleton) -> Skeleton:
    """A long note in an even bar sings a turn: its second half moves to the upper neighbour and leads on."""
    result: list[Move] = []
    for m in skeleton:
        if m.length_beats >= 2 and m.bar % 2 == 0 and m.length_beats < 4:
            quarter = m.length_beats / 4
            result.append(replace(m, length_beats=quarter * 2))
            result.append(replace(m, at_beats=m.at_beats + 2 * quarter, length_beats=quarter, step=m.step + 1))
            result.append(replace(m, at_beats=m.at_beats + 3 * quarter, length_beats=quarter))
        else:
            result.append(m)
    return tuple(result)


def fitted(skeleton: Skeleton, bars: int) -> Skeleton:
    """The skeleton in exactly ``bars`` bars: fragmentation dropped to contract, the last bar echoed to extend.

    Craft guide 4.2: a contraction keeps the opening and the cadence, an extension echoes before the last bar.
    """
    have = bar_count(skeleton)
    if have == bars or have == 0 or bars <= 0:
        return skeleton
    if bars < have:
        tail = min(2, max(1, bars // 3))
        head = bars - tail
        return (*bars_of(skeleton, 0, head), *bars_of(skeleton, have - tail, tail, to_bar=head))
    result = list(bars_of(skeleton, 0, have - 1))
    at = have - 1
    while at < bars - 1:
        # Echoes sink step by step from the bar before the cadence.
        shift = have - 2 - at
        result.extend(bars_of(skeleton, max(0, have - 2), 1, to_bar=at, shift=max(-3, shift)))
        at += 1
    result.extend(bars_of(skeleton, have - 1, 1, to_bar=bars - 1))
    return tuple(result)
