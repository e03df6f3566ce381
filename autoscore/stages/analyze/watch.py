"""One decode of the picture: every analyser sees every frame once."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from autoscore.adapters import vision
from autoscore.adapters.cuts import Adaptive
from autoscore.adapters.frames import Decoder
from autoscore.model.analysis import Cut, Gradual, Rejected, Shot
from autoscore.model.events import Progress, ignore_progress
from autoscore.model.media import Media
from autoscore.stages.analyze.blends import Blends
from autoscore.stages.analyze.changes import Changes
from autoscore.stages.analyze.curves import CurveMeter
from autoscore.stages.analyze.cuts import decide
from autoscore.stages.analyze.gradual import Ramp, find_gradual
from autoscore.stages.analyze.looks import LookMeter

_REPORT_EVERY = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the picture shows. ``times_s`` has each frame's film time, ``curves`` the picture's curves by name."""

    duration_s: float
    times_s: array[float]
    cuts: tuple[Cut, ...]
    gradual: tuple[Gradual, ...]
    rejected: tuple[Rejected, ...]
    shots: tuple[Shot, ...]
    curves: dict[str, tuple[float, ...]]
    bad_frames: int
    warnings: tuple[str, ...]


def watch(film: Path, media: Media, on_progress: Progress = ignore_progress) -> Seen:
    """Decodes the film's picture once.

    Raises:
        FilmError: nothing of it can be decoded.
    """
    vision.single_thread()
    rate = media.video.rate
    decoder = Decoder(film, media.video)
    times = array("d")
    changes, blends, curves, looks = Changes(), Blends(float(rate)), CurveMeter(), LookMeter()
    adaptive = Adaptive(rate)
    last_good = None
    for picture in decoder:
        times.append(picture.time_s)
        good = picture if not picture.broken or last_good is None else last_good
        last_good = good
        small = vision.halve(good.luma)
        changes.push(picture.index, picture.time_s, small)
        blends.push(small)
        bgr = good.bgr(4)
        adaptive.push(picture.index, bgr)
        curves.push(picture, changes.flow)
        looks.push(picture, bgr)
        if picture.index % _REPORT_EVERY == 0:
            on_progress(min(1.0, picture.time_s / max(media.duration_s, 1e-9)))
    changes.finish()
    blends.finish()
    duration = times[-1] + _last_frame_s(times, float(1 / rate))
    cuts, gradual, rejected = _transitions(changes, blends, adaptive.finish(), float(rate), times)
    starts = _shot_starts(cuts, gradual, len(times))
    on_progress(1.0)
    return Seen(
        duration_s=duration,
        times_s=times,
        cuts=cuts,
        gradual=gradual,
        rejected=rejected,
        shots=looks.shots(starts, [times[s] for s in starts], len(times), duration),
        curves=curves.finish(duration),
        bad_frames=decoder.bad_frames,
        warnings=_warnings(decoder, media, duration),
    )


def _last_frame_s(times: array[float], step_s: float) -> float:
    """The last frame is shown as long as the one before it, at most a second."""
    return min(1.0, times[-1] - times[-2]) if len(times) > 1 else step_s


def _transitions(
    changes: Changes, blends: Blends, adaptive: list[int], rate_hz: float, times: array[float]
) -> tuple[tuple[Cut, ...], tuple[Gradual, ...], tuple[Rejected, ...]]:
    """Cuts first; then ramps between them; then the cuts once more without those that are part of a ramp."""
    first, _ = decide(changes, adaptive)
    ramps: list[Ramp] = find_gradual(blends, rate_hz, [c.frame for c in first])
    cuts, rejected = decide(changes, adaptive, [(r.first, r.last) for r in ramps])
    gradual = tuple(
        Gradual(kind=r.kind, start_frame=r.first, end_frame=r.last, start_s=times[r.first], end_s=times[r.last])
        for r in ramps
    )
    return cuts, gradual, rejected


def _shot_starts(cuts: tuple[Cut, ...], gradual: tuple[Gradual, ...], frames: int) -> list[int]:
    """First frames of the shots. A dissolve divides in its middle, a fade-out after its end, a fade-in at its start."""
    starts = {0} | {c.frame for c in cuts}
    for ramp in gradual:
        at = {
            "dissolve": (ramp.start_frame + ramp.end_frame + 1) // 2,
            "fade_in": ramp.start_frame,
            "fade_out": ramp.end_frame + 1,
        }[ramp.kind]
        if all(abs(at - start) > 2 for start in starts) and at < frames - 1:
            starts.add(at)
    return sorted(starts)


def _warnings(decoder: Decoder, media: Media, duration_s: float) -> tuple[str, ...]:
    found = []
    if decoder.bad_frames:
        found.append(f"{decoder.bad_frames} broken frames were stepped over.")
    if decoder.ended_early:
        found.append(f"The film cannot be read beyond {duration_s:.1f} s.")
    elif duration_s < media.duration_s - max(0.5, 2 / float(media.video.rate)):
        found.append(
            f"The picture ends at {duration_s:.1f} s, before the {media.duration_s:.1f} s its packets promise."
        )
    return tuple(found)


def irregular(times: array[float], rate_hz: float) -> bool:
    """Whether some frame lies more than half a frame off the constant rate."""
    grid = np.arange(len(times)) / rate_hz
    return bool(np.abs(np.frombuffer(times, dtype=np.float64) - grid).max() > 0.5 / rate_hz)
