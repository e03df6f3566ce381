"""A palette: who may play."""

from __future__ import annotations

from dataclasses import dataclass

PALETTE_ROLES = ("lead", "harmony", "bass", "motion", "colour", "counter", "percussion")


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Who may play (see tables/README.md, palettes.toml). Roles name keys of instruments.toml, best first.

    ``groups`` are the groups that may sound, ``without`` the instruments of them that may not. Each role's list plays
    it where the palette leaves none of the mood's own players. ``strict`` lets the palette's lists alone decide.
    """

    name: str
    title: str
    groups: tuple[str, ...]
    lead: tuple[str, ...]
    harmony: tuple[str, ...]
    bass: tuple[str, ...]
    motion: tuple[str, ...]
    colour: tuple[str, ...] = ()
    counter: tuple[str, ...] = ()
    percussion: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    strict: bool = False
    source: str = ""
    """The name of the file it was read from, "" for a row of palettes.toml."""
    sha256: str = ""
    """The sum of that file."""

    def players(self, role: str) -> tuple[str, ...]:
        """The list of ``role``.

        Raises:
            KeyError: there is no such role.
        """
        if role not in PALETTE_ROLES:
            raise KeyError(role)
        keys: tuple[str, ...] = getattr(self, role)
        return keys

    @property
    def instruments(self) -> tuple[str, ...]:
        """Every instrument that a role names, once, in the order of the roles."""
        return tuple(dict.fromkeys(key for role in PALETTE_ROLES for key in self.players(role)))
