"""Fault 9: aimless wandering. How much of the melody belongs to a theme."""

from __future__ import annotations

from autoscore.stages.compose.check.hearing import Hearing
from autoscore.stages.compose.themes.similarity import of_theme, recalled, tune

FEWEST = 16


def theme_share(hearing: Hearing) -> float | None:
    """Share of melody notes inside a passage that recalls one of the film's themes, transformed or not."""
    lead = hearing.lead
    if len(lead) < FEWEST or not hearing.themes or hearing.cue.theme.treatment == "none":
        return None
    heard = recalled(tune(n.written for n in lead), [of_theme(t) for t in hearing.themes])
    return sum(heard) / len(heard)
