"""compose: CuePlan and TempoMap become a Score. Pure: no files but the project's tables, no clock, no global chance."""

from __future__ import annotations

from autoscore.model.cues import CuePlan
from autoscore.model.score import Score
from autoscore.model.tempo import TempoMap
from autoscore.stages.compose.cue import compose_cue
from autoscore.stages.compose.themes.book import theme_book

__all__ = ["compose", "compose_cue", "theme_book"]


def compose(plan: CuePlan, tempo: TempoMap) -> Score:
    """The whole film's score: the theme book once, then each cue that is not muted on its own.

    Raises:
        KeyError: the tempo map has no entry for a cue, or a mood is unknown.
    """
    themes = theme_book(plan)
    cues = tuple(compose_cue(cue, tempo.of(cue.id), themes) for cue in plan.cues if not cue.muted)
    return Score(seed=plan.seed, themes=themes, cues=cues)
