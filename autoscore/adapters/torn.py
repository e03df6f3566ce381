"""Files that were cut off: what a power cut, a failing disk or a crashed copy leaves under a whole file's name.

Only asked of files that are not what the program wrote; what a person changed is whole, and is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from autoscore import tables
from autoscore.errors import AutoscoreError

_HEAD_BYTES = 4096
_HOLE = bytes(64)
"""So many zeros in a row are what a disk gives for what was never written."""
_SOUND_HEADS = (b"fLaC", b"RIFF", b"RF64")
_SHORT_S = 0.5
"""A film whose packets end so much before the end that its header promises, and 2 % of its length, is cut off."""


def torn(path: Path) -> bool:
    """Whether the file at ``path`` is empty, begins with nothing but zeros, or lacks the end that its kind has.

    Kinds are told by the suffix; of an unknown one only the beginning is judged.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if not head.strip(b"\0 \t\r\n"):
        return True
    judge = _JUDGES.get(path.suffix.lower())
    return judge(path, head) if judge is not None else False


def _text(path: Path, _head: bytes) -> bool:
    # A zero here and there is another encoding: somebody wrote it, and is told.
    return _HOLE in path.read_bytes()


def _json(path: Path, _head: bytes) -> bool:
    data = path.read_bytes()
    return b"\0" in data or not data.rstrip().endswith((b"}", b"]"))


def _xml(path: Path, _head: bytes) -> bool:
    data = path.read_bytes()
    return b"\0" in data or not data.rstrip().endswith(b">")


def _midi(path: Path, head: bytes) -> bool:
    """Chunks carry their length; all of them must be there (Standard MIDI Files 1.0)."""
    if head[:4] != b"MThd":
        return False
    data, at = path.read_bytes(), 0
    while at < len(data):
        at += 8 + int.from_bytes(data[at + 4 : at + 8], "big")
    return at != len(data)


def _sound(path: Path, head: bytes) -> bool:
    """It must give as many frames as its header counts."""
    if not head.startswith(_SOUND_HEADS):
        return False
    if head.startswith(b"RIFF") and path.stat().st_size < 8 + int.from_bytes(head[4:8], "little"):
        return True  # libsndfile counts what is there
    from autoscore.adapters.soundfiles import file_info, read_file

    try:
        frames, _rate_hz, _channels = file_info(path)
        return sum(len(block.samples) for block in read_file(path)) < frames
    except AutoscoreError:
        return True


def _film(path: Path, _head: bytes) -> bool:
    """Its packets must reach the end that its header promises."""
    from autoscore.adapters.packets import read_film

    try:
        found = read_film(path)
    except AutoscoreError:
        return True
    promised = [float(s.header_duration_s) for s in found.streams if s.header_duration_s is not None and not s.cover]
    if found.header_duration_s is not None:
        promised.append(found.header_duration_s)
    ends = [float(s.end_s) for s in found.streams if s.end_s is not None]
    if not promised or not ends:
        return not ends
    missing_s = max(promised) - max(ends)
    return missing_s > max(_SHORT_S, 0.02 * max(promised))


_JUDGES: dict[str, Callable[[Path, bytes], bool]] = {
    ".json": _json, ".musicxml": _xml, ".mid": _midi, ".flac": _sound, ".wav": _sound,
    ".toml": _text, ".csv": _text,
    **{suffix: _film for row in tables.read("containers.toml").values() for suffix in row["suffixes"]},
}  # fmt: skip
