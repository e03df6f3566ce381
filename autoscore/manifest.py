"""What the workspace holds and from what it was made: the records behind reuse, and the five states of a product."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISREG
from typing import Any, Literal

from autoscore.adapters.files import file_sha256

State = Literal["missing", "fresh", "stale", "edited", "conflict"]

Wish = str | int | float | bool | None
"""The value of a field of the Brief."""

READ_WHOLE_BYTES = 16 << 20
"""Files up to this size are always hashed; larger ones only when size or time of change moved."""


def digest(*parts: Any) -> str:
    """SHA-256 (hex) of JSON-able ``parts``; the same on every machine."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileMark:
    """What a file looked like when the program wrote it."""

    size_bytes: int
    mtime_ns: int
    sha256: str

    @staticmethod
    def of(path: Path) -> FileMark:
        """Raises OSError when the file is not there."""
        stat = path.stat()
        if not S_ISREG(stat.st_mode):  # a pipe or a device has no end
            raise FileNotFoundError(f"{path} is no ordinary file")
        return FileMark(size_bytes=stat.st_size, mtime_ns=stat.st_mtime_ns, sha256=file_sha256(path))

    def now(self, path: Path) -> FileMark:
        """The mark of ``path`` today; large untouched files are not read again."""
        stat = path.stat()
        same = stat.st_size == self.size_bytes and stat.st_mtime_ns == self.mtime_ns
        return self if same and stat.st_size > READ_WHOLE_BYTES else FileMark.of(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One product of a stage: all of it (name ""), or what it made for one cue.

    ``key`` is the digest of everything it was made from, ``digest`` that of the value the program wrote,
    ``files`` (workspace names, or absolute for the finished film) their marks at that time. ``edited`` says
    that changes made by hand were already taken over into it, ``picked`` that a take was picked for it.
    """

    key: str
    digest: str
    files: dict[str, FileMark] = field(default_factory=dict)
    edited: bool = False
    picked: bool = False
    seconds: float = 0.0

    def __post_init__(self) -> None:
        for name in self.files:
            if "\0" in name or (".." in Path(name).parts and not Path(name).is_absolute()):
                raise ValueError(f"{name[:60]!r} is no file of a workspace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Everything known about a workspace.

    ``wishes`` are those of the last run, ``planned`` those that the cue sheet was made with. ``placed`` are the
    finished films that deliveries put in their places: path -> size in bytes and time of change in ns.
    """

    film: str
    version: str
    stages: dict[str, dict[str, Piece]] = field(default_factory=dict)
    wishes: dict[str, Wish] = field(default_factory=dict)
    planned: dict[str, Wish] = field(default_factory=dict)
    placed: dict[str, tuple[int, int]] = field(default_factory=dict)


def file_digest(folder: Path, piece: Piece) -> tuple[str, bool]:
    """Digest of a piece's files as they are now, and whether any was changed since the program wrote it.

    Raises:
        FileNotFoundError: one of them is gone.
    """
    changed, sums = False, []
    for name, mark in sorted(piece.files.items()):
        now = mark.now(folder / name)
        changed = changed or now.sha256 != mark.sha256
        sums.append(now.sha256)
    return digest(sums), changed


def state_of(piece: Piece | None, key: str, changed: bool) -> State:
    """The state of a piece whose inputs are ``key`` today; ``changed``: it is not what the program wrote.

    missing: nothing there. fresh: may be used. stale: its inputs moved. edited: changed by hand, is kept.
    conflict: changed by hand and its inputs moved as well.
    """
    if piece is None:
        return "missing"
    by_hand, moved = changed or piece.edited, piece.key != key
    if by_hand:
        return "conflict" if moved else "edited"
    return "stale" if moved else "fresh"
