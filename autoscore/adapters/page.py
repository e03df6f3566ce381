"""A cue as it stands on paper, in plain values: what the notation stage lays out and ``theory`` writes as MusicXML."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

ClefName = Literal["", "treble", "alto", "bass"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Glyph:
    """A chord, or a rest where there are no pitches. ``start`` (from the barline) and ``length`` in quarters.

    ``tied_from`` and ``tied_to``: those of its pitches that are held over from and into the neighbouring glyphs.
    ``mark``: "", accent, staccato, tenuto or marcato. ``strokes``: tremolo strokes through the stem.
    """

    start: Fraction
    length: Fraction
    pitches: tuple[int, ...] = ()
    tied_from: tuple[int, ...] = ()
    tied_to: tuple[int, ...] = ()
    mark: str = ""
    strokes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """Something at a place in a bar. ``bpm``: quarters a minute; "system": timecode and what happens in the film."""

    kind: Literal["dynamic", "rehearsal", "system", "words", "tempo"]
    at: Fraction
    text: str = ""
    bpm: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hairpin:
    """From the first note at or after ``start`` to the last one before ``end``, quarters from the cue's start."""

    grows: bool
    start: Fraction
    end: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class BarPage:
    """One bar of one staff. No voices: a bar of rest."""

    voices: tuple[tuple[Glyph, ...], ...] = ()
    signs: tuple[Sign, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """``clef`` "" is the one its notes need. ``drums``: pitch -> (staff position like "C5", notehead) of a kit.

    ``braced``: it stands with the staff above as one instrument. ``program``: General MIDI, 0..127.
    """

    name: str
    short: str
    bars: tuple[BarPage, ...]
    hairpins: tuple[Hairpin, ...] = ()
    clef: ClefName = ""
    drums: tuple[tuple[int, str, str], ...] = ()
    braced: bool = False
    program: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A cue. ``metres``: (beats, beat type) of each bar; ``pulses``: quarters in a pulse of each.

    ``fifths``: sharps of the key (flats are negative).
    """

    title: str
    fifths: int
    minor: bool
    metres: tuple[tuple[int, int], ...]
    pulses: tuple[Fraction, ...]
    staves: tuple[Staff, ...]
