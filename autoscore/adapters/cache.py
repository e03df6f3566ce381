"""What was measured once on this machine: small JSON files in the user's cache folder. Losing them costs time only."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from autoscore.adapters.files import storage_errors, write_text
from autoscore.errors import StorageError


def folder() -> Path:
    """Where the files lie; AUTOSCORE_CACHE overrides the platform's place."""
    given = os.environ.get("AUTOSCORE_CACHE")
    if given:
        return Path(given)
    from platformdirs import user_cache_path

    return user_cache_path("autoscore")


def read(name: str) -> dict[str, Any]:
    """The table ``name``; empty when it is absent or damaged."""
    try:
        table = json.loads((folder() / f"{name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return table if isinstance(table, dict) else {}


def write(name: str, table: dict[str, Any]) -> None:
    """Replaces the table ``name`` in one step; a cache that cannot be written is done without."""
    text = json.dumps(table, sort_keys=True, indent=0)
    place = folder()
    with suppress(StorageError), storage_errors(place):
        place.mkdir(parents=True, exist_ok=True)
        write_text(place / f"{name}.json", text)
