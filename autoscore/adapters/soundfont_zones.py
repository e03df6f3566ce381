"""Which recordings of a SoundFont a note is made of, and where each is read.

Layout: SoundFont Technical Specification 2.04, sections 7.3 to 7.10 (zones), 8.1.2 (generators) and 9.4 (how those of
presets add to those of instruments).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

import numpy as np

from autoscore.adapters.soundfont_part import Index, OddFontError

_START, _END, _LOOP_START, _LOOP_END = (0, 4), (1, 12), (2, 45), (3, 50)
"""Generators that move a sample's points: by single points, and by 32,768 of them."""
_CORNER, _CORNER_LFO, _CORNER_ENVELOPE, _RELEASE = 8, 10, 11, 38
_INSTRUMENT, _KEYS, _VELOCITIES, _COARSE, _FINE, _SAMPLE, _MODE, _SCALE, _ROOT = 41, 43, 44, 51, 52, 53, 54, 56, 58
_FAR = 32_768
_DEFAULTS = {_CORNER: 13_500, _RELEASE: -12_000, _SCALE: 100, _ROOT: -1}
_SET_BY_INSTRUMENTS = frozenset({_MODE, _ROOT, *_START, *_END, *_LOOP_START, *_LOOP_END})
"""Generators that a preset may not change (9.4)."""
_ALL = (0, 127)
_MOST_OCTAVES = 30.0
"""Farther from its own pitch no recording is read."""
_LOOPS, _LOOPS_UNTIL_RELEASE = 1, 3
_Range = tuple[int, int]
_Gens = dict[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """One recording of a note. ``name`` is its sample's.

    ``first``, ``loop`` and ``last`` are points of the font's sample chunk; ``loop`` is what is played again and again,
    None where it runs to its end. ``rate_hz``: points read in a second. ``corner_hz``: of its low-pass, endless where
    that moves. ``release_s``: from let go to silence (-96 dB), without what the recording itself loses.
    """

    name: bytes
    first: int
    last: int
    loop: _Range | None
    rate_hz: float
    corner_hz: float
    release_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    keys: _Range
    velocities: _Range
    gens: _Gens


class Zones:
    """The zones of one preset (bank, program) of ``index``; plain samples only.

    Raises:
        OddFontError: a table points outside another, or the samples are compressed.
    """

    def __init__(self, index: Index, preset: tuple[int, int]) -> None:
        if index.compressed:
            raise OddFontError(f"The SoundFont {index.path} is compressed.")
        self.index = index
        self._samples = index.tables[b"shdr"]
        heads = index.tables[b"phdr"][:-1]
        found = np.flatnonzero((heads["bank"] == preset[0]) & (heads["program"] == preset[1]))
        self._at: dict[int, list[_Row]] = {}
        self._found: dict[tuple[int, ...], tuple[Zone, ...]] = {}
        self._rows = [row for at in found[:1].tolist() for row in _preset_rows(index, at)]

    def of(self, pitch: int, velocity: int) -> tuple[Zone, ...]:
        """The recordings of a note, the same object for the same ones; empty where one of them is read in a way that
        is not followed here."""
        if pitch not in self._at:
            self._at[pitch] = [row for row in self._rows if row.keys[0] <= pitch <= row.keys[1]]
        rows = [row for row in self._at[pitch] if row.velocities[0] <= velocity <= row.velocities[1]]
        key = (pitch, *map(id, rows))
        found = self._found.get(key)
        if found is None:
            followed = all(row.gens.get(_MODE, 0) & 3 != _LOOPS_UNTIL_RELEASE for row in rows)
            found = self._found[key] = tuple(self._zone(row.gens, pitch) for row in rows) if followed else ()
        return found

    def _zone(self, gens: _Gens, pitch: int) -> Zone:
        sample = self._samples[gens[_SAMPLE]]

        def point(name: str, moved: tuple[int, int]) -> int:
            return int(sample[name]) + gens.get(moved[0], 0) + _FAR * gens.get(moved[1], 0)

        root = gens[_ROOT] if gens[_ROOT] >= 0 else int(sample["pitch"])
        root_cents = 100 * root - int(sample["correction"])
        cents = gens[_SCALE] * (pitch - root_cents / 100) + 100 * gens.get(_COARSE, 0) + gens.get(_FINE, 0)
        octaves, own_hz = cents / 1200.0, int(sample["rate_hz"])
        if not own_hz or abs(octaves) > _MOST_OCTAVES:
            raise OddFontError(f"The SoundFont {self.index.path} has a recording without a pitch.")
        loop = (point("loop_start", _LOOP_START), point("loop_end", _LOOP_END))
        return Zone(
            name=bytes(sample["name"]),
            first=point("start", _START),
            last=point("end", _END),
            loop=loop if gens.get(_MODE, 0) & 3 == _LOOPS and loop[0] < loop[1] else None,
            rate_hz=own_hz * 2.0**octaves,
            corner_hz=inf if gens.get(_CORNER_LFO, 0) or gens.get(_CORNER_ENVELOPE, 0) else _hz(gens[_CORNER]),
            release_s=2.0 ** (gens[_RELEASE] / 1200.0),
        )


def _preset_rows(index: Index, preset: int) -> Iterator[_Row]:
    for outer in _rows(index, (b"phdr", b"pbag", b"pgen"), preset, _INSTRUMENT):
        instrument = outer.gens.pop(_INSTRUMENT)
        for inner in _rows(index, (b"inst", b"ibag", b"igen"), instrument, _SAMPLE):
            if not 0 <= inner.gens[_SAMPLE] < len(index.tables[b"shdr"]) - 1:
                raise OddFontError(f"The SoundFont {index.path} names a sample that it does not have.")
            gens = {**_DEFAULTS, **inner.gens}
            for kind, amount in outer.gens.items():
                if kind not in _SET_BY_INSTRUMENTS:
                    gens[kind] = gens.get(kind, 0) + amount
            yield _Row(
                keys=_both(outer.keys, inner.keys), velocities=_both(outer.velocities, inner.velocities), gens=gens
            )


def _rows(index: Index, tables: tuple[bytes, bytes, bytes], row: int, kind: int) -> Iterator[_Row]:
    """The zones of a preset or an instrument that name something of ``kind``, with what the first says for all."""
    heads, bags, gens = (index.tables[name] for name in tables)
    if not 0 <= row < len(heads) - 1:
        raise OddFontError(f"The SoundFont {index.path} has a table that points outside another.")
    first, last = int(heads["bag"][row]), int(heads["bag"][row + 1])
    if not first <= last < len(bags):
        raise OddFontError(f"The SoundFont {index.path} has a table that points outside another.")
    edges = bags["gen"][first : last + 1].tolist()
    kinds = gens["kind"][edges[0] : edges[-1]].tolist()
    amounts = gens["amount"][edges[0] : edges[-1]].tolist()
    general: _Gens = {}
    for at in range(last - first):
        inside = slice(edges[at] - edges[0], edges[at + 1] - edges[0])
        own: _Gens = dict(zip(kinds[inside], amounts[inside], strict=True))
        if kind not in own:
            if at == 0:
                general = own
            continue
        said = {**general, **own}
        yield _Row(
            keys=_range(said.pop(_KEYS, None)), velocities=_range(said.pop(_VELOCITIES, None)),
            gens={key: _signed(value) for key, value in said.items()},
        )  # fmt: skip


def _hz(cents: int) -> float:
    return 8.176 * float(2.0 ** (cents / 1200.0))


def _signed(amount: int) -> int:
    return amount - (1 << 16) if amount >= 1 << 15 else amount


def _range(amount: int | None) -> _Range:
    return _ALL if amount is None else (amount & 0xFF, amount >> 8)


def _both(one: _Range, other: _Range) -> _Range:
    return max(one[0], other[0]), min(one[1], other[1])
