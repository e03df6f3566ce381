"""Which films are meant: folders with all below them, patterns, files, lists, URLs; the same on every system."""

from __future__ import annotations

import fnmatch
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath

from autoscore.adapters import remote
from autoscore.errors import StorageError, UsageError
from autoscore.workspace import SUFFIX

SUFFIXES = frozenset(
    (
        ".mp4", ".m4v", ".mov", ".qt", ".mkv", ".mk3d", ".webm", ".avi", ".divx", ".mpg", ".mpeg", ".m2v", ".vob",
        ".ts", ".mts", ".m2ts", ".m2t", ".wmv", ".asf", ".flv", ".f4v", ".ogv", ".ogm", ".3gp", ".3g2", ".mxf", ".dv",
        ".rm", ".rmvb", ".nut", ".y4m",
    )
)  # fmt: skip
"""Names that films have; whether it is one is seen when it is opened."""
UNFINISHED = (".part", ".crdownload", ".download", ".partial", ".tmp", ".opdownload", ".!qb", ".aria2", ".filepart")
"""What downloads are called until they are whole, behind the name they are to have."""
_OURS = re.compile(r".*\.(scored|preview|score)\.\w+", re.IGNORECASE)
_MAGIC = re.compile(r"[*?[]")
_PACKET_BYTES, _SYNC = 188, 0x47


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A film. ``name``: where it lies below what was asked for, with forward slashes; its results lie there too."""

    path: str
    name: str


def is_film(path: Path) -> bool:
    """Whether a file looks like a film that is not our own work: by its name; a .ts also by its first packets."""
    if not _named_like_one(path):
        return False
    if path.suffix.lower() != ".ts":
        return True
    try:
        with path.open("rb") as file:  # TypeScript is called so as well
            head = file.read(_PACKET_BYTES + 1)
    except OSError:
        return True
    return len(head) > _PACKET_BYTES and head[0] == _SYNC == head[_PACKET_BYTES]


def _named_like_one(path: PurePath) -> bool:
    return not path.name.startswith(".") and path.suffix.lower() in SUFFIXES and not _OURS.fullmatch(path.name)


def find(places: Sequence[str], *, out: Path | None = None) -> list[Found]:
    """The films in ``places``, each once, sorted by name.

    Args:
        places: folders, with all below them; patterns (``talks/**/*.mp4``); files, which are taken as they are; any of
            these as a URL (``s3://bucket/talks``).
        out: where results go; it is not searched.

    Raises:
        UsageError: a place is not there, or a pattern fits nothing. StorageError: a URL cannot be listed.
    """
    folders = [place for place in places if _exists(place) and Path(place).is_dir()]
    found: dict[str, Found] = {}
    for place in dict.fromkeys(places):
        elsewhere = remote.is_url(place)
        there = list(_at_url(place) if elsewhere else _in_place(place, out, several=len(set(folders)) > 1))
        for one in there:
            found.setdefault(one.path if elsewhere else os.path.realpath(one.path), one)
        if not there and not _exists(place):
            raise UsageError(f"No film fits {place}.")
    often = Counter(one.name for one in found.values())
    named = [one if often[one.name] == 1 else Found(path=one.path, name=_whole_name(one)) for one in found.values()]
    return sorted(named, key=lambda one: (one.name.casefold(), one.name, one.path))


def _whole_name(one: Found) -> str:
    """The name of a film whose own is that of another one too: with all folders that it lies in."""
    if remote.is_url(one.path):
        return one.path.partition("://")[2]
    path = Path(os.path.realpath(one.path))
    return path.relative_to(path.anchor).as_posix()


def _exists(place: str) -> bool:
    try:
        return Path(place).exists()
    except (OSError, ValueError):
        return False


def _in_place(place: str, out: Path | None, *, several: bool) -> Iterator[Found]:
    path = Path(place)
    if _exists(place):
        if not path.is_dir():
            yield Found(path=place, name=_given_name(path))
            return
        above = _folder_name(path) if several else PurePath()
        for film in _below(path, out):
            yield Found(path=str(film), name=(above / film.relative_to(path)).as_posix())
        return
    if not _MAGIC.search(place):
        raise UsageError(f"There is no file or folder {place}.")
    root, pattern = _split(path)
    for film in _below(root, out):
        if _fits(film.relative_to(root).parts, pattern):
            yield Found(path=str(film), name=film.relative_to(root).as_posix())


def _at_url(url: str) -> Iterator[Found]:
    """The films of a folder elsewhere, those that fit a pattern, or the one that is named."""
    parts = PurePosixPath(url.partition("://")[2]).parts
    first = next((i for i, part in enumerate(parts) if _MAGIC.search(part)), len(parts))
    root = f"{url.partition('://')[0]}://{PurePosixPath(*parts[:first])}"
    for name, film in remote.listing(root).items():
        path = PurePosixPath(name)
        hidden = any(part.startswith(".") or part.endswith(SUFFIX) for part in path.parts)
        fits = first == len(parts) or _fits(path.parts, parts[first:])
        if film == root:
            yield Found(path=url, name=name)
        elif _named_like_one(path) and fits and not hidden:
            yield Found(path=film, name=name)


def _given_name(path: Path) -> str:
    """A relative path keeps its folders, so that a/1.mp4 and b/1.mp4 stay apart; of any other only the name is left."""
    return path.as_posix().removeprefix("./") if not path.is_absolute() and ".." not in path.parts else path.name


def _folder_name(path: Path) -> PurePath:
    return PurePath(path.resolve().name)


def _below(root: Path, out: Path | None) -> Iterator[Path]:
    """Films below a folder; hidden folders, workspaces, exports and ``out`` are passed over, links to folders too."""
    mine = os.path.realpath(out) if out is not None else None
    for folder, below, names in os.walk(root):
        below[:] = sorted(
            name for name in below
            if not name.startswith(".") and not name.endswith((SUFFIX, ".export"))
            and (mine is None or os.path.realpath(Path(folder, name)) != mine)
        )  # fmt: skip
        for name in sorted(names):
            path = Path(folder, name)
            if is_film(path) and _ordinary(path):
                yield path


def _ordinary(path: Path) -> bool:
    """Whether it is a file; one that is closed to us counts, so that it is named among the failures."""
    try:
        return path.is_file()
    except OSError:
        return True


def _split(pattern: Path) -> tuple[Path, tuple[str, ...]]:
    """The folder that a pattern starts from, and its parts below that."""
    parts = pattern.parts
    first = next(i for i, part in enumerate(parts) if _MAGIC.search(part))
    return Path(*parts[:first]) if first else Path(), parts[first:]


def _fits(parts: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    """Whether path parts fit a pattern; ``**``: any number of folders. Case counts where it does for the system."""
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return _fits(parts, pattern[1:]) or (bool(parts) and _fits(parts[1:], pattern))
    return bool(parts) and fnmatch.fnmatch(parts[0], pattern[0]) and _fits(parts[1:], pattern[1:])


def listed(lines: Iterable[str], name: str) -> list[str]:
    """The places in a list: one a line, or with a zero byte behind each (``find -print0``); # begins a remark.

    Args:
        name: of the list, for messages.

    Raises:
        UsageError: there is nothing in it.
    """
    text = "".join(lines)
    rows = text.split("\0") if "\0" in text else [row.rstrip("\r") for row in text.split("\n")]
    found = [row for row in rows if row.strip() and ("\0" in text or not row.lstrip().startswith("#"))]
    if not found:
        raise UsageError(f"The list {name} names no film.")
    return found


def read_list(path: Path) -> list[str]:
    """The places in a list file; relative ones are meant from the current folder.

    Raises:
        UsageError, StorageError: it is not there, is empty or cannot be read.
    """
    try:
        return listed([path.read_text(encoding="utf-8-sig", errors="surrogateescape")], str(path))
    except FileNotFoundError:
        raise UsageError(f"There is no list {path}.") from None
    except OSError as error:
        raise StorageError(f"The list {path} cannot be read: {error.strerror}.") from None
