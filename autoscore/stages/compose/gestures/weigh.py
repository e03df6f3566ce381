"""Hits weighed against each other: what the largest one gets, what the others give up, and hits that crowd each other
(craft guide 1.4, 1.7, 7)."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from autoscore.stages.compose.gestures.mark import Mark
from autoscore.stages.compose.values import Line, Setting

CLOSE_S = 0.5
"""A hit that another one follows so soon is struck dry, so that both are heard."""
DRY_GAP_S = 0.06
HUSH_S = 1.2
"""Silence before the largest impact of a cue; a beat where a drum pulse drives it."""
HEAVY = 0.8
FROM_S = 8.0
"""The largest impact has music before it that can fall silent."""
MOST_TUTTI = 3
"""So many times at most everything happens at once: transient, harmony, dynamics and register."""


def dry(setting: Setting, marks: tuple[Mark, ...]) -> tuple[Mark, ...]:
    """The marks with short strokes where the next hard hit comes at once."""
    hard = [m.strike for m in marks if m.strike.klass == "hard"]
    after = {a.id: b for a, b in pairwise(hard) if b.time_s - a.time_s < CLOSE_S}
    found = []
    for mark in marks:
        follower = after.get(mark.strike.id)
        if follower is None:
            found.append(mark)
            continue
        room = follower.at_beats - mark.strike.at_beats - setting.beats_for(DRY_GAP_S, follower.at_beats)
        room = max(Fraction(1, 16), room)
        lines = tuple(
            replace(line, tones=tuple(replace(t, length_beats=min(t.length_beats, room)) for t in line.tones))
            for line in mark.lines
        )
        found.append(replace(mark, lines=lines, tutti=False))
    return tuple(found)


def _led_in(line: Line, at_beats: Fraction) -> bool:
    return any(t.start_beats < at_beats and t.anchor == "attack" for t in line.tones)


def largest(setting: Setting, marks: tuple[Mark, ...]) -> tuple[Mark, ...]:
    """The marks with silence before the heaviest, and at most three of them, in a climax, with everything at once."""
    hard = [m for m in marks if m.strike.klass == "hard"]
    ranked = sorted(hard, key=lambda m: (-m.strike.weight, -setting.intensity(m.strike.at_beats), m.strike.at_beats))
    everything = {m.strike.id for m in [r for r in ranked if r.tutti][: MOST_TUTTI if setting.cue.is_climax else 0]}
    start_s = setting.tempo.seconds_at(Fraction(0))
    hushed = next(
        (
            m.strike
            for m in ranked
            if m.strike.weight >= HEAVY
            and m.strike.time_s >= start_s + FROM_S
            and not setting.spoken(m.strike.at_beats)
        ),
        None,
    )
    found = []
    for mark in marks:
        if mark.strike.klass == "hard":
            mark = replace(mark, tutti=mark.strike.id in everything)
        if hushed is not None and mark.strike.id == hushed.id:
            drummed = setting.mood.tempo.pulse == "drums"
            silence = Fraction(1) if drummed else setting.beats_for(HUSH_S, hushed.at_beats)
            earlier = [m.strike.at_beats for m in marks if m.strike.at_beats < hushed.at_beats]
            silence = min(silence, (hushed.at_beats - max(earlier)) / 2) if earlier else silence
            # What led in is over before the silence begins, or stays away.
            lines = tuple(line for line in mark.lines if not _led_in(line, hushed.at_beats))
            mark = replace(mark, pause_beats=max(mark.pause_beats, silence), lines=lines or mark.lines)
        found.append(mark)
    return tuple(found)
