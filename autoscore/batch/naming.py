"""Where the results of many films go: the same folders below DIR, and no two films ever at one place."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path, PurePosixPath

from autoscore.batch.films import Found
from autoscore.batch.job import FilmJob
from autoscore.manifest import digest
from autoscore.model.brief import Brief
from autoscore.preflight import MUSIC_SUFFIX, suffixes
from autoscore.workspace import SUFFIX

_LONGEST_BYTES = 200
"""Names are kept to this: the receipt and the temporary file beside a result have longer ones."""


def finished_name(name: str, brief: Brief) -> str:
    """The finished film's name for a film's: a.mp4 -> a.scored.mp4, a.rm -> a.rm.scored.mkv."""
    path = PurePosixPath(name)
    if brief.music_only:
        return str(path.with_name(f"{_short(path.name)}.score{MUSIC_SUFFIX}"))
    if path.suffix.lower() in suffixes():
        return str(path.with_name(f"{_short(path.stem)}.scored{path.suffix}"))
    return str(path.with_name(f"{_short(path.name)}.scored.mkv"))


def workspace_name(name: str, mark: str) -> str:
    """The workspace of a film of this name, without its suffix; ``mark`` tells films apart whose names are one."""
    return f"{_short(name)}{f'.{mark}' if mark else ''}"


def _short(name: str) -> str:
    raw = name.encode("utf-8", "surrogateescape")
    if len(raw) <= _LONGEST_BYTES:
        return name
    return f"{raw[: _LONGEST_BYTES - 9].decode('utf-8', 'ignore')}~{digest(name)[:8]}"


def jobs(found: Sequence[Found], out: str, brief: Brief) -> list[FilmJob]:
    """One job a film, in the given order. Films whose results would have one name get the digest of their path into it.

    Names are compared without case, since the folder may lie on a disk that makes no difference.
    """
    wishes = asdict(brief)
    names = [finished_name(film.name, brief) for film in found]
    often = Counter(name.casefold() for name in names)
    result = []
    for film, name in zip(found, names, strict=True):
        place, own = PurePosixPath(name), PurePosixPath(film.name)
        mark = digest(film.path)[:6] if often[name.casefold()] > 1 else ""
        if mark:
            place = place.with_name(f"{place.stem}.{mark}{place.suffix}")
        area = own.with_name(workspace_name(own.name, mark) + SUFFIX)
        result.append(
            FilmJob(
                film=film.path if "://" in film.path else str(straight(Path(film.path))),
                output=_below(out, place),
                workspace=_below(out, area),
                name=film.name,
                wishes=wishes,
            )
        )
    return result


def straight(path: Path) -> Path:
    """``path`` from the root on and without ``..``, however it was written; links in it stay as they are.

    The same place has one name then, and the key of a film's work does not change with how it was named.
    """
    there = path.absolute()
    short = Path(os.path.normpath(there))
    # Behind a link ".." leads to where the link points, not back: then the name stays as it is.
    return short if os.path.realpath(short) == os.path.realpath(there) else there


def _below(out: str, place: PurePosixPath) -> str:
    return f"{out.rstrip('/')}/{place}" if "://" in out else str(straight(Path(out)) / place)
