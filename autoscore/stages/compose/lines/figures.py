"""Figures of figures.toml: which one a phrase moves in, and its bars as tokens."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from autoscore.model.score import Theme
from autoscore.model.tempo import Bar
from autoscore.stages.compose.themes.skeleton import compound
from autoscore.stages.compose.values import Phrase, Setting
from autoscore.tables import read

_ORDER = ("slow", "medium", "fast")
_HEAD_STEP = Fraction(1, 4)
_HEAD_SEMITONES = 3.5
"""So many semitones of a theme are one chord tone of a figure made from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One row of figures.toml. ``step_beats``: the grid; ``hold``: length of a note in steps; ``bars``: its bars, a
    token a step; ``scoring``: "section" (all in one rhythm), "parallel" (two voices) or "solo"."""

    name: str
    step_beats: Fraction
    hold: Fraction
    span: int
    scoring: str
    scatter: bool
    accented: bool
    on_accents: bool
    bars: tuple[tuple[str, ...], ...]


def read_figures() -> dict[str, dict[str, Any]]:
    return read("figures.toml")


def _row(name: str) -> dict[str, Any]:
    table = read_figures()
    row: dict[str, Any] = table.get(name) or table["repeated_8ths"]
    return row


def subdivision(setting: Setting, intensity: float) -> str:
    """How fast figures move: by the rate of the picture's cuts (craft guide 3.2), a grade up at high intensity."""
    shot_s = setting.cue.mean_shot_s
    grade = 0 if shot_s > 6 else 1 if shot_s >= 3 else 2
    grade += (intensity > 0.75) - (intensity < 0.25)
    return _ORDER[min(2, max(0, grade))]


def choose(setting: Setting, phrase: Phrase) -> str:
    """A figure of the mood near the wanted subdivision; another one in contrasting phrases, the theme's own head in a
    development where the mood has that."""
    names = setting.mood.texture.motion_figures
    borrowed = [n for n in names if _row(n).get("from_theme")]
    if borrowed and phrase.function == "development":
        return borrowed[0]
    own = [n for n in names if n not in borrowed] or ["repeated_8ths"]
    wanted = _ORDER.index(subdivision(setting, phrase.intensity))
    ranked = sorted(range(len(own)), key=lambda i: (abs(_ORDER.index(_row(own[i])["subdivision"]) - wanted), i))
    turn = 1 if phrase.function in ("B", "development") else 0
    return own[ranked[turn % len(ranked)]]


def _head(theme: Theme) -> tuple[str, ...]:
    """The theme's motif as one bar of tokens: its rhythm, faster where it exceeds a bar, and its shape."""
    count = max(3, min(theme.motif_notes or 4, len(theme.degrees)))
    lengths, degrees = theme.durations_beats[:count], theme.degrees[:count]
    scale = Fraction(1)
    while sum(lengths[:-1], Fraction(0)) * scale >= 4:
        scale /= 2
    low = min(degrees)
    slots = ["."] * 16
    at = Fraction(0)
    for degree, length in zip(degrees, lengths, strict=True):
        index = int(at * scale / _HEAD_STEP)
        if index < 16:
            slots[index] = str(min(4, round((degree - low) / _HEAD_SEMITONES)))
        at += length
    if sum(lengths, Fraction(0)) * scale <= 2:
        slots = slots[:8] * 2
    return tuple(slots)


def figure(name: str, themes: tuple[Theme, ...]) -> Figure:
    """The figure ``name`` as it is played; one that is made of the theme's head needs a theme."""
    row = _row(name)
    bars = tuple(tuple(p.split()) for p in row["patterns"])
    if row.get("from_theme") and themes and len(themes[0].degrees) >= 3:
        bars = (_head(themes[0]),)
    return Figure(
        name=name,
        step_beats=Fraction(row["step"]),
        hold=Fraction(str(row["hold"])),
        span=int(row["span"]),
        scoring=row["scoring"],
        scatter=bool(row.get("scatter")),
        accented=bool(row.get("accented")),
        on_accents=bool(row.get("on_accents")),
        bars=bars,
    )


def tokens(row: Figure, bar: Bar, turn: int, struck: frozenset[Fraction] = frozenset()) -> tuple[str, ...]:
    """Tokens for one bar: a pattern of its own length if there is one, else one that is cut or begun again.

    Args:
        struck: the bar's accents, in beats from its start; a figure that consists of them has no other tokens.
    """
    count = int(bar.length_beats / row.step_beats)
    if row.on_accents:
        return tuple("0" if i * row.step_beats in struck else "." for i in range(count))
    exact = [p for p in row.bars if len(p) == count]
    if exact:
        return exact[turn % len(exact)]
    pool = row.bars
    if compound(bar.metre):
        pool = tuple(p for p in row.bars if len(p) % 3 == 0) or row.bars
    longer = tuple(p for p in pool if len(p) >= count) or pool
    chosen = longer[turn % len(longer)]
    return (chosen * (count // len(chosen) + 1))[:count]
