"""Files that are written whole or not at all, and the sentences for what a disk refuses."""

from __future__ import annotations

import errno
import glob
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from autoscore.errors import StorageError
from autoscore.model.events import Progress, ignore_progress

_SENTENCES = {
    errno.ENOSPC: "There is no space left on the disk that holds {place}.",
    errno.EDQUOT: "The disk quota for {place} is used up.",
    errno.EACCES: "There is no permission to write {place}.",
    errno.EPERM: "There is no permission to write {place}.",
    errno.EROFS: "{place} is on a disk that is mounted read-only.",
    errno.EFBIG: "A file may not grow so large on the disk that holds {place}.",
    errno.EIO: "The disk that holds {place} reports a read or write error.",
    errno.ENAMETOOLONG: "The name {place} is too long for this disk.",
}
_HINTS = {
    errno.ENOSPC: "Free some space, or put the workspace elsewhere with --workspace and the result with --output.",
    errno.EFBIG: "Choose other places with --workspace and --output: FAT disks hold files up to 4 GiB.",
    errno.EACCES: "Choose other places with --workspace and --output.",
    errno.EROFS: "Choose other places with --workspace and --output.",
}
_LONGEST_STEM = 40
"""Temporary names are cut here: the film's own name may already be as long as a name can be."""

_NO_ROOM_BYTES = 1 << 16
_CHUNK_BYTES = 1 << 20

_PID = re.compile(r"\d+\.part(\.\w+)*")
_TEMPORARY = re.compile(r"\..*\.\d+\.part(\.\w+)*")


def storage_error(error: OSError, place: Path | str | None = None) -> StorageError | None:
    """``error`` as a sentence, or None when it is not about storage."""
    sentence = _SENTENCES.get(error.errno or 0)
    if sentence is None:
        return None
    where = str(place or error.filename or "the workspace")
    return StorageError(sentence.format(place=where), _HINTS.get(error.errno or 0, ""))


def write_error(error: BaseException, place: Path) -> StorageError:
    """Why ``place`` could not be written, also where a library kept the reason to itself.

    To be asked before what was written of it is removed: a disk is known to be full by how little room there is.
    """
    known = storage_error(error, place) if isinstance(error, OSError) else None
    if known is None:
        with suppress(OSError):
            if shutil.disk_usage(place.parent).free < _NO_ROOM_BYTES:
                known = storage_error(OSError(errno.ENOSPC, ""), place)
    said = str(getattr(error, "strerror", None) or error).splitlines() or [type(error).__name__]
    return known or StorageError(f"{place} cannot be written: {said[0].rstrip('.')}.")


@contextmanager
def storage_errors(place: Path) -> Iterator[None]:
    """Turn the OSError of a write into a StorageError that names ``place``."""
    try:
        yield
    except OSError as error:
        raise write_error(error, place) from error


def temporary(path: Path, suffix: str = "") -> Path:
    """The name in the same folder under which ``path`` is written until it is whole: ``.NAME.PID.part``.

    ``suffix`` is put behind it for tools that judge a file by its name.
    """
    if _TEMPORARY.fullmatch(path.name):
        return path.with_name(f"{path.name}.part{suffix}")
    return path.with_name(f".{short(path.name)}.{os.getpid()}.part{suffix}")


def short(name: str) -> str:
    """``name``, or where it is long its beginning and a digest of all of it: two names never come out the same."""
    if len(name) <= _LONGEST_STEM:
        return name
    total = hashlib.sha256(os.fsencode(name)).hexdigest()[:8]
    return f"{name[: _LONGEST_STEM - 9]}~{total}"


def remove_strays(path: Path) -> None:
    """Remove what a run that was killed left of ``path``. Only for one who is alone in writing it."""
    with suppress(OSError):
        for stray in path.parent.glob(f".{glob.escape(short(path.name))}.*.part*"):
            if _PID.fullmatch(stray.name.removeprefix(f".{short(path.name)}.")):
                with suppress(OSError):
                    stray.unlink()


@contextmanager
def whole(path: Path, suffix: str = "", *, make_folder: bool = False) -> Iterator[Path]:
    """Yields a temporary name; when the block ends well the file there becomes ``path``, else nothing is left of it.

    It has its name only when it is on the disk, so that a power cut does not leave an empty one.

    Args:
        make_folder: its folder is made too. Not for places that a user named: a typo must not make folders.

    Raises:
        StorageError: the disk is full, read-only or closed to us, or there is no such folder.
    """
    part = temporary(path, suffix)
    with storage_errors(path):
        if not make_folder and not path.parent.is_dir():
            raise StorageError(f"{path} cannot be written: there is no such folder.")
        try:
            if make_folder:
                path.parent.mkdir(parents=True, exist_ok=True)
            part.unlink(missing_ok=True)  # one that somebody planted there must not be written through
            yield part
            settle(part)
            part.replace(path)
        finally:
            with suppress(OSError):
                part.unlink()


def settle(path: Path) -> None:
    """Waits until a file that was written is on the disk: else a power cut may leave its name with nothing in it.

    Raises:
        OSError: it cannot be opened, or the disk refuses.
    """
    handle = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def file_sha256(path: Path, on_progress: Progress = ignore_progress) -> str:
    """SHA-256 (hex) of a file's bytes. Raises OSError."""
    digest, buffer = hashlib.sha256(), memoryview(bytearray(_CHUNK_BYTES))
    with path.open("rb", buffering=0) as file:
        total, done = max(1, os.fstat(file.fileno()).st_size), 0
        while count := file.readinto(buffer):
            digest.update(buffer[:count])
            done += count
            on_progress(min(1.0, done / total))
    return digest.hexdigest()


def write_text(path: Path, text: str) -> None:
    """Writes all of ``text`` or nothing. The folder is made where it is missing.

    Raises:
        StorageError: see ``whole``.
    """
    with whole(path, make_folder=True) as part, part.open("w", encoding="utf-8", newline="\n") as handle:
        handle.write(text)
