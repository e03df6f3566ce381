"""A series: its films share identity, mood, key, palette and loudness, chosen once and written where a person edits it.

The choice is made from the films' own plans: the mood that most of them have, and key and palette of the first that has
it. At most ``LOOKED_AT`` films are looked at, those whose content has the least digests, so neither names nor order
matter; and once it is written it stands, whatever is added.
"""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from autoscore.adapters import remote
from autoscore.adapters.files import write_text
from autoscore.adapters.strangers import MOST_SHEET_BYTES, read_text
from autoscore.batch.job import FilmJob, FilmRecord
from autoscore.errors import AutoscoreError, FilmError, StorageError, UsageError
from autoscore.manifest import digest
from autoscore.model.brief import Brief

NAME = "series.toml"
LOOKED_AT = 9
SHARED = ("identity", "seed", "mood", "key", "palette", "target")
"""The wishes that the films of a series have in common."""
_HEAD = """\
# What the films of this series share. Change it as you like: the next run makes anew what it concerns.
#
# identity  a word; with seed, mood and key it decides the main theme
# mood      of all films; without this line each film has its own, and only films of one mood share the main theme
# key       home key of all films; without this line each film has its own
# palette   who plays; without this line the mood decides
# target    loudness
"""

Look = Callable[[Sequence[FilmJob]], list[FilmRecord]]
"""Plans films: their records, in any order."""


def settle(folder: Path, brief: Brief, jobs: Sequence[FilmJob], look: Look) -> Brief:
    """``brief`` with what the series shares, read from the folder's series file; chosen and written when there is none.

    Raises:
        UsageError: the file cannot be meant, or ``brief`` wishes otherwise.
        FilmError: there is nothing to choose from.
        StorageError: the file cannot be read or written.
    """
    path = folder / NAME
    if path.exists():
        return _joined(brief, _read(path), path)
    chosen = choose(brief, jobs, look)
    write_text(path, _text(chosen))
    return chosen


def known(folder: Path, brief: Brief) -> Brief | None:
    """The same where the series is chosen already; None where it is not."""
    path = folder / NAME
    return _joined(brief, _read(path), path) if path.exists() else None


def check(folder: Path, brief: Brief, checked: Callable[[Brief], None]) -> None:
    """Raises UsageError that names the file when ``checked`` refuses what it says: once, before any film."""
    try:
        checked(brief)
    except UsageError as error:
        raise UsageError(f"{folder / NAME}: {error.message}", error.hint) from None


def choose(brief: Brief, jobs: Sequence[FilmJob], look: Look) -> Brief:
    """What the films are to share: as wished, else as most of them would have it."""
    if brief.identity and brief.mood and brief.key and brief.palette:
        return brief
    sums = {job.name: content for job in jobs if (content := _content(job))}
    first = sorted((job for job in jobs if job.name in sums), key=lambda job: (sums[job.name], job.name))[:LOOKED_AT]
    plans = {record.film: record for record in look(first) if record.mood}
    seen = [plans[job.name] for job in first if job.name in plans]
    if not seen:
        raise FilmError("No film could be read to choose what the series shares.", "Name a --mood, a --key and so on.")
    often = Counter(record.mood for record in seen)
    mood = brief.mood or max(often, key=lambda name: (often[name], name))
    model = next((record for record in seen if record.mood == mood), seen[0])
    return replace(
        brief,
        identity=brief.identity or digest(sorted({sums[job.name] for job in first}))[:12],
        mood=mood,
        key=brief.key or model.home_key,
        palette=brief.palette or model.palette,
    )


def _content(job: FilmJob) -> str:
    """Digest of a film's content, whatever it is called and however old; empty when it cannot be read."""
    from autoscore.stages.probe.digest import digest as film_digest

    try:
        if remote.is_url(job.film):
            there = remote.look(job.film)
            return digest(there.size, there.version) if there else ""
        about = film_digest(Path(job.film))
    except (OSError, AutoscoreError):
        return ""
    return digest(about.size_bytes, about.head_tail_sha256)


def _text(brief: Brief) -> str:
    values = asdict(brief)
    rows = [f"{name} = {json.dumps(values[name])}" for name in SHARED if values[name] is not None]
    return _HEAD + "\n" + "\n".join(rows) + "\n"


def _read(path: Path) -> dict[str, Any]:
    try:
        found = tomllib.loads(read_text(path, MOST_SHEET_BYTES))
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(
            f"{path}: {error}", "Mend the line, or delete the file to have the series chosen anew."
        ) from None
    for name, value in found.items():
        if name not in SHARED:
            raise UsageError(f"{path}: there is no {name!r} here.", f"It knows {', '.join(SHARED)}.")
        if not isinstance(value, int if name == "seed" else str) or isinstance(value, bool):
            raise UsageError(f"{path}: {name} cannot be {value!r}.")
    if not str(found.get("identity", "")).strip():
        raise UsageError(f"{path}: the series needs an identity.", 'A word of your own, like identity = "travels".')
    return found


def _joined(brief: Brief, shared: dict[str, Any], path: Path) -> Brief:
    default = {field.name: field.default for field in fields(Brief)}
    for name, value in asdict(brief).items():
        if name in SHARED and value != default[name] and value != shared.get(name, default[name]):
            raise UsageError(
                f"The series has {name} {shared.get(name, 'left open')!r}, not {value!r}.", f"Change it in {path}."
            )
    try:
        return replace(brief, **shared)
    except ValueError as error:
        raise UsageError(f"{path}: {error}.") from None
