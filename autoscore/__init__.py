"""autoscore: an original, timeline-synced score for a film."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from autoscore.model.brief import Brief
    from autoscore.pipeline import Result

__version__ = "0.1.0"
__all__ = ["Brief", "__version__", "score_film"]


def score_film(film: str | Path, brief: Brief | None = None, **how: Any) -> Result:
    """Score ``film``: what ``autoscore score`` does, without printing.

    Args:
        brief: the wishes; None decides everything from the picture.
        how: ``output``, ``workspace``, ``overwrite``, ``keep``, ``redo``, ``dry``, ``on_event`` of pipeline.run.

    Raises:
        AutoscoreError: with the sentence for the user.

    Example:
        >>> score_film("film.mp4", Brief(mood="tense"), output=Path("scored.mp4"))  # doctest: +SKIP
    """
    from pathlib import Path

    wishes = brief or import_module("autoscore.model.brief").Brief()
    result: Result = import_module("autoscore.pipeline").run(Path(film), wishes, **how)
    return result


def __getattr__(name: str) -> Any:
    # Names are loaded when they are asked for: `import autoscore` costs nothing, and the root stands on no layer.
    if name == "Brief":
        return import_module("autoscore.model.brief").Brief
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
