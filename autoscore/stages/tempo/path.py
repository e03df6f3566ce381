"""Stage B: the cheapest way from anchor to anchor through beats, bars and tempi (craft guide 2.4).

State: (anchor, place in its bar, tempo at it). A step to a later anchor chooses how many units (eighths) lie between,
which bars fill them, and the tempo on arrival; the tempo in the middle follows, so that the anchor is met exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autoscore.stages.tempo.metre import Metre, filling
from autoscore.stages.tempo.ramp import RampTable, ramp_table
from autoscore.stages.tempo.rules import Rules
from autoscore.stages.tempo.way import Freedom, Path, Step
from autoscore.stages.tempo.wishes import DEMOTE_BELOW, SECTION_CAP_S, SOFT_TOLERANCE_S, Moment, Wishes

Array = NDArray[np.float64]

START_FLOATS_S = (0.0, -0.125, 0.125, -0.25, 0.25, -0.375, 0.375, -0.5, 0.5)
HOLDS_S = (0.75, 1.5, 2.5)
FLOAT_COST = 2.0
"""Per half second that a sneaking start moves."""
SOFT_COST, SECTION_COST = 4.0, 10.0
"""A soft hit or a section change that is not met at all, times its weight. A section change is worth an odd bar."""
FREE_END_COST = 15.0
DEMOTE_COST, FREE_HIT_COST, FERMATA_COST, WEIGHT_COST = 60.0, 120.0, 200.0, 40.0
SKIP_WINDOW_S = 12.0
SKIP_AT_MOST = 3
"""A step passes over more anchors than this only while it is shorter than SKIP_WINDOW_S."""


@dataclass(slots=True)
class _Layer:
    """Best known ways to reach one anchor: arrays (phase, tempo). Local to one search, hence not frozen."""

    cost: Array
    came_from: NDArray[np.int64]
    came_phase: NDArray[np.int64]
    came_ratio: NDArray[np.int64]
    choice: NDArray[np.int64]


class _Search:
    """One dynamic program at one base tempo."""

    def __init__(self, wishes: Wishes, base_bpm: float, metre: Metre, rules: Rules, freedom: Freedom) -> None:
        self.moments = wishes.moments
        self.wishes = wishes
        self.base_bpm = base_bpm
        self.metre = metre
        self.rules = rules
        self.freedom = freedom
        self.unit_s = 60.0 * float(metre.unit_beats) / base_bpm
        longest = (wishes.end_s - wishes.start_s + 3.0) * (1.0 + rules.hard_deviation) / self.unit_s
        # Rounded up so that different tempi share one table.
        self.filling = filling(metre, 1 << (int(longest) + 2 * metre.regular.units).bit_length())
        self.table: RampTable = ramp_table(rules.hard_deviation)
        self.log_grid = np.log(self.table.grid)
        self.step_units = max(metre.pulse_units, round(1 / metre.unit_beats))
        self.soft = np.array([t for t, _ in wishes.soft])
        self.soft_weight = np.array([w for _, w in wishes.soft])
        self.phases = [self._phases(moment) for moment in self.moments]
        self.choices: dict[tuple[int, int], tuple[NDArray[np.int64], Array, Array]] = {}

    def _phases(self, moment: Moment) -> tuple[int, ...]:
        if moment.kind in ("start", "section"):
            return (0,)
        return self.metre.phases(self.freedom.reach)

    def run(self) -> Path | None:
        size = len(self.table.grid)
        layers: list[_Layer] = []
        for index, phases in enumerate(self.phases):
            shape = (len(phases), size)
            empty = np.zeros(shape, dtype=np.int64)
            layer = _Layer(np.full(shape, np.inf), empty, empty.copy(), empty.copy(), empty.copy())
            if index == 0:
                # Where tempo starts is free, but not for nothing.
                layer.cost[0] = 0.25 * (self.log_grid / self.rules.ideal_deviation) ** 2
            layers.append(layer)
            for before, skipped in self._predecessors(index):
                if np.isfinite(layers[before].cost).any():
                    self._relax(layers, before, index, skipped)
        return self._best(layers)

    def _skip_cost(self, moment: Moment) -> float:
        """The price of passing over ``moment`` without regard to where the beats then fall; inf if it must be met."""
        if moment.kind == "section":
            return 0.0
        if moment.kind == "hard" and self.freedom.skip_hits:
            base = DEMOTE_COST if moment.weight < DEMOTE_BELOW else FREE_HIT_COST
            return base + WEIGHT_COST * moment.weight
        return np.inf

    def _predecessors(self, index: int) -> list[tuple[int, float]]:
        """Anchors from which ``index`` may be reached, with the price of those passed over."""
        found: list[tuple[int, float]] = []
        price = 0.0
        for before in range(index - 1, -1, -1):
            found.append((before, price))
            price += self._skip_cost(self.moments[before])
            width = self.moments[index].time_s - self.moments[before].time_s
            if not np.isfinite(price) or (index - before >= SKIP_AT_MOST and width > SKIP_WINDOW_S):
                break
        return found

    def _candidates(self, before: int, index: int) -> tuple[NDArray[np.int64], Array, Array, Array, Array]:
        """Every (units, seconds) worth trying: units, sounding seconds, price, shift of the start, hold."""
        span = self.moments[index].time_s - self.moments[before].time_s
        shifts = START_FLOATS_S if before == 0 and self.freedom.float_start else (0.0,)
        start_s = self.moments[0].time_s
        options = [(span - s, FLOAT_COST * abs(s) / 0.5, s, 0.0) for s in shifts if start_s + s >= 0 or not s]
        if self.freedom.skip_hits and before == index - 1:
            options += [(span - h, FERMATA_COST + WEIGHT_COST * h, 0.0, h) for h in HOLDS_S]
        units: list[int] = []
        rows: list[tuple[float, float, float, float]] = []
        bend = self.rules.hard_deviation
        for option in options:
            low = max(1, int(np.ceil(option[0] * (1.0 - bend) / self.unit_s)))
            high = int(np.floor(option[0] * (1.0 + bend) / self.unit_s))
            if option[3] > 0.0:
                # The held beat must lie in the second half of the span.
                low = max(low, 2 * self.step_units)
            if option[0] <= 0.0 or high < low:
                continue
            units += range(low, high + 1)
            rows += [option] * (high - low + 1)
        table = np.array(rows).reshape(-1, 4)
        return np.array(units, dtype=np.int64), table[:, 0], table[:, 1], table[:, 2], table[:, 3]

    def _relax(self, layers: list[_Layer], before: int, index: int, skipped: float) -> None:
        units, seconds, price, shift, hold = self._candidates(before, index)
        if not len(units):
            return
        self.choices[before, index] = (units, shift, hold)
        bend = self._bend_cost(units, seconds)
        source = layers[before]
        # A[p, c, q'] = min over q of cost[p, q] + bend[c, q, q']
        through = source.cost[:, None, :, None] + bend[None]
        came_ratio = through.argmin(axis=2)
        arrive = np.take_along_axis(through, came_ratio[:, :, None, :], axis=2)[:, :, 0, :]
        bars = self._bar_cost(self.phases[before], self.phases[index], units)
        level = self._level_cost(index)
        place = self._place_cost(before, index, units, seconds)
        extra = bars + price + skipped + place[:, None, :] + level[None, :, None]
        total = arrive[:, None] + extra[..., None]
        rows, columns = total.shape[1], total.shape[3]
        flat = total.transpose(1, 3, 0, 2).reshape(rows, columns, -1)
        pick = flat.argmin(axis=2)
        value = np.take_along_axis(flat, pick[..., None], axis=2)[..., 0]
        target = layers[index]
        better = value < target.cost
        phase, choice = np.divmod(pick, len(units))
        ratio = came_ratio[phase, choice, np.arange(columns)[None, :]]
        target.cost[better] = value[better]
        target.came_from[better] = before
        target.came_phase[better] = phase[better]
        target.came_ratio[better] = ratio[better]
        target.choice[better] = choice[better]

    def _bend_cost(self, units: NDArray[np.int64], seconds: Array) -> Array:
        """Deviation and change of tempo, shape (C, Q, Q'); inf outside the bounds."""
        middle = self.table.middles(seconds / (units * self.unit_s))
        with np.errstate(invalid="ignore"):
            log_middle = np.log(middle)
        beats = (units / self.metre.pulse_units)[:, None, None]
        steps = (units / self.step_units)[:, None, None]
        start, end = self.log_grid[None, :, None], self.log_grid[None, None, :]
        rate = np.maximum(np.abs(log_middle - start), np.abs(end - log_middle)) / (steps / 2.0)
        ideal = self.rules.ideal_deviation
        cost = beats / 8.0 * 0.5 * ((log_middle / ideal) ** 2 + (end / ideal) ** 2)
        cost = cost + beats / 2.0 * (rate / (2.0 * self.rules.ideal_change)) ** 2
        # The table is interpolated; what is found by bisection later may lie a hair beyond it.
        allowed = rate <= np.log1p(self.rules.hard_change) * 0.995
        allowed &= np.abs(middle - 1.0) <= self.rules.hard_deviation * 0.9995
        found: Array = np.where(allowed, cost, np.inf)
        return found

    def _bar_cost(self, sources: tuple[int, ...], targets: tuple[int, ...], units: NDArray[np.int64]) -> Array:
        """Bars between the anchors, shape (P, P', C); inf where no bars fit."""
        length = self.metre.regular.units
        cost = np.full((len(sources), len(targets), len(units)), np.inf)
        for i, source in enumerate(sources):
            for j, target in enumerate(targets):
                inner = units - (length - source) % length - target
                fits = inner >= 0
                cost[i, j, fits] = self.filling.cost[inner[fits]]
                if target > source > 0:
                    cost[i, j, units == target - source] = 0.0
        return cost

    def _level_cost(self, index: int) -> Array:
        weight = 1.0 if self.moments[index].kind == "end" else 0.5 + 0.5 * self.moments[index].weight
        return weight * np.array([self.metre.level_costs[p] for p in self.phases[index]])

    def _place_cost(self, before: int, index: int, units: NDArray[np.int64], seconds: Array) -> Array:
        """Sections passed over and soft hits between the anchors, shape (P, C), as if tempo were even between them."""
        sources = self.phases[before]
        cost = np.zeros((len(sources), len(units)))
        left, right = self.moments[before].time_s, self.moments[index].time_s
        unit_s = seconds / units
        passed = [m for m in self.moments[before + 1 : index] if m.kind == "section"]
        for moment in passed:
            tolerance = np.minimum(self.step_units * unit_s / 2.0, SECTION_CAP_S)
            for i, source in enumerate(sources):
                at = (moment.time_s - left) / unit_s + source
                length = self.metre.regular.units
                away = np.abs((at + length / 2) % length - length / 2) * unit_s
                cost[i] += SECTION_COST * moment.weight * np.minimum(1.0, (away / tolerance) ** 2)
        inside = (self.soft > left) & (self.soft < right)
        if inside.any():
            at = (self.soft[inside][None, :] - left) / unit_s[:, None]
            away = np.abs(at - np.round(at)) * unit_s[:, None]
            missed = np.minimum(1.0, (away / SOFT_TOLERANCE_S) ** 2) * self.soft_weight[inside][None, :]
            cost += SOFT_COST * missed.sum(axis=1)[None, :]
        return cost

    def _best(self, layers: list[_Layer]) -> Path | None:
        """The cheapest complete way: to the end on a beat, or from some anchor on with the end left open."""
        best = (np.inf, -1)
        last = len(layers) - 1
        price = 0.0
        if self.wishes.exact_end:
            best = (float(layers[last].cost.min()), last)
            last -= 1
            price = FREE_END_COST
        for index in range(last, -1, -1):
            value = float(self._open_cost(layers[index]).min()) + price
            if value < best[0]:
                best = (value, index)
            skip = self._skip_cost(self.moments[index])
            price += SECTION_COST * self.moments[index].weight if self.moments[index].kind == "section" else skip
            if not np.isfinite(price):
                break
        return self._trace(layers, best[1], best[0]) if best[1] >= 0 and np.isfinite(best[0]) else None

    def _open_cost(self, layer: _Layer) -> Array:
        return layer.cost + 0.5 * (self.log_grid[None, :] / self.rules.ideal_deviation) ** 2

    def _trace(self, layers: list[_Layer], index: int, cost: float) -> Path:
        is_end = self.moments[index].kind == "end"
        final = layers[index].cost if is_end else self._open_cost(layers[index])
        phase, ratio = (int(n) for n in np.unravel_index(int(final.argmin()), final.shape))
        steps: list[Step] = []
        met = {0, index}
        shift_s = 0.0
        while index > 0:
            layer = layers[index]
            before = int(layer.came_from[phase, ratio])
            units, shift, hold = self.choices[before, index]
            choice = int(layer.choice[phase, ratio])
            steps.append(
                Step(
                    moment=self.moments[index],
                    units=int(units[choice]),
                    phase=self.phases[index][phase],
                    ratio=float(self.table.grid[ratio]),
                    hold_s=float(hold[choice]),
                )
            )
            shift_s = float(shift[choice])
            phase, ratio = int(layer.came_phase[phase, ratio]), int(layer.came_ratio[phase, ratio])
            met.add(before)
            index = before
        missed = tuple(m for i, m in enumerate(self.moments) if i not in met)
        return Path(
            cost=cost,
            base_bpm=self.base_bpm,
            metre=self.metre,
            filling=self.filling,
            start_shift_s=shift_s,
            start_ratio=float(self.table.grid[ratio]),
            steps=tuple(reversed(steps)),
            missed=missed,
        )


def best_path(wishes: Wishes, base_bpm: float, metre: Metre, rules: Rules, freedom: Freedom) -> Path | None:
    """The cheapest path at one base tempo (quarter notes a minute), or None where there is none within the bounds."""
    return _Search(wishes, base_bpm, metre, rules, freedom).run()
