"""analyze: what is seen and heard, when."""

from autoscore.stages.analyze.analyze import analyze
from autoscore.stages.analyze.plot import draw

__all__ = ["analyze", "draw"]
