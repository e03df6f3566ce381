"""After minutes of continuous music, some seconds of almost none, so that it does not tire (craft guide 1.4)."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from autoscore.model.cues import Cue, DynamicPoint
from autoscore.stages.plan.dynamics import on_frame
from autoscore.tables import read


def with_breaths(cues: list[Cue], rate: Fraction) -> list[Cue]:
    """``cues`` (in order) with a thin passage wherever music would go on longer than the table's limit without one."""
    rules = read("planning.toml")["breath"]
    result = list(cues)
    fresh_s = cues[0].start_s if cues else 0.0
    for number, cue in enumerate(cues):
        if number and cue.start_s - cues[number - 1].end_s >= rules["gap_s"]:
            fresh_s = cue.start_s
        while cue.end_s - fresh_s > rules["after_s"]:
            cue = result[number]
            thin = _thin_already(cue, fresh_s, rules["level"], rules["length_s"])
            if thin is not None:
                fresh_s = thin
                continue
            latest_s = fresh_s + rules["after_s"]
            place = _place(cue, max(cue.start_s, fresh_s + rules["soonest_s"]), min(cue.end_s, latest_s), rules)
            if place is None:
                break  # this cue has no room for it; the next one will
            result[number] = _thinned(cue, place, rules, rate)
            fresh_s = place + rules["length_s"]
    return result


def _thin_already(cue: Cue, from_s: float, level: float, length_s: float) -> float | None:
    """The end of a passage of ``length_s`` after ``from_s`` that is thin anyway."""
    at = max(cue.start_s, from_s)
    while at + length_s <= cue.end_s:
        if all(cue.intensity_at(at + n * length_s / 4) <= level + 0.02 for n in range(5)):
            return at + length_s
        at += 1.0
    return None


def _place(cue: Cue, from_s: float, until_s: float, rules: dict[str, float]) -> float | None:
    """Where a thin passage disturbs least: quiet, away from hard hits and rather late; None where it cannot be."""
    length_s, slope_s = rules["length_s"], rules["slope_s"]
    hard = [h.time_s for h in cue.hits if h.klass == "hard"]
    best: tuple[float, float] | None = None
    at = max(from_s, cue.start_s + 2 * slope_s)
    while at <= min(until_s, cue.end_s - length_s - 2 * slope_s):
        marked = sum(at - 1.0 < t < at + length_s for t in hard)
        turns = min((abs(at - t) for t in cue.sections_s), default=slope_s)
        early = (until_s - at) / max(until_s - from_s, length_s)
        cost = cue.intensity_at(at + length_s / 2) + 0.5 * marked + 0.02 * min(turns, slope_s) + rules["early"] * early
        if best is None or cost < best[0] - 1e-9:
            best = (cost, at)
        at += 1.0
    return best[1] if best else None


def _thinned(cue: Cue, start_s: float, rules: dict[str, float], rate: Fraction) -> Cue:
    slope_s, end_s, level = rules["slope_s"], start_s + rules["length_s"], rules["level"]
    before, after = start_s - slope_s, end_s + slope_s
    shape = [(before, cue.intensity_at(before)), (start_s, level), (end_s, level), (after, cue.intensity_at(after))]
    kept = [
        p for p in cue.dynamics if not before - 1.0 < p.time_s < after + 1.0 or p in (cue.dynamics[0], cue.dynamics[-1])
    ]
    new = [DynamicPoint(time_s=on_frame(t, rate), intensity=round(v, 2)) for t, v in shape]
    points = {p.time_s: p for p in [*kept, *new]}
    why = f"{cue.reasons.get('dynamics', '')}; thin for {rules['length_s']:.0f} s after minutes of music, to breathe"
    return replace(cue, dynamics=tuple(points[t] for t in sorted(points)), reasons={**cue.reasons, "dynamics": why})
