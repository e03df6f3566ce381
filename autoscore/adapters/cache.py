"""What was measured once on this machine: small JSON files in the user's cache folder. Losing them costs time only."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any

from autoscore.adapters.files import storage_errors, write_text
from autoscore.adapters.locks import HeldError, held
from autoscore.errors import StorageError

_CHANGING = Lock()
_POLL_S = 0.02
_MOST_WAIT_S = 2.0


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


def change(name: str, changed: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Replaces the table ``name`` by what ``changed`` makes of it; nobody else's change in between is lost.

    A cache that cannot be written is done without. Where somebody holds the table for long, it is not waited for.
    """
    place = folder()
    with suppress(StorageError), storage_errors(place):
        place.mkdir(parents=True, exist_ok=True)
        with _CHANGING, _alone(place / f".{name}.lock"):
            write_text(place / f"{name}.json", json.dumps(changed(read(name)), sort_keys=True, indent=0))


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """No other process is in this block, unless one stays in it for longer than _MOST_WAIT_S."""
    with ExitStack() as opened:
        for _ in range(round(_MOST_WAIT_S / _POLL_S)):
            try:
                opened.enter_context(held(lock))
                break
            except HeldError:
                time.sleep(_POLL_S)
        yield
