"""CuePlan: the cue sheet a person reads and edits."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from autoscore.model.names import check_cue_id
from autoscore.model.palette import Palette
from autoscore.model.score import ThemeNote
from autoscore.model.spotting import HitClass
from autoscore.model.time import Span

InType = Literal["hard", "sneak", "overlap"]
OutType = Literal["button", "ring", "fade", "segue", "stop"]
ThemeTreatment = Literal["none", "fragment", "partial", "full", "altered", "climax", "echo"]

NO_MUSIC = "no music here"
"""What the reason of a hit ends with that no cue reaches."""
ADDED = "cue"
"""Stands in ``Cue.chosen`` of a cue that a person added; beside it stand the fields that they wrote."""
WHY, REASON = "why", "reason"
"""``Cue.chosen`` has "why NAME" and "reason HIT" where a person gave a reason in words of their own."""


def seed_of(*purpose: object) -> int:
    """A seed that follows from ``purpose`` alone (a film's seed and name, a cue's id, ...): 31 bits of SHA-256."""
    digest = hashlib.sha256(":".join(str(part) for part in purpose).encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CueHit:
    """One hit of a cue. ``device`` names a recipe of tables/transitions.toml, or "auto". ``yours``: a person set it,
    moved it or took it out in the cue sheet."""

    id: str
    frame: int
    time_s: float
    klass: HitClass
    weight: float
    device: str = "auto"
    reason: str = ""
    yours: bool = False


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
    next_key: str = ""
    """The key of the cue that follows at once (a segue): the last chord leads there."""
    seed: int = 0
    muted: bool = False
    featured: tuple[str, ...] = ()
    """Instruments (keys of instruments.toml) that were asked for: they come first wherever they can play."""
    without: tuple[str, ...] = ()
    """Instruments or groups (model.score.GROUPS) that must not sound."""
    own_palette: Palette | None = None
    """The palette that ``palette`` names, where the user brought it; None: it is a row of palettes.toml."""
    take: int | None = None
    """This cue as it is in another take of the film, 1...; None: as in the film's own."""
    chosen: tuple[str, ...] = ()
    """What a person set by hand in the cue sheet, sorted: names of ``reasons``, "title", "in_type", "out_type", and of
    a cue that they added any field of the sheet; see ``ADDED``, ``WHY``."""
    reasons: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        Span.__post_init__(self)  # super() does not find it from a class with slots
        check_cue_id(self.id)

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


MOST_OWN_BARS = 16
"""A longer tune gives its beginning to the theme."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTheme:
    """A tune that the user brought to be the main theme: one line, no two notes at once, in order.

    ``key`` as in ``Cue``; ``metre`` of its first bar. An upbeat stands at the end of the first bar. ``source`` is the
    file it was read from, ``sha256`` that of its content then.
    """

    title: str
    metre: str
    key: str
    notes: tuple[ThemeNote, ...]
    source: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CuePlan:
    """The whole film. ``home_mood`` and ``home_key`` colour the theme book; themes do not depend on any one cue.

    ``identity`` and ``seed`` together are what themes and cues are seeded with: films of one identity share their
    themes. ``take`` is the take that was chosen for the film, 1...; None: nobody chose, and the first is meant.
    ``draft``: its hits are those of a draft's look at the film.
    """

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
    identity: str = ""
    take: int | None = None
    draft: bool = False
    own_theme: OwnTheme | None = None
    own_palette: Palette | None = None

    def take_of(self, cue: Cue) -> int:
        """The take that ``cue`` is heard in: its own, else the film's, else the first."""
        return cue.take or self.take or 1


def in_take(cue: Cue, take: int) -> Cue:
    """``cue`` as ``take`` (1...) has it: another seed and nothing else. The first take is the cue as it was planned."""
    return replace(cue, seed=cue.seed if take == 1 else seed_of(cue.seed, "take", take), take=None)
