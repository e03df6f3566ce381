"""Texts that somebody else may have written: ordinary files of a sane size, and links that lead out of a folder."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

MOST_VALUE_BYTES = 256 << 20
"""A file of a workspace. The score of a two-hour film takes a tenth of it."""
MOST_SHEET_BYTES = 8 << 20
"""What people write: cue sheets, palettes. A hundred cues take 0.3 MB."""

_MOST_ENTRIES = 100_000


def read_text(path: Path, most_bytes: int = MOST_VALUE_BYTES) -> str:
    """The UTF-8 text in ``path``.

    Raises:
        OSError: see ``read_bytes``.
        UnicodeDecodeError: it is not UTF-8.
    """
    return read_bytes(path, most_bytes).decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")


def read_bytes(path: Path, most_bytes: int) -> bytes:
    """What is in ``path``.

    Raises:
        OSError: it is not there or cannot be read, is no ordinary file (a pipe would never end), or is larger.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with open(os.open(path, flags), "rb") as file:  # noqa: PTH123 - a pipe must not block the open itself
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is no ordinary file", str(path))
        data = file.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise OSError(errno.EFBIG, f"it is larger than {most_bytes >> 20} MiB", str(path))
    return data


def leading_out(folder: Path) -> Path | None:
    """The first link inside ``folder`` whose target lies outside it; None where all is well.

    ``folder`` itself may be a link: whoever says where a workspace is has chosen that.
    """
    home = folder.resolve()
    waiting, seen = [folder], 0
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                seen += 1
                if entry.is_symlink():
                    if not Path(entry.path).resolve().is_relative_to(home):
                        return Path(entry.path)
                elif entry.is_dir(follow_symlinks=False) and seen < _MOST_ENTRIES:
                    waiting.append(Path(entry.path))
    return None
