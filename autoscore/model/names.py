"""Names that become file names: what may stand in them, whoever wrote the file they were read from."""

from __future__ import annotations

import hashlib
import os
import re

CUE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")
"""A cue's id is part of the names of its files, on every system."""


MOST_NAME_BYTES = 255
"""What a file's name may take on the disks in use."""


def fitting(stem: str, ending: str) -> str:
    """``stem`` and ``ending`` as a file's name; of a stem too long for that its beginning and a digest of all of it."""
    raw, room = os.fsencode(stem), MOST_NAME_BYTES - len(os.fsencode(ending))
    if len(raw) <= room:
        return stem + ending
    total = hashlib.sha256(raw).hexdigest()[:8]
    return f"{raw[: room - 9].decode('utf-8', 'ignore')}~{total}{ending}"


def check_cue_id(name: str) -> None:
    """Raises ValueError where ``name`` cannot be a cue's id."""
    if not CUE_ID.fullmatch(name):
        raise ValueError(f"{name[:40]!r} cannot be a cue's id: letters, digits, - and _, like 1M7")


def check_inside(name: str) -> None:
    """Raises ValueError where ``name`` is no name of a file inside the workspace: absolute, upward, or no name."""
    parts = name.replace("\\", "/").split("/")
    if not name or "" in parts or ".." in parts or ":" in parts[0] or not name.isprintable():
        raise ValueError(f"{name[:60]!r} is no file inside the workspace")
