"""From cell to motif: rhythm and intervals of an idea of two bars, and what makes it acceptable (craft guide 4.1)."""

from __future__ import annotations

import random
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import Any

from autoscore.stages.compose.themes.skeleton import (
    Move,
    Skeleton,
    bar_beats,
    compound,
    onsets,
    pattern_slots,
    semitones,
)
from autoscore.tables import MoodMelody, priors, read

CONTOURS = ("arch", "falling", "rising", "valley")
SECOND_BARS = ("same", "sequence", "landing", "new")
_SECOND_WEIGHTS = (2, 2, 4, 3)
"""How the second bar of an idea answers the first: its rhythm again (other notes, or the same a step away), a shorter
run into a long note, or a rhythm of its own."""


def style(name: str) -> dict[str, Any]:
    """The melody style ``name`` of melodies.toml; "arch" where there is none of that name."""
    table = read("melodies.toml")
    row: dict[str, Any] = table.get(name) or table["arch"]
    return row


@cache
def human_rhythms(metre: str, per_beat: float) -> tuple[tuple[str, float], ...]:
    """Bar rhythms of human melodies (priors.json) near ``per_beat`` notes a beat, as patterns with weights."""
    cells = priors()["rhythm_cells"].get("melody|3/4" if metre == "3/4" else "melody|4/4", {})
    beats = 3 if metre == "3/4" else 4
    found = []
    for bin_name, patterns in cells.items():
        if bin_name == "bin_share":
            continue
        for pattern, weight in patterns.items():
            count = pattern.count("x")
            grid_ok = all(i % 2 == 0 for i, c in enumerate(pattern) if c == "x")
            if grid_ok and pattern[0] == "x" and abs(count - per_beat * beats) <= 1.5:
                held = "".join("x" if c == "x" else "-" for c in pattern)
                found.append((held + "-" * (16 - len(held)), float(weight)))
    return tuple(found)


def bar_rhythm(melody: MoodMelody, metre: str, rng: random.Random, first: bool) -> str:
    """A rhythm for one bar of ``metre``: the style's own or a human one; ``first`` begins on the downbeat."""
    row = style(melody.style)
    pool = human_rhythms(metre, melody.density * 0.85)
    if pool and rng.random() < row["human"]:
        pattern = rng.choices([p for p, _ in pool], weights=[w for _, w in pool])[0]
    else:
        pattern = rng.choice(row["rhythms"])
    fitted = pattern_slots(pattern, metre)
    if first and "x" in fitted and fitted[0] != "x":
        fitted = fitted.lstrip(".")
        fitted += "-" * (len(pattern_slots(pattern, metre)) - len(fitted))
    if "x" not in fitted:
        fitted = "x" + "-" * (len(fitted) - 1)
    if compound(metre) and fitted.count("x") < 2:
        fitted = "x---" + "x-" + fitted[6:]
    return fitted


def _landing(pattern: str) -> str:
    """The first half of a bar's rhythm, then a note that is held."""
    half = len(pattern) // 2
    opening = pattern[:half]
    return (opening if "x" in opening else "x" + opening[1:]) + "x" + "-" * (len(pattern) - half - 1)


def _wanted_height(contour: str, share: float) -> float:
    """Height 0..1 of the contour at ``share`` of the way."""
    if contour == "arch":
        return 1.0 - abs(share - 0.6) / 0.6 if share < 0.6 else 1.0 - (share - 0.6) / 0.4 * 0.7
    if contour == "falling":
        return 1.0 - share
    if contour == "rising":
        return share
    return abs(share - 0.5) * 2


def draw_steps(count: int, melody: MoodMelody, contour: str, size: int, rng: random.Random, start: int) -> list[int]:
    """``count`` scale steps: moves by their share in human melodies, drawn towards the contour, leaps turned back."""
    shares = read("phrases.toml")["moves"]["shares"]
    leap = style(melody.style)["leap"] + melody.leap_bias
    steps = [start]
    span = rng.choice((4, 5, 6))
    low = start - round(_wanted_height(contour, 0.0) * span)
    for i in range(1, count):
        height = low + _wanted_height(contour, i / max(1, count - 1)) * span
        last = steps[-1]
        before = steps[-1] - steps[-2] if len(steps) > 1 else 0
        weights, moves = [], []
        for move in range(-5, 6):
            share = shares[abs(move)] * (1.0 if move == 0 else 0.5)
            if abs(move) in (3, 4):
                share += leap * 0.5
            elif abs(move) == 1:
                share -= leap * 0.4
            if abs(before) >= 3:
                share *= (3.0 if abs(move) <= 2 else 0.3) if move * before < 0 else (0.25 if move else 0.5)
            pull = 0.08 * (last + move - height) ** 2
            weights.append(max(0.0005, share) * 2.718281828 ** (-pull))
            moves.append(move)
        steps.append(last + rng.choices(moves, weights=weights)[0])
        if size == 5 and abs(steps[-1] - steps[-2]) > 3:
            steps[-1] = steps[-2] + (2 if steps[-1] > steps[-2] else -2)
    return steps


def _upbeat(first: int, beats: Fraction, lilting: bool, rng: random.Random) -> list[Move]:
    """One to three short notes that lead into ``first``: from a fourth below, or by step."""
    short = Fraction(1, 2)
    count = rng.choice((1, 1, 2, 3)) if not lilting else 1
    if count == 1:
        length = rng.choice((short, Fraction(1))) if not lilting else short
        return [Move(bar=-1, at_beats=beats - length, length_beats=length, step=first + rng.choice((-3, -1, -3, 1)),
                     upbeat=True)]  # fmt: skip
    way = rng.choice((-1, -1, 1))
    return [
        Move(bar=-1, at_beats=beats - short * (count - i), length_beats=short, step=first + way * (count - i),
             upbeat=True)
        for i in range(count)
    ]  # fmt: skip


def make_idea(melody: MoodMelody, metre: str, scale: tuple[int, ...], rng: random.Random) -> Skeleton:
    """An idea of two bars in ``metre``, at times with an upbeat; its first full note is a tone of the tonic chord."""
    row = style(melody.style)
    first = bar_rhythm(melody, metre, rng, True)
    how = rng.choices(SECOND_BARS, weights=_SECOND_WEIGHTS)[0]
    other = first if how in ("same", "sequence") else bar_rhythm(melody, metre, rng, False)
    second = _landing(other if rng.random() < 0.5 else first) if how == "landing" else other
    contour = rng.choices(CONTOURS, weights=row["contours"])[0]
    notes = [(bar, at, length) for bar, rhythm in ((0, first), (1, second)) for at, length in onsets(rhythm)]
    start = rng.choice((0, 0, 2, 4, 4, -1 if len(scale) == 7 else 0))
    steps = draw_steps(len(notes), melody, contour, len(scale), rng, start)
    if how == "sequence":
        half = len(notes) // 2
        up = rng.choice((1, 1, -1, 2, -2))
        steps = [*steps[:half], *(s + up for s in steps[:half])]
    short = row["staccato"]
    idea = [
        Move(
            bar=bar,
            at_beats=at,
            length_beats=length,
            step=step,
            mark="staccato" if length <= 0.5 and rng.random() < short else "",
        )
        for (bar, at, length), step in zip(notes, steps, strict=True)
    ]
    if idea and idea[0].at_beats == 0 and rng.random() < row["upbeat"]:
        idea = [*_upbeat(idea[0].step, bar_beats(metre), compound(metre), rng), *idea]
    return tuple(idea)


def faults(idea: Skeleton, scale: tuple[int, ...], cell: int = 2) -> list[str]:
    """What speaks against a motif, by name; empty when it is acceptable (craft guide 4.1).

    Args:
        cell: so many notes its first bar needs at least, because that bar will stand alone.
    """
    found = []
    if sum(m.home == 0 for m in idea) < cell:
        found.append("cell")
    if not 4 <= len(idea) <= 9:
        found.append("notes")
    if len({m.length_beats for m in idea}) < 2:
        found.append("durations")
    pitches = [semitones(m.step, scale) for m in idea]
    if pitches and not 5 <= max(pitches) - min(pitches) <= 12:
        found.append("range")
    moves = [b - a for a, b in pairwise(pitches)]
    signs = {m > 0 for m in moves if m}
    if len(signs) < 2:
        found.append("monotone")
    if any(a * b > 0 and min(abs(a), abs(b)) > 5 for a, b in pairwise(moves)):
        found.append("leaps")
    values = len({m.length_beats for m in idea})
    if not any(abs(m) >= 5 for m in moves) and values < 3:
        found.append("plain")
    if sum(abs(m) >= 5 for m in moves) >= 3 and values >= 4:
        found.append("overloaded")
    if sum(m == 0 for m in moves) > 0.4 * max(1, len(moves)):
        found.append("stuck")
    return found
