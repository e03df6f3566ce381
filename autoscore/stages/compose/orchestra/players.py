"""Who may play: instruments, and the players a mood and a palette leave for a role."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from autoscore.model.score import GROUPS, Group
from autoscore.tables import Mood, read


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
        key=key, name=row["name"], group=cast(Group, row["group"]), family=row["family"], low=row["range"][0],
        high=row["range"][1], sweet_low=row["sweet"][0], sweet_high=row["sweet"][1], sigma_ms=float(row["sigma_ms"]),
        polyphonic=bool(row["polyphonic"]), struck=row["dynamics"] == "velocity",
    )  # fmt: skip


@cache
def _known() -> frozenset[str]:
    return frozenset(k for k, row in read("instruments.toml").items() if isinstance(row, dict) and "range" in row)


@cache
def palette(name: str) -> dict[str, Any]:
    """The palette ``name``; an unknown one lets everybody play."""
    row: dict[str, Any] = read("palettes.toml").get(name, {})
    return row


def allowed(key: str, palette_name: str) -> bool:
    """May ``key`` sound in this palette?"""
    row = palette(palette_name)
    if key not in _known():
        return False
    return not row or (player(key).group in row["groups"] and key not in row["without"])


def choose(role: str, mood: Mood, palette_name: str) -> tuple[str, ...]:
    """Players for a role of the mood's texture, best first; the palette's own where none of them is in it.

    Args:
        role: "lead", "harmony", "bass", "motion", "colour", "counter" or "percussion".
    """
    wanted = tuple(k for k in getattr(mood.texture, role) if allowed(k, palette_name))
    if wanted:
        return wanted
    own = tuple(k for k in palette(palette_name).get(role, ()) if k in _known())
    if own or role == "percussion":
        return own
    return tuple(k for k in getattr(mood.texture, role) if k in _known())


def first_allowed(keys: tuple[str, ...], palette_name: str) -> str | None:
    """The first of ``keys`` that may play; "any" first in the list lets the palette aside."""
    anybody = bool(keys) and keys[0] == "any"
    for key in keys:
        if key != "any" and (allowed(key, palette_name) or (anybody and key in _known())):
            return key
    return None
