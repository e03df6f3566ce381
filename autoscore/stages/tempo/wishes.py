"""What a cue asks of its tempo: the moments to land on, hard and soft, in film time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from autoscore.model.cues import Cue

SAME_MOMENT_S = 1e-6
SECTION_CAP_S = 0.25
SECTION_CLEAR_S = 1.0
"""A section change this close to a hard hit, the start or the end is met by meeting that."""
SOFT_TOLERANCE_S = 0.1
HARD_TOLERANCE_S = 0.03
DEMOTE_BELOW = 0.3
"""Hard hits lighter than this may become soft; heavier ones are played in free time instead."""
EXACT_ENDS = ("button", "stop", "segue")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A moment to land on. ``ids`` are its hits; ``weight`` 0..1 is the heaviest of theirs."""

    time_s: float
    kind: Literal["start", "hard", "section", "end"]
    ids: tuple[str, ...] = ()
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """``moments`` in order, the start first and, where the end is to fall on a beat, the end last."""

    moments: tuple[Moment, ...]
    soft: tuple[tuple[float, float], ...]
    """(film time, weight) of soft hits."""
    start_s: float
    end_s: float
    exact_end: bool


def wishes_of(cue: Cue) -> Wishes:
    """Hard hits of the same moment count once; those at the start or end are met by it; those outside are left out."""
    hard: dict[float, Moment] = {}
    start_ids: list[str] = []
    end_ids: list[str] = []
    for hit in sorted((h for h in cue.hits if h.klass == "hard"), key=lambda h: h.time_s):
        if abs(hit.time_s - cue.start_s) <= SAME_MOMENT_S:
            start_ids.append(hit.id)
        elif abs(hit.time_s - cue.end_s) <= SAME_MOMENT_S:
            end_ids.append(hit.id)
        elif cue.start_s < hit.time_s < cue.end_s:
            key = next((t for t in hard if abs(t - hit.time_s) <= SAME_MOMENT_S), hit.time_s)
            known = hard.get(key)
            ids = (*known.ids, hit.id) if known else (hit.id,)
            weight = max(hit.weight, known.weight if known else 0.0)
            hard[key] = Moment(time_s=key, kind="hard", ids=ids, weight=weight)
    exact_end = bool(end_ids) or cue.out_type in EXACT_ENDS
    start = Moment(time_s=cue.start_s, kind="start", ids=tuple(start_ids))
    ends = (Moment(time_s=cue.end_s, kind="end", ids=tuple(end_ids)),) if exact_end else ()
    taken = [cue.start_s, cue.end_s, *hard]
    sections = _sections(cue, taken)
    inside = sorted([*hard.values(), *sections], key=lambda m: m.time_s)
    soft = tuple(
        (hit.time_s, hit.weight) for hit in cue.hits if hit.klass == "soft" and cue.start_s < hit.time_s < cue.end_s
    )
    return Wishes(moments=(start, *inside, *ends), soft=soft, start_s=cue.start_s, end_s=cue.end_s, exact_end=exact_end)


def _sections(cue: Cue, taken: list[float]) -> list[Moment]:
    """Section changes by the plan and by section hits, none beside a harder moment."""
    wanted: list[tuple[float, tuple[str, ...], float]] = [
        (hit.time_s, (hit.id,), hit.weight) for hit in cue.hits if hit.klass == "section"
    ]
    wanted += [(time_s, (), 1.0) for time_s in cue.sections_s]
    found: list[Moment] = []
    for time_s, ids, weight in sorted(wanted, key=lambda w: (w[0], not w[1])):
        if not cue.start_s < time_s < cue.end_s:
            continue
        if any(abs(time_s - other) < SECTION_CLEAR_S for other in [*taken, *(m.time_s for m in found)]):
            continue
        found.append(Moment(time_s=time_s, kind="section", ids=ids, weight=weight))
    return found
