"""Ways in which a score sounds cheap (craft guide 9), each a named function: score -> findings."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from autoscore.model.score import CueScore, Note, Part
from autoscore.model.tempo import CueTempo
from autoscore.stages.compose.orchestra.players import player

QUIET_BEFORE_HIT_S = 0.24


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault: where (part id and beat), how much (in the unit that the fault's function names)."""

    fault: str
    part: str
    at_beats: float
    value: float


Fault = Callable[[CueScore, CueTempo], list[Finding]]


def _pitched(score: CueScore) -> list[Part]:
    return [p for p in score.parts if p.role not in ("percussion", "hit") and player(p.instrument).family != "drums"]


def attack_s(tempo: CueTempo, note: Note) -> float:
    """Film time at which a note is played."""
    return tempo.seconds_at(note.start_beats) + note.nudge_ms / 1000.0


def out_of_range(score: CueScore, _tempo: CueTempo) -> list[Finding]:
    """Notes that the instrument does not have (9.19). Value: the pitch."""
    return [
        Finding(fault="out_of_range", part=p.id, at_beats=float(n.start_beats), value=n.pitch)
        for p in score.parts
        for n in p.notes
        if not player(p.instrument).low <= n.pitch <= player(p.instrument).high
    ]


def chords_on_solo(score: CueScore, _tempo: CueTempo) -> list[Finding]:
    """Written overlaps on an instrument of one voice (9.19). Value: beats of overlap."""
    return [
        Finding(
            fault="chords_on_solo",
            part=p.id,
            at_beats=float(b.start_beats),
            value=float(a.start_beats + a.length_beats - b.start_beats),
        )
        for p in score.parts
        if not player(p.instrument).polyphonic
        for a, b in pairwise(p.notes)
        if a.start_beats + a.length_beats > b.start_beats
    ]


def flat_velocity(score: CueScore, _tempo: CueTempo) -> list[Finding]:
    """Melodic parts of 24 notes or more whose velocity hardly moves (9.2). Value: its standard deviation, pass 4."""
    found: list[Finding] = []
    for part in score.parts:
        if part.role in ("melody", "counter", "motion") and len(part.notes) >= 24:
            mean = sum(n.velocity for n in part.notes) / len(part.notes)
            deviation = math.sqrt(sum((n.velocity - mean) ** 2 for n in part.notes) / len(part.notes))
            if deviation < 4:
                found.append(Finding(fault="flat_velocity", part=part.id, at_beats=0.0, value=deviation))
    return found


def rigid_grid(score: CueScore, _tempo: CueTempo) -> list[Finding]:
    """Human players on the grid (9.5; machines are exempt). Value: standard deviation of the deviation, ms, pass 2."""
    found: list[Finding] = []
    for part in _pitched(score):
        if player(part.instrument).sigma_ms >= 4 and len(part.notes) >= 24:
            nudges = [n.nudge_ms for n in part.notes]
            mean = sum(nudges) / len(nudges)
            deviation = math.sqrt(sum((v - mean) ** 2 for v in nudges) / len(nudges))
            if deviation < 2:
                found.append(Finding(fault="rigid_grid", part=part.id, at_beats=0.0, value=deviation))
    return found


def machine_gun(score: CueScore, tempo: CueTempo) -> list[Finding]:
    """Fast repeats of one pitch with the same velocity and length (9.1). Value: their share, pass 0.1."""
    found: list[Finding] = []
    for part in _pitched(score):
        pairs = same = 0
        for a, b in pairwise(part.notes):
            if a.pitch == b.pitch and 0 < attack_s(tempo, b) - attack_s(tempo, a) < 0.3:
                pairs += 1
                length = abs(float(a.length_beats - b.length_beats)) <= 0.03 * float(a.length_beats)
                same += abs(a.velocity - b.velocity) <= 2 and length and abs(a.release_ms - b.release_ms) < 4
        if pairs >= 8 and same / pairs > 0.1:
            found.append(Finding(fault="machine_gun", part=part.id, at_beats=0.0, value=same / pairs))
    return found


def dead_long_notes(score: CueScore, tempo: CueTempo) -> list[Finding]:
    """Long notes of players who could swell, without any change of expression (9.4). Value: share, pass 0.25."""
    found: list[Finding] = []
    for part in _pitched(score):
        if player(part.instrument).struck:
            continue
        curve = [(float(c.at_beats), c.value) for c in part.controls if c.kind == "expression"]
        times = [at for at, _ in curve]
        long = dead = 0
        for note in part.notes:
            start, end = float(note.start_beats), float(note.start_beats + note.length_beats)
            if tempo.seconds_at(end) - tempo.seconds_at(start) < 1.2:
                continue
            long += 1
            inside = curve[max(0, bisect_right(times, start) - 1) : bisect_right(times, end)]
            values = [v for _, v in inside]
            dead += not values or max(values) - min(values) < 4
        if long >= 4 and dead / long > 0.25:
            found.append(Finding(fault="dead_long_notes", part=part.id, at_beats=0.0, value=dead / long))
    return found


def wrong_notes(score: CueScore, _tempo: CueTempo) -> list[Finding]:
    """Melody notes of two beats or more outside their chord, not left by step (9.15). Value: the pitch."""
    if not score.chords:
        return []
    starts = [c.start_beats for c in score.chords]
    found: list[Finding] = []
    for part in score.parts:
        if part.role not in ("melody", "counter"):
            continue
        for note, after in pairwise([*part.notes, None]):
            if note is None or note.length_beats < 2:
                continue
            chord = score.chords[max(0, bisect_right(starts, note.start_beats) - 1)]
            step = after is not None and abs(after.pitch - note.pitch) <= 2
            if note.pitch % 12 not in chord.pitch_classes and not step:
                found.append(
                    Finding(fault="wrong_notes", part=part.id, at_beats=float(note.start_beats), value=note.pitch)
                )
    return found


def crowded_hits(score: CueScore, tempo: CueTempo) -> list[Finding]:
    """Loud attacks in the quarter of a second before a hit (craft guide 1.7). Value: seconds before it."""
    found: list[Finding] = []
    hard = {a.hit_id for a in tempo.anchors if a.kind == "hard"} | {f.hit_id for f in tempo.free_hits}
    marked = [h for h in score.hits if h.hit_id in hard]
    for part in score.parts:
        for note in part.notes:
            if note.anchor == "peak" or note.velocity < 40:
                continue
            at = attack_s(tempo, note)
            found.extend(
                Finding(fault="crowded_hits", part=part.id, at_beats=float(note.start_beats), value=hit.time_s - at)
                for hit in marked
                if 0.03 < hit.time_s - at < QUIET_BEFORE_HIT_S
            )
    return found


def past_the_end(score: CueScore, tempo: CueTempo) -> list[Finding]:
    """Notes that are attacked after the cue's end, or held more than 50 ms past it. Value: seconds past."""
    found: list[Finding] = []
    for part in score.parts:
        for note in part.notes:
            off = tempo.seconds_at(note.start_beats + note.length_beats) + note.release_ms / 1000.0
            if attack_s(tempo, note) > tempo.end_s or off > tempo.end_s + 0.05:
                found.append(
                    Finding(
                        fault="past_the_end", part=part.id, at_beats=float(note.start_beats), value=off - tempo.end_s
                    )
                )
    return found


FAULTS: dict[str, Fault] = {
    "out_of_range": out_of_range,
    "chords_on_solo": chords_on_solo,
    "flat_velocity": flat_velocity,
    "rigid_grid": rigid_grid,
    "machine_gun": machine_gun,
    "dead_long_notes": dead_long_notes,
    "wrong_notes": wrong_notes,
    "crowded_hits": crowded_hits,
    "past_the_end": past_the_end,
}


def check(score: CueScore, tempo: CueTempo) -> list[Finding]:
    """Every finding of every fault."""
    return [finding for fault in FAULTS.values() for finding in fault(score, tempo)]
