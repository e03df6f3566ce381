"""Which of the candidates are hard cuts, and why the others are not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from autoscore.model.analysis import Cut, Rejected
from autoscore.stages.analyze.changes import SUSPECT, Candidate, Changes

CLEAR = 0.54
"""Share of new picture that makes a cut on its own, when its neighbours are quiet."""

SECONDED = 0.3
"""The same, when scenedetect's AdaptiveDetector says so too."""

_NEIGHBOURS = 3
_REACH = 5
_PAGE = 0.3
_STILL = 0.12
_WHIP_SPEED = 0.04
_WOVEN_S = 0.1


def decide(
    changes: Changes, adaptive: Sequence[int], fades: Sequence[tuple[int, int]] = ()
) -> tuple[tuple[Cut, ...], tuple[Rejected, ...]]:
    """Cuts and what was rejected, in order.

    Args:
        adaptive: frames at which the AdaptiveDetector cuts.
        fades: first and last frame of gradual transitions; a cut inside one is part of it (one at its start is not).
    """
    new = np.frombuffer(changes.new, dtype=np.float32)
    difference = np.frombuffer(changes.difference, dtype=np.float32)
    seconded = set(adaptive)
    cuts: list[Cut] = []
    rejected: list[Rejected] = []
    flash_until = -1
    for candidate in changes.candidates:
        frame, time_s = candidate.frame, candidate.time_s
        if any(first < frame <= last for first, last in fades):
            continue
        if frame == len(new) - 1:
            # A shot of one frame at the very end: nothing after it says whether it stands.
            continue
        alone = candidate.frames == 1
        sure = alone and _stands_out(candidate, new, difference, CLEAR)
        agreed = alone and frame in seconded and _stands_out(candidate, new, difference, SECONDED)
        if frame <= flash_until or (candidate.step.new >= SECONDED and _is_flash(candidate)):
            if frame > flash_until:
                rejected.append(Rejected(kind="flash", frame=frame, time_s=time_s))
                flash_until = frame + candidate.back_after
            continue
        if (sure or agreed) and not _same_page(candidate, difference):
            cut = Cut(frame=frame, time_s=time_s, strength=round(min(1.0, candidate.step.new), 3))
            if cuts and frame == cuts[-1].frame + 1 and time_s - cuts[-1].time_s < _WOVEN_S:
                # The frame between holds both shots (fields of each, or a blend): one cut, the stronger step.
                if cut.strength > cuts[-1].strength:
                    cuts[-1] = cut
            else:
                cuts.append(cut)
        elif alone and candidate.step.new >= CLEAR and (not rejected or frame - rejected[-1].frame > 12):
            whip = changes.speed[frame] > _WHIP_SPEED
            rejected.append(Rejected(kind="whip" if whip else "motion", frame=frame, time_s=time_s))
    return tuple(cuts), tuple(rejected)


def open_question(candidate: Candidate, changes: Changes) -> bool:
    """Whether frames that were passed over have to be seen to judge ``candidate``."""
    new = np.frombuffer(changes.new, dtype=np.float32)
    difference = np.frombuffer(changes.difference, dtype=np.float32)
    if candidate.frames > 1:
        return _stands_out(candidate, new, difference, SUSPECT, slack=1.25)
    if _stands_out(candidate, new, difference, CLEAR, slack=0.9):
        return False
    return _stands_out(candidate, new, difference, SECONDED, slack=1.1)


def _stands_out(
    candidate: Candidate, new: NDArray[np.float32], difference: NDArray[np.float32], least: float, slack: float = 1.0
) -> bool:
    """Much new picture here, little around: fast motion has much new picture all around, or on one side.

    ``slack`` over 1 lets more pass, below 1 less.
    """
    step, frame = candidate.step, candidate.frame
    if step.new < least or step.difference < 1.0:
        return False
    sides = [
        _side(at, way, step.difference, difference) for at, way in ((frame + 1 - candidate.frames, -1), (frame, 1))
    ]
    around = [*sides[0], *sides[1]]
    if not around:
        return True
    if any(side and float(np.median(new[side])) > 0.8 * slack * step.new for side in sides):
        return False
    near_new = float(np.median(new[around])) / step.new
    near_difference = float(np.median(difference[around])) / step.difference
    total = step.new >= 0.8
    return near_new <= slack * (0.62 if total else 0.55) and near_difference <= slack * (0.7 if total else 0.5)


def _side(frame: int, way: int, here: float, difference: NDArray[np.float32]) -> list[int]:
    """Up to three moving frames on one side: repeated frames (24 in 60, drawn on twos) are stepped over."""
    found: list[int] = []
    for distance in range(1, _REACH + 1):
        index = frame + way * distance
        if not 1 <= index < len(difference):
            break
        repeated = difference[index] < 0.04 * here
        if not repeated or distance > _NEIGHBOURS:
            found.append(index)
        if len(found) == _NEIGHBOURS:
            break
    return found


def _is_flash(candidate: Candidate) -> bool:
    """The old picture is back within FLASH_S, and what came between was brighter, or empty."""
    return candidate.back < 0.25 and (candidate.step.lift > 12.0 or candidate.blank)


def _same_page(candidate: Candidate, difference: NDArray[np.float32]) -> bool:
    """A screen or slide that is written anew: a large flat ground stays, and nothing moves before and after."""
    if candidate.step.page < _PAGE:
        return False
    frame = candidate.frame
    around = [i for i in range(max(1, frame - 6), min(len(difference), frame + 7)) if i != frame]
    return bool(np.median(difference[around]) < _STILL)
