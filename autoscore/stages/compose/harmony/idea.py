"""A harmonic idea: a walk on the mood's graph through open, travel and cadence, the best of several (craft 5.1)."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise

from autoscore.stages.compose.harmony.cadence import choose_cadence
from autoscore.stages.compose.harmony.graph import Graph, common_tones, fluent, graph, surprise_bits
from autoscore.stages.compose.harmony.profile import key_fit
from autoscore.stages.compose.harmony.rhythm import GROUP, patterns, unit_bars
from autoscore.stages.compose.harmony.roman import parse_roman
from autoscore.stages.compose.harmony.rows import tonic
from autoscore.stages.compose.values import Key
from autoscore.tables import MoodHarmony, read

Idea = tuple[str, ...]
_MAJOR, _MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)


def _next(
    map_: Graph, position: str, so_far: list[str], row: tuple[int, int] | None, rng: random.Random
) -> tuple[str, tuple[int, int] | None]:
    """One step of the walk: the next chord and the (row, place) it may continue from."""
    rules = read("harmony.toml")["graph"]
    now = so_far[-1]
    weights = dict((map_.opening if position == "open" else map_.travel).get(now, {}))
    onward = ""
    if row is not None and row[1] + 1 < len(map_.rows[row[0]]):
        onward = map_.rows[row[0]][row[1] + 1]
        if onward != now:
            weights[onward] = weights.get(onward, 0.0) + rules["stay_in_row"]
    if not weights:
        weights = {r: 1.0 for r in map_.starts if r != now} or {map_.home: 1.0}
    met = Counter(so_far)
    for chord in weights:
        if len(met) >= 4 and chord in met:
            weights[chord] *= rules["familiar"]
        if len(so_far) >= 4 and so_far[-2] == chord and so_far[-4] == chord and so_far[-3] == now:
            weights[chord] *= 0.05
        if chord in map_.colours and sum(met[c] for c in map_.colours) >= rules["colours_max"]:
            weights[chord] = 0.0
        if chord != onward:
            weights[chord] *= fluent(now, chord, map_.style)
    if not any(weights.values()):
        weights = {map_.home: 1.0} if now != map_.home else dict.fromkeys(map_.starts, 1.0)
    names = list(weights)
    chosen = rng.choices(names, [weights[n] for n in names])[0]
    if chosen == onward and row is not None:
        return chosen, (row[0], row[1] + 1)
    homes = [(r, i) for r, line in enumerate(map_.rows) for i, c in enumerate(line) if c == chosen]
    return chosen, (rng.choice(homes) if homes else None)


def walk(map_: Graph, count: int, rng: random.Random, *, start: str = "", again: tuple[int, int] = (0, 0)) -> list[str]:
    """``count`` chords from ``start`` (by default a start of the mood's rows): a third of them open, then travel.

    Args:
        again: (at, chords): from step ``at`` on, the first so many chords come again before the walk goes on.
    """
    if count <= 0:
        return []
    names = list(map_.starts)
    first = start or rng.choices(names, [map_.starts[n] for n in names])[0]
    rows = [(r, i) for r, line in enumerate(map_.rows) for i, c in enumerate(line) if c == first]
    row = rng.choice(rows) if rows else None
    found = [first]
    for step in range(1, count):
        if again[0] and again[0] <= step < again[0] + again[1]:
            found.append(found[step - again[0]])
            row = None
            continue
        chord, row = _next(map_, "open" if step <= max(1, count // 3) else "travel", found, row, rng)
        found.append(chord)
    return found


def displeasure(chords: list[str], key: Key, style: str, weights: list[float] | None = None, *, most: int = 5) -> float:
    """What a critic has against a run of chords: too few or too many of them, a tonal centre that is lost, changes
    that are duller or stranger than the style wants, a mode whose own tone is not heard early, cycles that do not move
    on.

    Args:
        weights: how long each chord lasts; evenly by default. most: different chords that are not yet too many.
    """
    if len(chords) < 2:
        return 0.0
    rules = read("harmony.toml")
    cost = 0.0
    kinds = len(set(chords))
    cost += 1.2 * max(0, min(4, len(chords)) - kinds) + 1.2 * max(0, kinds - most)
    bits = [surprise_bits(a, b, style, key.minor) for a, b in pairwise(chords)]
    cost += 0.8 * abs(sum(bits) / len(bits) - float(rules["surprise_bits"][style]))
    cost += 0.35 * sum(b >= 7.0 for b in bits)
    if style != "chromatic":
        cost += 15.0 * max(0.0, 0.84 - key_fit(chords, key, weights))
    colour = set(key.scale) - set(_MINOR if key.minor else _MAJOR)
    early = chords[: max(2, len(chords) // 2)]
    if colour and not any(colour & set(parse_roman(c).classes) for c in early):
        cost += 3.0
    home = sum(tonic(c) for c in chords) / len(chords)
    cost += 3.0 * max(0.0, home - 0.5) + 3.0 * max(0.0, 0.12 - home)
    for i in range(len(chords) - 3):
        if chords[i] == chords[i + 2] and chords[i + 1] == chords[i + 3]:
            cost += 1.2
    return cost


def _again(count: int, style: str, rng: random.Random) -> tuple[int, int]:
    """Where in an idea of ``count`` chords its beginning comes back, and how much of it: a period's two halves."""
    rules = read("harmony.toml")["period"]
    chance, share = rng.random(), rules["same"][style]
    if count < rules["shortest"] or chance >= rules["likely"][style]:
        return 0, 0
    half = (count + 1) // 2
    return half, max(1, int(half * share))


def make_idea(
    map_: Graph,
    key: Key,
    count: int,
    rng: random.Random,
    *,
    start: str = "",
    closed: bool = False,
    authentic: bool = False,
    cadence: bool = True,
    most: int = 5,
    strange: frozenset[str] = frozenset(),
) -> Idea:
    """``count`` chords of a phrase: the best of several walks, the last two or three of them a cadence.

    Args:
        closed, authentic: as in ``choose_cadence``. most: as in ``displeasure``.
        cadence: false for a phrase that only moves on. strange: chords that are better left out.
    """
    found: list[tuple[float, int, Idea]] = []
    for number in range(read("harmony.toml")["graph"]["candidates"]):
        room = min(3, count // 2) if cadence else 0
        body = walk(map_, count - room, rng, start=start, again=_again(count, map_.style, rng))
        tail: tuple[str, ...] = ()
        if room:
            tail = choose_cadence(
                map_.cadences,
                rng,
                closed=closed,
                authentic=authentic,
                before=body[-1] if body else "",
                style=map_.style,
            )[-room:]
            if len(tail) < room:
                body = walk(map_, count - len(tail), rng, start=start, again=_again(count, map_.style, rng))
        joint = 0.4 * sum(a == b for a, b in pairwise(body))
        if body and tail:
            if body[-1] == tail[0]:
                joint = 3.0
            elif tail[0] not in map_.travel.get(body[-1], {}):
                joint = 0.4
            joint += 1.5 * (1.0 - fluent(body[-1], tail[0], map_.style))
        whole = [*body, *tail]
        joint += 1.5 * sum(c in strange for c in whole)
        found.append((displeasure(whole, key, map_.style, most=most) + joint, number, tuple(whole)))
    return min(found)[2]


def reharmonised(idea: Idea, map_: Graph, rng: random.Random, keep: int = 2) -> Idea:
    """The idea with every other chord of its second half replaced by one with common tones: the same way, another
    light on its end. Its last ``keep`` chords stay; chords that it has already are the likelier ones.
    """
    names = sorted({*map_.travel, *map_.colours})
    found = list(idea)
    for i in range(len(idea) // 2, len(idea) - keep):
        if (i - len(idea) // 2) % 2 == 1 or i == 0:
            continue
        before, after = found[i - 1], idea[i + 1] if i + 1 < len(idea) else ""
        options = [n for n in names if n not in (before, idea[i], after) and common_tones(n, idea[i]) and not tonic(n)]
        weights = [
            common_tones(n, idea[i]) ** 2 * (6.0 if n in idea else 1.0) * fluent(before, n, map_.style) for n in options
        ]
        if options and any(weights):
            found[i] = rng.choices(options, weights)[0]
    return tuple(found)


def theme_romans(
    harmony: MoodHarmony, key: Key, rng: random.Random, bars: int = 8, closed: bool = True, bar_s: float = 2.0
) -> tuple[str, ...]:
    """The harmony of a theme, one numeral a bar; neighbours that are equal are one long chord.

    Args:
        closed: the theme ends on its tonic. bar_s: seconds of a bar, so that short bars share a chord.
    """
    map_ = graph(harmony, key)
    pace = "static" if harmony.pace == "static" else "moderate"
    unit = unit_bars(bar_s, pace)
    lengths: list[int] = []
    units = max(1, bars // unit)
    while sum(lengths) < units:
        rest = units - sum(lengths)
        rows = [r for r in patterns(pace, False) if all(x == int(x) for x in r) and (r[0] <= 2 or pace == "static")]
        if rest >= GROUP:
            lengths.extend(int(x) for x in rng.choice(rows))
        else:
            lengths.append(rest)
    start = map_.home if harmony.style == "functional" or rng.random() < 0.75 else ""
    idea = make_idea(map_, key, len(lengths), rng, start=start, closed=closed, authentic=closed)
    romans = [r for r, n in zip(idea, lengths, strict=True) for _ in range(n * unit)]
    return (*romans, *[romans[-1]] * bars)[:bars]
