"""The way from anchor to anchor, as the search of Stage B finds it and ``emit`` writes it out."""

from __future__ import annotations

from dataclasses import dataclass

from autoscore.stages.tempo.metre import Filling, Metre
from autoscore.stages.tempo.wishes import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Freedom:
    """How far the search has had to retreat (craft guide 2.5)."""

    reach: str = "strong"
    float_start: bool = False
    skip_hits: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From the anchor before to ``moment``: ``units`` between them; it lies ``phase`` units into its bar at ``ratio``
    times the base tempo. ``hold_s`` is a fermata before it."""

    moment: Moment
    units: int
    phase: int
    ratio: float
    hold_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """``base_bpm`` in quarter notes. ``start_ratio`` is the first tempo over the base tempo."""

    cost: float
    base_bpm: float
    metre: Metre
    filling: Filling
    start_shift_s: float
    start_ratio: float
    steps: tuple[Step, ...]
    missed: tuple[Moment, ...]
