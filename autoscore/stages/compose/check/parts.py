"""Fault 19: parts that nobody could play; and notes that crowd a hit or hang over the end."""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise

from autoscore.stages.compose.check.hearing import Hearing, Voice

QUIET_BEFORE_HIT_S = 0.24
FASTEST_PER_S = {"brass": 8, "winds": 10, "saxophones": 10}
LOW_STRINGS_PER_S = 8
LOW_STRINGS_TOP = 52
"""Strings whose comfortable range begins below this are low ones."""


def out_of_range(hearing: Hearing) -> float | None:
    """Number of notes that their instrument does not have."""
    return float(sum(not v.who.low <= n.pitch <= v.who.high for v in hearing.voices for n in v.notes))


def strained(hearing: Hearing) -> float | None:
    """Share of pitched notes outside their instrument's comfortable range."""
    inside = [v.who.sweet_low <= n.pitch <= v.who.sweet_high for v in hearing.pitched for n in v.notes]
    return 1.0 - sum(inside) / len(inside) if inside else None


def chords_on_solo(hearing: Hearing) -> float | None:
    """Number of written overlaps on instruments of one voice."""
    return float(
        sum(
            b.start < a.end - 1e-6
            for v in hearing.voices
            if not v.who.polyphonic and v.part.role != "hit"
            for a, b in pairwise(v.notes)
        )
    )


def _fastest(voice: Voice) -> int | None:
    if voice.who.family in FASTEST_PER_S:
        return FASTEST_PER_S[voice.who.family]
    low = voice.who.family == "strings" and voice.who.sweet_low < LOW_STRINGS_TOP - 4 and voice.who.sweet_high < 70
    return LOW_STRINGS_PER_S if low else None


def too_fast(hearing: Hearing) -> float | None:
    """Number of seconds in which brass, winds or low strings attack more often than players can."""
    found = 0
    for voice in hearing.pitched:
        limit = _fastest(voice)
        if limit is None:
            continue
        times = sorted({round(n.written_s, 4) for n in voice.notes})
        found += sum(bisect_left(times, t + 1.0 - 1e-3) - i > limit for i, t in enumerate(times))
    return float(found)


def crowded_hits(hearing: Hearing) -> float | None:
    """Number of loud attacks in the quarter of a second before a hard hit (craft guide 1.7)."""
    hard = hearing.hard_hits
    marked = [h for h in hearing.score.hits if h.hit_id in hard]
    if not marked:
        return None
    return float(
        sum(
            0.03 < hit.time_s - n.on_s < QUIET_BEFORE_HIT_S
            for v in hearing.voices
            for n in v.notes
            if n.written.anchor == "attack" and n.velocity >= 40
            for hit in marked
        )
    )


def missed_hits(hearing: Hearing) -> float | None:
    """Number of hard hits without an attack between 20 ms before and 40 ms after the picture."""
    hard = hearing.hard_hits
    wanted = [h.time_s for h in hearing.cue.hits if h.klass == "hard" and h.id in hard]
    if not wanted:
        return None
    times = sorted(n.on_s for v in hearing.voices for n in v.notes if n.written.anchor == "attack")
    return float(sum(bisect_left(times, at + 0.04) <= bisect_left(times, at - 0.02) for at in wanted))


def past_the_end(hearing: Hearing) -> float | None:
    """Number of notes attacked after the cue's end, or held more than 50 ms past it."""
    end_s = hearing.tempo.end_s
    return float(sum(n.on_s > end_s or n.off_s > end_s + 0.05 for v in hearing.voices for n in v.notes))
