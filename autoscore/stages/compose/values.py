"""The plain values that the steps of composing hand to each other. Beats are quarter notes from the cue's start."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from autoscore.model.cues import Cue
from autoscore.model.score import Role
from autoscore.model.tempo import Bar, CueTempo, begun
from autoscore.tables import Mood

Cadence = Literal["open", "closed", "end"]


def generator(seed: int | str, *purpose: object) -> random.Random:
    """A random source that depends on ``seed`` and the purpose only: the same on every machine and in every run."""
    text = ":".join([str(seed), *(str(part) for part in purpose)])
    return random.Random(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """``tonic`` 0..11 (C = 0); ``scale`` in semitones above it, ascending, starting with 0."""

    tonic: int
    mode: str
    scale: tuple[int, ...]

    @property
    def minor(self) -> bool:
        return 4 not in self.scale

    def pitch(self, step: int, centre: int) -> int:
        """MIDI pitch of scale step ``step``, where step 0 is the tonic nearest to ``centre``."""
        base = centre + (self.tonic - centre + 6) % 12 - 6
        octave, index = divmod(step, len(self.scale))
        return base + 12 * octave + self.scale[index]

    def classes(self) -> tuple[int, ...]:
        return tuple((self.tonic + s) % 12 for s in self.scale)


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """A hit of the cue in score time. ``nudge_ms`` corrects a hit that no beat falls on (free hits)."""

    id: str
    at_beats: Fraction
    time_s: float
    klass: str
    weight: float
    device: str
    nudge_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """A stretch of whole bars with one function; ``statement`` counts how often this function was heard before.

    ``rise`` is the intensity of its last bar minus that of its first. ``spoken`` 0..1 is the share under speech.
    """

    index: int
    function: str
    bars: tuple[Bar, ...]
    start_beats: Fraction
    end_beats: Fraction
    intensity: float
    rise: float
    cadence: Cadence
    statement: int = 0
    spoken: float = 0.0

    @property
    def length_beats(self) -> Fraction:
        return self.end_beats - self.start_beats


@dataclass(frozen=True, slots=True, kw_only=True)
class Chord:
    """``root`` and ``bass`` are pitch classes 0..11; ``classes`` starts with the root.

    ``roman`` is counted in the cue's key, whatever the local ``key``; that is None where it is the cue's own.
    """

    start_beats: Fraction
    length_beats: Fraction
    roman: str
    root: int
    classes: tuple[int, ...]
    bass: int
    cluster: bool = False
    key: Key | None = None
    pedal: bool = False
    """Its bass is held through several chords, whether they contain it or not."""

    @property
    def end_beats(self) -> Fraction:
        return self.start_beats + self.length_beats


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone:
    """A written note. ``stress`` is added to the velocity that metre and intensity give; ``mark`` as in ``Note``."""

    start_beats: Fraction
    length_beats: Fraction
    pitch: int
    stress: float = 0.0
    mark: Literal["", "accent", "staccato", "tenuto", "marcato"] = ""
    nudge_ms: float = 0.0
    anchor: Literal["attack", "peak"] = "attack"
    exact: bool = False
    """Belongs to a hit: not thinned before it, humanised little."""

    @property
    def end_beats(self) -> Fraction:
        return self.start_beats + self.length_beats


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What one role plays, before anybody is chosen to play it. ``instrument`` fixes the player where that matters."""

    role: Role
    name: str
    tones: tuple[Tone, ...]
    instrument: str = ""
    level_db: float = 0.0
    fall_semitones: float = 0.0
    """How far its pitch bends from each attack (a drop)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Everything the steps may know of one cue, already in score time."""

    cue: Cue
    tempo: CueTempo
    mood: Mood
    key: Key
    bars: tuple[Bar, ...]
    end_beats: Fraction
    """Where the cue is over: nothing is attacked at or after it."""
    intensities: tuple[float, ...]
    """Planned intensity of each bar, 0..1."""
    middles: tuple[float, ...]
    """The middle of each bar in beats: where its intensity is reached."""
    strikes: tuple[Strike, ...]
    speech: tuple[tuple[Fraction, Fraction], ...]

    def random(self, *purpose: object) -> random.Random:
        return generator(self.cue.seed, *purpose)

    def bar_index(self, at_beats: Fraction) -> int:
        return begun(self.bars, at_beats)

    def intensity(self, at_beats: Fraction) -> float:
        return self.intensities[self.bar_index(at_beats)]

    def spoken(self, at_beats: Fraction) -> bool:
        return any(start <= at_beats < end for start, end in self.speech)

    @property
    def hard(self) -> tuple[Strike, ...]:
        return tuple(s for s in self.strikes if s.klass == "hard")

    def beats_for(self, seconds: float, at_beats: Fraction) -> Fraction:
        """How many beats last ``seconds`` just before ``at_beats``, in 1/24 beats, rounded up."""
        now = self.tempo.seconds_at(at_beats)
        width = float(at_beats) - self.tempo.beats_at(now - seconds)
        return Fraction(int(width * 24 + 0.999), 24)


def chord_at(chords: tuple[Chord, ...], at_beats: Fraction) -> Chord:
    """The chord that sounds at ``at_beats``; the first or last one outside."""
    return chords[begun(chords, at_beats)]


def key_at(chords: tuple[Chord, ...], at_beats: Fraction, home: Key) -> Key:
    """The key that holds at ``at_beats``: the chord's own where the cue has moved away from ``home``."""
    return chord_at(chords, at_beats).key or home if chords else home
