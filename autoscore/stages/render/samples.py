"""Presets decoded once on this machine: where the file lies from which a preset is loaded.

Decoding an orchestra's samples takes five seconds, reading them again a tenth of one. So the presets that
tables/instruments.toml can name are kept in the user's cache folder as plain SF2 files, one for each family of presets
that share samples, made when the first of a family is needed. Losing them costs time only.
"""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Iterable
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path
from threading import Lock

from autoscore import tables
from autoscore.adapters import cache
from autoscore.adapters.soundfont import read_presets
from autoscore.adapters.soundfont_part import Index, OddFontError, families, read_index, sample_bytes, write_part
from autoscore.errors import StorageError, ToolMissingError
from autoscore.stages.render.fonts import Choice, Font, FontSet, choices, choose

FORMAT = 1
"""Changes when the files are written otherwise, so that older ones are not read."""
_MOST_BYTES = 2_000_000_000
_LEAST_FREE_BYTES = 1_000_000_000
"""A disk with less room than this is left alone."""
_YOUNG_S = 86_400.0
_LIGHT_BYTES = 9_000_000
"""The sections of strings in the best font take 30 to 150 MB, and six voices a note instead of two."""

_Name = tuple[int, int]
_known: dict[tuple[Path, Path, str, _Name], Path] = {}
_indices: dict[Path, tuple[Index, dict[_Name, tuple[_Name, ...]]]] = {}
_locks: dict[Path, Lock] = {}
_LOCK = Lock()


def source(choice: Choice) -> Path:
    """The file to load ``choice`` from: its family's own, or the font itself where that cannot be kept."""
    font, name = choice.font, (choice.bank, choice.program)
    folder = cache.folder() / "samples"
    key = (folder, font.path, font.sha256, name)
    with _LOCK:
        known = _known.get(key)
        if known is not None and known.exists():  # another process may have tidied it away
            return known
        try:
            index, family = _index(font)
        except ToolMissingError:
            return _known.setdefault(key, font.path)
        members = family.get(name, (name,))
        path = folder / f"{font.sha256[:16]}-{_digest(members)}.sf2"
        lock = _locks.setdefault(path, Lock())
    with lock:
        if not _whole(path):
            try:
                _make(index, members, path)
            except (OddFontError, StorageError, OSError):
                path = font.path
        else:
            with suppress(OSError):
                path.touch()  # in use: see _tidy
    with _LOCK:
        _known[key] = path
    return path


def light_choice(instrument: str, fonts: FontSet) -> Choice:
    """The best preset for ``instrument`` that is light; where none is, or the user asked for a font, the best.

    Raises:
        KeyError: there is no such instrument.
    """
    found = () if fonts.asked else choices(instrument, fonts)
    return next((choice for choice in found if _is_light(choice)), None) or choose(instrument, fonts)


def _is_light(choice: Choice) -> bool:
    try:
        with _LOCK:
            index, _ = _index(choice.font)
        return sum(sample_bytes(index, (choice.bank, choice.program)).values()) <= _LIGHT_BYTES
    except ToolMissingError:
        return False


def _index(font: Font) -> tuple[Index, dict[_Name, tuple[_Name, ...]]]:
    """The tables of ``font``, and for each preset that the instruments can name its family."""
    if font.path not in _indices:
        index = read_index(font.path)
        grouped = families(index, _named(font))
        _indices[font.path] = (index, {name: group for group in grouped for name in group})
    return _indices[font.path]


def _named(font: Font) -> Iterable[_Name]:
    for row in tables.read("instruments.toml").values():
        for preset in (*row["presets"], *row.get("layers", ())):
            if fnmatchcase(font.name, preset["font"]):
                yield preset["bank"], preset["program"]


def _digest(members: tuple[_Name, ...]) -> str:
    return hashlib.sha256(repr((FORMAT, members)).encode()).hexdigest()[:12]


def _whole(path: Path) -> bool:
    if not path.exists():
        return False
    with suppress(ToolMissingError):
        return bool(read_presets(path))
    return False


def _make(index: Index, members: tuple[_Name, ...], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(path.parent).free < _LEAST_FREE_BYTES:
        raise StorageError(f"{path.parent}: there is little room left.")
    write_part(index, members, path)
    _tidy(path)


def _tidy(made: Path) -> None:
    """Removes what killed runs left, and beyond _MOST_BYTES the oldest files; none of today, for it may be in use."""
    now_s = time.time()
    with suppress(OSError):
        files = [(entry.stat(), entry) for entry in made.parent.iterdir()]
        old = sorted((stat.st_mtime, stat.st_size, path) for stat, path in files if now_s - stat.st_mtime > _YOUNG_S)
        total = sum(stat.st_size for stat, _ in files)
        for _, size, path in old:
            if total > _MOST_BYTES or path.suffix != ".sf2":
                path.unlink(missing_ok=True)
                total -= size
