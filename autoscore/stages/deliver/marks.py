"""The film's hits and cuts as a receipt lists them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace

from autoscore.model.analysis import Analysis
from autoscore.model.cues import Cue, CueHit, CuePlan
from autoscore.model.receipt import CutMark, HeardHit
from autoscore.model.score import Score
from autoscore.model.tempo import TempoMap
from autoscore.stages.deliver.onsets import Onset

_DEMOTED, _UNHEARD = "no beat could be put here: a soft hit now", "no onset is heard near it"


def picture_time_s(frame: int, time_s: float, times_s: Sequence[float], frame_count: int) -> float:
    """When the hit's picture is shown, from the finished film's own pts.

    By frame number where packets and decoded frames agree in number, else the picture nearest to the planned time;
    the planned time where no picture is near (it lies after the last one).
    """
    if len(times_s) == frame_count and 0 <= frame < frame_count:
        return times_s[frame]
    place = bisect_left(times_s, time_s)
    near = min(times_s[max(0, place - 1) : place + 1], key=lambda t: abs(t - time_s), default=time_s)
    return near if abs(near - time_s) < 0.1 else time_s


def planned_hits(
    plan: CuePlan, tempo: TempoMap, score: Score, times_s: Sequence[float], frame_count: int
) -> list[HeardHit]:
    """Every hit of every cue that sounds, not yet heard; those that tempo demoted count as soft."""
    played = {(cue.cue_id, hit.hit_id): (hit.device, hit.why) for cue in score.cues for hit in cue.hits}
    played |= {(cue.cue_id, name): ("none", why) for cue in score.cues for name, why in cue.passed.items()}
    demoted = {(cue.cue_id, hit_id) for cue in tempo.cues for hit_id in cue.demoted}
    found = []
    for cue in plan.cues:
        if cue.muted:
            continue
        for hit in cue.hits:
            if hit.klass == "ignored":
                continue
            key = (cue.id, hit.id)
            is_demoted = hit.klass == "hard" and key in demoted
            device, why = played.get(key, (hit.device, ""))
            found.append(
                HeardHit(
                    id=hit.id,
                    cue=cue.id,
                    frame=hit.frame,
                    time_s=picture_time_s(hit.frame, hit.time_s, times_s, frame_count),
                    klass="soft" if is_demoted else hit.klass,
                    device=device,
                    note="; ".join([_DEMOTED] * is_demoted + [why] * bool(why)),
                )
            )
    return sorted(found, key=lambda hit: (hit.time_s, hit.cue, hit.id))


def heard(hit: HeardHit, onset: Onset | None) -> HeardHit:
    """``hit`` with what was measured for it."""
    note = hit.note if onset or hit.device == "none" else "; ".join([hit.note] * bool(hit.note) + [_UNHEARD])
    return HeardHit(
        id=hit.id, cue=hit.cue, frame=hit.frame, time_s=round(hit.time_s, 6), klass=hit.klass, device=hit.device,
        onset_s=None if onset is None else round(onset.time_s, 5),
        error_ms=None if onset is None else round(1000.0 * (onset.time_s - hit.time_s), 2),
        rise_db=None if onset is None else round(onset.rise_db, 1), note=note,
    )  # fmt: skip


def cut_marks(analysis: Analysis, plan: CuePlan, score: Score) -> tuple[CutMark, ...]:
    """Every cut with the hit that marks it, or the reason why none does."""
    silent = {(cue.cue_id, name): why for cue in score.cues for name, why in cue.passed.items()}
    planned = [(cue, hit) for cue in plan.cues for hit in cue.hits]
    sounds = [
        (cue, hit)
        for cue, hit in planned
        if hit.klass != "ignored" and not cue.muted and (cue.id, hit.id) not in silent
    ]
    marking = {hit.frame: hit for _, hit in sounds}
    ignored = {hit.frame: hit for hit in plan.ignored_hits}
    ignored |= {hit.frame: hit for cue, hit in planned if hit.klass == "ignored" or cue.muted}
    unplayed = [(hit, silent[cue.id, hit.id]) for cue, hit in planned if (cue.id, hit.id) in silent]
    ignored |= {hit.frame: replace(hit, reason="; ".join(filter(None, (hit.reason, why)))) for hit, why in unplayed}
    marks = []
    for cut in analysis.cuts:
        hit = _near(marking, cut.frame)
        why = "" if hit else _why(cut.time_s, _near(ignored, cut.frame), plan.cues)
        marks.append(CutMark(frame=cut.frame, time_s=round(cut.time_s, 6), hit=hit.id if hit else None, why=why))
    return tuple(marks)


def _near(hits: dict[int, CueHit], frame: int) -> CueHit | None:
    return next((hits[f] for f in (frame, frame - 1, frame + 1) if f in hits), None)


def _why(time_s: float, ignored: CueHit | None, cues: Sequence[Cue]) -> str:
    if ignored is not None and ignored.reason:
        return ignored.reason
    inside = next((cue for cue in cues if cue.start_s <= time_s < cue.end_s and not cue.muted), None)
    if inside is None:
        return "no music here"
    if any(span.start_s <= time_s < span.end_s for span in inside.speech):
        return "someone is speaking"
    return "a cut within one movement of the music: not every cut is marked"
