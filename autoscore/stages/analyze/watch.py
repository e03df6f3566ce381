"""One decode of the picture: every analyser sees every frame once."""

from __future__ import annotations

from array import array
from contextlib import closing, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from autoscore.adapters import vision
from autoscore.adapters.cuts import Adaptive
from autoscore.adapters.excerpts import Excerpts
from autoscore.adapters.frames import Decoder
from autoscore.adapters.pictures import Picture
from autoscore.adapters.skipping import DamagedError, Pick, UnevenError
from autoscore.model.analysis import Card, Cut, Gradual, Rejected, Shot
from autoscore.model.events import Progress, ignore_progress
from autoscore.model.media import Media
from autoscore.stages.analyze.blends import Blends
from autoscore.stages.analyze.cards import Cards
from autoscore.stages.analyze.changes import AT_ONCE, Changes, Frame
from autoscore.stages.analyze.closely import Held, Look, SecondLook
from autoscore.stages.analyze.curves import CurveMeter
from autoscore.stages.analyze.cuts import decide
from autoscore.stages.analyze.gradual import Ramp, find_gradual
from autoscore.stages.analyze.looks import LookMeter

_REPORT_EVERY = 50

_STRETCH_S = 8.0
"""Places to look at again are worked off so often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the picture shows. ``times_s`` has each frame's film time, ``curves`` the picture's curves by name."""

    duration_s: float
    times_s: array[float]
    cuts: tuple[Cut, ...]
    gradual: tuple[Gradual, ...]
    rejected: tuple[Rejected, ...]
    shots: tuple[Shot, ...]
    cards: tuple[Card, ...]
    curves: dict[str, tuple[float, ...]]
    bad_frames: int
    warnings: tuple[str, ...]


def watch(film: Path, media: Media, on_progress: Progress = ignore_progress, *, pick: Pick = "sparing") -> Seen:
    """Decodes the film's picture once: the frames that later ones refer to, and the rest only where something happens.

    Args:
        pick: "all" decodes every frame, which finds the same and takes longer.

    Raises:
        FilmError: nothing of it can be decoded.
    """
    for picked in [pick, *(("referenced",) if pick == "sparing" else ())]:
        with suppress(UnevenError):
            return _watched(film, media, picked, on_progress)
    return _watched(film, media, "all", on_progress)


def _watched(film: Path, media: Media, pick: Pick, on_progress: Progress) -> Seen:
    """A damaged film is decoded by one thread, from its beginning: what is shown before a broken picture may refer to
    it."""
    with suppress(DamagedError):
        return _Watcher(film, media, pick, swift=True).run(on_progress)
    return _Watcher(film, media, pick).run(on_progress)


class _Watcher:
    """One pass over the picture."""

    def __init__(self, film: Path, media: Media, pick: Pick, *, swift: bool = False) -> None:
        vision.single_thread()
        self._film, self._media = film, media
        self._video = media.video
        self._decoder = Decoder(film, media.video, pick=pick, swift=swift)
        self._times = array("d")
        self._changes, self._blends = Changes(), Blends(float(media.video.rate))
        self._cards = Cards(float(media.video.rate))
        self._held = Held(self._blends, self._cards)
        self._curves, self._looks = CurveMeter(), LookMeter()
        self._adaptive: Adaptive | None = None
        self._second: SecondLook | None = None
        self._last_good: Picture | None = None
        self._last_look: Look | None = None
        self._run: list[tuple[Picture, list[float], Frame]] = []
        """Pictures that are not measured yet, with their times and those passed over before them."""

    def run(self, on_progress: Progress) -> Seen:
        settled_s = 0.0
        excerpts: Excerpts | None = None
        try:
            with closing(iter(self._decoder)) as pictures:
                for picture in pictures:
                    if picture.index == 0 and self._decoder.picker is not None:
                        excerpts = Excerpts(self._film, self._video, self._decoder.start_s or Fraction(0))
                        self._second = SecondLook(self._changes, self._held, self._video, excerpts)
                    self._look(picture)
                    if picture.time_s - settled_s >= _STRETCH_S:
                        settled_s = picture.time_s
                        self._settle()
                    if picture.index % _REPORT_EVERY == 0:
                        on_progress(min(1.0, picture.time_s / max(self._media.duration_s, 1e-9)))
            self._end()
        finally:
            if excerpts is not None:
                excerpts.close()
        on_progress(1.0)
        return self._seen()

    def _look(self, picture: Picture) -> None:
        times_s = [float(s) for s in picture.passed_s]
        times_s.append(picture.time_s)
        self._times.extend(times_s)
        good = picture if not picture.broken or self._last_good is None else self._last_good
        self._last_good = good
        look = self._last_look = Look.at(good)
        self._run.append((picture, times_s, Frame(index=picture.index, time_s=times_s[-1], small=look.small)))
        self._held.push(look, picture.exact_s, picture.passed_s)
        if self._second is None:
            if self._adaptive is None:
                self._adaptive = Adaptive(self._video.rate)
            self._adaptive.push(picture.index, good.bgr())
        if len(self._run) >= AT_ONCE:
            self._measure()

    def _measure(self) -> None:
        """What has been looked at since the last time, at once."""
        run, self._run = self._run, []
        motions = self._changes.push([frame for _, _, frame in run])
        for (picture, times_s, _), motion in zip(run, motions, strict=True):
            self._curves.push(picture, times_s, motion)
            self._looks.push(picture)

    def _settle(self, *, at_end: bool = False) -> None:
        self._measure()
        if self._second is None:
            self._held.let_go(self._held.stop)
            return
        start_s = self._decoder.start_s or Fraction(0)
        keys = [(stamp * self._video.time_base - start_s, stamp) for stamp in self._decoder.keys]
        self._held.let_go(self._second.settle(keys, at_end=at_end))

    def _end(self) -> None:
        """Frames that were passed over at the very end are like the last one that was seen."""
        self._measure()
        passed = self._decoder.passed_at_end_s
        if passed:
            self._times.extend(float(s) for s in passed)
            self._changes.pass_over(len(passed))
            assert self._last_look is not None
            for at_s in passed:
                self._held.push(self._last_look, at_s)
        self._settle(at_end=True)
        self._changes.finish()
        self._blends.finish()

    def _seen(self) -> Seen:
        times, changes, rate_hz = self._times, self._changes, float(self._video.rate)
        adaptive = self._adaptive.finish() if self._adaptive else self._second.adaptive if self._second else []
        duration = times[-1] + last_frame_s(times, 1 / rate_hz)
        cuts, gradual, rejected = _transitions(changes, self._blends, adaptive, rate_hz, times)
        starts = _shot_starts(cuts, gradual, len(times))
        return Seen(
            duration_s=duration,
            times_s=times,
            cuts=cuts,
            gradual=gradual,
            rejected=rejected,
            shots=self._looks.shots(starts, [times[s] for s in starts], len(times), duration),
            curves=self._curves.finish(duration),
            cards=_cards(self._cards, times),
            bad_frames=self._decoder.bad_frames,
            warnings=_warnings(self._decoder, self._media, duration),
        )


def last_frame_s(times: array[float], step_s: float) -> float:
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


def _cards(cards: Cards, times: array[float]) -> tuple[Card, ...]:
    return tuple(
        Card(start_frame=one.first, frame=one.half, full_frame=one.full, end_frame=one.stop, time_s=times[one.half])
        for one in cards.finish()
    )


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
