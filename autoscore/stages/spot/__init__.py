"""Analysis -> Spotting."""

from autoscore.stages.spot.spot import spot

__all__ = ["spot"]
