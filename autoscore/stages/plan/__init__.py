"""plan: Spotting and the brief -> CuePlan, the cue sheet a person edits."""

from autoscore.stages.plan.follow import follow, with_film
from autoscore.stages.plan.plan import plan
from autoscore.stages.plan.renew import renewed

__all__ = ["follow", "plan", "renewed", "with_film"]
