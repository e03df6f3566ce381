"""Palettes: the rows of palettes.toml, and files of the same kind that a user brings."""

from __future__ import annotations

import difflib
import re
import tomllib
from dataclasses import fields
from functools import cache
from typing import Any

from autoscore.model.palette import PALETTE_ROLES, Palette
from autoscore.model.score import GROUPS
from autoscore.tables import read

NEEDED_ROLES = ("lead", "harmony", "bass", "motion")
"""Roles that cannot do without players."""
_NAME = re.compile(r"[a-z][a-z0-9_-]*")
_KEYS = tuple(f.name for f in fields(Palette) if f.name not in ("name", "source", "sha256"))


@cache
def palette_names() -> tuple[str, ...]:
    """The palettes of palettes.toml, in its order."""
    return tuple(read("palettes.toml"))


@cache
def _row(name: str) -> Palette:
    return _checked(read("palettes.toml")[name], name, strict=False)


def palette(name: str, own: tuple[Palette, ...] = ()) -> Palette:
    """The palette ``name``: one of the user's ``own`` first, else the row of palettes.toml.

    Raises:
        KeyError: there is no such palette.
    """
    return next((row for row in own if row.name == name), None) or _row(name)


def parse_palette(text: str, name: str) -> Palette:
    """A palette from the text of a TOML file with the keys of one table of palettes.toml, at top level or in one table.

    Args:
        name: what the palette is called where the file has no table of that kind (its file's name without ending).

    Raises:
        ValueError: in one sentence, what is wrong with the file and what may have been meant.
    """
    try:
        table: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"the palette is not TOML: {error}") from None
    except RecursionError:
        raise ValueError("the palette is not TOML: brackets are nested too deeply") from None
    if table and all(isinstance(value, dict) for value in table.values()):
        if len(table) > 1:
            raise ValueError(f"the file holds {len(table)} palettes ({', '.join(table)}); a palette file holds one")
        name, table = next(iter(table.items()))
    slug = re.sub(r"[^a-z0-9_-]+", "_", name.lower()).strip("_-")
    if not _NAME.fullmatch(slug):
        raise ValueError(f"{name!r} cannot be a palette's name; begin it with a letter")
    return _checked(table, slug, strict=True)


def _nearest(word: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(word, known, n=3, cutoff=0.5) or [k for k in known if word and word in k][:3]
    return f"; did you mean {' or '.join(near)}?" if near else ""


def _names(table: dict[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"{where}: {key} is a list of names in quotes")
    return tuple(dict.fromkeys(value))


def _checked(table: dict[str, Any], name: str, strict: bool) -> Palette:
    where = f"palette {name}"
    for key in table:
        if key not in _KEYS:
            raise ValueError(f"{where}: unknown key {key!r}{_nearest(key, _KEYS)}")
    lists = {key: _names(table, key, where) for key in (*PALETTE_ROLES, "without", "groups", "words")}
    rows = read("instruments.toml")
    instruments = tuple(rows)
    for key in (*PALETTE_ROLES, "without"):
        for item in lists[key]:
            if item not in instruments:
                raise ValueError(f"{where}: {key} names {item!r}, which is no instrument{_nearest(item, instruments)}")
    for role in PALETTE_ROLES:
        for item in lists[role]:
            drum = rows[item]["family"] == "drums"
            if (role == "percussion") != drum and not (drum and role in ("colour", "motion")):
                raise ValueError(f"{where}: {item} cannot play {role}")
    for group in lists["groups"]:
        if group not in GROUPS:
            raise ValueError(f"{where}: {group!r} is no group{_nearest(group, GROUPS)}")
    missing = [role for role in NEEDED_ROLES if not lists[role]]
    if missing:
        raise ValueError(f"{where}: nobody plays {' and '.join(missing)}; name at least one instrument")
    title, strict = table.get("title", name.replace("_", " ").capitalize()), table.get("strict", strict)
    if not isinstance(title, str) or not isinstance(strict, bool):
        raise ValueError(f"{where}: title is text in quotes, strict is true or false")
    played = tuple(dict.fromkeys(rows[item]["group"] for role in PALETTE_ROLES for item in lists[role]))
    lists["groups"] = lists["groups"] or played
    return Palette(name=name, title=title, strict=strict, source="", sha256="", **lists)
