"""Spotting: scenes, story beats, hit points, and where music stays out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from autoscore.model.time import Span

HitClass = Literal["hard", "section", "soft", "ignored"]
HitSource = Literal["cut", "fade_in", "fade_out", "dissolve", "title", "sound", "motion", "scene", "end", "user"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene(Span):
    """Shots ``first_shot``..``last_shot`` (inclusive) that belong together; ``place`` numbers places seen again."""

    index: int
    first_shot: int
    last_shot: int
    place: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryBeat(Span):
    """A stretch of one temper. intensity, arousal 0..1; valence -1..+1; ``reason`` in plain words.

    ``seen`` 0..1 is the share in which there is a picture, neither black nor lettering; ``bursts`` 0..1 is how much the
    motion stops and goes, as it does in comedy, rather than flowing on, as it does in a chase.
    """

    scene: int
    intensity: float
    arousal: float
    valence: float
    reason: str = ""
    seen: float = 1.0
    bursts: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HitPoint:
    """A moment music may mark. ``time_s`` is the pts of ``frame``; weight 0..1."""

    id: str
    frame: int
    time_s: float
    klass: HitClass
    weight: float
    source: HitSource
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StayOut(Span):
    """Where music should be absent, and why."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spotting:
    """``intensity``, ``arousal``, ``valence`` are curves at SPOT_RATE_HZ, smoothed, reset at section changes.

    ``own_music_share`` is the share of the film that has music of its own; ``advice`` are sentences for the user.
    """

    duration_s: float
    scenes: tuple[Scene, ...]
    beats: tuple[StoryBeat, ...]
    hits: tuple[HitPoint, ...]
    stay_out: tuple[StayOut, ...] = ()
    speech: tuple[Span, ...] = ()
    intensity: tuple[float, ...] = ()
    arousal: tuple[float, ...] = ()
    valence: tuple[float, ...] = ()
    mean_shot_s: float = 0.0
    own_music_share: float = 0.0
    advice: tuple[str, ...] = ()
    credits: tuple[Span, ...] = ()
    """Where credits roll."""


SPOT_RATE_HZ = 2
"""Samples per second of the spotting curves."""
