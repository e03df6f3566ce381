"""A SoundFont's tables without the zones that nobody plays, so that their samples need not be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autoscore.adapters.soundfont_part import Index, OddFontError, instruments_of

_KEY_RANGE, _SAMPLE = 43, 53
"""Generators of the SoundFont specification (8.1.2): lowest and highest key of a zone, and the sample that it plays."""
_KEYS = 128


def thinned(index: Index, pitches: Mapping[tuple[int, int], Iterable[int]]) -> Index:
    """``index`` with only those zones of its instruments that somebody plays.

    Args:
        pitches: what is played (0..127) of each preset (bank, program); of others nothing is.

    Raises:
        OddFontError: a table points outside another.
    """
    heads, bags, gens = (index.tables[name] for name in (b"inst", b"ibag", b"igen"))
    zone_of_gen = owners(index, bags["gen"], gens)
    if int(heads["bag"].max()) > len(bags) - 1 or (np.diff(heads["bag"].astype(np.int64)) < 0).any():
        raise OddFontError(f"The SoundFont {index.path} has a table that points outside another.")
    instrument_of = np.searchsorted(heads["bag"], np.arange(len(bags) - 1), side="right") - 1
    heard = _heard(index, pitches)
    ranges = gens["kind"][: len(zone_of_gen)] == _KEY_RANGE
    lowest = np.minimum(gens["amount"][: len(zone_of_gen)][ranges] & 0xFF, _KEYS - 1)
    highest = np.minimum(gens["amount"][: len(zone_of_gen)][ranges] >> 8, _KEYS - 1)
    dropped = np.zeros(len(bags) - 1, bool)
    zones = zone_of_gen[ranges]
    instruments = instrument_of[zones]
    dropped[zones[heard[instruments, highest + 1] <= heard[instruments, lowest]]] = True
    sounds = np.zeros(len(bags) - 1, bool)
    sounds[zone_of_gen[gens["kind"][: len(zone_of_gen)] == _SAMPLE]] = True
    kept = ~(dropped & sounds)  # a zone without a sample says what holds for the others of its instrument
    return with_zones(index, kept)


def with_zones(index: Index, kept: NDArray[np.bool_]) -> Index:
    """``index`` with only those zones of its instruments that are ``kept``, one flag for each."""
    heads, bags, gens, mods = (index.tables[name] for name in (b"inst", b"ibag", b"igen", b"imod"))
    zone_of_gen, zone_of_mod = owners(index, bags["gen"], gens), owners(index, bags["mod"], mods)
    place = np.concatenate([[0], kept.cumsum()])
    new_heads, new_bags = heads.copy(), bags[np.append(kept, True)].copy()
    new_heads["bag"] = place[heads["bag"]]
    new_gens, new_mods = gens[:-1][kept[zone_of_gen]], mods[:-1][kept[zone_of_mod]]
    new_bags["gen"] = _starts(zone_of_gen, kept)
    new_bags["mod"] = _starts(zone_of_mod, kept)
    tables = {
        b"inst": new_heads, b"ibag": new_bags,
        b"igen": np.append(new_gens, gens[-1:]), b"imod": np.append(new_mods, mods[-1:]),
    }  # fmt: skip
    return replace(index, tables={**index.tables, **tables})


def _heard(index: Index, pitches: Mapping[tuple[int, int], Iterable[int]]) -> NDArray[np.int64]:
    """How many pitches below each one are played of each instrument, by the presets that have it."""
    found = np.zeros((len(index.tables[b"inst"]), _KEYS + 1), np.int64)
    for at, row in enumerate(index.tables[b"phdr"][:-1]):
        played = [pitch + 1 for pitch in pitches.get((int(row["bank"]), int(row["program"])), ())]
        for instrument in instruments_of(index, [at]) if played else ():
            found[instrument, played] = 1
    return found.cumsum(axis=1)


def owners(index: Index, starts: NDArray[Any], of: NDArray[Any]) -> NDArray[np.int64]:
    """The zone of each record of ``of`` but the last, which is an end mark."""
    at = starts.astype(np.int64)
    counts: NDArray[np.int64] = at[1:] - at[:-1]
    if int(starts[0]) != 0 or (counts < 0).any() or int(starts[-1]) != len(of) - 1:
        raise OddFontError(f"The SoundFont {index.path} has a table that points outside another.")
    return np.repeat(np.arange(len(counts)), counts)


def _starts(zone_of: NDArray[np.int64], kept: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Where the records of each kept zone begin, and where the last one's end."""
    counts = np.bincount(zone_of, minlength=len(kept))[kept]
    return np.concatenate([[0], counts.cumsum()])
