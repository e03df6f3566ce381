"""plan: Spotting and the brief -> CuePlan, the cue sheet a person edits."""

from autoscore.stages.plan.follow import follow
from autoscore.stages.plan.plan import plan

__all__ = ["follow", "plan"]
