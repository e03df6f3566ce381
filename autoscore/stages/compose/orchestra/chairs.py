"""Chairs: who physically sits where, so that nobody plays two things at once."""

from __future__ import annotations

from dataclasses import dataclass, field

from autoscore.stages.compose.orchestra.players import player
from autoscore.tables import read

ARTICULATIONS = ("_slow", "_trem", "_pizz", "_muted")
"""Endings of instrument keys that mean another way of playing by the same people."""
LEAST_SECTIONS = 2
"""A full section whose players are partly busy elsewhere still plays when so many of its parts are free."""


def chair(key: str) -> str:
    """Whose chair the instrument ``key`` is: the legato, slow, tremolo and plucked second violins are one."""
    return next((key.removesuffix(a) for a in ARTICULATIONS if key.endswith(a)), key)


def ensembles() -> dict[str, list[str]]:
    """Full sections -> their parts, highest first (layers.toml)."""
    found: dict[str, list[str]] = read("layers.toml")["sections"]
    return found


def sections(key: str) -> tuple[str, ...]:
    """The parts of a full section, highest first; the instrument itself where it has none."""
    return tuple(ensembles().get(key, (key,)))


def is_section(key: str) -> bool:
    """Is ``key`` one part of a string section, that plays figures together with its neighbours?"""
    return any(key in parts for parts in ensembles().values())


@dataclass(slots=True)
class Chairs:
    """Which chairs are taken in one cue."""

    taken: dict[str, int] = field(default_factory=dict)

    def free(self, key: str) -> bool:
        """Can ``key`` play something more? Keyboards have two hands, sections need some of their parts."""
        parts = sections(key)
        limit = 2 if key in read("layers.toml")["two_handed"] else 1
        idle = sum(self.taken.get(chair(part), 0) < limit for part in parts)
        return idle >= min(LEAST_SECTIONS, len(parts))

    def take(self, *keys: str) -> None:
        """Full sections are lent, not taken: a single part may still leave them."""
        for key in keys:
            if key and key not in ensembles():
                self.taken[chair(key)] = self.taken.get(chair(key), 0) + 1

    def first(self, keys: tuple[str, ...]) -> str:
        """The first of ``keys`` that is free; "" when all are busy."""
        return next((key for key in keys if self.free(key)), "")


def by_height(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Highest players first."""
    return tuple(sorted(keys, key=lambda k: (-player(k).sweet_low, k)))
