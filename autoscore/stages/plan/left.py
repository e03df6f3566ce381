"""Hit points that no cue marks, with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from autoscore.model.cues import NO_MUSIC, Cue, CueHit, CuePlan
from autoscore.model.spotting import HitPoint, Spotting

_MOVED = "you moved its hit away"


def left_out(spotting: Spotting, cues: Sequence[Cue], refused: dict[str, str]) -> tuple[CueHit, ...]:
    """Every hit point that no cue marks, with the reason; ``refused``: hit point id -> why its cue does not."""
    left: list[CueHit] = []
    for point in spotting.hits:
        covered = any(c.start_s - 1e-6 <= point.time_s < c.end_s - 1e-6 for c in cues)
        if covered and point.id not in refused:
            continue
        reason = refused.get(point.id, point.reason if point.klass == "ignored" else f"{point.reason}; {NO_MUSIC}")
        left.append(_passed(point, reason))
    return tuple(left)


def _passed(point: HitPoint, reason: str, *, yours: bool = False) -> CueHit:
    return CueHit(
        id=point.id,
        frame=point.frame,
        time_s=point.time_s,
        klass="ignored",
        weight=round(point.weight, 2),
        device="none",
        reason=reason,
        yours=yours,
    )


def passed_by(base: CuePlan, now: CuePlan, spotting: Spotting, refused: dict[str, str]) -> tuple[CueHit, ...]:
    """What the music of ``now``, an edited ``base``, passes by: what is marked now is not among it, what a person
    moved a hit away from is.

    Args:
        refused: hit point id -> why the cue that reaches it now does not mark it.
    """
    marked = {hit.frame for cue in now.cues for hit in cue.hits if hit.klass != "ignored"}
    points = {point.frame: point for point in spotting.hits}
    left = {hit.frame: hit for hit in now.ignored_hits if hit.frame not in marked}
    there = {hit.id for cue in now.cues for hit in cue.hits}
    for hit in (hit for cue in base.cues for hit in cue.hits if hit.klass != "ignored"):
        point = points.get(hit.frame)
        if hit.frame in marked or hit.frame in left:
            continue
        if hit.id not in there:
            why = refused.get(point.id if point else hit.id, hit.reason)
            left[hit.frame] = replace(hit, klass="ignored", reason=why)
        elif point is not None:
            left[hit.frame] = _passed(point, f"{point.reason}; {_MOVED}", yours=True)
    for frame, point in points.items():
        if point.id not in refused or frame in marked:
            continue
        old = left.get(frame)
        if old is None:
            left[frame] = _passed(point, refused[point.id])
        elif not old.yours:
            left[frame] = replace(old, reason=refused[point.id])
    return tuple(sorted(left.values(), key=lambda hit: (hit.time_s, hit.id)))
