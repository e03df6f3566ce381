"""Digests that the keys of stages are made from: of the tables, and of what is musical about a cue."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from autoscore import artifacts, tables
from autoscore.manifest import digest
from autoscore.model.cues import Cue

PLANNED_FROM = (
    "planning.toml", "words.toml", "palettes.toml", "modes.toml", "instruments.toml", "moods", "transitions.toml",
)  # fmt: skip
"""The tables that planning reads; an edited cue sheet need not be looked at again because of any other."""


@cache
def tables_digest(*names: str) -> str:
    """Digest of the tables or folders of tables with these names, or of every table: from others comes other music."""
    sums = []
    folders = [tables.FOLDER]
    while folders:
        folder = folders.pop()
        for entry in folder.iterdir():
            if names and folder is tables.FOLDER and entry.name not in names:
                continue
            if entry.is_dir():
                folders.append(entry)
            elif entry.name.endswith((".toml", ".json")):
                sums.append((entry.name, digest(entry.read_bytes().decode("utf-8", "backslashreplace"))))
    return digest(sorted(sums))


def cue_sum(cue: Cue) -> str:
    """Digest of all that is musical about a cue: reasons, and who gave them, are for people and change nothing."""
    hits = tuple(replace(hit, reason="", yours=False) for hit in cue.hits)
    return digest(artifacts.dump(replace(cue, reasons={}, chosen=(), hits=hits)))
