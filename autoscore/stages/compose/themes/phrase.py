"""From motif to phrase: sentence, period and film phrase of eight bars (craft guide 4.2)."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction

from autoscore.stages.compose.themes.skeleton import Move, Skeleton, bars_of

BARS = 8


def _close(skeleton: Skeleton, bar: int, beats: Fraction, approach: int, final: int, rng: random.Random) -> Skeleton:
    """A cadence in two bars: a bar that walks to ``final``, then ``final`` held."""
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
        moves.append(Move(bar=bar, at_beats=at, length_beats=length, step=step))
        at += length
    held = Move(bar=bar + 1, at_beats=Fraction(0), length_beats=beats, step=final)
    return (*skeleton, *moves, held)


def _land(skeleton: Skeleton, final: int, beats: Fraction) -> Skeleton:
    """The last bar's notes give way to one long note on ``final``: a phrase breathes at its end."""
    if not skeleton:
        return skeleton
    last = max(m.bar for m in skeleton)
    inside = [m for m in skeleton if m.bar == last]
    keep = inside[: max(0, len(inside) // 2)]
    at = keep[-1].at_beats + keep[-1].length_beats if keep else Fraction(0)
    if beats - at < Fraction(1):
        keep, at = [], Fraction(0)
    landed = Move(bar=last, at_beats=at, length_beats=beats - at, step=final)
    return (*(m for m in skeleton if m.bar < last), *keep, landed)


def sentence(idea: Skeleton, beats: Fraction, rng: random.Random, closed: bool) -> Skeleton:
    """Idea 2, repetition 2 (sequenced), fragments 1+1 rising, cadence 2."""
    up = rng.choice((1, 1, 2, 2, -1, 3))
    repeated = bars_of(idea, 0, 2, to_bar=2, shift=up)
    climb = max(up, 0) + rng.choice((1, 2))
    fragments = (
        *bars_of(idea, 0, 1, to_bar=4, shift=climb),
        *bars_of(idea, 0, 1, to_bar=5, shift=climb + rng.choice((-1, 1, 2))),
    )
    body = (*idea, *repeated, *fragments)
    final = 0 if closed else rng.choice((4, 1, 2))
    return _close(body, 6, beats, body[-1].step - 1, final, rng)


def period(idea: Skeleton, other: Skeleton, beats: Fraction, rng: random.Random, closed: bool) -> Skeleton:
    """Antecedent 4 with an open end, consequent 4 that climbs higher and closes (or stays open)."""
    answer = _land(bars_of(other, 0, 2, to_bar=2, shift=rng.choice((-1, 0, 1))), rng.choice((1, 4)), beats)
    again = bars_of(idea, 0, 2, to_bar=4)
    lifted = tuple(replace(m, step=m.step + rng.choice((1, 2))) if m.bar == 5 else m for m in again)
    body = (*idea, *answer, *lifted)
    return _close(body, 6, beats, body[-1].step, 0 if closed else rng.choice((2, 4)), rng)


def film(idea: Skeleton, other: Skeleton, beats: Fraction, rng: random.Random) -> Skeleton:
    """4 + 4, both ends open: the idea and an answer, the idea higher and an answer that does not close."""
    answer = _land(bars_of(other, 0, 2, to_bar=2), rng.choice((1, 4, 5)), beats)
    higher = bars_of(idea, 0, 2, to_bar=4, shift=rng.choice((1, 2, 2, 3)))
    end = _land(bars_of(other, 0, 2, to_bar=6, shift=rng.choice((-1, 1, -2))), rng.choice((4, 2, 1, 8)), beats)
    return (*idea, *answer, *higher, *end)
