"""CuePlan: the cue sheet a person reads and edits."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from autoscore.model.spotting import HitClass
from autoscore.model.time import Span

InType = Literal["hard", "sneak", "overlap"]
OutType = Literal["button", "ring", "fade", "segue", "stop"]
ThemeTreatment = Literal["none", "fragment", "partial", "full", "altered", "climax", "echo"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CueHit:
    """One hit of a cue. ``device`` names a recipe of tables/transitions.toml, or "auto"."""

    id: str
    frame: int
    time_s: float
    klass: HitClass
    weight: float
    device: str = "auto"
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamicPoint:
    """``intensity`` 0..1 at film time ``time_s``; linear between points."""

    time_s: float
    intensity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeUse:
    """Which theme of the film's theme book ("main", "contrast", "place1", ...) and how it is treated."""

    theme: str = "main"
    treatment: ThemeTreatment = "partial"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue(Span):
    """One piece of music. Everything about it is here, so that it can be composed without its neighbours.

    ``key`` is like "D minor" or "F lydian" (tonic and mode). ``tempo_bpm`` is the wish in notated pulses a minute,
    ``metre`` like "4/4". ``sections`` are the film times of section changes inside the cue. ``speech`` are the speech
    spans inside the cue. ``seed`` is the cue's own. ``reasons`` maps a field's name to why it is so.
    """

    id: str
    title: str
    in_type: InType
    out_type: OutType
    mood: str
    valence: float
    arousal: float
    key: str
    tempo_bpm: float
    metre: str
    palette: str
    theme: ThemeUse
    dynamics: tuple[DynamicPoint, ...]
    hits: tuple[CueHit, ...] = ()
    sections_s: tuple[float, ...] = ()
    speech: tuple[Span, ...] = ()
    mean_shot_s: float = 4.0
    is_climax: bool = False
    seed: int = 0
    muted: bool = False
    featured: tuple[str, ...] = ()
    """Instruments (keys of instruments.toml) that were asked for: they come first wherever they can play."""
    without: tuple[str, ...] = ()
    """Instruments or groups (model.score.GROUPS) that must not sound."""
    reasons: dict[str, str] = field(default_factory=dict)

    def intensity_at(self, time_s: float) -> float:
        """Planned intensity 0..1 at film time ``time_s``, clamped at the ends."""
        points = self.dynamics
        if not points:
            return 0.5
        if time_s <= points[0].time_s:
            return points[0].intensity
        for left, right in pairwise(points):
            if time_s <= right.time_s:
                width = right.time_s - left.time_s
                share = (time_s - left.time_s) / width if width > 0 else 1.0
                return left.intensity + share * (right.intensity - left.intensity)
        return points[-1].intensity


@dataclass(frozen=True, slots=True, kw_only=True)
class CuePlan:
    """The whole film. ``home_mood`` and ``home_key`` colour the theme book; themes do not depend on any one cue."""

    film: str
    rate: Fraction
    duration_s: float
    seed: int
    home_mood: str
    home_key: str
    palette: str
    cues: tuple[Cue, ...]
    themes: tuple[str, ...] = ("main",)
    ignored_hits: tuple[CueHit, ...] = ()
    speech: tuple[Span, ...] = ()
    """All speech of the film, so that a cue that is moved knows what is spoken under it."""
    advice: tuple[str, ...] = ()
