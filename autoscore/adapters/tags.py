"""The comment in a film's tags: read, and said anew without losing what a person wrote there."""

from __future__ import annotations

from pathlib import Path

from autoscore.adapters.opened import open_film
from autoscore.errors import FilmError

MARK = "Music: autoscore"
_BETWEEN = " | "


def comment_of(film: Path) -> str:
    """The film's comment; empty where it has none or cannot be read."""
    try:
        with open_film(film) as container:
            tags = {name.lower(): value for name, value in container.metadata.items()}
    except FilmError:
        return ""
    return str(tags.get("comment", ""))


def with_facts(comment: str, facts: str) -> str:
    """``comment`` with ``facts`` behind it, in the place of those of an earlier score."""
    kept = [part for part in comment.split(_BETWEEN) if part.strip() and not part.startswith(MARK)]
    return _BETWEEN.join([*kept, facts])
