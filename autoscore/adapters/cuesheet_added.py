"""A cue that a person wrote into the sheet, before planning has filled it in."""

from __future__ import annotations

from collections.abc import Sequence

from autoscore.model.cues import ADDED, Cue, CuePlan, DynamicPoint, ThemeUse, seed_of
from autoscore.model.time import Span, clip
from autoscore.tables import mood

_NO_CHOICE = frozenset(("id", "seed", "take", "muted", "why"))
"""Fields that planning has nothing to choose for."""


def added(name: str, start_s: float, end_s: float, mood_name: str, plan: CuePlan, fields: Sequence[str]) -> Cue:
    """A cue with stand-ins for what nobody wrote; ``fields``, what somebody did, is in its ``chosen``."""
    row, tune = mood(mood_name), plan.own_theme
    return Cue(
        start_s=start_s,
        end_s=end_s,
        id=name,
        title=row.title,
        in_type="sneak",
        out_type="ring",
        mood=mood_name,
        valence=row.valence,
        arousal=row.arousal,
        key=plan.home_key,
        tempo_bpm=row.tempo.prefer_bpm,
        metre=tune.metre if tune else row.tempo.metres[0],
        palette=plan.palette,
        theme=ThemeUse(),
        dynamics=(DynamicPoint(time_s=start_s, intensity=round(0.25 + 0.5 * row.arousal, 2)),),
        speech=clip(plan.speech, Span(start_s=start_s, end_s=end_s)),
        seed=seed_of(seed_of(plan.seed, plan.identity), name),
        chosen=tuple(sorted({ADDED, *fields} - _NO_CHOICE)),
    )
