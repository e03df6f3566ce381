"""The leading line: theme statements and their development, fitted to the chords (craft guide 4.3, 5.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from autoscore.model.score import Theme
from autoscore.model.tempo import Bar, pulse_beats
from autoscore.stages.compose.harmony.keys import parse_key
from autoscore.stages.compose.lines.fit import Wish, fit
from autoscore.stages.compose.orchestra.layers import Cast, register
from autoscore.stages.compose.orchestra.players import player
from autoscore.stages.compose.themes import develop
from autoscore.stages.compose.themes.skeleton import Move, Skeleton, bar_beats, bar_count, bars_of, compound, from_theme
from autoscore.stages.compose.values import Chord, Line, Phrase, Setting, Tone, chord_at

BREATH_S = 7.0
"""A wind player breathes at least so often (craft guide 9.18: 8 s)."""


def metre_strength(bar: Bar, inside: Fraction) -> int:
    """3 on the downbeat, 2 on a beat, 1 on half a beat, 0 elsewhere."""
    if inside == 0:
        return 3
    if inside % pulse_beats(bar.metre) == 0:
        return 2
    return 1 if (inside * 2).denominator == 1 else 0


def _into_metre(skeleton: Skeleton, theme_metre: str, bar: Bar) -> Skeleton:
    """One bar of a theme in the metre of ``bar``: beats keep their rhythm; a longer bar holds its last note, a shorter
    one loses what does not fit, a compound one lilts."""
    source = bar_beats(theme_metre)
    if source == bar.length_beats and compound(theme_metre) == compound(bar.metre):
        return skeleton
    if compound(bar.metre) != compound(theme_metre):
        ratio = bar.length_beats / source
        grid = Fraction(1, 2)
        moved: list[Move] = []
        for m in skeleton:
            at = Fraction(int(m.at_beats * ratio / grid + Fraction(1, 2))) * grid
            end = Fraction(int((m.at_beats + m.length_beats) * ratio / grid + Fraction(1, 2))) * grid
            if at < bar.length_beats and (not moved or moved[-1].at_beats < at):
                moved.append(replace(m, at_beats=at, length_beats=max(grid, end - at)))
        return tuple(moved)
    kept = [m for m in skeleton if m.at_beats < bar.length_beats]
    if kept and bar.length_beats > source and kept[-1].at_beats + kept[-1].length_beats >= source:
        kept[-1] = replace(kept[-1], length_beats=kept[-1].length_beats + bar.length_beats - source)
    return tuple(kept)


def _tail_fade(skeleton: Skeleton, bars: int) -> Skeleton:
    return tuple(m for m in skeleton if m.bar < bars)


def _statement(skeleton: Skeleton, phrase: Phrase, beats: Fraction) -> Skeleton:
    """Whole theme; further statements are changed: ornamented, then sequenced in the middle, then reshaped."""
    whole = develop.fitted(skeleton, len(phrase.bars))
    turn = phrase.statement % 4
    if turn == 1:
        return develop.ornament(whole)
    if turn == 2:
        half = len(phrase.bars) // 2
        return (*bars_of(whole, 0, half), *develop.expand(bars_of(whole, half, len(phrase.bars), to_bar=half)))
    if turn == 3:
        return develop.retrograde_rhythm(whole, beats)
    return whole


def _fragments(skeleton: Skeleton, phrase: Phrase, _beats: Fraction) -> Skeleton:
    """The head of the theme, every other two bars, a step away each time: an idea that comes and goes."""
    found: list[Move] = []
    shift = 0
    for at in range(0, len(phrase.bars), 4):
        found.extend(bars_of(skeleton, 0, min(2, len(phrase.bars) - at), to_bar=at, shift=shift))
        shift += 1 if phrase.rise >= 0 else -1
    return tuple(found)


def _partial(skeleton: Skeleton, phrase: Phrase, beats: Fraction) -> Skeleton:
    bars = len(phrase.bars)
    if bars < 6:
        return _statement(skeleton, phrase, beats)
    first = bars_of(skeleton, 0, 4)
    answer = bars_of(skeleton, bar_count(skeleton) - 2, 2, to_bar=bars - 2)
    return (*first, *answer)


def _developed(skeleton: Skeleton, phrase: Phrase, beats: Fraction) -> Skeleton:
    """Sequences of the idea, then of its first bar, denser towards the end."""
    found: list[Move] = []
    bars, at, shift = len(phrase.bars), 0, 0
    sign = 1 if phrase.rise >= -0.1 else -1
    while at < bars:
        length = 2 if at < bars / 2 else 1
        found.extend(bars_of(skeleton, 0, min(length, bars - at), to_bar=at, shift=shift))
        at += length
        shift += sign if shift * sign < 4 else -2 * sign
    return tuple(found) if beats else ()


def _contrast(skeleton: Skeleton, phrase: Phrase, beats: Fraction) -> Skeleton:
    """The theme upside down, its second half first: akin, but another."""
    half = max(1, bar_count(skeleton) // 2)
    turned = (*develop.invert(bars_of(skeleton, 0, half)), *bars_of(skeleton, half, half, to_bar=half))
    shaped = develop.sequence(turned, 2 if phrase.statement % 2 == 0 else 3)
    return develop.fitted(
        shaped if phrase.statement % 2 == 0 else develop.retrograde_rhythm(shaped, beats), len(phrase.bars)
    )


def _head_slow(skeleton: Skeleton, phrase: Phrase, beats: Fraction) -> Skeleton:
    """The first bar, augmented, at the end of an introduction: a promise."""
    slow = _tail_fade(develop.augment(bars_of(skeleton, 0, 1), beats), 2)
    start = max(0, len(phrase.bars) - 3)
    found = bars_of(slow, 0, 2, to_bar=start)
    if len(phrase.bars) >= 8:
        found = (*bars_of(slow, 0, 2, to_bar=2, shift=-1), *found)
    return found


def _echo(skeleton: Skeleton, phrase: Phrase, beats: Fraction) -> Skeleton:
    """The idea once more, liquidated and slower, then silence."""
    head = develop.liquidate(bars_of(skeleton, 0, 2))
    echo = bars_of(develop.augment(bars_of(skeleton, 0, 1), beats), 0, 2, to_bar=3, shift=-1)
    return _tail_fade((*head, *echo), len(phrase.bars))


def _dissolve(skeleton: Skeleton, phrase: Phrase, beats: Fraction) -> Skeleton:
    shapes = [
        develop.liquidate(bars_of(skeleton, 0, 2, to_bar=at, shift=-(at // 2))) for at in range(0, len(phrase.bars), 3)
    ]
    return tuple(m for shape in shapes for m in shape if m.bar < len(phrase.bars) and beats)


_Shape = Callable[[Skeleton, Phrase, Fraction], Skeleton]
_BY_FUNCTION: dict[str, _Shape] = {
    "intro": _head_slow,
    "A": _statement,
    "B": _contrast,
    "development": _developed,
    "climax": _statement,
    "dissolve": _dissolve,
    "coda": _echo,
}
_BY_TREATMENT: dict[str, dict[str, _Shape]] = {
    "none": {"A": _fragments, "B": _fragments, "climax": _fragments, "development": _fragments},
    "fragment": {"A": _fragments, "B": _contrast, "climax": _partial},
    "partial": {},
    "full": {},
    "altered": {"A": _contrast, "B": _statement},
    "climax": {"A": _statement, "B": _statement, "development": _statement},
    "echo": {"A": _partial, "B": _echo, "climax": _partial, "development": _dissolve},
}


def _breathe(skeleton: Skeleton, rest_share: float, bars: int) -> Skeleton:
    """Whole bars of rest where the mood wants them: phrase ends first, then every second bar."""
    if rest_share < 0.3 or bars < 4:
        return skeleton
    silent = {i for i in range(bars) if i % 4 == 3 and i != bars - 1}
    if rest_share >= 0.45:
        silent |= {i for i in range(bars) if i % 4 == 2 and (i // 4) % 2 == 1}
    return tuple(m for m in skeleton if m.bar not in silent)


def _wishes(
    setting: Setting,
    phrase: Phrase,
    skeleton: Skeleton,
    chords: tuple[Chord, ...],
    metre: str,
    centre: int,
    stop: Fraction,
) -> list[Wish]:
    wishes: list[Wish] = []
    for number, bar in enumerate(phrase.bars):
        inside = tuple(sorted((m for m in skeleton if m.bar == number), key=lambda m: m.at_beats))
        for m in _into_metre(inside, metre, bar):
            start = bar.start_beats + m.at_beats
            if start >= min(stop, phrase.end_beats) or setting.spoken(start):
                continue
            last = wishes[-1] if wishes else None
            joined = last is not None and start - (last.start_beats + last.length_beats) < 1
            if last is not None and last.start_beats + last.length_beats > start:
                wishes[-1] = replace(last, length_beats=start - last.start_beats)
            wishes.append(
                Wish(
                    start_beats=start,
                    length_beats=m.length_beats,
                    pitch=setting.key.pitch(m.step, centre),
                    strength=metre_strength(bar, m.at_beats),
                    chord=chord_at(chords, start),
                    mark=m.mark,
                    joined=joined,
                )
            )
    return wishes


def _sung(setting: Setting, wishes: list[Wish], pitches: tuple[int, ...], end: Fraction) -> list[Tone]:
    """Tones with breaths: a long note before a gap or a phrase's end gives way early."""
    tones: list[Tone] = []
    since = wishes[0].start_beats if wishes else Fraction(0)
    for i, (wish, pitch) in enumerate(zip(wishes, pitches, strict=True)):
        later = wishes[i + 1].start_beats if i + 1 < len(wishes) else end
        length = min(wish.length_beats, later - wish.start_beats, end - wish.start_beats)
        sung_s = setting.tempo.seconds_at(wish.start_beats + length) - setting.tempo.seconds_at(since)
        if length >= 2 and (sung_s > BREATH_S or i + 1 == len(wishes) or length >= 3):
            length -= Fraction(1, 2) if length < 4 else Fraction(1)
            since = later
        if wish.mark == "staccato":
            length = min(length, Fraction(1, 4))
        if length > 0:
            stress = 4.0 if wish.strength == 3 else 0.0
            tones.append(
                Tone(
                    start_beats=wish.start_beats,
                    length_beats=length,
                    pitch=pitch,
                    stress=stress,
                    mark="staccato" if wish.mark == "staccato" else "",
                )
            )
    return tones


def tessitura(setting: Setting, key: str, lift: int) -> tuple[int, int, int]:
    """(low, centre, high) for a leading ``key``: its sweet spot, near the mood's melodic register."""
    who = player(key)
    wanted = register(setting, "melody") + lift
    low, high = who.sweet_low, who.sweet_high
    centre = min(max(wanted, low + 6), max(low + 6, high - 7))
    return max(who.low, centre - 12), centre, min(who.high, max(high, centre + 12), centre + 17)


def melody(
    setting: Setting,
    phrases: tuple[Phrase, ...],
    casts: tuple[Cast, ...],
    chords: tuple[Chord, ...],
    themes: tuple[Theme, ...],
    stop: Fraction,
) -> tuple[Line, ...]:
    """The leading line of each phrase in which the lead layer sounds, as one ``Line`` per phrase.

    Args:
        themes: the cue's theme first, then others that a contrast may use.
        stop: nothing is attacked at or after this beat.
    """
    lines: list[Line] = []
    treatment = setting.cue.theme.treatment
    for phrase, cast in zip(phrases, casts, strict=True):
        if not cast.has("lead") or not cast.lead or not themes:
            continue
        contrast = phrase.function == "B" and len(themes) > 1
        theme = themes[1] if contrast else themes[0]
        skeleton = from_theme(theme, setting.key, parse_key(f"C {theme.mode}").scale)
        shape = _BY_TREATMENT.get(treatment, {}).get(phrase.function, _BY_FUNCTION.get(phrase.function, _statement))
        if contrast:
            shape = _statement
        shaped = shape(skeleton, phrase, bar_beats(theme.metre))
        shaped = _breathe(shaped, setting.mood.melody.rest_share, len(phrase.bars))
        lift = 5 if phrase.function == "climax" else -3 if phrase.function in ("coda", "intro") else 0
        low, centre, high = tessitura(setting, cast.lead, lift)
        wishes = _wishes(setting, phrase, shaped, chords, theme.metre, centre, stop)
        if not wishes:
            continue
        pitches = fit(wishes, setting.key, low, high)
        tones = _sung(setting, wishes, pitches, min(stop, phrase.end_beats))
        lines.append(Line(role="melody", name="lead", tones=tuple(tones), instrument=cast.lead))
    return tuple(lines)
