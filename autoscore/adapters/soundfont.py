"""SoundFont files (SF2, SF3): which presets they hold, and whether they are whole, before C code is given them.

Layout: SoundFont Technical Specification 2.04, sections 4 (RIFF structure) and 7.2 (the PHDR sub-chunk).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from autoscore.errors import ToolMissingError

_PRESET_BYTES = 38
_RECORD_BYTES = {
    b"phdr": 38,
    b"pbag": 4,
    b"pmod": 10,
    b"pgen": 4,
    b"inst": 22,
    b"ibag": 4,
    b"imod": 10,
    b"igen": 4,
    b"shdr": 46,
}
_HINT = "Download or reinstall it, or give another with --soundfont PATH."


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """One sound of a font: bank 0..128 (128 = drum kits), program 0..127, its name in the font."""

    bank: int
    program: int
    name: str


def read_presets(path: Path) -> tuple[Preset, ...]:
    """All presets of a SoundFont, sorted by bank and program, read without any synthesiser.

    Every chunk size is checked against the file, so that a cut or damaged file is refused here.

    Raises:
        ToolMissingError: the file is missing, unreadable, not a SoundFont, or damaged.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            return _presets(file, size, path)
    except OSError as error:
        raise ToolMissingError(f"The SoundFont {path} cannot be opened ({error.strerror or error}).", _HINT) from error


def find_chunks(file: BinaryIO, size: int, path: Path) -> dict[bytes, dict[bytes, tuple[int, int]]]:
    """Where things are in a SoundFont of ``size`` bytes: list (b"pdta", b"sdta", ...) -> chunk -> (offset, length).

    The tables of b"pdta" are all there and hold whole records.

    Raises:
        ToolMissingError: it is not a SoundFont, or damaged.
    """
    head = file.read(12)
    if len(head) < 12 or head[:4] != b"RIFF" or head[8:] != b"sfbk":
        raise ToolMissingError(f"{path} is not a SoundFont (SF2 or SF3).", _HINT)
    end = 8 + int(struct.unpack("<I", head[4:8])[0])
    if end > size + 1:
        raise ToolMissingError(f"The SoundFont {path} is cut short ({size} of {end} bytes).", _HINT)
    lists: dict[bytes, dict[bytes, tuple[int, int]]] = {}
    at = 12
    while at + 12 <= min(end, size):
        file.seek(at)
        chunk, length, kind = struct.unpack("<4sI4s", file.read(12))
        if chunk == b"LIST":
            lists[kind] = _chunks(file, at + 12, at + 8 + length, size, path)
        at += 8 + length + length % 2
    records = lists.get(b"pdta", {})
    if b"sdta" not in lists or any(name not in records for name in _RECORD_BYTES):
        raise _damaged(path)
    for name, record in _RECORD_BYTES.items():
        if records[name][1] % record or records[name][1] < record:
            raise _damaged(path)
    return lists


def _presets(file: BinaryIO, size: int, path: Path) -> tuple[Preset, ...]:
    start, length = find_chunks(file, size, path)[b"pdta"][b"phdr"]
    file.seek(start)
    table = file.read(length)
    presets = []
    for offset in range(0, length - _PRESET_BYTES, _PRESET_BYTES):  # the last record is the end mark
        name, program, bank = struct.unpack("<20sHH", table[offset : offset + 24])
        presets.append(Preset(bank=bank, program=program, name=name.split(b"\0")[0].decode("latin-1").strip()))
    if not presets:
        raise ToolMissingError(f"The SoundFont {path} holds no presets.", _HINT)
    return tuple(sorted(presets, key=lambda preset: (preset.bank, preset.program)))


def _chunks(file: BinaryIO, start: int, end: int, size: int, path: Path) -> dict[bytes, tuple[int, int]]:
    """Sub-chunks of a LIST as name -> (offset of the data, length)."""
    if end > size + 1:
        raise _damaged(path)
    found: dict[bytes, tuple[int, int]] = {}
    at = start
    while at + 8 <= end:
        file.seek(at)
        name, length = struct.unpack("<4sI", file.read(8))
        if at + 8 + length > end:
            raise _damaged(path)
        found[name] = (at + 8, length)
        at += 8 + length + length % 2
    return found


def _damaged(path: Path) -> ToolMissingError:
    return ToolMissingError(f"The SoundFont {path} is damaged.", _HINT)
