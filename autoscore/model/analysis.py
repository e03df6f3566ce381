"""Analysis: what is seen and heard, when. All times are film time in seconds, all frames 0-based decode indices."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from autoscore.model.time import Span

CURVE_RATE_HZ = 10
"""Samples per second of every analysis curve; sample i covers i/10 .. (i+1)/10 s."""

GradualKind = Literal["fade_in", "fade_out", "dissolve"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A hard cut: ``frame`` is the first frame of the new shot. ``strength`` 0..1 is how large the change is."""

    frame: int
    time_s: float
    strength: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gradual:
    """A gradual transition: ``start_frame`` is the first, ``end_frame`` the last changing frame."""

    kind: GradualKind
    start_frame: int
    end_frame: int
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A large picture change that is not a cut."""

    kind: Literal["flash", "whip", "motion"]
    frame: int
    time_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Still lettering on black. From ``frame`` on half of it is there: where it cuts in, in the middle of its fade or
    dissolve. ``start_frame`` shows the first of it, ``full_frame`` all; at ``end_frame`` less than half is left, or the
    film is over."""

    start_frame: int
    frame: int
    full_frame: int
    end_frame: int
    time_s: float
    """Of ``frame``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One shot, ``start_frame`` <= frame < ``end_frame``; ``look`` is a unit-length descriptor for grouping places."""

    index: int
    start_frame: int
    end_frame: int
    start_s: float
    end_s: float
    look: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechSpan(Span):
    """Speech, with its own loudness (LUFS, K-weighted over the span) and the detector's mean confidence 0..1."""

    loudness_lufs: float = -70.0
    confidence: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundEvent:
    """A loud diegetic hit: ``time_s`` of its onset, ``strength_db`` above what was there just before."""

    time_s: float
    frame: int
    strength_db: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """Curves at CURVE_RATE_HZ, all of one length (picture) or empty (no sound).

    motion: optical-flow speed, picture heights per second. camera / subject: its two parts.
    direction_rad: mean direction of motion, 0 = right, pi/2 = down. brightness, contrast, saturation: 0..1.
    warmth: -1 (blue) .. +1 (red). loudness_lufs: short blocks, K-weighted, floor -70.
    """

    motion: tuple[float, ...] = ()
    camera: tuple[float, ...] = ()
    subject: tuple[float, ...] = ()
    direction_rad: tuple[float, ...] = ()
    brightness: tuple[float, ...] = ()
    contrast: tuple[float, ...] = ()
    saturation: tuple[float, ...] = ()
    warmth: tuple[float, ...] = ()
    loudness_lufs: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """``frame_times_s`` is None at a constant rate, else the film time of every frame. ``bad_frames`` were skipped."""

    duration_s: float
    frame_count: int
    cuts: tuple[Cut, ...] = ()
    gradual: tuple[Gradual, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    shots: tuple[Shot, ...] = ()
    cards: tuple[Card, ...] = ()
    curves: Curves = field(default_factory=Curves)
    speech: tuple[SpeechSpan, ...] = ()
    music: tuple[Span, ...] = ()
    silence: tuple[Span, ...] = ()
    hits: tuple[SoundEvent, ...] = ()
    loudness_lufs: float | None = None
    """Integrated loudness of the film's own sound; None when it has none."""
    frame_times_s: tuple[float, ...] | None = None
    bad_frames: int = 0
    warnings: tuple[str, ...] = ()
