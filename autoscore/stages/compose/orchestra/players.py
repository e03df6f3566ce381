"""Who may play: instruments, and the players a mood and a palette leave for a role."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from autoscore.model.score import GROUPS, Group
from autoscore.tables import Mood, read
from autoscore.tables.bands import Band


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """One row of instruments.toml, as far as a composer needs it. ``struck`` instruments cannot swell."""

    key: str
    name: str
    group: Group
    family: str
    low: int
    high: int
    sweet_low: int
    sweet_high: int
    sigma_ms: float
    polyphonic: bool
    struck: bool


@cache
def player(key: str) -> Player:
    """The instrument ``key``.

    Raises:
        KeyError: instruments.toml has no such instrument.
    """
    row: dict[str, Any] = read("instruments.toml")[key]
    if row["group"] not in GROUPS:
        raise ValueError(f"instruments.toml [{key}]: unknown group {row['group']!r}")
    return Player(
        key=key,
        name=row["name"],
        group=cast(Group, row["group"]),
        family=row["family"],
        low=row["range"][0],
        high=row["range"][1],
        sweet_low=row["sweet"][0],
        sweet_high=row["sweet"][1],
        sigma_ms=float(row["sigma_ms"]),
        polyphonic=bool(row["polyphonic"]),
        struck=row["dynamics"] == "velocity",
    )


def suits(key: str, role: str) -> bool:
    """Can a featured instrument take this role? Basses need depth, chords several voices, leads a singing range."""
    who = player(key)
    if role == "percussion":
        return who.family == "drums"
    if who.family == "drums":
        return False
    if role == "bass":
        return who.low <= 36 and who.sweet_high <= 67
    if role == "harmony":
        return who.polyphonic
    return who.high >= 67 or (role == "counter" and who.high >= 60)


def choose(role: str, mood: Mood, band: Band) -> tuple[str, ...]:
    """Players for a role of the mood's texture, best first: see tables/README.md, palettes.

    Args:
        role: "lead", "harmony", "bass", "motion", "colour", "counter" or "percussion".
    """
    featured = tuple(k for k in band.featured if not band.bars(k) and suits(k, role))
    row = band.palette
    own = tuple(k for k in row.players(role) if not band.bars(k)) if row else ()
    liked: tuple[str, ...] = getattr(mood.texture, role)
    wanted = tuple(k for k in liked if band.allows(k))
    if row and row.strict:
        found = own
    elif role == "percussion":
        found = tuple(k for k in wanted if not row or k in own) or (own if liked else ())
    else:
        found = wanted or own or tuple(k for k in liked if not band.bars(k))
    return tuple(dict.fromkeys((*featured, *found)))
