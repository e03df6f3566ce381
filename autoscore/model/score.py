"""Score: parts, notes and controllers in beats. Written notes and how they are played are one and the same object.

A note is *written* at ``start_beats`` for ``length_beats``; it is *played* from ``seconds_at(start_beats)`` +
``nudge_ms`` to ``seconds_at(start_beats + length_beats)`` + ``release_ms``. Instrument attack is left to the renderer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, get_args

from autoscore.model.names import check_cue_id

Group = Literal[
    "strings", "winds", "brass", "choir", "keys", "plucked", "synth", "bass", "pitched_percussion", "percussion", "hits"
]
GROUPS: tuple[Group, ...] = get_args(Group)
Role = Literal["melody", "counter", "harmony", "bass", "motion", "pad", "colour", "percussion", "hit"]
ControlKind = Literal["expression", "vibrato", "pedal", "bend_semitones"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """``anchor`` says which moment of the sound lies on the written time: its attack, or the peak of a swell that is
    sent early by as much as the renderer measured (reverse cymbal). ``mark`` is a written articulation."""

    start_beats: Fraction
    length_beats: Fraction
    pitch: int
    velocity: int
    nudge_ms: float = 0.0
    release_ms: float = 0.0
    anchor: Literal["attack", "peak"] = "attack"
    mark: Literal["", "accent", "staccato", "tenuto", "marcato"] = ""

    def __post_init__(self) -> None:
        if not 0 <= self.pitch <= 127:
            raise ValueError(f"pitch {self.pitch} is outside 0..127")
        if not 1 <= self.velocity <= 127:
            raise ValueError(f"velocity {self.velocity} is outside 1..127")
        if self.length_beats <= 0:
            raise ValueError(f"note length must be positive, not {self.length_beats}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """expression 0..127 (127 = ff), vibrato 0..127, pedal 0 or 127, bend in semitones -12..12."""

    at_beats: Fraction
    kind: ControlKind
    value: float
    nudge_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamicMark:
    """A written dynamic (ppp..fff), or a hairpin ("<", ">") that runs until ``end_beats``."""

    at_beats: Fraction
    mark: str
    end_beats: Fraction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One player or section. ``instrument`` is a key of tables/instruments.toml; ``level_db`` its musical balance
    (0 = a harmony part at its natural place; see tables/loudness.toml)."""

    id: str
    name: str
    instrument: str
    group: Group
    role: Role
    notes: tuple[Note, ...]
    controls: tuple[Control, ...] = ()
    dynamics: tuple[DynamicMark, ...] = ()
    level_db: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A formal section: ``function`` is intro, A, A', B, climax, dissolve, coda, ...; ``layers`` sound in it."""

    start_beats: Fraction
    end_beats: Fraction
    function: str
    intensity: float
    layers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChordSymbol:
    """``roman`` in the cue's key, ``pitch_classes`` root first. ``key`` ("F major") is the local key where the cue has
    moved away from its own, else empty."""

    start_beats: Fraction
    length_beats: Fraction
    roman: str
    pitch_classes: tuple[int, ...]
    bass: int
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayedHit:
    """How a hit point was written: the device, the part ids that carry it, its exact film time. ``why`` the device is
    not the cue sheet's; empty where it is."""

    hit_id: str
    time_s: float
    at_beats: Fraction
    device: str
    parts: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeNote:
    """One note of a theme that a person brought along: quarter notes from the first bar line, MIDI pitch."""

    start_beats: Fraction
    length_beats: Fraction
    pitch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """A theme of the theme book. ``degrees`` are semitones above the tonic at the reference octave; each note lasts
    until the next one (rests are part of the note before). Its signature is its cell (the first ``cell_notes``), its
    home mode and its home timbre (``instrument``): at least two of them survive any variation. ``romans`` is the
    harmony it was written over, one chord a bar; empty when unknown."""

    id: str
    metre: str
    mode: str
    degrees: tuple[int, ...]
    durations_beats: tuple[Fraction, ...]
    cell_notes: int
    motif_notes: int
    instrument: str
    score: float = 0.0
    romans: tuple[str, ...] = ()
    held_beats: tuple[Fraction, ...] = ()
    """How long each note sounds of the time until the next one; empty: all of it."""
    lead_in_beats: Fraction = Fraction(0)
    """Silence before the first note, or, below 0, the length of its upbeat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CueScore:
    """One cue's music; beats count from the cue's start. ``key`` like "D minor"; ``warnings`` are sentences.
    ``passed``: ids of planned hits that no note marks, and why."""

    cue_id: str
    title: str
    key: str
    parts: tuple[Part, ...]
    sections: tuple[Section, ...] = ()
    chords: tuple[ChordSymbol, ...] = ()
    hits: tuple[PlayedHit, ...] = ()
    warnings: tuple[str, ...] = ()
    passed: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_cue_id(self.cue_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The film's music: themes first, then the cues that are not muted, in film order."""

    seed: int
    themes: tuple[Theme, ...]
    cues: tuple[CueScore, ...]
