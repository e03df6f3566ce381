"""What a running pipeline tells its observer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Progress = Callable[[float], None]
"""Called with the share done, 0..1, from any thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """``fraction`` is the share of the stage that is done; ``text`` is for people."""

    stage: str
    kind: Literal["start", "progress", "done", "reused", "warning"]
    fraction: float = 0.0
    text: str = ""
    seconds: float = 0.0


OnEvent = Callable[[Event], None]


def ignore_progress(_fraction: float) -> None:
    """The Progress that tells nobody."""


def ignore_event(_event: Event) -> None:
    """The OnEvent that tells nobody."""
