"""tempo: bars, metre and tempo of each cue of the plan, hard hits exactly on beats."""

from __future__ import annotations

from autoscore import tables
from autoscore.model.cues import Cue
from autoscore.model.tempo import CueTempo
from autoscore.stages.tempo.solve import solve

__all__ = ["tempo_cue"]


def tempo_cue(cue: Cue) -> CueTempo:
    """Bars and tempo of one cue. Hard hits, start and (for button, stop, segue) end fall exactly on beats.

    Args:
        cue: with its hits, sections, metre and tempo wish (notated pulses a minute).

    Raises:
        KeyError: there is no such mood.
        ValueError: the cue's metre is not a metre.
    """
    mood = tables.mood(cue.mood)
    slows = mood.tempo.pulse != "drums" and mood.devices.ending in ("ring", "fade")
    return solve(cue, mood.tempo, rit=slows)
