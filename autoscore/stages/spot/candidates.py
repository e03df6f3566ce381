"""Every moment that music could mark, each once: what the picture and the sound offer, joined where they meet."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from autoscore.model.analysis import Shot
from autoscore.model.spotting import SPOT_RATE_HZ, HitSource, Scene
from autoscore.model.time import Span
from autoscore.stages.spot.moment import Candidate, FrameClock
from autoscore.stages.spot.picture import cuts, flashes, graduals, motion, scene_starts, titles
from autoscore.stages.spot.scenes import Seen
from autoscore.stages.spot.signals import Signals
from autoscore.stages.spot.temper import Temper

SAME_S = 0.12
"""Two moments nearer than this are one."""


def candidates(
    clock: FrameClock,
    shots: Sequence[Shot],
    seen: Seen,
    curves: Signals,
    film: Temper,
    credits: Sequence[Span],
    duration_s: float,
) -> list[Candidate]:
    """All of them in order of time, one per moment; every cut of the analysis is among them, at its own frame."""
    analysis = clock.analysis
    found = cuts(clock, shots, seen, curves, film)
    kept = sorted(found, key=lambda c: c.frame)
    others = [*graduals(clock, film, duration_s), *titles(clock, duration_s), *motion(clock, curves)]
    others += scene_starts(clock, seen.scenes[1:])
    others += flashes(clock)
    for one in sorted(others, key=lambda c: (-c.score, c.time_s, c.source)):
        kept = _merged(kept, one)
    for event in analysis.hits:
        frame = clock.frame(event.time_s)
        score = min(0.7, 0.25 + event.strength_db / 80.0)
        reason = f"a loud sound in the film ({event.strength_db:.0f} dB above what was before)"
        sound = Candidate(frame=frame, time_s=clock.time(frame), source="sound", score=score, reason=reason)
        kept = _merged(kept, sound)
    changes = [cut.time_s for cut in analysis.cuts] + [gradual.start_s for gradual in analysis.gradual]
    return _climax(kept, film, seen.scenes, credits, duration_s, max(changes, default=0.0))


def _merged(kept: list[Candidate], new: Candidate) -> list[Candidate]:
    """``kept`` (in order of frame) with ``new``: joined to the moment it falls on, or put in its place.

    A cut keeps its frame; what coincides with it adds to its score and its reason.
    """
    place = bisect_right(kept, new.frame, key=lambda c: c.frame)
    for index in range(max(0, place - 2), min(len(kept), place + 2)):
        old = kept[index]
        if abs(old.time_s - new.time_s) <= SAME_S or old.frame == new.frame:
            source = new.source if new.source == "title" or (not old.is_cut and new.score > old.score) else old.source
            veto = "" if new.score >= 0.5 else old.veto
            joined = replace(
                old, source=source, score=min(1.0, max(old.score, new.score) + 0.12), veto=veto,
                reason=f"{old.reason}; {new.reason}", begins_scene=old.begins_scene or new.begins_scene,
                sharp=old.sharp or new.sharp,
            )  # fmt: skip
            return [*kept[:index], joined, *kept[index + 1 :]]
    return [*kept[:place], new, *kept[place:]]


def _climax(
    kept: list[Candidate],
    film: Temper,
    scenes: Sequence[Scene],
    credits: Sequence[Span],
    duration_s: float,
    last_change_s: float,
) -> list[Candidate]:
    """Raises the first frame of the scene with the highest intensity, and marks the last cut or fade of the film.

    Args:
        last_change_s: when the last cut, fade or dissolve of the film begins.
    """
    if not kept:
        return kept
    result = list(kept)
    if len(scenes) > 1:
        means = [_mean(film, s) if not any(s.overlap_s(c) > s.duration_s / 2 for c in credits) else 0.0 for s in scenes]
        best = max(range(len(scenes)), key=lambda i: (means[i], -i))
        for index, one in enumerate(result):
            if best and one.begins_scene and -SAME_S <= one.time_s - scenes[best].start_s <= 4.0:
                reason = f"{one.reason}; the most intense scene begins"
                result[index] = replace(one, score=min(1.0, one.score + 0.3), reason=reason)
                break
    ends = [
        i for i, c in enumerate(result) if c.is_cut or c.source in ("fade_out", "dissolve", "title", "scene", "end")
    ]
    # A change that joined a louder sound, or a fade in, is no ending; what comes before it is not the last one.
    if (
        ends
        and 0.8 <= duration_s - result[ends[-1]].time_s <= 15.0
        and result[ends[-1]].time_s > last_change_s - SAME_S
    ):
        last = result[ends[-1]]
        reason = f"{last.reason}; the last change of picture that is seen"
        source: HitSource = last.source if last.is_cut or last.source == "fade_out" else "end"
        result[ends[-1]] = replace(
            last, score=min(1.0, max(0.6, last.score + 0.25)), reason=reason, veto="", source=source
        )
    return result


def _mean(film: Temper, scene: Scene) -> float:
    first, last = round(scene.start_s * SPOT_RATE_HZ), round(scene.end_s * SPOT_RATE_HZ)
    part = film.intensity[first : max(first + 1, last)]
    return float(part.mean()) if len(part) else 0.0
