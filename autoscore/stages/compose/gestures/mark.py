"""A moment as written: a hit or an entrance with its strokes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from autoscore.stages.compose.values import Line, Strike
from autoscore.tables import read


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

    @property
    def called(self) -> str:
        """The device as it is heard: its own name, or a plainer one where nobody plays whom the name promises."""
        row: dict[str, Any] = read("transitions.toml").get(self.device, {})
        if row.get("strokes") and not self.lines:
            return "none"
        promised = row.get("promises")
        if not promised or any(line.instrument in promised for line in self.lines):
            return self.device
        return str(row["otherwise"])
