"""Fault 23: seasick or jumpy tempo."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

from autoscore.model.tempo import pulse_beats
from autoscore.stages.compose.check.hearing import Hearing
from autoscore.tables import read


def _free(hearing: Hearing) -> list[tuple[float, float, str]]:
    return [(float(s.start_beats), float(s.end_beats), s.label) for s in hearing.tempo.segments]


def _labelled(hearing: Hearing, at: float) -> bool:
    return any(label and start - 1e-6 <= at < end for start, end, label in _free(hearing))


def _beats(hearing: Hearing) -> list[float]:
    """Positions of the whole notated pulses outside labelled changes."""
    pulse = pulse_beats(hearing.cue.metre)
    end, at, found = hearing.tempo.length_beats, Fraction(0), []
    while at + pulse <= end:
        if not _labelled(hearing, float(at)):
            found.append(float(at))
        at += pulse
    return found


def tempo_step(hearing: Hearing) -> float | None:
    """Largest change of tempo from one beat to the next, as a share of what the mood's pulse allows (1 = all of it)."""
    tempo, pulse = hearing.tempo, float(pulse_beats(hearing.cue.metre))
    lengths_s = [(at, tempo.seconds_at(at + pulse) - tempo.seconds_at(at)) for at in _beats(hearing)]
    steps = [abs(math.log(d / c)) for (a, c), (b, d) in pairwise(lengths_s) if b - a <= pulse + 1e-6]
    bound = float(read("tempo.toml")["bounds"][hearing.mood.tempo.pulse]["hard_change"])
    return max(steps) / bound if steps else None


def tempo_deviation(hearing: Hearing) -> float | None:
    """Largest deviation from the cue's base tempo outside labelled changes, as a share of what is allowed."""
    beats = _beats(hearing)
    bound = float(read("tempo.toml")["bounds"][hearing.mood.tempo.pulse]["hard_deviation"])
    off = [abs(hearing.tempo.bpm_at(b) / hearing.tempo.base_bpm - 1.0) for b in beats]
    return max(off) / bound if off else None


def irregular_bars(hearing: Hearing) -> float | None:
    """Bars in another metre than the cue's, per 8 bars."""
    bars = hearing.tempo.bars
    if len(bars) < 8:
        return None
    return 8.0 * sum(b.metre != hearing.cue.metre for b in bars) / len(bars)
