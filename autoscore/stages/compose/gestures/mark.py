"""A moment as written: a hit or an entrance with its strokes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from autoscore.stages.compose.values import Line, Strike


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """``pause_beats`` of silence and ``still_beats`` without a new attack before it, ``tutti`` when everybody accents
    it."""

    strike: Strike
    device: str
    lines: tuple[Line, ...]
    pause_beats: Fraction = Fraction(0)
    still_beats: Fraction = Fraction(0)
    tutti: bool = False
