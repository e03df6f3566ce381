"""Fault 18: breathless, shapeless melody; and the single summit of fault 11."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from autoscore.stages.compose.check.hearing import Heard, Hearing, Voice

FEWEST = 12
BREATH_BEATS = 1.0
BREATH_S = 0.12
WIDE = 8
SILENT_BEATS = 8.0
"""A gap of this and more is not a rest of the melody: the melody is away."""


def phrases(lead: tuple[Heard, ...]) -> list[list[Heard]]:
    """The melody cut at rests of a beat and more."""
    found: list[list[Heard]] = []
    for note in lead:
        if not found or note.start - found[-1][-1].end >= BREATH_BEATS - 1e-6:
            found.append([])
        found[-1].append(note)
    return found


def rest_share(hearing: Hearing) -> float | None:
    """Share of the melody's time that is silence; gaps of 8 beats and more are not its time."""
    lead = hearing.lead
    if len(lead) < FEWEST:
        return None
    silent = sounding = 0.0
    for note, after in pairwise(lead):
        gap = after.start - note.end
        sounding += min(note.end, after.start) - note.start
        silent += gap if 0 < gap < SILENT_BEATS else 0.0
    return silent / (silent + sounding)


def longest_breath(hearing: Hearing) -> float | None:
    """Longest stretch in seconds that a single wind or brass player leads or answers without a rest."""
    return _breath([v for v in hearing.pitched if v.part.role in ("melody", "counter")])


def longest_hold(hearing: Hearing) -> float | None:
    """Longest stretch in seconds that any single wind or brass player plays without a rest."""
    return _breath(hearing.pitched)


def _breath(voices: Sequence[Voice]) -> float | None:
    longest = 0.0
    for voice in voices:
        if voice.who.group not in ("winds", "brass") or voice.who.polyphonic or not voice.notes:
            continue
        start, off = voice.notes[0].on_s, voice.notes[0].off_s
        for note in voice.notes[1:]:
            if note.on_s - off >= BREATH_S:
                start = note.on_s
            off = max(off, note.off_s)
            longest = max(longest, off - start)
        longest = max(longest, voice.notes[0].off_s - voice.notes[0].on_s)
    return longest or None


def phrase_ends(hearing: Hearing) -> float | None:
    """Share of melodic phrases of three notes and more whose last note lasts 1.5 times the median note."""
    lead = hearing.lead
    if len(lead) < FEWEST:
        return None
    usual = median(n.end - n.start for n in lead)
    ends = [p[-1].end - p[-1].start for p in phrases(lead) if len(p) >= 3]
    return sum(e >= 1.5 * usual - 1e-6 for e in ends) / len(ends) if len(ends) >= 3 else None


def turns(hearing: Hearing) -> float | None:
    """How often the melody changes direction: share of pairs of successive intervals (unisons left out)."""
    moves = [b.pitch - a.pitch for a, b in pairwise(hearing.lead) if b.pitch != a.pitch]
    pairs = list(pairwise(moves))
    return sum(a * b < 0 for a, b in pairs) / len(pairs) if len(pairs) >= FEWEST else None


def wide_leaps(hearing: Hearing) -> float | None:
    """Share of the melody's intervals, phrase by phrase, of a sixth (8 semitones) and more; octaves do not count."""
    moves = [abs(b.pitch - a.pitch) for p in phrases(hearing.lead) for a, b in pairwise(p)]
    return sum(m >= WIDE and m != 12 for m in moves) / len(moves) if len(moves) >= FEWEST else None


def summits(hearing: Hearing) -> float | None:
    """How often the melody's highest pitch is attacked; repeats without another note between count once."""
    lead = hearing.lead
    if len(lead) < FEWEST:
        return None
    top = max(n.pitch for n in lead)
    return float(sum(b.pitch == top and (a is None or a.pitch != top) for a, b in pairwise([None, *lead]) if b))
