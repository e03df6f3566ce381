"""Faults 1-6: how it is played."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations, pairwise
from statistics import fmean, median, pstdev

from autoscore.stages.compose.check.hearing import Heard, Hearing, Voice

REPEAT_S = 0.3
LONG_S = 1.2
ALIVE = 6.0
"""Units of expression that a long note must move by."""
FINE = 3.0
"""Units by which a curve may move at once (craft guide 6.4)."""
EDGE_BEATS = 0.02
FEWEST = 24
"""Notes that a part needs before its habits can be measured."""
HIT_ROLES = ("hit",)


def autocorrelation(values: Sequence[float]) -> float:
    """Lag-1 autocorrelation, -1..1; 0 for a constant."""
    mean = fmean(values)
    power = sum((v - mean) ** 2 for v in values)
    return sum((a - mean) * (b - mean) for a, b in pairwise(values)) / power if power > 1e-9 else 0.0


def _attacks(notes: Sequence[Heard]) -> list[Heard]:
    """One note of each written moment: the first."""
    kept: list[Heard] = []
    for note in notes:
        if not kept or note.start > kept[-1].start + 1e-6:
            kept.append(note)
    return kept


def _played(hearing: Hearing) -> list[Voice]:
    """Parts of human players with enough notes to measure."""
    return [v for v in hearing.voices if not v.machine and v.part.role not in HIT_ROLES and len(v.notes) >= FEWEST]


def machine_gun(hearing: Hearing) -> float | None:
    """Share of fast repeats of one pitch with the same velocity (2) and length (3 %)."""
    pairs = same = 0
    for voice in hearing.voices:
        if voice.part.role in HIT_ROLES:
            continue
        last: dict[int, Heard] = {}
        for note in voice.notes:
            before = last.get(note.pitch)
            last[note.pitch] = note
            if before is None or not 0.0 < note.on_s - before.on_s < REPEAT_S:
                continue
            pairs += 1
            long, now = before.off_s - before.on_s, note.off_s - note.on_s
            same += abs(note.velocity - before.velocity) <= 2 and abs(now - long) <= 0.03 * max(long, 1e-6)
    return same / pairs if pairs >= 8 else None


def velocity_spread(hearing: Hearing) -> float | None:
    """Median over melodic parts and 8-bar stretches of the standard deviation of velocity."""
    found: list[float] = []
    for voice in hearing.of("melody", "counter", "motion"):
        by_stretch: dict[int, list[float]] = defaultdict(list)
        for note in voice.notes:
            by_stretch[hearing.bar_at(note.start) // 8].append(note.velocity)
        found.extend(pstdev(values) for values in by_stretch.values() if len(values) >= 12)
    return median(found) if found else None


def velocity_values(hearing: Hearing) -> float | None:
    """Median over melodic parts of the number of different velocities."""
    found = [
        len({n.velocity for n in v.notes}) for v in hearing.of("melody", "counter", "motion") if len(v.notes) >= FEWEST
    ]
    return float(median(found)) if found else None


def velocity_memory(hearing: Hearing) -> float | None:
    """Median over played parts of the lag-1 autocorrelation of velocity, its mean at each place of the bar left out."""
    found = []
    for voice in hearing.voices:
        notes = _attacks(voice.notes)
        if len(notes) < FEWEST or voice.part.role in HIT_ROLES:
            continue
        places = [round((n.start - hearing.bars[hearing.bar_at(n.start)][0]) * 4) for n in notes]
        sums: dict[int, list[int]] = defaultdict(list)
        for place, note in zip(places, notes, strict=True):
            sums[place].append(note.velocity)
        found.append(autocorrelation([n.velocity - fmean(sums[p]) for p, n in zip(places, notes, strict=True)]))
    return median(found) if found else None


def dead_long_notes(hearing: Hearing) -> float | None:
    """Share of notes over 1.2 s, of players who could swell, whose expression moves by less than 6 units."""
    long = dead = 0
    for voice in hearing.pitched:
        if voice.who.struck:
            continue
        curve = sorted((float(c.at_beats), c.value) for c in voice.part.controls if c.kind == "expression")
        times = [at for at, _ in curve]
        for note in voice.notes:
            if note.off_s - note.on_s < LONG_S:
                continue
            long += 1
            inside = [v for _, v in curve[max(0, bisect_right(times, note.start) - 1) : bisect_left(times, note.end)]]
            dead += not inside or max(inside) - min(inside) < ALIVE
    return dead / long if long >= 4 else None


def coarse_expression(hearing: Hearing) -> float | None:
    """Share of the steps of expression inside sounding notes that are larger than 3 units of 127."""
    steps: list[float] = []
    for voice in hearing.pitched:
        if voice.who.struck:
            continue
        curve = sorted((float(c.at_beats), c.value) for c in voice.part.controls if c.kind == "expression")
        starts = [n.start for n in voice.notes]
        for (_, before), (at, value) in pairwise(curve):
            index = bisect_right(starts, at - EDGE_BEATS) - 1
            if index >= 0 and at < voice.notes[index].end - EDGE_BEATS and value != before:
                steps.append(abs(value - before))
    return sum(s > FINE for s in steps) / len(steps) if len(steps) >= FEWEST else None


def _deviations(notes: Sequence[Heard]) -> list[float]:
    """How much later than written each note is played, ms; what all notes on a place of the beat share (swing) taken
    out."""
    late = [1000.0 * (n.on_s - n.written_s) for n in notes]
    places = [round((n.start % 1) * 24) for n in notes]
    by_place: dict[int, list[float]] = defaultdict(list)
    for place, value in zip(places, late, strict=True):
        by_place[place].append(value)
    shift = {place: median(values) if len(values) >= 8 else 0.0 for place, values in by_place.items()}
    return [value - shift[place] for place, value in zip(places, late, strict=True)]


def timing_spread(hearing: Hearing) -> float | None:
    """Median over played parts of the standard deviation of onset against the grid, ms."""
    found = [pstdev(_deviations(notes)) for v in _played(hearing) if len(notes := _attacks(v.notes)) >= FEWEST]
    return median(found) if found else None


def timing_memory(hearing: Hearing) -> float | None:
    """Median over played parts of the lag-1 autocorrelation of the same."""
    found = [autocorrelation(_deviations(notes)) for v in _played(hearing) if len(notes := _attacks(v.notes)) >= FEWEST]
    return median(found) if found else None


def _together_ms(hearing: Hearing) -> list[float]:
    """Differences in ms between the attacks of two parts that are written together; of a chord the first note.

    Moments of hits are left out: their strokes belong to the picture (``hit_spread``).
    """
    moments: dict[float, list[float]] = defaultdict(list)
    struck = {round(float(h.at_beats), 5) for h in hearing.score.hits}
    for voice in hearing.voices:
        if voice.machine or voice.part.role in HIT_ROLES:
            continue
        for note in _attacks(voice.notes):
            if note.written.anchor == "attack" and round(note.start, 5) not in struck:
                moments[round(note.start, 5)].append(note.on_s)
    return [1000.0 * abs(a - b) for times in moments.values() for a, b in combinations(times, 2)]


def ensemble_spread(hearing: Hearing) -> float | None:
    """Root mean square of the differences between attacks that are written together, ms."""
    apart = _together_ms(hearing)
    return float(fmean(v * v for v in apart) ** 0.5) if len(apart) >= 12 else None


def ensemble_worst(hearing: Hearing) -> float | None:
    """The largest of them, ms."""
    apart = _together_ms(hearing)
    return max(apart) if len(apart) >= 12 else None


def hit_spread(hearing: Hearing) -> float | None:
    """Largest distance of a stroke that marks a hard hit from its picture, ms."""
    apart: list[float] = []
    by_id = {v.part.id: v for v in hearing.voices}
    hard = hearing.hard_hits
    for hit in hearing.score.hits:
        if hit.hit_id not in hard:
            continue
        for name in hit.parts:
            notes = by_id[name].notes if name in by_id else ()
            apart.extend(
                1000.0 * abs(n.on_s - hit.time_s)
                for n in notes
                if n.written.start_beats == hit.at_beats and n.written.anchor == "attack"
            )
    return max(apart) if apart else None
