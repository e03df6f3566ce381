"""Which moments become hard, section or soft hits, and which pass by, each with its reason (craft guide 1.5, 1.6)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from autoscore.model.analysis import Shot
from autoscore.model.spotting import HitClass, HitPoint, StayOut
from autoscore.model.time import Span
from autoscore.stages.spot.moment import Candidate
from autoscore.stages.spot.signals import at
from autoscore.stages.spot.temper import Temper

RUN_SHOT_S, RUN_SHOTS = 2.5, 4
"""From this many shots in a row, each shorter than this, music scores the pulse and not the cuts."""
SPACING_S, SPACING_BEATS = 2.5, 4.0
SOFT_SPACING_S, SOFT_PER_MINUTE = 1.2, 8.0
HARD_SCORE, WEAK_HARD_SCORE, SOFT_SCORE = 0.55, 0.42, 0.3
CALM_PER_MINUTE, ACTION_PER_MINUTE = 4.0, 12.0
SHORT_FILM_S, SLOW_SHOT_S, FAST_SHOT_S = 300.0, 7.0, 3.0
"""The faster a short film is cut, the more it wants to be marked: hard hits need less, down to the weak score."""
SPEECH_MARGIN_S = 0.1
EXCESS = 0.5
"""Largest share of cuts that are marked; a film with few cuts may mark four."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What decides besides the moment itself."""

    shots: Sequence[Shot]
    film: Temper
    speech: Sequence[Span]
    stay_out: Sequence[StayOut]
    credits: Sequence[Span]
    duration_s: float


def choose(moments: Sequence[Candidate], around: Surroundings) -> tuple[HitPoint, ...]:
    """One HitPoint for each moment, in order of time."""
    allowed = [_vetoed(one, around) for one in _thinned_runs(moments, around.shots)]
    klass: dict[int, HitClass] = {}
    why: dict[int, str] = {}
    hard: list[float] = []
    order = sorted(range(len(allowed)), key=lambda i: (-allowed[i].score, allowed[i].time_s))
    enough = [i for i in order if _may_be_hard(allowed[i], _least_score(around))]
    if not enough:  # a quiet film: its few best moments are what there is to mark
        few = max(1, round(2.0 * around.duration_s / 60.0))
        enough = [i for i in order if _may_be_hard(allowed[i], WEAK_HARD_SCORE)][:few]
    for i in enough:
        refusal = _refusal(allowed[i], hard, around)
        if refusal:
            why[i] = refusal
            continue
        insort(hard, allowed[i].time_s)
        klass[i] = "hard"
    for i, one in enumerate(allowed):
        if i not in klass and one.begins_scene and not _is_closed(one, around):
            klass[i] = "section"
    _soften(allowed, order, klass, why, around)
    _cap_excess(allowed, klass, why)
    points = []
    for i, one in enumerate(allowed):
        kind = klass.get(i, "ignored")
        no = one.veto or why.get(i, "too slight beside what surrounds it")
        reason = f"{one.reason}; not marked: {no}" if kind == "ignored" else one.reason
        if kind in ("section", "soft") and i in why:
            reason = f"{one.reason}; not hard: {why[i]}"
        points.append(
            HitPoint(
                id=f"{one.source}-{one.frame}",
                frame=one.frame,
                time_s=one.time_s,
                klass=kind,
                weight=round(one.score, 3),
                source=one.source,
                reason=reason,
            )
        )
    return tuple(points)


def _thinned_runs(moments: Sequence[Candidate], shots: Sequence[Shot]) -> list[Candidate]:
    """Inside a run of short shots only the first cut, the last and the best of every 4 (8 in long runs) stay open."""
    cut_at = {one.frame: i for i, one in enumerate(moments) if one.is_cut}
    result = list(moments)
    start = 0
    while start < len(shots):
        stop = start
        while stop < len(shots) and shots[stop].end_s - shots[stop].start_s < RUN_SHOT_S:
            stop += 1
        length = stop - start
        if length >= RUN_SHOTS:
            # The cut into the run (number 0) and the one out of it (the start of shot ``stop``) stay open.
            every = 8 if length > 16 else 4
            inside = [cut_at[s.start_frame] for s in shots[start + 1 : stop] if s.start_frame in cut_at]
            for first in range(0, len(inside), every):
                group = inside[first : first + every]
                best = max(group, key=lambda i: (moments[i].score, -i)) if len(group) > every // 2 else -1
                for i in group:
                    if i != best and not moments[i].begins_scene:
                        veto = f"inside a run of {length} short shots: score the pulse"
                        result[i] = replace(moments[i], veto=moments[i].veto or veto)
        start = max(stop, start + 1)
    return result


def _vetoed(one: Candidate, around: Surroundings) -> Candidate:
    if one.time_s < 0.3:
        return replace(one, veto="the film has only just begun")
    if one.time_s > around.duration_s - 0.8:
        return replace(one, veto="too near the end of the film")
    if _inside(one.time_s, around.stay_out, 0.0):
        return replace(one, veto="music stays out here")
    if _inside(one.time_s, around.credits, -0.5):
        return replace(one, veto="the credits roll")
    if _inside(one.time_s, around.speech, SPEECH_MARGIN_S):
        return replace(one, veto="somebody is speaking")
    return one


def _least_score(around: Surroundings) -> float:
    mean_s = around.duration_s / max(1, len(around.shots))
    pace = min(1.0, max(0.0, (SLOW_SHOT_S - mean_s) / (SLOW_SHOT_S - FAST_SHOT_S)))
    return HARD_SCORE - (HARD_SCORE - WEAK_HARD_SCORE) * (pace if around.duration_s <= SHORT_FILM_S else 0.0)


def _may_be_hard(one: Candidate, least: float) -> bool:
    return one.sharp and not one.veto and one.score >= least


def _is_closed(one: Candidate, around: Surroundings) -> bool:
    """Even a section change has no place here; speech does not close."""
    return not 0.3 <= one.time_s <= around.duration_s - 0.8 or _inside(one.time_s, around.stay_out, 0.0)


def _inside(time_s: float, spans: Sequence[Span], margin_s: float) -> bool:
    index = bisect_right(spans, time_s + margin_s, key=lambda s: s.start_s) - 1
    return index >= 0 and time_s < spans[index].end_s + margin_s


def _refusal(one: Candidate, hard: list[float], around: Surroundings) -> str:
    """Why a hard hit cannot be here beside those chosen already; empty where it can."""
    arousal, valence = at(around.film.arousal, one.time_s), at(around.film.valence, one.time_s)
    spacing = max(SPACING_S, SPACING_BEATS * 60.0 / (60.0 + 85.0 * arousal + 8.0 * valence))
    place = bisect_left(hard, one.time_s)
    for other in hard[max(0, place - 1) : place + 1]:
        if abs(other - one.time_s) < spacing:
            return f"a stronger hit is {abs(other - one.time_s):.1f} s away"
    # A film that is wild elsewhere may be marked more in its calm parts as well.
    arousal = max(arousal, 0.75 * float(np.percentile(around.film.arousal, 90)))
    most = CALM_PER_MINUTE + (ACTION_PER_MINUTE - CALM_PER_MINUTE) * min(1.0, max(0.0, (arousal - 0.3) / 0.4))
    minute = min(60.0, max(around.duration_s, 15.0))
    near = bisect_right(hard, one.time_s + minute / 2) - bisect_left(hard, one.time_s - minute / 2)
    if near >= max(1, round(most * minute / 60.0)):
        return f"{near} stronger hits within {minute:.0f} s are enough"
    return ""


def _soften(
    allowed: Sequence[Candidate],
    order: Sequence[int],
    klass: dict[int, HitClass],
    why: dict[int, str],
    around: Surroundings,
) -> None:
    """Fills ``klass`` with soft hits, the strongest first, away from all others."""
    taken = sorted(allowed[i].time_s for i in klass)
    soft: list[float] = []
    minute = min(60.0, max(around.duration_s, 15.0))
    for i in order:
        one = allowed[i]
        if i in klass or one.veto or one.score < SOFT_SCORE:
            continue
        place = bisect_left(taken, one.time_s)
        if any(abs(t - one.time_s) < SOFT_SPACING_S for t in taken[max(0, place - 1) : place + 1]):
            why[i] = "another hit is too near"
            continue
        near = bisect_right(soft, one.time_s + minute / 2) - bisect_left(soft, one.time_s - minute / 2)
        if near >= max(1, round(SOFT_PER_MINUTE * minute / 60.0)):
            why[i] = "enough is marked around it"
            continue
        insort(taken, one.time_s)
        insort(soft, one.time_s)
        klass[i] = "soft"


def _cap_excess(allowed: Sequence[Candidate], klass: dict[int, HitClass], why: dict[int, str]) -> None:
    """Takes back the weakest soft hits on cuts until no more than EXCESS of the cuts are marked."""
    cuts = [i for i, one in enumerate(allowed) if one.is_cut]
    marked = [i for i in cuts if i in klass]
    surplus = len(marked) - max(4, round(EXCESS * len(cuts)))
    weakest = sorted((i for i in marked if klass[i] == "soft"), key=lambda i: (allowed[i].score, allowed[i].time_s))
    for i in weakest[: max(0, surplus)]:
        del klass[i]
        why[i] = "marking more cuts would be mickey-mousing"
