"""plan: Spotting and the brief -> CuePlan, the cue sheet a person edits."""

from autoscore.stages.plan.follow import followed
from autoscore.stages.plan.plan import plan
from autoscore.stages.plan.renew import renewed

__all__ = ["followed", "plan", "renewed"]
