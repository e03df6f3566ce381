from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from autoscore.adapters.soundfont_half import halved
from autoscore.adapters.soundfont_part import Index

NAME = (0, 0)
LEFT, RIGHT = -500 & 0xFFFF, 500
Zone = list[tuple[int, int]]


def index_of(*instruments: list[Zone]) -> Index:
    """A preset for each instrument, (0, 0), (0, 1) and so on; the zones are lists of generators."""
    zone = np.dtype([("gen", "<u2"), ("mod", "<u2")])
    generator = np.dtype([("kind", "<u2"), ("amount", "<u2")])
    head = np.dtype([("name", "S20"), ("program", "<u2"), ("bank", "<u2"), ("bag", "<u2"), ("rest", "V12")])
    zones = [each for instrument in instruments for each in instrument]
    gens = [0, *np.cumsum([len(each) for each in zones]).tolist()]
    bags = [0, *np.cumsum([len(instrument) for instrument in instruments]).tolist()]
    count = len(instruments)
    tables = {
        b"phdr": np.array([*((b"p", at, 0, at, b"") for at in range(count)), (b"EOP", 0, 0, count, b"")], head),
        b"pbag": np.array([(at, 0) for at in range(count + 1)], zone),
        b"pgen": np.array([*((41, at) for at in range(count)), (0, 0)], generator),
        b"pmod": np.zeros(1, "V10"),
        b"inst": np.array([(b"i", bag) for bag in bags], [("name", "S20"), ("bag", "<u2")]),
        b"ibag": np.array([(gen, 0) for gen in gens], zone),
        b"igen": np.array([*(pair for each in zones for pair in each), (0, 0)], generator),
        b"imod": np.zeros(1, "V10"),
    }
    return Index(path=Path("font.sf2"), tables=tables, samples=(0, 0))


def sounding(pan: int, sample: int, keys: int = 127 << 8) -> Zone:
    return [(43, keys), (17, pan), (53, sample)]


def test_left_halves_come_to_the_middle_and_right_ones_go() -> None:
    """Of pairs the left zone stays, without its pan, and what holds for all zones stays as it is."""
    index = index_of([[(48, 10)], sounding(LEFT, 0), sounding(RIGHT, 1)])
    light, names = halved(index, {NAME})
    assert names == {NAME}
    assert light.tables[b"igen"].tolist() == [(48, 10), (43, 127 << 8), (17, 0), (53, 0), (0, 0)]
    assert index.tables[b"igen"]["amount"][2] == LEFT  # the index that was given is not changed


@pytest.mark.parametrize(
    "zones",
    [
        [sounding(0, 0)],
        [sounding(LEFT, 0), sounding(RIGHT, 1), sounding(0, 2)],
        [sounding(LEFT, 0, 59 << 8), sounding(RIGHT, 1, 60 | 127 << 8)],
        [sounding(LEFT, 0), sounding(LEFT, 1)],
        [[(48, 10)]],
    ],
)
def test_what_is_not_all_pairs_stays(zones: list[Zone]) -> None:
    """A middle, unlike halves, one side alone or nothing at all: such a preset is left as it is."""
    index = index_of(zones)
    light, names = halved(index, {NAME})
    assert not names
    assert all((light.tables[name] == table).all() for name, table in index.tables.items())


def test_presets_that_share_an_instrument_have_halves_together() -> None:
    """An instrument that another preset plays with one in the middle keeps both halves; who is not asked for, too."""
    pair, middle = [sounding(LEFT, 0), sounding(RIGHT, 1)], [sounding(0, 2)]
    index = index_of(pair, middle)
    both = np.array([(41, 0), (41, 0), (41, 1), (0, 0)], index.tables[b"pgen"].dtype)
    bags = np.array([(0, 0), (1, 0), (3, 0)], index.tables[b"pbag"].dtype)
    shared = replace(index, tables={**index.tables, b"pgen": both, b"pbag": bags})
    assert halved(shared, {NAME, (0, 1)})[1] == frozenset()
    assert halved(index, {NAME, (0, 1)})[1] == {NAME}
    assert halved(index, {(0, 1)})[1] == frozenset()
