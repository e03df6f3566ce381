"""Every moment that music could mark: cuts, fades, titles, sounds, sudden motion, the end."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from autoscore.model.analysis import CURVE_RATE_HZ, Analysis, Shot
from autoscore.model.media import Media
from autoscore.model.spotting import HitSource, Scene
from autoscore.model.time import frame_to_seconds, seconds_to_frame
from autoscore.stages.spot.scenes import Seen
from autoscore.stages.spot.signals import Signals, at, step
from autoscore.stages.spot.temper import Temper

SAME_S = 0.12
"""Two moments nearer than this are one."""
TITLE_DARK, TITLE_STILL = 0.22, 0.03
MOTION_JUMP, MOTION_QUIET_S = 0.5, 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """``score`` 0..1: how much it asks to be marked. ``veto``: why it may only be a section change, or not at all."""

    frame: int
    time_s: float
    source: HitSource
    score: float
    reason: str
    begins_scene: bool = False
    is_cut: bool = False
    veto: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameClock:
    """Frames and their exact times."""

    media: Media
    analysis: Analysis

    def frame(self, time_s: float) -> int:
        times = self.analysis.frame_times_s
        if times:
            return max(0, bisect_right(times, time_s + 1e-6) - 1)
        last = max(0, self.analysis.frame_count - 1) if self.analysis.frame_count else 10**9
        return min(last, seconds_to_frame(max(0.0, time_s), self.media.video.rate))

    def time(self, frame: int) -> float:
        times = self.analysis.frame_times_s
        if times:
            return times[min(max(0, frame), len(times) - 1)]
        return frame_to_seconds(frame, self.media.video.rate)


def candidates(
    clock: FrameClock, shots: Sequence[Shot], seen: Seen, curves: Signals, film: Temper, duration_s: float
) -> list[Candidate]:
    """All of them in order of time, one per moment; every cut of the analysis is among them, at its own frame."""
    analysis = clock.analysis
    found = _cuts(clock, shots, seen, curves, film)
    kept = sorted(found, key=lambda c: c.frame)
    others = [*_graduals(clock, film, duration_s), *_titles(clock, shots), *_motion(clock, curves)]
    others += _scene_starts(clock, seen.scenes[1:])
    others += _flashes(clock)
    for one in sorted(others, key=lambda c: (-c.score, c.time_s, c.source)):
        kept = _merged(kept, one)
    for event in analysis.hits:
        frame = clock.frame(event.time_s)
        score = min(0.75, 0.3 + event.strength_db / 60.0)
        reason = f"a loud sound in the film ({event.strength_db:.0f} dB above what was before)"
        sound = Candidate(frame=frame, time_s=clock.time(frame), source="sound", score=score, reason=reason)
        kept = _merged(kept, sound)
    return _climax(kept, film, seen.scenes, duration_s)


def _cuts(clock: FrameClock, shots: Sequence[Shot], seen: Seen, curves: Signals, film: Temper) -> list[Candidate]:
    index_of = {shot.start_frame: i for i, shot in enumerate(shots)}
    begins = {shots_index for scene in seen.scenes[1:] for shots_index in [scene.first_shot]}
    found = []
    for cut in clock.analysis.cuts:
        index = index_of.get(cut.frame)
        change = seen.change[index] if index is not None else 0.5
        lift = step(film.raw, cut.time_s)
        light = step(curves.brightness, cut.time_s, 1.5)
        scene = index is not None and shots[index].index in begins
        # A jump up is a reveal; a drop matters half as much.
        score = 0.1 + 0.25 * change + 0.1 * cut.strength + 0.9 * max(lift, -0.5 * lift) + 0.5 * abs(light)
        words = []
        if scene:
            score += 0.2
            words.append("first frame of a new scene")
        if abs(lift) > 0.12:
            words.append("the action rises" if lift > 0 else "the action falls")
        if abs(light) > 0.15:
            words.append("it gets bright" if light > 0 else "it gets dark")
        if not words:
            words.append("a cut to another view" if change > 0.5 else "a cut between similar views")
        veto = ""
        if not scene:
            if index is not None and seen.returns[index] and score < 0.6:
                veto = "back and forth between two views"
            elif change < 0.2 and abs(lift) < 0.1 and abs(light) < 0.15:
                veto = "a continuity cut: the picture goes on as before"
        found.append(
            Candidate(
                frame=cut.frame,
                time_s=cut.time_s,
                source="cut",
                score=min(1.0, score),
                reason=", ".join(words),
                begins_scene=scene,
                is_cut=True,
                veto=veto,
            )
        )
    return found


def _graduals(clock: FrameClock, film: Temper, duration_s: float) -> list[Candidate]:
    found = []
    for gradual in clock.analysis.gradual:
        if gradual.kind == "fade_in":
            # A short fade reveals at its end; of a long one the picture is there by the middle.
            long = gradual.end_s - gradual.start_s > 1.5
            frame = (gradual.start_frame + gradual.end_frame) // 2 if long else gradual.end_frame
            opening = gradual.start_s < 1.0
            score, reason = (
                0.35 if opening else 0.5,
                "the picture opens" if opening else "the picture returns from black",
            )
        elif gradual.kind == "fade_out":
            frame = gradual.start_frame
            ending = gradual.end_s > duration_s - 6.0
            score, reason = 0.3, "the last picture begins to fade" if ending else "the picture begins to fade"
        else:
            frame = (gradual.start_frame + gradual.end_frame) // 2
            score, reason = 0.35, "the middle of a dissolve"
        time_s = clock.time(frame)
        lift = max(0.0, step(film.raw, time_s))
        found.append(
            Candidate(frame=frame, time_s=time_s, source=gradual.kind, score=score + 0.5 * lift, reason=reason)
        )
    return found


def _scene_starts(clock: FrameClock, scenes: Sequence[Scene]) -> list[Candidate]:
    found = []
    for scene in scenes:
        frame = clock.frame(scene.start_s)
        found.append(Candidate(frame=frame, time_s=clock.time(frame), source="scene", score=0.55, begins_scene=True,
                               reason="a new scene begins"))  # fmt: skip
    return found


def _titles(clock: FrameClock, shots: Sequence[Shot]) -> list[Candidate]:
    """Still, dark pictures that are neither black nor long: lettering on black."""
    found = []
    curves = clock.analysis.curves
    for shot in shots:
        length = shot.end_s - shot.start_s
        if not 1.0 <= length <= 12.0:
            continue
        middle = slice(
            int((shot.start_s + 0.3 * length) * CURVE_RATE_HZ), int((shot.start_s + 0.7 * length) * CURVE_RATE_HZ) + 1
        )
        light, still, contrast = curves.brightness[middle], curves.motion[middle], curves.contrast[middle]
        if not light or not still or not contrast:
            continue
        if sum(light) / len(light) > TITLE_DARK or max(still) > TITLE_STILL or sum(contrast) / len(contrast) < 0.04:
            continue
        start = next(
            (
                g.end_frame
                for g in clock.analysis.gradual
                if g.kind == "fade_in" and abs(g.start_s - shot.start_s) < 0.5
            ),
            None,
        )
        frame = shot.start_frame if start is None else start
        found.append(
            Candidate(frame=frame, time_s=clock.time(frame), source="title", score=0.7, reason="a title card appears")
        )
    return found


def _motion(clock: FrameClock, curves: Signals) -> list[Candidate]:
    """Sudden motion in a picture that was still, away from any cut."""
    motion = clock.analysis.curves.motion
    times = [c.time_s for c in clock.analysis.cuts] + [g.end_s for g in clock.analysis.gradual]
    times += [g.start_s for g in clock.analysis.gradual]
    times.sort()
    reach = round(MOTION_QUIET_S * CURVE_RATE_HZ)
    found: list[Candidate] = []
    quiet = sum(motion[:reach]) if len(motion) > reach else 0.0
    for index in range(reach, len(motion) - 3):
        before, after = quiet / reach, sum(motion[index : index + 4]) / 4
        quiet += motion[index] - motion[index - reach]
        if after < max(0.25, before + MOTION_JUMP * 0.5) or after < 3.0 * before:
            continue
        time_s = index / CURVE_RATE_HZ
        place = bisect_right(times, time_s)
        if any(abs(t - time_s) < 1.5 for t in times[max(0, place - 1) : place + 1]):
            continue
        if found and time_s - found[-1].time_s < MOTION_QUIET_S:
            continue
        frame = clock.frame(time_s)
        score = min(0.6, 0.25 + 0.3 * at(curves.motion, time_s + 0.5))
        found.append(
            Candidate(frame=frame, time_s=clock.time(frame), source="motion", score=score, reason="sudden motion")
        )
    return found


def _flashes(clock: FrameClock) -> list[Candidate]:
    return [
        Candidate(frame=r.frame, time_s=r.time_s, source="motion", score=0.42, reason="a flash of light")
        for r in clock.analysis.rejected
        if r.kind == "flash"
    ]


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
            )  # fmt: skip
            return [*kept[:index], joined, *kept[index + 1 :]]
    return [*kept[:place], new, *kept[place:]]


def _climax(kept: list[Candidate], film: Temper, scenes: Sequence[Scene], duration_s: float) -> list[Candidate]:
    """Raises the first frame of the scene with the highest intensity, and marks the last cut or fade of the film."""
    if not kept:
        return kept
    result = list(kept)
    if len(scenes) > 1:
        means = [_mean(film, scene) for scene in scenes]
        best = max(range(len(scenes)), key=lambda i: (means[i], -i))
        for index, one in enumerate(result):
            if best and one.begins_scene and abs(one.time_s - scenes[best].start_s) <= SAME_S:
                reason = f"{one.reason}; the most intense scene begins"
                result[index] = replace(one, score=min(1.0, one.score + 0.3), reason=reason)
    ends = [i for i, c in enumerate(result) if c.is_cut or c.source in ("fade_out", "dissolve", "title", "scene")]
    if ends and 0.8 <= duration_s - result[ends[-1]].time_s <= 15.0:
        last = result[ends[-1]]
        reason = f"{last.reason}; the last change of picture"
        source: HitSource = last.source if last.is_cut or last.source == "fade_out" else "end"
        result[ends[-1]] = replace(
            last, score=min(1.0, max(0.6, last.score + 0.25)), reason=reason, veto="", source=source
        )
    return result


def _mean(film: Temper, scene: Scene) -> float:
    first, last = round(scene.start_s * 2), max(round(scene.start_s * 2) + 1, round(scene.end_s * 2))
    part = film.intensity[first:last]
    return float(part.mean()) if len(part) else 0.0
