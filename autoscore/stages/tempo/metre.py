"""Metres: where in the bar an anchor may fall, and how a number of eighths is filled with bars."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autoscore import tables
from autoscore.model.tempo import pulse_beats

ADDED_EIGHTH = 2.5
ADDED_EIGHTH_WELCOME = 0.3
MAX_IRREGULAR = 3
CROWDED = 2.0
"""Cost of each irregular bar beyond one in eight (craft guide 2.4: at most one per 8 bars)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BarKind:
    """A bar that may stand among the regular ones: ``units`` long, at a ``cost``."""

    numerator: int
    denominator: int
    units: int
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Metre:
    """A base metre counted in ``unit_beats`` (quarter notes, an eighth = 1/2 as a rule).

    ``level_costs`` and ``levels`` say for each unit of the bar what an anchor there costs and what it is called;
    ``middle`` is the second-strongest place, 0 where the metre has none.
    """

    regular: BarKind
    unit_beats: Fraction
    pulse_units: int
    middle: int
    level_costs: tuple[float, ...]
    levels: tuple[str, ...]
    irregular: tuple[BarKind, ...]

    @property
    def name(self) -> str:
        return f"{self.regular.numerator}/{self.regular.denominator}"

    def phases(self, reach: str) -> tuple[int, ...]:
        """Places in the bar that an anchor may take: ``reach`` "strong", "beats" or "offbeats"."""
        if reach == "strong":
            return (0, self.middle) if self.middle else (0,)
        return tuple(p for p, level in enumerate(self.levels) if reach == "offbeats" or level != "offbeat")


def metre_of(name: str, *, odd_metres: bool = False, syncopated: bool = False) -> Metre:
    """The metre called ``name`` ("7/8"): its row in tables/tempo.toml, or one made from its numbers.

    Raises:
        ValueError: the name is not numerator/denominator with a denominator of 1, 2, 4, 8 or 16.
    """
    return _metre(name, odd_metres, syncopated)


@cache
def _metre(name: str, odd_metres: bool, syncopated: bool) -> Metre:
    numerator, denominator = _numbers(name)
    row = tables.read("tempo.toml")["metre"].get(name) or _made_row(numerator, denominator)
    unit_beats = Fraction(1, 4) if denominator == 16 else Fraction(1, 2)
    groups = [int(g) for g in row["groups"]]
    beats = {sum(groups[:index]) for index in range(len(groups))}
    length = sum(groups)
    costs: dict[str, float] = tables.read("tempo.toml")["level"]
    offbeat = costs["offbeat_syncopated" if syncopated else "offbeat"]
    levels = tuple("downbeat" if u == 0 else "beat" if u in beats else "offbeat" for u in range(length))
    prices = {"downbeat": 0.0, "beat": costs["beat"], "offbeat": offbeat}
    middle = int(row["middle"])
    level_costs = [prices[level] for level in levels]
    if middle:
        level_costs[middle] = costs["middle"]
    odd = ADDED_EIGHTH_WELCOME if odd_metres else ADDED_EIGHTH
    priced = [*row["irregular"].items(), *((bar, odd) for bar in row["odd"])]
    return Metre(
        regular=BarKind(numerator=numerator, denominator=denominator, units=length, cost=0.0),
        unit_beats=unit_beats,
        pulse_units=max(1, int(pulse_beats(name) / unit_beats)),
        middle=middle,
        level_costs=tuple(level_costs),
        levels=levels,
        irregular=tuple(_bar_kind(bar, float(cost), unit_beats) for bar, cost in priced),
    )


def _numbers(name: str) -> tuple[int, int]:
    parts = name.split("/")
    if len(parts) != 2 or not all(part.isdigit() for part in parts):
        raise ValueError(f"{name!r} is not a metre like 4/4")
    numerator, denominator = int(parts[0]), int(parts[1])
    if denominator not in (1, 2, 4, 8, 16) or not 1 <= numerator <= 32:
        raise ValueError(f"{name!r} is not a metre like 4/4")
    return numerator, denominator


def _bar_kind(name: str, cost: float, unit_beats: Fraction) -> BarKind:
    numerator, denominator = _numbers(name)
    units = Fraction(4 * numerator, denominator) / unit_beats
    return BarKind(numerator=numerator, denominator=denominator, units=int(units), cost=cost)


def _made_row(numerator: int, denominator: int) -> dict[str, Any]:
    """A row for a metre that the table lacks; bars a beat longer or shorter may stand in."""
    beat = {1: 8, 2: 4, 4: 2, 8: 1, 16: 1}[denominator]
    groups = [beat] * numerator
    if beat == 1 and numerator > 3:
        size = 3 if numerator % 3 == 0 else 2
        groups = [size] * (numerator // size)
        groups[-1] += numerator - sum(groups)
    middle = sum(groups[: (len(groups) + 1) // 2]) if len(groups) > 3 else 0
    neighbours = [n for n in (numerator - 1, numerator + 1, numerator - 2) if n > 0]
    return {
        "groups": groups,
        "middle": middle,
        "irregular": {f"{n}/{denominator}": 0.8 + 0.4 * abs(n - numerator) for n in neighbours},
        "odd": [],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """For each number of units 0..n: the cheapest bars that fill it. ``cost`` is inf where none do.

    ``combo`` indexes ``combos``, the irregular bars used; the rest are regular.
    """

    cost: NDArray[np.float64]
    bars: NDArray[np.int64]
    combo: NDArray[np.int64]
    combos: tuple[tuple[BarKind, ...], ...]
    regular: BarKind

    def fill(self, units: int) -> tuple[BarKind, ...]:
        """The bars for ``units``, the irregular ones last, before the anchor that follows.

        Raises:
            ValueError: no bars make up that length.
        """
        if not 0 <= units < len(self.cost) or not np.isfinite(self.cost[units]):
            raise ValueError(f"no bars fill {units} units")
        irregular = self.combos[int(self.combo[units])]
        plain = (units - sum(bar.units for bar in irregular)) // self.regular.units
        return (self.regular,) * plain + irregular


@cache
def filling(metre: Metre, max_units: int) -> Filling:
    """Cheapest bars for every length up to ``max_units`` (a coin-change table; craft guide 2.4, C_metre).

    A stretch of four bars or more also pays C_phrase: nothing for a multiple of four bars, 0.5 for another even number,
    1 for an odd one.
    """
    size = max_units + 1
    cost = np.full(size, np.inf)
    bars = np.zeros(size, dtype=np.int64)
    combo = np.zeros(size, dtype=np.int64)
    combos = tuple(c for r in range(MAX_IRREGULAR + 1) for c in combinations_with_replacement(metre.irregular, r))
    for index, irregular in enumerate(combos):
        units = sum(bar.units for bar in irregular)
        if units > max_units:
            continue
        at = np.arange(units, size, metre.regular.units)
        count = (at - units) // metre.regular.units + len(irregular)
        price = sum(bar.cost for bar in irregular)
        crowd = np.maximum(0, len(irregular) - np.maximum(1, count // 8))
        phrase = np.where(count < 4, 0.0, np.where(count % 4 == 0, 0.0, np.where(count % 2 == 0, 0.5, 1.0)))
        total = price + CROWDED * crowd + phrase
        better = total < cost[at] - 1e-12
        cost[at[better]], bars[at[better]], combo[at[better]] = total[better], count[better], index
    return Filling(cost=cost, bars=bars, combo=combo, combos=combos, regular=metre.regular)
