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
    """Every leap of a third or more grows by a step, the rest follows; it never strays beyond a third."""
    moved, grown, last = [], 0, None
    for m in skeleton:
        if last is not None and abs(m.step - last) >= 2:
            way = 1 if m.step > last else -1
            grown += way if abs(grown + way) <= 2 else 0
        last = m.step
        moved.append(replace(m, step=m.step + grown))
    return tuple(moved)


def retrograde_rhythm(skeleton: Skeleton, bar_beats: Fraction) -> Skeleton:
    """The durations in reverse order inside each full bar, the pitches as they were."""
    result: list[Move] = []
    for bar in range(bar_count(skeleton)):
        inside = [m for m in skeleton if m.home == bar]
        full = [m for m in inside if not m.upbeat]
        if not full or len(full) < len(inside) or sum((m.length_beats for m in full), Fraction(0)) != bar_beats:
            result.extend(inside)
            continue
        at = Fraction(0)
        for m, length in zip(full, [m.length_beats for m in reversed(full)], strict=True):
            result.append(replace(m, at_beats=at, length_beats=length))
            at += length
    return tuple(result)


def _paced(skeleton: Skeleton, bar_beats: Fraction, factor: Fraction, least: Fraction) -> Skeleton:
    result = []
    for m in skeleton:
        if m.upbeat or m.length_beats < least:
            continue
        bars, inside = divmod((m.bar * bar_beats + m.at_beats) * factor, bar_beats)
        result.append(replace(m, bar=int(bars), at_beats=inside, length_beats=m.length_beats * factor))
    return tuple(result)


def augment(skeleton: Skeleton, bar_beats: Fraction) -> Skeleton:
    """Twice as slow: one bar becomes two. Upbeats stay away."""
    return _paced(skeleton, bar_beats, Fraction(2), Fraction(0))


def diminish(skeleton: Skeleton, bar_beats: Fraction) -> Skeleton:
    """Twice as fast: two bars become one; notes that would be shorter than a 16th stay away."""
    return _paced(skeleton, bar_beats, HALF, HALF)


def head(skeleton: Skeleton, bars: int = 1) -> Skeleton:
    """The beginning: the first bar or bars."""
    return bars_of(skeleton, 0, bars)


def tail(skeleton: Skeleton, bars: int = 1) -> Skeleton:
    """The end: the last bar or bars, moved to the front."""
    return bars_of(skeleton, max(0, bar_count(skeleton) - bars), bars)


def ostinato(skeleton: Skeleton, bars: int) -> Skeleton:
    """The head over and over, at one height."""
    return tuple(m for bar in range(bars) for m in bars_of(skeleton, 0, 1, to_bar=bar) if bar == 0 or not m.upbeat)


def liquidate(skeleton: Skeleton) -> Skeleton:
    """Only the notes on beats remain, and sing longer: a theme that dissolves."""
    kept = [m for m in skeleton if m.at_beats.denominator == 1 and not m.upbeat]
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


def fitted(skeleton: Skeleton, bars: int, have: int = 0) -> Skeleton:
    """The skeleton in exactly ``bars`` bars: fragmentation dropped to contract, the last bar echoed to extend.

    Craft guide 4.2: a contraction keeps the opening and the cadence, an extension echoes before the last bar.

    Args:
        have: how many bars it has, silent ones at its end among them; 0 = up to its last note.
    """
    have = have or bar_count(skeleton)
    if have == bars or have == 0 or bars <= 0:
        return skeleton
    if bars < have:
        tail_bars = min(2, max(1, bars // 3))
        head_bars = bars - tail_bars
        return (*bars_of(skeleton, 0, head_bars), *bars_of(skeleton, have - tail_bars, tail_bars, to_bar=head_bars))
    if bars >= have + 4:
        # Room for more than an echo: the theme begins again.
        return (*skeleton, *(replace(m, bar=m.bar + have) for m in fitted(skeleton, bars - have, have)))
    result = list(bars_of(skeleton, 0, have - 1))
    at = have - 1
    while at < bars - 1:
        # Echoes sink step by step from the bar before the cadence.
        shift = have - 2 - at
        result.extend(bars_of(skeleton, max(0, have - 2), 1, to_bar=at, shift=max(-3, shift)))
        at += 1
    result.extend(bars_of(skeleton, have - 1, 1, to_bar=bars - 1))
    return tuple(result)
