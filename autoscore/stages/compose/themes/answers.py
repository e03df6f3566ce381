"""Answers: bars of a cue's own between those of its theme, in rhythms and turns that were not heard before."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from autoscore.stages.compose.themes import motif
from autoscore.stages.compose.themes.similarity import Tune, recalled
from autoscore.stages.compose.themes.skeleton import Move, Skeleton, bar_beats, onsets, semitones
from autoscore.tables import MoodMelody

ANSWERS = 12
"""So many answers are thought of; the one that recalls the themes least is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Where a theme is stated: ``bars`` to fill, ``have`` bars of the theme, ``metre`` of the theme, ``statement`` how
    often this section was heard before, ``rise`` of intensity; ``chance`` is the cue's random source for a purpose.

    ``known`` are the film's themes: what is to be new recalls none of them."""

    bars: int
    have: int
    metre: str
    statement: int
    rise: float
    scale: tuple[int, ...]
    melody: MoodMelody
    chance: Callable[..., random.Random]
    known: tuple[Tune, ...] = ()

    @property
    def beats(self) -> Fraction:
        return bar_beats(self.metre)


def skeleton_tune(skeleton: Skeleton, beats: Fraction, scale: tuple[int, ...]) -> Tune:
    """The tune of a skeleton, to be compared with others."""
    line = [(m.bar * beats + m.at_beats, semitones(m.step, scale)) for m in skeleton]
    return Tune(pairs=tuple((q - p, float(b - a)) for (a, p), (b, q) in pairwise(line)))


def answered(skeleton: Skeleton, at: Occasion, first: int, end: int) -> Skeleton:
    """Bars ``first`` .. ``end`` with notes and rhythms of their own: an answer that was not heard before."""
    rng = at.chance("answer", at.statement)
    bars = sorted({m.home for m in skeleton if first <= m.home < end and not m.upbeat})
    theirs = [m for m in skeleton if m.home in bars and not m.upbeat]
    if len(theirs) < 3:
        return skeleton
    known = {
        tuple(m.at_beats for m in skeleton if m.home == bar and not m.upbeat) for bar in {m.home for m in skeleton}
    }
    rest = tuple(m for m in skeleton if m.upbeat or m.home not in bars)
    best, fewest = skeleton, len(skeleton) + 1
    for _ in range(ANSWERS):
        answer = _drawn(bars, theirs[0].step, known, at, rng)
        told = tuple(sorted((*rest, *answer), key=lambda m: (m.bar, m.at_beats)))
        heard = recalled(skeleton_tune(told, at.beats, at.scale), at.known)
        count = sum(again for m, again in zip(told, heard, strict=True) if m in answer)
        if count < fewest:
            best, fewest = told, count
        if not count:
            break
    return best


def _drawn(
    bars: list[int], opening: int, known: set[tuple[Fraction, ...]], at: Occasion, rng: random.Random
) -> Skeleton:
    """Notes for ``bars``, in rhythms that are not ``known`` where some are found, from a step beside ``opening``."""
    drawn = [onsets(motif.bar_rhythm(at.melody, at.metre, rng, first=n == 0)) for n in range(8)]
    rhythms = sorted(drawn, key=lambda rhythm: tuple(start for start, _ in rhythm) in known)[:2]
    notes = [(bar, start, length) for n, bar in enumerate(bars) for start, length in rhythms[n % 2]]
    first = opening + rng.choice((-1, 1, 2))
    steps = motif.draw_steps(len(notes), at.melody, rng.choice(("falling", "arch")), len(at.scale), rng, first)
    return tuple(
        Move(bar=bar, at_beats=start, length_beats=length, step=step)
        for (bar, start, length), step in zip(notes, steps, strict=True)
    )
