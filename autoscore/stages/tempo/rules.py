"""What bounds a cue's tempo: rows of tables/tempo.toml for its pulse and the way it ends."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from autoscore import tables
from autoscore.model.tempo import pulse_beats
from autoscore.tables import MoodTempo

TABLE = "tempo.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Shares: 0.02 is two percent. ``*_change`` is from one beat to the next (craft guide 2.3)."""

    ideal_deviation: float
    hard_deviation: float
    ideal_change: float
    hard_change: float
    syncopated: bool
    odd_metres: bool


def rules_of(tempo: MoodTempo) -> Rules:
    """The bounds of a mood."""
    row: dict[str, float] = tables.read(TABLE)["bounds"][tempo.pulse]
    return Rules(
        ideal_deviation=row["ideal_deviation"],
        hard_deviation=row["hard_deviation"],
        ideal_change=row["ideal_change"],
        hard_change=row["hard_change"],
        syncopated=tempo.swing > 0.5 or (tempo.odd_metres and tempo.pulse == "drums"),
        odd_metres=tempo.odd_metres,
    )


def step_beats(metre: str) -> Fraction:
    """Quarter notes from beat to beat where tempo change is judged: the pulse, but never less than a quarter."""
    return max(Fraction(1), pulse_beats(metre))


def rit_row() -> dict[str, Any]:
    """The written ritardando's numbers."""
    row: dict[str, Any] = tables.read(TABLE)["rit"]
    return row
