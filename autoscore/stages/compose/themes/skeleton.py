"""A melody before it meets its harmony: rhythm and scale steps. What development operators work on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from autoscore.model.score import Theme
from autoscore.stages.compose.values import Key

SIXTEENTH = Fraction(1, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One note: ``bar`` counted from 0, ``at_beats`` inside the bar, ``step`` in scale steps above the tonic.

    An ``upbeat`` stands at the end of its bar and belongs to the bar after it: it goes where that bar goes.
    """

    bar: int
    at_beats: Fraction
    length_beats: Fraction
    step: int
    mark: str = ""
    upbeat: bool = False

    @property
    def home(self) -> int:
        """The bar that the note belongs to."""
        return self.bar + self.upbeat

    @property
    def end_beats(self) -> Fraction:
        """Where it ends, counted from its bar's start."""
        return self.at_beats + self.length_beats


Skeleton = tuple[Move, ...]


def bar_beats(metre: str) -> Fraction:
    numerator, denominator = metre.split("/")
    return Fraction(4 * int(numerator), int(denominator))


def compound(metre: str) -> bool:
    numerator, denominator = (int(part) for part in metre.split("/"))
    return denominator == 8 and numerator % 3 == 0 and numerator > 3


def nearest_step(semitones: int, scale: tuple[int, ...]) -> int:
    """The scale step nearest to ``semitones`` above the tonic, the lower one of two."""
    octave, inside = divmod(semitones, 12)
    options = [(abs(inside - s), i) for i, s in enumerate((*scale, 12))]
    return octave * len(scale) + min(options)[1]


def semitones(step: int, scale: tuple[int, ...]) -> int:
    octave, index = divmod(step, len(scale))
    return 12 * octave + scale[index]


def from_theme(theme: Theme, key: Key, theme_scale: tuple[int, ...]) -> Skeleton:
    """The theme in the steps of ``key``: where both scales have as many steps the mode is swapped, else the nearest
    step is taken."""
    length = bar_beats(theme.metre)
    scale = theme_scale if len(theme_scale) == len(key.scale) else key.scale
    held = theme.held_beats or theme.durations_beats
    moves = []
    at = theme.lead_in_beats
    for degree, duration, sounds in zip(theme.degrees, theme.durations_beats, held, strict=True):
        bar, inside = divmod(at, length)
        moves.append(
            Move(
                bar=int(bar),
                at_beats=inside,
                length_beats=sounds,
                step=nearest_step(degree, scale),
                upbeat=at < 0,
            )
        )
        at += duration
    return _with_upbeats(tuple(moves), length)


def _with_upbeats(moves: Skeleton, length: Fraction) -> Skeleton:
    """A theme that opens with an upbeat has it again wherever the same notes lead into its head."""
    opening = [m for m in moves if m.upbeat]
    if not opening:
        return moves
    wanted = [(m.at_beats, m.length_beats) for m in opening]
    marked = list(moves)
    for i in range(len(opening), len(moves) - len(opening) + 1):
        group = moves[i : i + len(opening)]
        ends_bar = group[-1].bar == group[0].bar and group[0].at_beats >= length / 2
        if ends_bar and [(m.at_beats, m.length_beats) for m in group] == wanted and not any(m.upbeat for m in group):
            marked[i : i + len(opening)] = [replace(m, upbeat=True) for m in group]
    return tuple(marked)


def bars_of(skeleton: Skeleton, first: int, count: int, to_bar: int = 0, shift: int = 0) -> Skeleton:
    """Bars ``first`` .. ``first + count`` with their upbeats, moved to ``to_bar`` and sequenced by ``shift`` steps."""
    return tuple(
        replace(m, bar=m.bar - first + to_bar, step=m.step + shift) for m in skeleton if first <= m.home < first + count
    )


def bar_count(skeleton: Skeleton) -> int:
    return max((m.home for m in skeleton), default=-1) + 1


def pattern_slots(pattern: str, metre: str) -> str:
    """A 4/4 pattern of 16ths made to fit another metre: cut, repeated or, in compound metres, the beats lengthened."""
    slots = int(bar_beats(metre) / SIXTEENTH)
    if compound(metre):
        beats = [pattern[i : i + 4] for i in range(0, 16, 4)]
        wide = "".join(
            b[0] + ("-" if b[0] != "." else ".") + b[1] + ("-" if b[1] != "." else ".") + b[2] + b[3] for b in beats
        )
        return (wide * 3)[:slots]
    return (pattern + pattern)[:slots]


def onsets(pattern: str) -> list[tuple[Fraction, Fraction]]:
    """(start, length) in beats of each note in a pattern of ``x``, ``-`` (held) and ``.`` (rest)."""
    found: list[tuple[Fraction, Fraction]] = []
    i = 0
    while i < len(pattern):
        if pattern[i] == "x":
            j = i + 1
            while j < len(pattern) and pattern[j] == "-":
                j += 1
            found.append((i * SIXTEENTH, (j - i) * SIXTEENTH))
            i = j
        else:
            i += 1
    return found


def edit_distance(left: Sequence[int], right: Sequence[int]) -> float:
    """Levenshtein distance of two interval sequences over the longer one's length, 0..1."""
    if not left or not right:
        return 0.0 if not left and not right else 1.0
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        previous, row[0] = row[0], i
        for j, b in enumerate(right, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (a != b))
    return row[-1] / max(len(left), len(right))
