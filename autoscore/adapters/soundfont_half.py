"""A SoundFont's stereo recordings with one half each, in the middle: half the voices, for a first look."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autoscore.adapters.soundfont_part import Index, instruments_of
from autoscore.adapters.soundfont_thin import owners, with_zones

HALF_DB = 3.0103
"""What a voice in the middle has less on either side than one that is on that side alone."""
_PAN, _KEYS, _VELOCITIES, _SAMPLE = 17, 43, 44, 53
"""Generators of the SoundFont specification (8.1.2)."""
_LEFT, _RIGHT = -500, 500
_ALL = 127 << 8

_Name = tuple[int, int]


def halved(index: Index, presets: Collection[_Name]) -> tuple[Index, frozenset[_Name]]:
    """``index`` without right halves, and which of ``presets`` (bank, program) that made lighter.

    A preset has halves where every zone hard left has one hard right for the same keys and velocities, and there are
    no others; left ones come to the middle. The others stay as they are.

    Raises:
        OddFontError: a table points outside another.
    """
    of_preset = {
        (int(row["bank"]), int(row["program"])): set(instruments_of(index, [at]))
        for at, row in enumerate(index.tables[b"phdr"][:-1])
        if (int(row["bank"]), int(row["program"])) in presets
    }
    zones = _zones(index)
    heads = index.tables[b"inst"]["bag"]
    paired = {at for names in of_preset.values() for at in names if _is_paired(zones[heads[at] : heads[at + 1]])}
    whole = {name for name, names in of_preset.items() if names <= paired}
    shared = {at for name, names in of_preset.items() if name not in whole for at in names}
    light = frozenset(name for name in whole if of_preset[name].isdisjoint(shared))
    kept = np.ones(len(zones), bool)
    for at in {at for name in light for at in of_preset[name]}:
        inside = slice(int(heads[at]), int(heads[at + 1]))
        kept[inside] = zones["pan"][inside] < _RIGHT
    gens = index.tables[b"igen"].copy()
    half = np.zeros(len(zones), bool)
    for at in {at for name in light for at in of_preset[name]}:
        half[int(heads[at]) : int(heads[at + 1])] = True
    owner = owners(index, index.tables[b"ibag"]["gen"], gens)
    gens["amount"][:-1][(gens["kind"][:-1] == _PAN) & half[owner]] = 0
    return with_zones(replace(index, tables={**index.tables, b"igen": gens}), kept), light


def _zones(index: Index) -> NDArray[Any]:
    """Of each zone: whether it sounds, where, and for which keys and velocities."""
    bags, gens = index.tables[b"ibag"], index.tables[b"igen"]
    owner, gens = owners(index, bags["gen"], gens), gens[:-1]
    zones = np.zeros(len(bags) - 1, [("sounds", bool), ("pan", "<i2"), ("keys", "<u2"), ("velocities", "<u2")])
    zones["keys"] = zones["velocities"] = _ALL
    for kind, field in ((_PAN, "pan"), (_KEYS, "keys"), (_VELOCITIES, "velocities")):
        at = gens["kind"] == kind
        zones[field][owner[at]] = gens["amount"][at].astype(zones[field].dtype)
    zones["sounds"][owner[gens["kind"] == _SAMPLE]] = True
    return zones


def _is_paired(zones: NDArray[Any]) -> bool:
    """Has every sounding zone on the left its like on the right, and is there no other?"""
    sounding = zones[zones["sounds"]]
    left, right = sounding[sounding["pan"] <= _LEFT], sounding[sounding["pan"] >= _RIGHT]
    if not len(left) or len(left) + len(right) < len(sounding):
        return False
    reach = ["keys", "velocities"]
    return np.array_equal(np.sort(left[reach]), np.sort(right[reach]))
