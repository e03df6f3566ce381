"""Files that lie elsewhere: ``s3://``, ``gs://``, ``file://`` and the like, through fsspec."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from autoscore.errors import AutoscoreError, StorageError, ToolMissingError, UsageError

PROTOCOLS = ("file", "s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "hdfs", "sftp", "smb", "memory")
"""What may stand before ``://``. Chains (``zip::s3://``) and the open web are not among them: a list of films is read
from strangers too."""
PACKAGES = {
    "s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "az": "adlfs", "abfs": "adlfs", "abfss": "adlfs",
    "adl": "adlfs", "hdfs": "pyarrow", "sftp": "paramiko", "smb": "smbprotocol",
}  # fmt: skip
"""What fsspec wants for a protocol."""
_RENAMED = ("file", "sftp", "smb", "hdfs", "memory")
"""Where a file grows while it is written, it gets its name when it is whole. An object store shows whole ones only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """A file elsewhere: its URL, its size in bytes, and a digest that changes when it does."""

    url: str
    size: int
    version: str


def is_url(text: str) -> bool:
    """Whether ``text`` names something elsewhere rather than a path."""
    return "://" in text


def as_url(text: str) -> str:
    """``text`` as a URL: a path as one of this machine's files."""
    return text if is_url(text) else f"file://{Path(text).absolute().as_posix()}"


def path_of(url: str) -> Path | None:
    """The path of a URL of this machine's files; None for what lies elsewhere."""
    return Path(_system(url)[1]) if _protocol(url) == "file" else None


def _protocol(url: str) -> str:
    return url.partition("://")[0].lower()


def _system(url: str) -> tuple[Any, str]:
    """The file system of a URL, and the path in it."""
    protocol = _protocol(url)
    if protocol not in PROTOCOLS:
        raise UsageError(f"{url}: {protocol}:// is not supported.", f"Supported: {', '.join(PROTOCOLS[:-1])}.")
    try:
        import fsspec
    except ImportError:
        raise ToolMissingError(
            f"{url} needs the package fsspec.", "Install it with: pip install 'autoscore[cluster]'."
        ) from None
    try:
        system, path = fsspec.core.url_to_fs(url)
    except ImportError as error:
        said = str(error).splitlines()[0] if str(error) else "a package is missing"
        package = PACKAGES.get(protocol)
        if package is None:
            raise ToolMissingError(f"{url}: {said}", "Install that package too.") from None
        raise ToolMissingError(
            f"{url} needs the package {package}.", f"Install it with: pip install {package}."
        ) from None
    except ValueError as error:
        raise UsageError(f"{url} is no address: {error}.") from None
    return system, str(path)


@contextmanager
def _told(url: str, doing: str) -> Iterator[None]:
    """What a file system raises as one sentence; each has exceptions of its own."""
    try:
        yield
    except (AutoscoreError, KeyboardInterrupt):
        raise
    except FileNotFoundError:
        raise StorageError(f"{url} is not there.") from None
    except PermissionError as error:
        said = str(error).strip().splitlines()[0] if str(error).strip() else "permission denied"
        raise StorageError(f"{url} cannot be {doing}: {said}.", "Check the credentials of this machine.") from error
    except Exception as error:
        said = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise StorageError(f"{url} cannot be {doing}: {said}.") from error


def reach(url: str) -> None:
    """Raises UsageError, ToolMissingError when ``url`` is no address, or what it needs is not installed."""
    with _told(url, "reached"):
        _system(url)


def look(url: str) -> Remote | None:
    """What is at ``url``; None when there is no file.

    Raises:
        StorageError, UsageError, ToolMissingError: the place cannot be asked.
    """
    with _told(url, "looked at"):
        system, path = _system(url)
        system.invalidate_cache()
        try:
            about = system.info(path)
        except FileNotFoundError:
            return None
        if about["type"] != "file":
            return None
        return Remote(url=url, size=int(about["size"] or 0), version=str(system.ukey(path)))


def listing(url: str, patterns: tuple[str, ...] = ("*",)) -> dict[str, str]:
    """All files under ``url`` whose last name matches a pattern in any case: name below ``url`` -> its URL, sorted. Of
    a single file its own name.

    Raises:
        StorageError, UsageError, ToolMissingError: there is nothing there, or it cannot be asked.
    """
    with _told(url, "read"):
        system, root = _system(url)
        if system.isfile(root):
            return {root.rpartition("/")[2]: url}
        found = sorted(str(path) for path in system.find(root))
        if not found and not system.exists(root):
            raise FileNotFoundError(url)
        above = len(root.strip("/")) + 1
        return {
            path.strip("/")[above:]: str(system.unstrip_protocol(path))
            for path in found
            if any(fnmatch.fnmatchcase(path.rpartition("/")[2].lower(), pattern.lower()) for pattern in patterns)
        }


def fetch(url: str, target: Path) -> Remote:
    """Copy the file at ``url`` to ``target``; what is returned tells which version of it that was.

    Raises:
        StorageError: it is not there, cannot be read, or changed meanwhile.
    """
    before = look(url)
    if before is None:
        raise StorageError(f"{url} is not there.")
    with _told(url, "read"):
        system, path = _system(url)
        target.parent.mkdir(parents=True, exist_ok=True)
        system.get_file(path, str(target))
    if look(url) != before:
        raise StorageError(f"{url} changed while it was read.", "Run again when it is complete.")
    return before


def store(source: Path, url: str) -> Remote:
    """Copy ``source`` to ``url``, which has it whole or not at all.

    Raises:
        StorageError: it cannot be written.
    """
    with _told(url, "written"):
        system, path = _system(url)
        folder, _, name = path.rpartition("/")
        growing = f"{folder}/{_growing(name)}{uuid4().hex[:12]}.part"
        if not _protocol(url).startswith(("s3", "gs", "gcs")):  # there a folder is only a part of a name
            system.makedirs(folder, exist_ok=True)
        if _protocol(url) not in _RENAMED:
            system.put_file(str(source), path)
        else:
            try:
                system.put_file(str(source), growing)
                system.mv(growing, path)
            except BaseException:
                with suppress(Exception):
                    system.rm_file(growing)
                raise
    found = look(url)
    if found is None or found.size != source.stat().st_size:
        raise StorageError(f"{url} was written, but is not there whole.", "Run again.")
    return found


def _growing(name: str) -> str:
    """How the names begin under which ``name`` is written."""
    return f".{name[:40]}."


def sweep(url: str) -> None:
    """Remove what killed processes have left of an unfinished ``url``. Nobody may be writing it.

    Raises:
        StorageError, UsageError, ToolMissingError: the place cannot be asked.
    """
    with _told(url, "tidied"):
        system, path = _system(url)
        folder, _, name = path.rpartition("/")
        with suppress(FileNotFoundError):
            for about in system.ls(folder, detail=True):
                last = str(about["name"]).rpartition("/")[2]
                if about["type"] == "file" and last.startswith(_growing(name)) and last.endswith(".part"):
                    system.rm_file(about["name"])


def read_text(url: str, most: int = 1 << 24) -> str | None:
    """The text at ``url`` (UTF-8, up to ``most`` bytes); None when there is none, or it is no such text.

    Raises:
        StorageError, UsageError, ToolMissingError: the place cannot be asked.
    """
    about = look(url)
    if about is None or about.size > most:
        return None
    with _told(url, "read"):
        system, path = _system(url)
        found: bytes = system.cat_file(path)
    try:
        return found.decode("utf-8")
    except UnicodeDecodeError:
        return None


def inside(url: str, name: str) -> str:
    """The URL of ``name`` in the folder ``url``."""
    return f"{url.rstrip('/')}/{name}"
