"""A few presets of a SoundFont as a plain SF2 of their own, its compressed samples decoded.

The Vorbis samples of an SF3 take seconds to decode, each time it is loaded; plain ones are read as fast as the disk is.
Layout: SoundFont Technical Specification 2.04, sections 6 (samples) and 7 (presets, instruments, sample headers); in an
SF3 a sample's start and end are bytes of a Vorbis stream, and its loop counts from the sample's own beginning.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from autoscore.adapters.files import whole
from autoscore.adapters.soundfiles import decoded_points
from autoscore.adapters.soundfont import find_chunks
from autoscore.errors import StorageError, ToolMissingError

_Table = NDArray[Any]
_Name = tuple[int, int]

_LAYOUT: dict[bytes, np.dtype[Any]] = {
    b"phdr": np.dtype([("name", "S20"), ("program", "<u2"), ("bank", "<u2"), ("bag", "<u2"), ("rest", "V12")]),
    b"pbag": np.dtype([("gen", "<u2"), ("mod", "<u2")]),
    b"pmod": np.dtype("V10"),
    b"pgen": np.dtype([("kind", "<u2"), ("amount", "<u2")]),
    b"inst": np.dtype([("name", "S20"), ("bag", "<u2")]),
    b"ibag": np.dtype([("gen", "<u2"), ("mod", "<u2")]),
    b"imod": np.dtype("V10"),
    b"igen": np.dtype([("kind", "<u2"), ("amount", "<u2")]),
    b"shdr": np.dtype(
        [
            ("name", "S20"), ("start", "<u4"), ("end", "<u4"), ("loop_start", "<u4"), ("loop_end", "<u4"),
            ("rate_hz", "<u4"), ("pitch", "u1"), ("correction", "i1"), ("link", "<u2"), ("type", "<u2"),
        ]
    ),
}  # fmt: skip
_INSTRUMENT, _SAMPLE = 41, 53
"""Generators that name an instrument and a sample (8.1.2)."""
_VORBIS = 0x10
_LINKED = 0x0E
_VORBIS_GAIN = 6
"""How many bytes of a plain sample one byte of Vorbis stands for, about."""
_PAD = 46
"""Silent points after each sample (6.1)."""
_MOST_BYTES = 1 << 30
"""A part of a font beyond this is not written: a few bytes of Vorbis can hold hours of silence."""


class OddFontError(ToolMissingError):
    """A SoundFont that cannot be taken apart; it may still play."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """A SoundFont's tables. ``samples``: offset and length of its sample chunk in the file, bytes."""

    path: Path
    tables: dict[bytes, _Table]
    samples: tuple[int, int]

    @property
    def compressed(self) -> bool:
        """Is any sample a Vorbis stream?"""
        return bool((self.tables[b"shdr"]["type"][:-1] & _VORBIS).any())


def read_index(path: Path) -> Index:
    """The tables of a SoundFont.

    Raises:
        ToolMissingError: it cannot be read, is no SoundFont, or damaged.
    """
    try:
        with path.open("rb") as file:
            lists = find_chunks(file, path.stat().st_size, path)
            tables = {}
            for name, layout in _LAYOUT.items():
                start, length = lists[b"pdta"][name]
                file.seek(start)
                tables[name] = np.frombuffer(file.read(length), dtype=layout)
    except OSError as error:
        raise ToolMissingError(f"The SoundFont {path} cannot be opened ({error.strerror or error}).") from error
    if b"smpl" not in lists[b"sdta"]:
        raise OddFontError(f"The SoundFont {path} holds no samples.")
    return Index(path=path, tables=tables, samples=lists[b"sdta"][b"smpl"])


def families(index: Index, presets: Iterable[_Name]) -> tuple[tuple[_Name, ...], ...]:
    """``presets`` (bank, program) in sorted groups that share no sample with each other; none that is absent.

    Raises:
        OddFontError: a table points outside another.
    """
    found: list[tuple[set[_Name], set[int]]] = []
    rows = {(int(row["bank"]), int(row["program"])): at for at, row in enumerate(index.tables[b"phdr"][:-1])}
    for name in sorted(set(presets) & set(rows)):
        names, samples = {name}, set(_samples_of(index, instruments_of(index, [rows[name]])))
        for other in [group for group in found if group[1] & samples]:
            found.remove(other)
            names |= other[0]
            samples |= other[1]
        found.append((names, samples))
    return tuple(sorted(tuple(sorted(names)) for names, _ in found))


def sample_bytes(index: Index, preset: _Name) -> dict[int, int]:
    """What each sample of a preset (bank, program) takes once it is loaded, by its number; of Vorbis a guess.

    Raises:
        OddFontError: a table points outside another.
    """
    headers = index.tables[b"phdr"][:-1]
    rows = np.flatnonzero((headers["bank"] == preset[0]) & (headers["program"] == preset[1]))
    numbers = _samples_of(index, instruments_of(index, rows.tolist()))
    samples = index.tables[b"shdr"][numbers]
    lengths = samples["end"].astype(np.int64) - samples["start"]
    sizes = np.where(samples["type"] & _VORBIS, _VORBIS_GAIN * lengths, 2 * lengths)
    return dict(zip(numbers, sizes.tolist(), strict=True))


def write_part(index: Index, presets: Collection[_Name], target: Path) -> None:
    """``write_into`` a file, whole or not at all.

    Raises:
        OddFontError: see there.
        StorageError: the disk refuses it.
    """
    with whole(target) as part, part.open("wb") as out:
        write_into(index, presets, out)


def write_into(index: Index, presets: Collection[_Name], out: BinaryIO) -> None:
    """Writes ``presets`` (bank, program) of ``index`` as an SF2; same input, same bytes.

    Raises:
        OddFontError: a table points outside another, a sample cannot be decoded, or there is too much of it.
    """
    headers = index.tables[b"phdr"]
    chosen = [at for at, row in enumerate(headers[:-1]) if (int(row["bank"]), int(row["program"])) in presets]
    instruments = instruments_of(index, chosen)
    samples = _samples_of(index, instruments)
    tables = {
        **_cut(index, (b"phdr", b"pbag", b"pgen", b"pmod"), chosen, _INSTRUMENT, instruments),
        **_cut(index, (b"inst", b"ibag", b"igen", b"imod"), instruments, _SAMPLE, samples),
    }
    info = _chunk(b"ifil", struct.pack("<HH", 2, 1)) + _chunk(b"isng", b"EMU8000\0") + _chunk(b"INAM", b"part\0\0")
    out.write(b"RIFF\0\0\0\0sfbk" + _chunk(b"LIST", b"INFO" + info))
    at = out.tell()
    out.write(b"LIST\0\0\0\0sdtasmpl\0\0\0\0")
    with index.path.open("rb") as source:
        tables[b"shdr"] = _copy_samples(index, samples, source, out)
    end = out.tell()
    body = b"".join(_chunk(name, tables[name].tobytes()) for name in _LAYOUT)
    out.write(_chunk(b"LIST", b"pdta" + body))
    for offset, size in ((4, out.tell() - 8), (at + 4, end - at - 8), (at + 16, end - at - 20)):
        out.seek(offset)
        out.write(struct.pack("<I", size))


def _span(table: _Table, field: str, row: int, of: _Table) -> range:
    """Rows ``row`` to the next of ``table`` point to this range of ``of``, whose last record is an end mark."""
    if row + 1 >= len(table):
        raise OddFontError("A SoundFont's table points outside another.")
    first, last = int(table[field][row]), int(table[field][row + 1])
    if not first <= last <= len(of) - 1:
        raise OddFontError("A SoundFont's table points outside another.")
    return range(first, last)


def _named(index: Index, tables: tuple[bytes, bytes, bytes], rows: Iterable[int], kind: int) -> list[int]:
    """What the generators of ``kind`` in the zones of ``rows`` name, each once, in order."""
    heads, bags, gens = (index.tables[name] for name in tables)
    found: set[int] = set()
    for row in rows:
        zones = _span(heads, "bag", row, bags)
        if len(zones):
            first = _span(bags, "gen", zones[0], gens).start
            piece = gens[first : _span(bags, "gen", zones[-1], gens).stop]
            found.update(int(amount) for amount in piece["amount"][piece["kind"] == kind])
    return sorted(found)


def instruments_of(index: Index, presets: Iterable[int]) -> list[int]:
    """Rows of the instruments that ``presets`` (rows as well) name.

    Raises:
        OddFontError: a table points outside another.
    """
    found = _named(index, (b"phdr", b"pbag", b"pgen"), presets, _INSTRUMENT)
    if found and found[-1] >= len(index.tables[b"inst"]) - 1:
        raise OddFontError(f"The SoundFont {index.path} names an instrument that it does not have.")
    return found


def _samples_of(index: Index, instruments: Iterable[int]) -> list[int]:
    found = _named(index, (b"inst", b"ibag", b"igen"), instruments, _SAMPLE)
    if found and found[-1] >= len(index.tables[b"shdr"]) - 1:
        raise OddFontError(f"The SoundFont {index.path} names a sample that it does not have.")
    return found


def _cut(
    index: Index, names: tuple[bytes, bytes, bytes, bytes], rows: list[int], kind: int, kept: list[int]
) -> dict[bytes, _Table]:
    """Four tables (heads, zones, generators, modulators) with only ``rows``; generators of ``kind`` number ``kept``."""
    heads, bags, gens, mods = (index.tables[name] for name in names)
    place = {old: new for new, old in enumerate(kept)}
    new_heads = heads[[*rows, len(heads) - 1]].copy()
    new_bags: list[tuple[int, int]] = []
    gen_pieces, mod_pieces, gen_at, mod_at = [], [], 0, 0
    for at, row in enumerate(rows):
        new_heads["bag"][at] = len(new_bags)
        for zone in _span(heads, "bag", row, bags):
            new_bags.append((gen_at, mod_at))
            g, m = _span(bags, "gen", zone, gens), _span(bags, "mod", zone, mods)
            piece = gens[g.start : g.stop].copy()
            named = piece["kind"] == kind
            piece["amount"][named] = [place[int(old)] for old in piece["amount"][named]]
            gen_pieces.append(piece)
            mod_pieces.append(mods[m.start : m.stop])
            gen_at, mod_at = gen_at + len(g), mod_at + len(m)
    new_heads["bag"][-1] = len(new_bags)
    new_bags.append((gen_at, mod_at))
    return {
        names[0]: new_heads,
        names[1]: np.array(new_bags, dtype=bags.dtype),
        names[2]: np.concatenate([*gen_pieces, np.zeros(1, dtype=gens.dtype)]),
        names[3]: np.concatenate([*mod_pieces, np.zeros(1, dtype=mods.dtype)]),
    }


def _copy_samples(index: Index, samples: list[int], source: BinaryIO, out: BinaryIO) -> _Table:
    """Writes the samples, plain, one after the other; their new headers."""
    old = index.tables[b"shdr"]
    new = old[[*samples, len(old) - 1]].copy()
    place = {sample: at for at, sample in enumerate(samples)}
    longest = max((int(row["end"]) - int(row["start"]) for row in new[:-1] if not row["type"] & _VORBIS), default=0)
    memory = np.empty(
        min(max(0, longest), index.samples[1] // 2), "<i2"
    )  # once for all: a new page costs more than to fill it
    written = 0
    for at, sample in enumerate(samples):
        row = old[sample]
        points = _points(index, row, source, memory)
        compressed = bool(row["type"] & _VORBIS)
        loop = 0 if compressed else int(row["start"])
        new["start"][at], new["end"][at] = written, written + len(points)
        new["loop_start"][at] = written + max(0, int(row["loop_start"]) - loop)
        new["loop_end"][at] = written + max(0, int(row["loop_end"]) - loop)
        new["type"][at] = int(row["type"]) & ~_VORBIS
        new["link"][at] = place.get(int(row["link"]), at if row["type"] & _LINKED else 0)
        out.write(points.data)
        out.write(bytes(2 * _PAD))
        written += len(points) + _PAD
        if 2 * written > _MOST_BYTES:
            raise OddFontError(f"The SoundFont {index.path} holds too much sound.")
    return new


def _points(index: Index, row: Any, source: BinaryIO, memory: NDArray[np.int16]) -> NDArray[np.int16]:
    """One sample's points, where they are plain in ``memory``."""
    begin, length = index.samples
    start, end = int(row["start"]), int(row["end"])
    unit = 1 if row["type"] & _VORBIS else 2
    if not start <= end or end * unit > length:
        raise OddFontError(f"The SoundFont {index.path} has a sample outside its file.")
    source.seek(begin + start * unit)
    if unit == 2:
        points = memory[: end - start]
        return points[: source.readinto(points.data) // 2]  # type: ignore[attr-defined]
    data = source.read(end - start)
    try:
        return decoded_points(data, _MOST_BYTES // 2)
    except StorageError as error:
        raise OddFontError(f"The SoundFont {index.path} has a sample that cannot be decoded.") from error


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
