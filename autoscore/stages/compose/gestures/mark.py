"""A moment as written: a hit or an entrance with its strokes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from autoscore.model.cues import Cue
from autoscore.stages.compose.orchestra.players import player
from autoscore.stages.compose.values import Line, Strike
from autoscore.tables import read
from autoscore.tables.bands import band_of

_CROWDED = "there is no room for it beside the hits around it"


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
    lack: str = ""
    """Why those whom the device's name promises may not be able to play it."""

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

    @property
    def why(self) -> str:
        """Why the moment is marked otherwise than the cue sheet has it; empty where it is not."""
        if self.called == self.strike.device or self.strike.device == "auto":
            return ""
        return f"{self.strike.device} was planned: {self.lack or _CROWDED}"


def lack(cue: Cue, strike: Strike, device: str, seated: frozenset[str]) -> str:
    """Why ``device`` cannot be played as its name promises, empty where it can: by whom the cue leaves out, whom its
    palette has, who sits in it."""
    row: dict[str, Any] = read("transitions.toml").get(device, {})
    asked = {key for stroke in row.get("strokes", ()) for key in stroke["player"] if key != "any"}
    keys, band = asked & set(row.get("promises", asked)), band_of(cue)
    if not keys:
        return ""
    if all(map(band.bars, keys)):
        return "its players are left out here (without)"
    if not any(map(band.allows, keys)):
        return f"the palette {cue.palette} has nobody to play it"
    if strike.klass == "soft" and not any(key in seated and player(key).struck for key in keys):
        return "nobody who plays in this cue can mark it so"
    return ""
