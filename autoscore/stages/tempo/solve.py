"""One cue: scan for base tempi, search each, retreat in the stated order where nothing fits (craft guide 2.2-2.5)."""

from __future__ import annotations

import numpy as np

from autoscore.model.cues import Cue
from autoscore.model.tempo import CueTempo, FreeHit, pulse_beats
from autoscore.stages.tempo.emit import emit
from autoscore.stages.tempo.metre import Metre, filling, metre_of
from autoscore.stages.tempo.path import best_path
from autoscore.stages.tempo.rit import Rit
from autoscore.stages.tempo.rules import Rules, rit_row, rules_of
from autoscore.stages.tempo.scan import scan
from autoscore.stages.tempo.way import Freedom, Path
from autoscore.stages.tempo.wishes import (
    DEMOTE_BELOW,
    HARD_TOLERANCE_S,
    SECTION_CAP_S,
    SOFT_TOLERANCE_S,
    Moment,
    Wishes,
    wishes_of,
)
from autoscore.tables import MoodTempo

NEAR_WISH = 0.08
"""Base tempi are looked for this close to the wish, as a share; further off only after a retreat."""
FAR_FROM_WISH = 0.16
WISH_COST = 1.5
WISH_COST_BEAT = 0.02
"""Cost of a base tempo ten percent off the wish: a fixed part and one for each beat."""
DEAR_STEP = 6.0
"""A path that costs more than this for each anchor is compared with what the next retreat gives."""
RIT_FROM_S = 20.0


def solve(cue: Cue, mood: MoodTempo, *, rit: bool) -> CueTempo:
    """The tempo of ``cue`` within the bounds of ``mood``; ``rit`` where its end may slow down.

    Raises:
        ValueError: the cue's metre is not a metre.
    """
    rules = rules_of(mood)
    metre = metre_of(cue.metre, odd_metres=rules.odd_metres, syncopated=rules.syncopated)
    wishes = wishes_of(cue)
    path = _search(cue, mood, metre, rules, wishes)
    free, demoted = _given_up(path.missed)
    retreats = _retreats(path)
    ended = bool(path.steps) and path.steps[-1].moment.kind == "end"
    if wishes.exact_end and not ended:
        retreats.append("the end does not fall on a beat")
        last = wishes.moments[-1]
        free += tuple(_free(hit_id, last.time_s) for hit_id in last.ids)
    slowing = _rit(cue) if rit and not ended and cue.duration_s >= RIT_FROM_S else None
    return emit(
        cue,
        path,
        rules,
        slowing,
        free_hits=free,
        demoted=demoted,
        retreats=tuple(retreats),
        start_ids=wishes.moments[0].ids,
    )


def _rit(cue: Cue) -> Rit | None:
    row = rit_row()
    before_end_s: dict[str, float] = row["before_end_s"]
    if cue.out_type not in before_end_s:
        return None
    return Rit(
        final_ratio=row["final_ratio"],
        curve=row["curve"],
        hard_change=row["hard_change"],
        hard_change_last_two=row["hard_change_last_two"],
        pulses=row["pulses"],
        before_end_s=before_end_s[cue.out_type],
    )


def _retreats(path: Path) -> list[str]:
    """What the path gives up, in the order of craft guide 2.5."""
    said: list[str] = []
    if path.start_shift_s:
        said.append(f"the start sneaks in {path.start_shift_s:+.3f} s from where it was planned")
    levels = path.metre.levels
    for kind, place in (("beat", "on a weak beat"), ("offbeat", "between two beats")):
        hard = [step for step in path.steps if step.moment.kind == "hard" and levels[step.phase] == kind]
        ids = [hit_id for step in hard if step.phase != path.metre.middle for hit_id in step.moment.ids]
        if ids:
            said.append(f"{', '.join(ids)}: {place}")
    for moment in path.missed:
        if moment.kind == "hard":
            how = "became soft" if moment.weight < DEMOTE_BELOW else "is played in free time"
            said.append(f"{', '.join(moment.ids)} at {moment.time_s:.2f} s {how}: no beat fits it")
    said += [f"a fermata of {s.hold_s:.1f} s before {s.moment.time_s:.2f} s" for s in path.steps if s.hold_s]
    return said


def _search(cue: Cue, mood: MoodTempo, metre: Metre, rules: Rules, wishes: Wishes) -> Path:
    """The best path, giving up as little as need be; where nothing fits, an even pulse without anchors."""
    near = _base_tempi(cue, mood, metre, wishes, NEAR_WISH)
    far = _base_tempi(cue, mood, metre, wishes, FAR_FROM_WISH)
    # A hit on the start pins it.
    floats = cue.in_type == "sneak" and not wishes.moments[0].ids
    ladder = [(Freedom(), near)]
    if floats:
        ladder.append((Freedom(float_start=True), near[:3]))
    ladder += [
        (Freedom(reach="beats", float_start=floats), far),
        (Freedom(reach="offbeats", float_start=floats), far[:4]),
        (Freedom(reach="offbeats", float_start=floats, skip_hits=True), far[:4]),
    ]
    best: tuple[float, Path] | None = None
    for freedom, tempi in ladder:
        if freedom.reach == "offbeats" and best is not None:
            # Hits between the beats are for where nothing else fits, not for saving tempo or the end.
            break
        found = [
            (path.cost + _wish_cost(bpm, cue), path)
            for bpm in tempi
            if (path := best_path(wishes, bpm * float(pulse_beats(cue.metre)), metre, rules, freedom))
        ]
        if not found:
            continue
        cheapest = min(found, key=lambda pair: pair[0])
        retried = best is not None
        if best is None or cheapest[0] < best[0]:
            best = cheapest
        ended = bool(best[1].steps) and best[1].steps[-1].moment.kind == "end"
        if wishes.exact_end and not ended:
            continue
        # A dear path is compared with what one retreat more would buy.
        if retried or best[0] <= DEAR_STEP * max(2, len(wishes.moments)):
            break
    if best is not None:
        return best[1]
    return Path(
        cost=0.0,
        base_bpm=near[0] * float(pulse_beats(cue.metre)),
        metre=metre,
        filling=filling(metre, 2 * metre.regular.units),
        start_shift_s=0.0,
        start_ratio=1.0,
        steps=(),
        missed=tuple(m for m in wishes.moments[1:] if m.kind != "end"),
    )


def _wish_cost(bpm: float, cue: Cue) -> float:
    beats = cue.duration_s * bpm / 60.0
    return (WISH_COST + WISH_COST_BEAT * beats) * abs(float(np.log(bpm / cue.tempo_bpm))) / 0.10


def _base_tempi(cue: Cue, mood: MoodTempo, metre: Metre, wishes: Wishes, width: float) -> list[float]:
    """Base tempi in notated pulses a minute: the wish, then the scan's best around it within the mood's range."""
    wish = cue.tempo_bpm
    low, high = wish * (1.0 - width), wish * (1.0 + width)
    if mood.min_bpm <= wish <= mood.max_bpm:
        low, high = max(low, mood.min_bpm), min(high, mood.max_bpm)
    moments = [m for m in wishes.moments if m.kind != "start"]
    times = [m.time_s for m in moments] + [t for t, _ in wishes.soft]
    weights = [0.5 + 0.5 * m.weight for m in moments] + [0.3 * w for _, w in wishes.soft]
    tolerances = [SECTION_CAP_S if m.kind == "section" else HARD_TOLERANCE_S for m in moments]
    tolerances += [SOFT_TOLERANCE_S] * len(wishes.soft)
    found = scan(
        np.array(times) - wishes.start_s,
        np.array(weights),
        np.array(tolerances),
        low_bpm=low,
        high_bpm=high,
        prefer_bpm=wish,
        duration_s=cue.duration_s,
        metre=metre,
    )
    return found if any(abs(bpm / wish - 1.0) < 1e-9 for bpm in found) else [found[0], wish, *found[1:]]


def _given_up(missed: tuple[Moment, ...]) -> tuple[tuple[FreeHit, ...], tuple[str, ...]]:
    """Hits that found no beat: the light ones become soft, the others are played in absolute time."""
    hard = [m for m in missed if m.kind == "hard"]
    free = tuple(_free(hit_id, m.time_s) for m in hard if m.weight >= DEMOTE_BELOW for hit_id in m.ids)
    return free, tuple(hit_id for m in hard if m.weight < DEMOTE_BELOW for hit_id in m.ids)


def _free(hit_id: str, time_s: float) -> FreeHit:
    return FreeHit(hit_id=hit_id, time_s=time_s, reason="no beat could be brought here within the tempo bounds")
