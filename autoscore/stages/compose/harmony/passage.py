"""One phrase's harmony: which idea it takes by its function, in which key, over which pedal (craft guide 4.4, 5.1)."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from fractions import Fraction

from autoscore.model.score import Theme
from autoscore.stages.compose.harmony.cadence import choose_cadence, kind_of
from autoscore.stages.compose.harmony.graph import fluent, triad
from autoscore.stages.compose.harmony.idea import make_idea, reharmonised, walk
from autoscore.stages.compose.harmony.pedals import preparing
from autoscore.stages.compose.harmony.regions import Region, at_steps, home_region, regions
from autoscore.stages.compose.harmony.rhythm import Slot, bar_s, pace_of, placed, slots, unit_bars
from autoscore.stages.compose.harmony.roman import parse_roman
from autoscore.stages.compose.harmony.rows import rows_in, tonic
from autoscore.stages.compose.values import Phrase, Setting

PREPARED_BARS = 6
"""A contrast at least this long has room for a retransition."""


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


def _by_bars(plot: Plot, phrase: Phrase, romans: tuple[str, ...], rng: random.Random) -> tuple[list[Slot], list[str]]:
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


def _closing(
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


def _joined(body: list[str], tail: tuple[str, ...], region: Region) -> list[str]:
    """Body and close as one; a last chord of the body that does not lead into the close gives way to one that does."""
    if body and tail and (body[-1] == tail[0] or fluent(body[-1], tail[0], region.map_.style) < 0.5):
        body = [*body[:-1], _between(region, body[-2] if len(body) > 1 else body[-1], tail[0])]
    return [*body, *tail]


def statement(plot: Plot, phrase: Phrase, authentic: bool) -> Passage:
    """A and the climax: the theme's own harmony, or the cue's first idea; the same chords whenever it returns.

    Every second return is another light on it: the same beginning and goal, other chords between.
    """
    even = phrase.function != "A" or phrase.statement % 2 == 0
    region = plot.home
    if (
        pace_of(plot.setting, phrase) == "static"
        and phrase.cadence != "end"
        and (phrase.function == "climax" or not even)
    ):
        # Where hardly anything moves, everything slides: the ground itself is the event.
        region = next(iter(regions(plot.setting)), region)
    label = "A" if even else f"A{phrase.statement}"
    rhythm = plot.random("rhythm", label)
    own = theme_harmony(plot, 0)
    closing = plot.random("closing", phrase.index)
    if own and unit_bars(bar_s(plot.setting, phrase), "moderate") <= 2 and len(phrase.bars) >= 4:
        romans = own if even else reharmonised(own, region.map_, plot.random("light", phrase.statement), keep=0)
        found, named = _by_bars(plot, phrase, romans, rhythm)
    else:
        found = slots(plot.setting, phrase, plot.stop, rhythm)
        idea = _idea(plot, region, "A", max(8, len(found)))
        if not even:
            idea = reharmonised(idea, region.map_, plot.random("light", phrase.statement), keep=0)
        room = 2 if len(found) > 3 else 1
        named = list(idea[: max(0, len(found) - room)])
    tail = _closing(plot, phrase, region, len(found) - len(named), closing, named, authentic=authentic)
    tail = _padded(tail, len(found) - len(named), region, named, closing)
    named = _joined(named, tail, region)
    return _passage(found, named, region)


def _between(region: Region, before: str, after: str) -> str:
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


def _padded(tail: tuple[str, ...], room: int, region: Region, body: list[str], rng: random.Random) -> tuple[str, ...]:
    """The closing chords, exactly ``room`` of them: led to by further steps of the walk, or cut at their beginning."""
    if room <= len(tail):
        return tail[len(tail) - room :] if room > 0 else ()
    start = _between(region, body[-1], tail[0] if tail else region.start) if body else region.start
    return (*walk(region.map_, room - len(tail), rng, start=start), *tail)


def _idea(plot: Plot, region: Region, label: str, count: int, start: str = "") -> tuple[str, ...]:
    rng = plot.random("idea", label)
    key = plot.setting.key if region.origin == 0 else region.key
    first = start or (region.start if label == "A" else "")
    return make_idea(region.map_, key, count, rng, start=first, cadence=False, most=4 if region.steps else 5)


def _passage(
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


def contrast(plot: Plot, phrase: Phrase, follows: str) -> Passage:
    """B and development: another idea, in a region of the mood where there is room; back by a dominant pedal where a
    statement ``follows``."""
    setting = plot.setting
    label = f"{phrase.function}{phrase.statement % 2}"
    there = regions(setting) if len(phrase.bars) >= 4 and phrase.cadence != "end" else ()
    region = plot.home
    if there:
        turn = phrase.statement + (1 if phrase.function == "development" else 0)
        region = there[turn % len(there)]
    found = slots(setting, phrase, plot.stop, plot.random("rhythm", label))
    returns = follows in ("A", "climax") and phrase.cadence == "open"
    romans = theme_harmony(plot, 1) if phrase.function == "B" and region.origin == region.steps else ()
    if romans and rows_in(region.key, (romans,))[0] != romans:
        romans = ()
    if romans and len(phrase.bars) >= 4:
        found, named = _by_bars(plot, phrase, romans, plot.random("rhythm", label))
        named = list(named)
    else:
        named = list(_idea(plot, region, label, len(found), start=region.start if region.steps else ""))
    if phrase.function == "development" and region.origin == region.steps and len(phrase.bars) >= 8:
        return _sequence(plot, phrase, returns)
    if returns and len(phrase.bars) >= PREPARED_BARS and _half(plot):
        return _returning(plot, phrase, found, named, region, label)
    rng = plot.random("closing", phrase.index)
    room = min(2, max(1, len(found) // 3)) if len(found) > 1 else 0
    body = named[: len(found) - room]
    tail = _padded(_closing(plot, phrase, region, room, rng, body), len(found) - len(body), region, body, rng)
    return _passage(found, _joined(body, tail, region), region, may_stand=False)


def _half(plot: Plot) -> str:
    """The mood's own dominant at a half cadence; "" where it knows none."""
    halves = [c[-1] for c in plot.home.map_.cadences if kind_of(c) == "half"]
    return halves[0] if halves else ""


def _returning(plot: Plot, phrase: Phrase, found: list[Slot], named: list[str], region: Region, label: str) -> Passage:
    """The last bars over the home dominant: two chords that do not contain it, then the dominant itself."""
    rng = plot.random("return", label)
    half = _half(plot)
    bars = 3 if len(phrase.bars) >= 8 else 2
    first = phrase.bars[len(phrase.bars) - bars].start_beats
    count = len(phrase.bars) - bars
    points: list[tuple[Fraction, int]] = [(Fraction(count), 1), (Fraction(count + 1), 1)]
    if bars == 3:
        points.append((Fraction(count + 2), 1))
    elif rng.random() < 0.5:
        points.append((Fraction(count) + Fraction(1, 2), 1))
    tail_slots = [s for s in placed(plot.setting, phrase, plot.stop, sorted(points)) if s[0] >= first]
    head = [(a, min(n, first - a)) for a, n in found if a < first]
    body = (named * 2)[: len(head)]
    options = [n for n in preparing(sorted(plot.home.map_.travel), plot.setting.key.minor) if n not in body[-1:]]
    rng.shuffle(options)
    tail = [*options[: len(tail_slots) - 1], half][-len(tail_slots) :] if tail_slots else []
    while len(tail) < len(tail_slots):
        tail.insert(0, half.replace("7", "") if tail and tail[0] != half.replace("7", "") else half)
    strangers = sum(t != half for t in tail)
    span = (len(head), len(head) + len(tail)) if strangers >= 2 else (0, 0)
    return replace(
        _passage([*head, *tail_slots], [*body, *tail], region, back=len(head), dominant=span), may_stand=False
    )


def retransition(plot: Plot, phrase: Phrase) -> Passage:
    """Bars that only lead back: over the dominant, chords that do not contain it, then the dominant itself."""
    region, half = plot.home, _half(plot)
    found = slots(plot.setting, phrase, plot.stop, plot.random("rhythm", phrase.function))
    rng = plot.random("return", phrase.statement)
    options = preparing(sorted(region.map_.travel), plot.setting.key.minor)
    if not half or not options or len(found) < 3:
        named = list(_idea(plot, region, "return", max(2, len(found)))[: len(found) - 1])
        tail = _padded(_closing(plot, phrase, region, 1, rng, named), len(found) - len(named), region, named, rng)
        return replace(_passage(found, [*named, *tail], region), may_stand=False)
    rng.shuffle(options)
    options = (options * len(found))[: len(found) - 1]
    named = [*options, half]
    strangers = (0, len(found)) if len(found) > 2 else (0, 0)
    return replace(_passage(found, named, region, dominant=strangers), may_stand=False)


def _sequence(plot: Plot, phrase: Phrase, returns: bool) -> Passage:
    """A development: the head of the cue's idea, then the same a region away, the way back prepared."""
    setting = plot.setting
    steps = [r for r in regions(setting) if r.origin == r.steps]
    region = steps[phrase.statement % len(steps)] if steps else at_steps(setting.mood.harmony, setting.key, 0)
    label = f"sequence{phrase.statement % 2}"
    found = slots(setting, phrase, plot.stop, plot.random("rhythm", label))
    idea = list(_idea(plot, plot.home, "A", max(8, len(found))))
    named = [idea[i % min(4, len(idea))] for i in range(len(found))]
    if returns and _half(plot):
        return _returning(plot, phrase, found, named, region, label)
    rng = plot.random("closing", phrase.index)
    room = 1 if len(found) > 2 else 0
    tail = _padded(_closing(plot, phrase, region, max(1, room), rng, named[:-1]), room, region, named[:-1], rng)
    return _passage(found, _joined(named[: len(found) - room], tail, region), region)


def frame(plot: Plot, phrase: Phrase) -> Passage:
    """Introduction, dissolve, coda: a pair of chords to dwell on, or the head of the idea; a pedal is at home here."""
    setting, region = plot.setting, plot.home
    label = phrase.function
    rng = plot.random("frame", label, phrase.statement)
    found = slots(setting, phrase, plot.stop, plot.random("rhythm", label), cadence=label != "coda")
    pairs = [p for p in setting.mood.harmony.pairs if rows_in(setting.key, (p,))]
    fitting = [p for p in pairs if rows_in(setting.key, (p,))[0] == p]
    closing = plot.random("closing", phrase.index)
    room = 0 if len(found) < 2 else 2 if phrase.cadence == "end" and len(found) > 3 else 1
    if fitting and label != "dissolve" and (rng.random() < 0.65 or pace_of(setting, phrase) == "static"):
        pair = fitting[rng.randrange(len(fitting))]
        body = [pair[i % 2] for i in range(min(8, len(found) - room))]
    else:
        body = list(_idea(plot, region, "A", max(8, len(found)))[: len(found) - room])
        if label == "dissolve":
            body = list(reharmonised(tuple(body), region.map_, rng, keep=0))
    tail = _closing(plot, phrase, region, room, closing, body)
    tail = _padded(tail, len(found) - len(body), region, body, closing)
    named = _joined(body, tail, region)
    if phrase.index == 0 and named and not tonic(named[0]) and setting.mood.harmony.style == "functional":
        named[0] = region.map_.home
    return _passage(found, named, region)


def passage(plot: Plot, phrase: Phrase, follows: str, authentic: bool) -> Passage:
    """The harmony of ``phrase``.

    Args:
        follows: the function of the next phrase, "" at the end. authentic: a full close is allowed here.
    """
    if phrase.function == "retransition":
        return retransition(plot, phrase)
    if phrase.function in ("B", "development"):
        return contrast(plot, phrase, follows)
    if phrase.function in ("intro", "coda", "dissolve"):
        return frame(plot, phrase)
    return statement(plot, phrase, authentic)
