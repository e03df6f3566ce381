"""What each container can hold: the rows of containers.toml."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autoscore.tables import read


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A row of tables/containers.toml."""

    name: str
    suffixes: tuple[str, ...]
    format: str
    encoder: str
    frame: int
    options: dict[str, str]
    apart: bool = False
    shows_priming: bool = False
    whole_frames: bool = False
    audio: tuple[str, ...] = ()
    subtitles: tuple[str, ...] = ()
    text_subtitles: str = ""
    never_subtitles: tuple[str, ...] = ()
    attachments: bool = False
    covers: bool = False
    hevc_tag: str = ""
    muxer: dict[str, str] | None = None
    flac: dict[str, str] | None = None
    draft: str = ""


def containers() -> tuple[Container, ...]:
    """All rows, in the table's order."""
    found = []
    for name, row in read("containers.toml").items():
        values: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in row.items()}
        found.append(Container(name=name, **{"options": {}, **values}))
    return tuple(found)


def container_for(output: Path) -> Container:
    """The container that the output's suffix means; Matroska where it is not known, for it holds anything."""
    rows = {row.name: row for row in containers()}
    suffix = output.suffix.lower()
    return next((row for row in rows.values() if suffix in row.suffixes), rows["matroska"])
