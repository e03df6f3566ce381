"""What the passages of a cue share: its plot, its ideas and its themes' harmony, and how a phrase is closed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction

from autoscore.model.score import Theme
from autoscore.stages.compose.harmony.cadence import choose_cadence
from autoscore.stages.compose.harmony.graph import fluent, triad
from autoscore.stages.compose.harmony.idea import make_idea, walk
from autoscore.stages.compose.harmony.regions import Region, home_region
from autoscore.stages.compose.harmony.rhythm import Slot, placed
from autoscore.stages.compose.harmony.roman import parse_roman
from autoscore.stages.compose.harmony.rows import rows_in
from autoscore.stages.compose.values import Phrase, Setting

DARK = -0.3
"""Moods darker than this may stray to chords of danger when they are away from home."""


def returning(phrase: Phrase) -> str:
    """What statements that return have in common: the name under which their harmony, pedal and rhythm are chosen."""
    if phrase.function not in ("A", "climax", "reprise"):
        return f"{phrase.function}{phrase.statement % 2}"
    return "A" if phrase.function != "A" or phrase.statement % 2 == 0 else f"A{phrase.statement}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """The chords of one phrase as numerals of ``region``; those from ``back`` on are of home again (a retransition).

    ``goals``: indices of chords that keep their root in the bass. ``dominant``: first and one past the last chord over
    a dominant pedal.
    """

    slots: tuple[Slot, ...]
    romans: tuple[str, ...]
    region: Region
    back: int
    goals: frozenset[int] = frozenset()
    dominant: tuple[int, int] = (0, 0)
    may_stand: bool = True
    """A tonic pedal is welcome here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """What all phrases of a cue share: its setting, its themes' harmony, where music stops, what comes after it."""

    setting: Setting
    themes: tuple[Theme, ...]
    stop: Fraction

    @property
    def home(self) -> Region:
        return home_region(self.setting.mood.harmony, self.setting.key)

    def random(self, *purpose: object) -> random.Random:
        return self.setting.random("harmony", *purpose)


def _fits(plot: Plot, romans: tuple[str, ...]) -> bool:
    """May the theme keep its own harmony here: same third, and at least half of its chords belong to the mood?"""
    if not romans:
        return False
    try:
        roots = [parse_roman(r) for r in romans]
    except ValueError:
        return False
    if rows_in(plot.setting.key, (romans,))[0] != romans or not roots:
        return False
    known = {triad(n) for n in plot.home.map_.travel}
    kinds = {triad(r) for r in romans}
    return len(kinds & known) * 2 >= len(kinds)


def theme_harmony(plot: Plot, number: int) -> tuple[str, ...]:
    """The harmony (one numeral a bar) of the cue's theme ``number``; empty where it has none that fits."""
    if number >= len(plot.themes):
        return ()
    romans = tuple(plot.themes[number].romans)
    return romans if _fits(plot, romans) else ()


def by_bars(plot: Plot, phrase: Phrase, romans: tuple[str, ...], rng: random.Random) -> tuple[list[Slot], list[str]]:
    """A theme's chords on the bars of a phrase, its last two bars left to a cadence."""
    bars = len(phrase.bars)
    body = max(0, bars - 2)
    points: list[tuple[Fraction, int]] = []
    named: list[str] = []
    for i in range(body):
        roman = romans[i % len(romans)]
        if not named or named[-1] != roman:
            points.append((Fraction(i), 1))
            named.append(roman)
    split = rng.choice(((0, 1), (0, Fraction(1, 2), 1), (0, 1, Fraction(3, 2))))
    points.extend((Fraction(body) + p, 1) for p in split if body + p < bars)
    found = placed(plot.setting, phrase, plot.stop, points)
    by_start: list[str] = []
    starts = {phrase.bars[int(p)].start_beats: r for (p, _), r in zip(points, named, strict=False)}
    for start, _ in found:
        if start in starts:
            by_start.append(starts[start])
        elif start < phrase.bars[body].start_beats if body < bars else False:
            by_start.append(by_start[-1] if by_start else named[0])
    return found, by_start


def closing_of(
    plot: Plot,
    phrase: Phrase,
    region: Region,
    room: int,
    rng: random.Random,
    body: list[str],
    *,
    authentic: bool = False,
) -> tuple[str, ...]:
    """The last chords of a phrase: the mood's ending, or a cadence of its kind."""
    harmony = plot.setting.mood.harmony
    if phrase.cadence == "end":
        ending = rows_in(plot.setting.key, (harmony.ending,))[0] if harmony.ending else ()
        return tuple(ending[:-1])[-max(1, room) :]
    closed = phrase.cadence == "closed"
    before = body[-1] if body else ""
    found = choose_cadence(
        region.map_.cadences, rng, closed=closed, authentic=authentic and closed, before=before, style=region.map_.style
    )
    return found[-max(1, min(room, 3)) :] if found else ()


def joined(body: list[str], tail: tuple[str, ...], region: Region) -> list[str]:
    """Body and close as one; a last chord of the body that does not lead into the close gives way to one that does."""
    if body and tail and (body[-1] == tail[0] or fluent(body[-1], tail[0], region.map_.style) < 0.5):
        body = [*body[:-1], between(region, body[-2] if len(body) > 1 else body[-1], tail[0])]
    return [*body, *tail]


def between(region: Region, before: str, after: str) -> str:
    """A chord that leads from ``before`` to ``after``: the edge that both like best."""
    travel = region.map_.travel
    options = sorted(
        (n for n in travel if n not in (before, after)),
        key=lambda n: (
            -(travel.get(before, {}).get(n, 0.0) + travel[n].get(after, 0.0)) * fluent(n, after, region.map_.style),
            n,
        ),
    )
    return options[0] if options else before


def padded(tail: tuple[str, ...], room: int, region: Region, body: list[str], rng: random.Random) -> tuple[str, ...]:
    """The closing chords, exactly ``room`` of them: led to by further steps of the walk, or cut at their beginning."""
    if room <= len(tail):
        return tail[len(tail) - room :] if room > 0 else ()
    start = between(region, body[-1], tail[0] if tail else region.start) if body else region.start
    return (*walk(region.map_, room - len(tail), rng, start=start), *tail)


def is_strange(plot: Plot, region: Region, roman: str) -> bool:
    """Does a chord of a region stray a tritone or a semitone from home, a colour of danger (craft guide 3.3)?"""
    bright = region.steps and plot.setting.mood.valence > DARK
    return bool(bright) and (parse_roman(roman).root + region.origin) % 12 in (1, 6)


def idea_of(plot: Plot, region: Region, label: str, count: int, start: str = "") -> tuple[str, ...]:
    rng = plot.random("idea", label)
    key = plot.setting.key if region.origin == 0 else region.key
    first = start or (region.start if label == "A" else "")
    strange = frozenset(n for n in region.map_.travel if is_strange(plot, region, n))
    most = 4 if region.steps else 5
    return make_idea(region.map_, key, count, rng, start=first, cadence=False, most=most, strange=strange)


def passage_of(
    found: list[Slot],
    named: list[str],
    region: Region,
    back: int | None = None,
    dominant: tuple[int, int] = (0, 0),
    may_stand: bool = True,
) -> Passage:
    count = min(len(found), len(named))
    return Passage(
        slots=tuple(found[:count]),
        romans=tuple(named[:count]),
        region=region,
        back=count if back is None else back,
        goals=frozenset({0, count - 1}),
        dominant=dominant,
        may_stand=may_stand,
    )
