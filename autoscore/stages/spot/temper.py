"""Intensity, arousal and valence over the film, and the story beats they fall into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from autoscore.model.spotting import SPOT_RATE_HZ, Scene, StoryBeat
from autoscore.stages.spot.signals import Array, Signals, smooth

SMOOTH_S = 5.0
TURN = 0.13
"""A scene is split where the means of its two sides differ by this much (intensity, or half as much valence)."""
SHORTEST_BEAT_S, LONGEST_BEAT_S = 6.0, 45.0
TALK_CALMS = 0.4
"""Where somebody speaks, words carry the scene."""
FLAT_FLOOR, LIVELY_FLOOR = 0.18, 0.04
EVEN_PACE, BURST_RANGE, STILL = 0.5, 0.7, 0.02
WIDE = 0.45
"""Range of intensity (10th to 95th percentile) that is left as it is; a narrower one is widened, but a flat one not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Temper:
    """Curves at SPOT_RATE_HZ. ``raw`` is intensity before smoothing, for steps at cuts."""

    intensity: Array
    arousal: Array
    valence: Array
    raw: Array


def temper(curves: Signals, scenes: Sequence[Scene]) -> Temper:
    """Arousal from motion, cutting and sound; intensity adds darkness and contrast; valence from light and colour.

    A voice is loud without being exciting, so sound counts little where somebody speaks.
    """
    picture = 0.55 * curves.motion + 0.45 * curves.cutting
    if curves.sound is None:
        raw_arousal = picture
    else:
        weight = 0.38 * (1.0 - 0.85 * curves.talk)
        raw_arousal = (1.0 - weight) * picture + weight * curves.sound
    dark = np.clip((0.35 - curves.brightness) / 0.35, 0.0, 1.0) * np.clip(curves.contrast / 0.3, 0.0, 1.0)
    raw_arousal = raw_arousal * (1.0 - TALK_CALMS * curves.talk)
    raw = 0.9 * raw_arousal + 0.1 * dark * np.clip(raw_arousal / 0.3, 0.0, 1.0)
    resets = [round(scene.start_s * SPOT_RATE_HZ) for scene in scenes[1:]]
    arousal = smooth(raw_arousal, SMOOTH_S, resets)
    intensity = smooth(raw, SMOOTH_S, resets)
    talk = float(curves.talk.mean())
    # A picture that never changes (a screen, a cover) does not mean much by its colours.
    meant = 0.5 + 0.5 * max(_lively(intensity), _lively(curves.brightness))
    valence = meant * smooth(_valence(curves), 8.0, resets)
    return Temper(
        intensity=_widened(intensity, talk),
        arousal=_widened(arousal, talk),
        valence=np.asarray(np.round(np.clip(valence, -1.0, 1.0), 4), np.float64),
        raw=_widened(raw, talk),
    )


def beats(
    film: Temper, curves: Signals, scenes: Sequence[Scene], unseen: Array, duration_s: float
) -> tuple[StoryBeat, ...]:
    """Scenes cut where their temper turns; each beat says in plain words what it goes by.

    ``unseen`` is the share of each step that shows no picture.
    """
    found: list[StoryBeat] = []
    shortest = max(2, round(min(SHORTEST_BEAT_S, max(2.0, duration_s / 5)) * SPOT_RATE_HZ))
    for scene in scenes:
        first = min(curves.count - 1, round(scene.start_s * SPOT_RATE_HZ))
        last = max(first + 1, min(curves.count, round(scene.end_s * SPOT_RATE_HZ)))
        cuts = [first, *_turns(film, first, last, shortest), last]
        for a, b in pairwise(cuts):
            found.append(
                StoryBeat(
                    start_s=scene.start_s if a == first else a / SPOT_RATE_HZ,
                    end_s=scene.end_s if b == last else b / SPOT_RATE_HZ,
                    scene=scene.index,
                    intensity=round(float(film.intensity[a:b].mean()), 3),
                    arousal=round(float(film.arousal[a:b].mean()), 3),
                    valence=round(float(film.valence[a:b].mean()), 3),
                    reason=_reason(curves, unseen, a, b),
                    seen=round(1.0 - float(unseen[a:b].mean()), 3),
                    bursts=round(_bursts(curves.pace[a:b]), 3),
                )
            )
    return tuple(found)


def _valence(curves: Signals) -> Array:
    """Bright, colourful and warm is pleasant; black and white says nothing by its colour (Valdez and Mehrabian 1994).

    Half by the film's own middle, half by films in general.
    """
    bright = (curves.brightness - 0.38) / 0.3
    own = (curves.brightness - float(np.median(curves.brightness))) / 0.3
    value = 0.35 * (bright + own)
    if float(np.percentile(curves.saturation, 75)) > 0.06:
        value = 0.65 * value + 0.3 * np.clip((curves.saturation - 0.15) / 0.2, -0.7, 1.0) + 0.5 * curves.warmth
    return np.asarray(np.tanh(value))


def _widened(curve: Array, talk: float) -> Array:
    """Widens a narrow range (not under talk, which wants evenness); lifts a flat film to quiet music, not to none."""
    low, high = (float(p) for p in np.percentile(curve, [10, 95]))
    width, lively = high - low, _lively(curve)
    factor = 1.0 + min(0.5, max(0.0, WIDE / max(width, 0.2) - 1.0)) * lively * (1.0 - talk)
    middle = 0.5 * (low + high)
    floor = FLAT_FLOOR - (FLAT_FLOOR - LIVELY_FLOOR) * lively
    wide = np.clip(middle + factor * (curve - middle), 0.0, 1.0)
    return np.asarray(np.round(floor + (1.0 - floor) * wide, 4), np.float64)


def _lively(curve: Array) -> float:
    """How much a curve moves at all, 0..1."""
    low, high = np.percentile(curve, [10, 95])
    return min(1.0, max(0.0, (float(high - low) - 0.06) / 0.24))


def _turns(film: Temper, first: int, last: int, shortest: int) -> list[int]:
    """Indices between ``first`` and ``last`` where the temper turns, in order."""
    pending, found = [(first, last)], []
    total = np.concatenate([[0.0], np.cumsum(film.intensity)])
    mood = np.concatenate([[0.0], np.cumsum(film.valence)])
    while pending:
        a, b = pending.pop()
        if b - a < 2 * shortest:
            continue
        at = np.arange(a + shortest, b - shortest + 1)
        sizes = [np.abs((s[b] - s[at]) / (b - at) - (s[at] - s[a]) / (at - a)) for s in (total, mood)]
        size = np.maximum(sizes[0], 0.5 * sizes[1])
        # A turn near an edge is measured on little.
        balance = np.sqrt(np.minimum(at - a, b - at) / (0.5 * (b - a)))
        # Where nothing turns, a long stretch is cut in the middle.
        best = int(np.argmax((size + 0.01) * balance))
        if size[best] >= TURN or b - a > 2 * LONGEST_BEAT_S * SPOT_RATE_HZ:
            middle = int(at[best])
            found.append(middle)
            pending += [(a, middle), (middle, b)]
    return sorted(found)


def _bursts(pace: Array) -> float:
    """How much motion stops and goes, 0..1, by its coefficient of variation: even motion has about 0.5 or less."""
    mean = float(pace.mean())
    return min(1.0, max(0.0, (float(pace.std()) / mean - EVEN_PACE) / BURST_RANGE)) if mean > STILL else 0.0


def _reason(curves: Signals, unseen: Array, a: int, b: int) -> str:
    """What stands out between two indices, in words."""
    words = ["black or lettering"] if float(unseen[a:b].mean()) > 0.6 else []
    motion, cutting = float(curves.motion[a:b].mean()), float(curves.cutting[a:b].mean())
    if motion > 0.6:
        words.append("strong motion")
    elif motion < 0.25:
        words.append("little motion")
    if cutting > 0.6:
        words.append("fast cutting")
    elif cutting < 0.15:
        words.append("long shots")
    if float(curves.talk[a:b].mean()) > 0.4:
        words.append("somebody speaks")
    elif curves.sound is not None:
        loud = float(curves.sound[a:b].mean())
        words += ["loud sound"] if loud > 0.7 else ["quiet"] if loud < 0.25 else []
    light = float(curves.brightness[a:b].mean()) - float(np.median(curves.brightness))
    if abs(light) > 0.1:
        words.append("brighter than the rest" if light > 0 else "darker than the rest")
    return ", ".join(words) or "middling in every way"
