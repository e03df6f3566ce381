"""A cue as it stands on paper, in plain values: what the notation stage lays out and ``theory`` writes as MusicXML."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

ClefName = Literal["treble", "alto", "tenor", "bass", "percussion"]
SlurEnd = tuple[Literal["start", "stop"], int]
"""Where a slur begins or ends, and its number: slurs that sound at once have different ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glyph:
    """A chord, or a rest where there are no pitches. ``start`` (from the barline) and ``length`` in quarters.

    ``pitches`` are as written. ``tied_from`` and ``tied_to``: those of them that are held over from and into the
    neighbouring glyphs. ``mark``: "" or accent, staccato, tenuto, marcato joined by "+". ``strokes``: tremolo strokes
    through the stem.
    """

    start: Fraction
    length: Fraction
    pitches: tuple[int, ...] = ()
    tied_from: tuple[int, ...] = ()
    tied_to: tuple[int, ...] = ()
    mark: str = ""
    strokes: int = 0
    slurs: tuple[SlurEnd, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """Something at a place in a bar.

    "dynamic", "words" (for the player), "rehearsal", "system" (timecode and what happens in the film) and "feel" (how
    the whole score is played) say ``text``; "tempo" has ``bpm`` in quarters a minute; "wedge" is crescendo, diminuendo
    or stop; "pedal" start, change or stop; "octave" down (8va), up (8vb) or stop, as MusicXML says it: where the notes
    are put.
    """

    kind: Literal["dynamic", "rehearsal", "system", "words", "feel", "tempo", "wedge", "pedal", "octave"]
    at: Fraction
    text: str = ""
    bpm: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BarPage:
    """One bar of one staff. No voices: a bar of rest. ``clef``: the one that is read from this bar on."""

    voices: tuple[tuple[Glyph, ...], ...] = ()
    signs: tuple[Sign, ...] = ()
    clef: ClefName | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """Five lines. Its first bar has a clef."""

    bars: tuple[BarPage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transposition:
    """What has to be added to a written pitch to have the sounding one: scale steps, semitones and whole octaves."""

    steps: int = 0
    semitones: int = 0
    octaves: int = 0

    @property
    def total(self) -> int:
        return self.semitones + 12 * self.octaves


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """What one player, or one section, reads: one staff, or two with a brace.

    ``section``: neighbours with the same one are bracketed. ``fifths``: written key, flats negative. ``program``:
    General MIDI, 0..127. ``drums``: kit number -> (staff position like "C5", notehead, name) where pitches are kit
    numbers.
    """

    name: str
    short: str
    section: str
    staves: tuple[Staff, ...]
    fifths: int = 0
    transposition: Transposition = Transposition()
    program: int = 0
    drums: tuple[tuple[int, str, str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A cue. ``metres``: (beats, beat type) of each bar; ``pulses``: quarters in a pulse of each.

    ``note``: what stands at the upper left. ``part``: it is for one stand; rests of several bars are drawn together.
    """

    title: str
    subtitle: str
    composer: str
    note: str
    minor: bool
    metres: tuple[tuple[int, int], ...]
    pulses: tuple[Fraction, ...]
    players: tuple[Player, ...]
    part: bool = False
