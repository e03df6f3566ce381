"""Whom a cue may ask to play, and which devices can be played there as their names promise."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from autoscore.model.cues import Cue
from autoscore.model.palette import Palette
from autoscore.model.spotting import HitClass
from autoscore.tables import read
from autoscore.tables.palettes import palette

IMMEDIATE = ("attack", "chord", "bend")
"""Kinds of strokes that fall on the hit itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Whom a cue may ask: its palette, the instruments wanted first, the instruments and groups that must not sound."""

    palette: Palette | None = None
    """None lets everybody play."""
    featured: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    def bars(self, key: str) -> bool:
        """Is ``key`` unknown or ruled out by the cue itself?"""
        row = read("instruments.toml").get(key)
        return row is None or key in self.without or row["group"] in self.without

    def allows(self, key: str) -> bool:
        """May ``key`` sound?"""
        if self.bars(key):
            return False
        row = self.palette
        if key in self.featured or row is None:
            return True
        if row.strict:
            return key in row.instruments
        return read("instruments.toml")[key]["group"] in row.groups and key not in row.without

    def first(self, keys: tuple[str, ...], seated: Collection[str] = ()) -> str | None:
        """The first of ``keys`` that may play; "any" first in the list lets the palette aside, never the cue's own ban.

        Args:
            seated: who plays in the cue anyway: they are asked before the others.
        """
        anybody = bool(keys) and keys[0] == "any"
        here = next((key for key in keys if key in seated and not self.bars(key)), None)
        if here is not None:
            return here
        for key in keys:
            if key != "any" and (self.allows(key) or (anybody and not self.bars(key))):
                return key
        return None

    def plays(self, device: str, klass: HitClass) -> bool:
        """Can ``device`` (a row of transitions.toml) be played as its name promises? A hard hit needs somebody who
        strikes on the moment itself, whoever leads in to it."""
        row: dict[str, Any] = read("transitions.toml")[device]
        strokes, promised = row.get("strokes", ()), row.get("promises")
        asked = [(s["kind"], self.first(tuple(s["player"]))) for s in strokes]
        if not strokes:
            return True
        if promised:
            return any(key in promised for _, key in asked)
        return any(key for kind, key in asked if klass != "hard" or kind in IMMEDIATE)


def named_palette(name: str, own: Palette | None = None) -> Palette | None:
    """The palette ``name``, the user's own first; None where there is none of that name."""
    try:
        return palette(name, (own,) if own else ())
    except KeyError:
        return None


def band_of(cue: Cue) -> Band:
    """Whom ``cue`` may ask."""
    return Band(palette=named_palette(cue.palette, cue.own_palette), featured=cue.featured, without=cue.without)
