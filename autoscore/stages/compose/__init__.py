"""compose: CuePlan and TempoMap become a Score, the theme book once for the film and each cue on its own.

Pure: no files but the project's tables, no clock, no global chance.
"""

from autoscore.stages.compose.cue import compose_cue
from autoscore.stages.compose.themes.book import theme_book

__all__ = ["compose_cue", "theme_book"]
