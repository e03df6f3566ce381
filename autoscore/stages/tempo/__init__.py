"""tempo: CuePlan -> TempoMap. Bars, metre and tempo of each cue, hard hits exactly on beats."""

from __future__ import annotations

from fractions import Fraction

from autoscore import tables
from autoscore.model.cues import Cue, CuePlan
from autoscore.model.tempo import CueTempo, TempoMap
from autoscore.stages.tempo.solve import solve

__all__ = ["tempo", "tempo_cue"]


def tempo_cue(cue: Cue, rate: Fraction) -> CueTempo:
    """Bars and tempo of one cue. Hard hits, start and (for button, stop, segue) end fall exactly on beats.

    Args:
        cue: with its hits, sections, metre and tempo wish (notated pulses a minute).
        rate: frames per second of the film; hit times are already those of their frames, so it is not needed.

    Raises:
        KeyError: there is no such mood.
        ValueError: the cue's metre is not a metre.
    """
    del rate
    mood = tables.mood(cue.mood)
    slows = mood.tempo.pulse != "drums" and mood.devices.ending in ("ring", "fade")
    return solve(cue, mood.tempo, rit=slows)


def tempo(plan: CuePlan) -> TempoMap:
    """The tempo of every cue, each on its own."""
    return TempoMap(cues=tuple(tempo_cue(cue, plan.rate) for cue in plan.cues))
