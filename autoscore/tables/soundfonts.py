"""The catalogue of known SoundFonts, soundfonts.toml."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from autoscore.errors import TableError
from autoscore.tables import read
from autoscore.tables.rows import row

FILE = "soundfonts.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class FontRow:
    """A known SoundFont; its keys are explained in the file."""

    name: str
    title: str
    files: tuple[str, ...]
    grade: Literal["full", "good", "lesser"]
    licence: str
    author: str
    origin: str
    debian: str = ""
    download: str = ""
    file: str = ""
    bytes: int = 0
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRow:
    """Folders that are searched, by platform."""

    linux: tuple[str, ...]
    darwin: tuple[str, ...] = ()


@cache
def catalogue() -> dict[str, Any]:
    """The table as it is in the file, every row of it checked.

    Raises:
        TableError: a row lacks a key, or a value is of another kind.
    """
    table = read(FILE)
    row(SearchRow, table.get("search"), f"{FILE} [search]")
    fonts = table.get("font")
    if not isinstance(fonts, list) or not fonts:
        raise TableError(f"{FILE}: it names no font")
    for font in fonts:
        row(FontRow, font, f"{FILE} [[font]]")
    return table
