"""From motif to phrase: sentence, period and film phrase of eight bars, laid out by phrases.toml (craft guide 4.2)."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from fractions import Fraction

from autoscore.stages.compose.themes.motif import draw_steps
from autoscore.stages.compose.themes.skeleton import Move, Skeleton, bars_of
from autoscore.tables import MoodMelody, read

BARS = 8
KINDS = ("sentence", "period", "film")
SPACED, SPARSE = 0.3, 0.45
"""Rest shares of a mood's melody from which its themes keep silent bars, and many of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a layout is filled with: ``up`` and ``further`` are the steps of + and ++, ``closed`` how it ends."""

    idea: Skeleton
    beats: Fraction
    melody: MoodMelody
    scale_size: int
    up: int
    further: int
    closed: bool


def layout(kind: str, rest_share: float, rng: random.Random) -> tuple[str, ...]:
    """A layout of ``kind`` as words, one a bar."""
    spacing = "dense" if rest_share < SPACED else "spaced" if rest_share < SPARSE else "sparse"
    return tuple(rng.choice(read("phrases.toml")[kind][spacing]).split())


def _renewed(bar: Skeleton, plan: Plan, rng: random.Random) -> Skeleton:
    """The rhythm of a bar with other notes."""
    steps = draw_steps(len(bar), plan.melody, rng.choice(("falling", "arch")), plan.scale_size, rng, rng.choice((2, 4)))
    return tuple(replace(m, step=s) for m, s in zip(bar, steps, strict=True))


def _halves(bar: Skeleton, beats: Fraction, shift: int) -> Skeleton:
    """The first half of a bar twice, the second time ``shift`` steps away; the bar itself where it has no halves."""
    half = beats / 2
    opening = [replace(m, length_beats=min(m.length_beats, half - m.at_beats)) for m in bar if m.at_beats < half]
    if beats.denominator != 1 or beats % 2 or len(opening) < 2:
        return bar
    return (*opening, *(replace(m, at_beats=m.at_beats + half, step=m.step + shift) for m in opening))


def _landed(bar: Skeleton, final: int, beats: Fraction) -> Skeleton:
    """The opening of a bar, then one long note on ``final``."""
    keep = [m for m in bar[: len(bar) // 2] if m.at_beats < beats / 2]
    at = keep[-1].end_beats if keep else Fraction(0)
    if beats - at < 2:
        keep, at = [], Fraction(0)
    return (*keep, Move(bar=0, at_beats=at, length_beats=_breathing(beats - at), step=final))


def _breathing(room: Fraction) -> Fraction:
    """How long the last note of a phrase is held in ``room`` beats: a breath is left after it."""
    return room - (1 if room >= 3 else Fraction(1, 2)) if room > 1 else room


def _walk(beats: Fraction, approach: int, final: int, rng: random.Random) -> Skeleton:
    """The bar before the last note: it walks to ``final``."""
    direction = 1 if approach > final else -1
    path = [approach, final + 2 * direction, final + direction] if approach != final else [final, final + 1, final - 1]
    rhythms: list[list[Fraction]] = [
        [beats / 2, beats / 4, beats / 4],
        [beats / 4, beats / 4, beats / 2],
        [beats * 3 / 8, beats / 8, beats / 2],
    ]
    if beats == 3:
        rhythms = [
            [Fraction(2), Fraction(1, 2), Fraction(1, 2)],
            [Fraction(1)] * 3,
            [Fraction(3, 2), Fraction(1, 2), Fraction(1)],
        ]
    at, moves = Fraction(0), []
    for step, length in zip(path, rng.choice(rhythms), strict=True):
        moves.append(Move(bar=0, at_beats=at, length_beats=length, step=step))
        at += length
    return tuple(moves)


def _near(step: int, near: int, size: int) -> int:
    """The octave of ``step`` that lies nearest to ``near``."""
    return min((step + size * octave for octave in (-1, 0, 1)), key=lambda s: (abs(s - near), s))


def compose(words: tuple[str, ...], plan: Plan, rng: random.Random) -> Skeleton:
    """The phrase that ``words`` lay out."""
    a, b = bars_of(plan.idea, 0, 1), bars_of(plan.idea, 1, 1)
    plain = tuple(m for m in a if not m.upbeat)
    bars: dict[str, Skeleton] = {
        "a": a,
        "b": b,
        "n": _renewed(plain, plan, rng),
        "m": _renewed(b or plain, plan, rng),
        "i": tuple(replace(m, step=2 * plain[0].step - m.step) for m in plain),
        "f": _halves(plain, plan.beats, 1 if plan.up > 0 else -1),
    }
    opens = rng.choice((1, 4, 4, 2))
    whole: list[Move] = []
    for number, word in enumerate(words):
        shift = {0: 0, 1: plan.up, 2: plan.further}[word.count("+")] - plan.up * word.count("-")
        last = whole[-1].step if whole else 0
        kind = word[0]
        final = 0 if plan.closed else opens
        if kind == ".":
            continue
        if kind == "l":
            bar = _landed(bars["m"] if number and words[number - 1][0] == "n" else b or plain,
                          _near(opens, last, plan.scale_size), plan.beats)  # fmt: skip
        elif kind == "c":
            bar = _walk(plan.beats, last - 1 if last != final else last, _near(final, last, plan.scale_size), rng)
        elif kind == "h":
            held = _breathing(plan.beats)
            bar = (Move(bar=0, at_beats=Fraction(0), length_beats=held, step=_near(final, last, plan.scale_size)),)
        else:
            bar = bars[kind]
        placed = bars_of(bar, 0, 1, to_bar=number, shift=shift)
        if any(m.upbeat for m in placed) and number:
            placed, whole = _led_in(placed, whole)
        whole.extend(placed)
    return tuple(whole)


def _led_in(placed: Skeleton, before: list[Move]) -> tuple[Skeleton, list[Move]]:
    """An upbeat takes its room from the end of the note before; where notes are in its way it stays away."""
    opening = [m for m in placed if m.upbeat]
    start = opening[0]
    late = [m for m in before if m.bar == start.bar and m.at_beats >= start.at_beats - Fraction(1, 2)]
    if late:
        return tuple(m for m in placed if not m.upbeat), before
    shortened = [
        replace(m, length_beats=min(m.length_beats, start.at_beats - m.at_beats)) if m.bar == start.bar else m
        for m in before
    ]
    return placed, shortened
