"""Hits weighed against each other: what the largest one gets, what the others give up, and hits that crowd each other
(craft guide 1.4, 1.7, 7)."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

from autoscore.stages.compose.gestures.mark import Mark
from autoscore.stages.compose.values import Line, Setting
from autoscore.tables import read


def limits() -> dict[str, Any]:
    """When hits crowd each other, and what the largest one gets: form.toml."""
    row: dict[str, Any] = read("form.toml")["hits"]
    return row


def dry(setting: Setting, marks: tuple[Mark, ...]) -> tuple[Mark, ...]:
    """The marks with short strokes where the next hard hit comes at once."""
    row = limits()
    hard = [m.strike for m in marks if m.strike.klass == "hard"]
    after = {a.id: b for a, b in pairwise(hard) if b.time_s - a.time_s < row["close_s"]}
    found = []
    for mark in marks:
        follower = after.get(mark.strike.id)
        if follower is None:
            found.append(mark)
            continue
        room = follower.at_beats - mark.strike.at_beats - setting.beats_for(row["dry_gap_s"], follower.at_beats)
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
    """The marks with silence before the heaviest, and in a climax a few of them with everything at once."""
    row = limits()
    hard = [m for m in marks if m.strike.klass == "hard"]
    ranked = sorted(hard, key=lambda m: (-m.strike.weight, -setting.intensity(m.strike.at_beats), m.strike.at_beats))
    most = row["most_tutti"] if setting.cue.is_climax else 0
    everything = {m.strike.id for m in [r for r in ranked if r.tutti][:most]}
    start_s = setting.tempo.seconds_at(Fraction(0))
    hushed = next(
        (
            m.strike
            for m in ranked
            if m.strike.weight >= row["heavy"]
            and m.strike.time_s >= start_s + row["from_s"]
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
            silence = Fraction(1) if drummed else setting.beats_for(row["hush_s"], hushed.at_beats)
            earlier = [m.strike.at_beats for m in marks if m.strike.at_beats < hushed.at_beats]
            silence = min(silence, (hushed.at_beats - max(earlier)) / 2) if earlier else silence
            # What led in is over before the silence begins, or stays away.
            lines = tuple(line for line in mark.lines if not _led_in(line, hushed.at_beats))
            mark = replace(mark, pause_beats=max(mark.pause_beats, silence), lines=lines or mark.lines)
        found.append(mark)
    return tuple(found)
