"""What a theme becomes in each section of a cue: whole, varied, developed, promised, dissolved (craft guide 4.3, 4.4).

Every shape opens with the cell as it is at home, or with one of its recognised changes; no more than two operators are
at work at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from autoscore.model.cues import ThemeTreatment
from autoscore.stages.compose.themes import develop, motif, phrase
from autoscore.stages.compose.themes.answers import Occasion, answered, skeleton_tune
from autoscore.stages.compose.themes.similarity import similarity
from autoscore.stages.compose.themes.skeleton import Skeleton, bars_of

ALIKE = (0.45, 0.9)
"""Bounds of likeness between a theme and what an alteration makes of it (craft guide 4.3)."""


Shape = Callable[[Skeleton, Occasion], Skeleton]


def _cut(skeleton: Skeleton, bars: int) -> Skeleton:
    return tuple(m for m in skeleton if m.home < bars)


def whole(skeleton: Skeleton, at: Occasion) -> Skeleton:
    """The theme, stretched or cut to the section."""
    return develop.fitted(skeleton, at.bars, at.have)


def statement(skeleton: Skeleton, at: Occasion) -> Skeleton:
    """The whole theme; when it returns its first bars are as they were and something later is not."""
    told = whole(skeleton, at)
    half = max(2, at.bars // 2)
    opening, rest = bars_of(told, 0, half), bars_of(told, half, at.bars, to_bar=half)
    turn = at.statement % 4
    if turn == 1:
        return answered(told, at, half, at.bars - 1)
    if turn == 2:
        return answered(told, at, max(half, at.bars - 3), at.bars - 1)
    if turn == 3:
        return (*opening, *develop.sequence(bars_of(rest, half, 2, to_bar=half), 1), *_from(rest, half + 2))
    return told


def counter_statement(skeleton: Skeleton, at: Occasion) -> Skeleton:
    """A second theme: its first half as it is, then an answer of the cue's own."""
    return statement(skeleton, replace(at, statement=1 + at.statement % 2 * 2))


def _from(skeleton: Skeleton, bar: int) -> Skeleton:
    return tuple(m for m in skeleton if m.home >= bar)


def fragments(skeleton: Skeleton, at: Occasion) -> Skeleton:
    """The motif, every other two bars, a step away each time: an idea that comes and goes."""
    step = 1 if at.rise >= 0 else -1
    return _cut(
        tuple(
            m
            for n, bar in enumerate(range(0, at.bars, 4))
            for m in bars_of(skeleton, 0, 2, to_bar=bar, shift=step * (n % 3))
        ),
        at.bars,
    )


def partial(skeleton: Skeleton, at: Occasion) -> Skeleton:
    """The first half of the theme, silence, its end."""
    if at.bars < 6:
        return whole(skeleton, at)
    first = bars_of(skeleton, 0, 4)
    close = [m for m in skeleton if m.home == max(x.home for x in skeleton)]
    return (*first, *(replace(m, bar=m.bar - close[0].home + at.bars - 1) for m in close))


def remembered(skeleton: Skeleton, at: Occasion) -> Skeleton:
    """The theme in pieces with silences between them: its first half, an answer, and the motif as long as it lasts."""
    half = max(2, at.have // 2)
    pieces = [(0, half, 0), (half, at.have - half, half + 1)]
    bar = at.have + 2
    while bar < at.bars:
        pieces.append((0, 2, bar))
        bar += 4
    told = _cut(tuple(m for first, count, to in pieces for m in bars_of(skeleton, first, count, to_bar=to)), at.bars)
    if at.bars <= half + 2:
        return answered(told, at, max(1, half - 2), half)
    return answered(told, at, half + 1, at.have + 1)


OPERATORS: dict[str, Callable[[Skeleton, Fraction], Skeleton]] = {
    "inversion": lambda s, _: develop.invert(s),
    "retrograde_rhythm": develop.retrograde_rhythm,
    "augmentation": develop.augment,
    "diminution": develop.diminish,
    "expansion": lambda s, _: develop.expand(s),
    "ornament": lambda s, _: develop.ornament(s),
    "head": lambda s, _: develop.head(s),
    "tail": lambda s, _: develop.tail(s),
    "liquidation": lambda s, _: develop.liquidate(s),
    "ostinato": lambda s, _: develop.ostinato(s, 2),
}
_PAIRS: tuple[tuple[str, ...], ...] = (
    ("expansion",), ("inversion",), ("retrograde_rhythm",), ("diminution",), ("augmentation",),
    ("expansion", "retrograde_rhythm"), ("inversion", "diminution"), ("ostinato",), ("expansion", "ornament"),
    ("inversion", "expansion"),
)  # fmt: skip


def altered(skeleton: Skeleton, at: Occasion) -> Skeleton:
    """Two bars under one operator or two, as like the original as an alteration should be; itself where none is."""
    idea = bars_of(skeleton, 0, 2)
    home = skeleton_tune(idea, at.beats, at.scale)
    for names in at.chance("operators", at.statement).sample(_PAIRS, len(_PAIRS)):
        made = idea
        for name in names:
            made = OPERATORS[name](made, at.beats)
        made = _cut(made, 2)
        likeness = similarity(home, skeleton_tune(made, at.beats, at.scale)) if len(made) >= 3 else 0.0
        if ALIKE[0] <= likeness <= ALIKE[1]:
            return made
    return idea


def developed(skeleton: Skeleton, at: Occasion) -> Skeleton:
    """The motif climbs in sequence, is answered, is altered, then breaks into its first bar, denser towards the end."""
    sign = 1 if at.rise >= -0.1 else -1
    change, idea = altered(skeleton, at), bars_of(skeleton, 0, 2)
    found: list[Skeleton] = []
    bar = shift = turn = 0
    while bar < at.bars:
        left = at.bars - bar
        if left > max(2, at.bars // 3):
            source, size = (change if turn % 3 == 1 else idea), 2
        else:
            source, size = bars_of(skeleton, 0, 1), 1
        piece = bars_of(source, 0, min(size, left), to_bar=bar, shift=shift)
        if turn % 3 != 1 and size == 2:
            piece = answered(piece, at, bar + 1, bar + 2)
        found.append(piece)
        bar += size
        turn += 1
        shift += sign if abs(shift + sign) <= 3 else -3 * sign
    return tuple(m for piece in found for m in piece)


def contrast(skeleton: Skeleton, at: Occasion) -> Skeleton:
    """Akin, but another: the motif altered, sequenced and answered by the theme's own second half."""
    change = altered(skeleton, at)
    half = max(2, at.have // 2)
    bars = (
        *bars_of(change, 0, 2, shift=2),
        *bars_of(change, 0, 2, to_bar=2, shift=3 if at.statement % 2 == 0 else 1),
        *bars_of(skeleton, half, at.have, to_bar=4, shift=0),
    )
    return develop.fitted(bars, at.bars, 8)


def episode(_skeleton: Skeleton, at: Occasion) -> Skeleton:
    """Something else: an idea of the cue's own, that comes back when its section does."""
    rng = at.chance("episode")
    ideas = [motif.make_idea(at.melody, at.metre, at.scale, rng) for _ in range(8)]
    idea = min(ideas, key=lambda i: len(motif.faults(i, at.scale)))
    plan = phrase.Plan(
        idea=idea, beats=at.beats, melody=at.melody, scale_size=len(at.scale), up=1, further=2, closed=False
    )
    words = phrase.layout("film", at.melody.rest_share, rng)
    made = develop.fitted(phrase.compose(words, plan, rng), at.bars, phrase.BARS)
    return develop.ornament(made) if at.statement % 2 else made


def retransition(skeleton: Skeleton, at: Occasion) -> Skeleton:
    """The first bar again and again, a step higher each time; the last bar is left open for what comes."""
    return tuple(
        m for bar in range(max(1, at.bars - 1)) for m in bars_of(skeleton, 0, 1, to_bar=bar, shift=min(bar, 3))
    )


def promise(skeleton: Skeleton, at: Occasion) -> Skeleton:
    """The first bar near the end of an introduction, in a long one earlier too, its last note held."""
    places = [max(0, at.bars - 3)]
    if at.bars >= 8:
        places = [max(0, at.bars - 7), *places]
    found: list[Skeleton] = []
    for bar in places:
        piece = bars_of(skeleton, 0, 1, to_bar=bar)
        if piece:
            room = at.beats - piece[-1].at_beats + at.beats / 2
            piece = (*piece[:-1], replace(piece[-1], length_beats=max(piece[-1].length_beats, room)))
        found.append(piece)
    return tuple(m for piece in found for m in piece)


def echo(skeleton: Skeleton, at: Occasion) -> Skeleton:
    """Near the end the motif once more, then its head twice as slow, then silence."""
    start = max(0, at.bars - 7)
    slow = bars_of(develop.augment(bars_of(skeleton, 0, 1), at.beats), 0, 2, to_bar=start + 3)
    return _cut((*bars_of(skeleton, 0, 2, to_bar=start), *slow), at.bars)


def dissolve(skeleton: Skeleton, at: Occasion) -> Skeleton:
    """The motif, then only what of it lies on the beats, lower each time."""
    pieces = [bars_of(skeleton, 0, 2)]
    for n, bar in enumerate(range(3, at.bars, 3), 1):
        piece = develop.liquidate(bars_of(skeleton, 0, 2, to_bar=bar, shift=-n))
        pieces.append(piece if n % 2 == 0 else answered(piece, at, bar + 1, bar + 2))
    return _cut(tuple(m for piece in pieces for m in piece), at.bars)


_BY_FUNCTION: dict[str, Shape] = {
    "intro": promise,
    "A": statement,
    "B": episode,
    "retransition": retransition,
    "development": developed,
    "climax": whole,
    "dissolve": dissolve,
    "reprise": remembered,
    "coda": echo,
}
_BY_TREATMENT: dict[ThemeTreatment, dict[str, Shape]] = {
    "none": {"A": fragments, "B": fragments, "climax": fragments, "development": fragments},
    "fragment": {"A": fragments, "climax": partial},
    "partial": {"A": partial},
    "full": {},
    "altered": {"A": contrast, "B": statement},
    "climax": {"B": contrast},
    "echo": {"A": partial, "B": echo, "climax": partial, "development": dissolve},
}


def shape_of(treatment: ThemeTreatment, function: str, second_theme: bool) -> Shape:
    """How a theme is told in a section.

    Args:
        second_theme: the section has a theme of its own, which is stated rather than derived.
    """
    if second_theme:
        return counter_statement
    return _BY_TREATMENT.get(treatment, {}).get(function, _BY_FUNCTION.get(function, statement))
