"""probe: what a film file holds."""

from autoscore.stages.probe.probe import probe

__all__ = ["probe"]
