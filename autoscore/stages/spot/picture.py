"""Moments that the picture offers: cuts, fades, dissolves, new scenes, titles, sudden motion, flashes.

What comes gradually is marked where half of it is there: a picture that fades in, a dissolve, a title card.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from autoscore.model.analysis import CURVE_RATE_HZ, Analysis, Gradual, Shot
from autoscore.model.spotting import Scene
from autoscore.stages.spot.moment import Candidate, FrameClock
from autoscore.stages.spot.scenes import Seen
from autoscore.stages.spot.signals import Signals, at, step
from autoscore.stages.spot.temper import Temper

SLOW_S = 1.5
"""A longer fade has no exact moment."""
MOTION_JUMP, MOTION_QUIET_S = 0.5, 2.0


def cuts(clock: FrameClock, shots: Sequence[Shot], seen: Seen, curves: Signals, film: Temper) -> list[Candidate]:
    """Each hard cut, scored by what changes across it."""
    index_of = {shot.start_frame: i for i, shot in enumerate(shots)}
    begins = {scene.first_shot for scene in seen.scenes[1:]}
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
            score += 0.15
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


def graduals(clock: FrameClock, film: Temper, duration_s: float) -> list[Candidate]:
    """Each fade and dissolve: what comes where half of it is there, what goes where it begins to. Those that bring a
    title card are the card's."""
    found = []
    for gradual in clock.analysis.gradual:
        if gradual.kind != "fade_out" and _card_in(clock.analysis, gradual) is not None:
            continue
        if gradual.kind == "fade_in":
            frame = _middle(gradual)
            opening = gradual.start_s < 1.0
            score, reason = (
                0.35 if opening else 0.5,
                "the picture opens" if opening else "the picture returns from black",
            )
        elif gradual.kind == "fade_out":
            frame = gradual.start_frame
            ending = gradual.end_s > duration_s - 6.0 and not _goes_on(clock.analysis, gradual.end_s)
            score, reason = 0.28, "the last picture begins to fade" if ending else "the picture begins to fade"
        else:
            frame = _middle(gradual)
            score, reason = 0.35, "the middle of a dissolve"
        time_s = clock.time(frame)
        lift = 0.0 if gradual.kind == "fade_out" else max(0.0, step(film.raw, time_s))
        sharp = gradual.kind == "fade_in" and gradual.end_s - gradual.start_s <= SLOW_S
        score += 0.5 * lift
        found.append(
            Candidate(frame=frame, time_s=time_s, source=gradual.kind, score=score, reason=reason, sharp=sharp)
        )
    return found


def _middle(gradual: Gradual) -> int:
    """The first frame that shows at least half of what comes."""
    return (gradual.start_frame + gradual.end_frame) // 2


def _card_in(analysis: Analysis, gradual: Gradual) -> int | None:
    """The frame of the title card that comes with ``gradual``."""
    inside = (c.frame for c in analysis.cards if gradual.start_frame <= c.frame <= gradual.end_frame)
    return next(inside, None)


def _goes_on(analysis: Analysis, time_s: float) -> bool:
    """Whether any picture comes after ``time_s``."""
    starts = [c.time_s for c in analysis.cuts] + [c.time_s for c in analysis.cards]
    starts += [g.start_s for g in analysis.gradual if g.kind != "fade_out"]
    return any(start_s >= time_s for start_s in starts)


def scene_starts(clock: FrameClock, scenes: Sequence[Scene]) -> list[Candidate]:
    """Of the scenes that do not begin with a cut."""
    found = []
    cut_frames = {cut.frame for cut in clock.analysis.cuts}
    for scene in scenes:
        if clock.frame(scene.start_s) in cut_frames:
            continue
        fades = (g for g in clock.analysis.gradual if g.kind == "fade_in" and -0.5 <= g.start_s - scene.start_s <= 1.5)
        fade = next(fades, None)
        card = next((c for c in clock.analysis.cards if -0.5 <= c.time_s - scene.start_s <= 1.5), None)
        frame = clock.frame(scene.start_s) if fade is None else _middle(fade)
        if card is not None:
            frame = card.frame
        found.append(
            Candidate(
                frame=frame,
                time_s=clock.time(frame),
                source="scene",
                score=0.5,
                begins_scene=True,
                sharp=card is not None or (fade is not None and fade.end_s - fade.start_s <= SLOW_S),
                reason="a new scene begins",
            )
        )
    return found


def titles(clock: FrameClock, duration_s: float) -> list[Candidate]:
    """Each title card, on the first frame that shows half of it; and where the last one goes, the film's last frame."""
    cards = clock.analysis.cards
    found = [
        Candidate(frame=card.frame, time_s=card.time_s, source="title", score=0.7, reason="a title card appears")
        for card in cards
    ]
    if cards:
        end = cards[-1].end_frame
        time_s = clock.time(end)
        changes = [c.time_s for c in clock.analysis.cuts] + [g.end_s for g in clock.analysis.gradual]
        if time_s < duration_s and all(at_s < time_s for at_s in changes):
            reason = "the last card goes"
            found.append(Candidate(frame=end, time_s=time_s, source="end", score=0.35, reason=reason))
    return found


def motion(clock: FrameClock, curves: Signals) -> list[Candidate]:
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


def flashes(clock: FrameClock) -> list[Candidate]:
    """Flashes of light, which are no cuts."""
    return [
        Candidate(frame=r.frame, time_s=r.time_s, source="motion", score=0.42, reason="a flash of light")
        for r in clock.analysis.rejected
        if r.kind == "flash"
    ]
