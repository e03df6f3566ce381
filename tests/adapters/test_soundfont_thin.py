from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from autoscore.adapters.soundfont import read_presets
from autoscore.adapters.soundfont_part import Index, OddFontError, read_index, sample_bytes, write_into
from autoscore.adapters.soundfont_thin import thinned

LENGTH, PAD = 100, 46
RANGES = ((0, 59), (60, 63), (64, 127))


def index_of(path: Path) -> Index:
    """One preset of one instrument: a zone that holds for all, then one for each of RANGES with a sample of its own."""

    def table(dtype: object, rows: list[tuple[object, ...]]) -> np.ndarray:
        return np.array(rows, dtype=np.dtype(dtype))  # type: ignore[call-overload, no-any-return]

    zone = [("gen", "<u2"), ("mod", "<u2")]
    generator = [("kind", "<u2"), ("amount", "<u2")]
    sample = [("name", "S20"), ("start", "<u4"), ("end", "<u4"), ("loop_start", "<u4"), ("loop_end", "<u4"),
              ("rate_hz", "<u4"), ("pitch", "u1"), ("correction", "i1"), ("link", "<u2"), ("type", "<u2")]  # fmt: skip
    head = [("name", "S20"), ("program", "<u2"), ("bank", "<u2"), ("bag", "<u2"), ("rest", "V12")]
    gens = [(48, 100), *(g for at, (low, high) in enumerate(RANGES) for g in ((43, low | high << 8), (53, at)))]
    starts = [at * (LENGTH + PAD) for at in range(3)]
    tables = {
        b"phdr": table(head, [(b"one", 0, 0, 0, b""), (b"EOP", 0, 0, 1, b"")]),
        b"pbag": table(zone, [(0, 0), (1, 0)]),
        b"pmod": np.zeros(1, "V10"),
        b"pgen": table(generator, [(41, 0), (0, 0)]),
        b"inst": table([("name", "S20"), ("bag", "<u2")], [(b"one", 0), (b"EOI", 4)]),
        b"ibag": table(zone, [(0, 0), (1, 1), (3, 1), (5, 1), (7, 2)]),
        b"imod": np.array([b"global....", b"third.....", b""], "V10"),
        b"igen": table(generator, [*gens, (0, 0)]),
        b"shdr": table(
            sample,
            [(b"s%d" % at, s, s + LENGTH, s + 10, s + 90, 44_100, 60, 0, 0, 1) for at, s in enumerate(starts)]
            + [(b"EOS", 0, 0, 0, 0, 0, 0, 0, 0, 0)],
        ),
    }
    path.write_bytes(np.arange(3 * (LENGTH + PAD), dtype="<i2").tobytes())
    return Index(path=path, tables=tables, samples=(0, 2 * 3 * (LENGTH + PAD)))


def test_only_what_is_played_is_kept(tmp_path: Path) -> None:
    """Of three zones the two that answer to the pitches stay, with the one that holds for all, and their modulators."""
    thin = thinned(index_of(tmp_path / "font"), {(0, 0): {10, 64}})
    assert thin.tables[b"ibag"].tolist() == [(0, 0), (1, 1), (3, 1), (5, 2)]
    assert thin.tables[b"igen"].tolist() == [(48, 100), (43, 59 << 8), (53, 0), (43, 64 | 127 << 8), (53, 2), (0, 0)]
    assert [bytes(row) for row in thin.tables[b"imod"]] == [b"global....", b"third.....", bytes(10)]
    assert thin.tables[b"inst"]["bag"].tolist() == [0, 3]
    assert sorted(sample_bytes(thin, (0, 0))) == [0, 2]


def test_the_edges_of_a_zone_are_its_own(tmp_path: Path) -> None:
    """A zone answers to its lowest and highest key and to nothing beside them."""
    index = index_of(tmp_path / "font")
    asked = (0, 59, 60, 63, 64, 127)
    kept = {pitch: sorted(sample_bytes(thinned(index, {(0, 0): {pitch}}), (0, 0))) for pitch in asked}
    assert kept == {0: [0], 59: [0], 60: [1], 63: [1], 64: [2], 127: [2]}


def test_a_thin_font_can_be_written_and_read(tmp_path: Path) -> None:
    """What is left makes a whole SoundFont with the samples of its zones and no others."""
    thin = thinned(index_of(tmp_path / "font"), {(0, 0): {61}})
    with (tmp_path / "thin.sf2").open("wb") as out:
        write_into(thin, {(0, 0)}, out)
    assert [(p.bank, p.program) for p in read_presets(tmp_path / "thin.sf2")] == [(0, 0)]
    again = read_index(tmp_path / "thin.sf2")
    assert again.tables[b"shdr"]["name"].tolist() == [b"s1", b"EOS"]
    data = np.frombuffer((tmp_path / "thin.sf2").read_bytes()[again.samples[0] :][: 2 * LENGTH], "<i2")
    assert data.tolist() == list(range(LENGTH + PAD, 2 * LENGTH + PAD))


def test_each_preset_has_its_own_pitches(tmp_path: Path) -> None:
    """What another preset plays is not kept for this one; an instrument of both keeps what either plays."""
    index = index_of(tmp_path / "font")
    heads, instruments, bags = (index.tables[name] for name in (b"phdr", b"inst", b"ibag"))
    # A second preset of a second instrument, which is the first one's zones over again, and a third preset of both.
    heads = np.concatenate([heads[:1]] * 3 + [heads[1:]])
    heads["program"][:3], heads["bag"] = (0, 1, 2), (0, 1, 2, 4)
    instruments = np.concatenate([instruments[:1], instruments[:1], instruments[1:]])
    instruments["bag"] = (0, 4, 8)
    gens, mods = index.tables[b"igen"], index.tables[b"imod"]
    again = bags[:-1].copy()
    again["gen"] += len(gens) - 1
    again["mod"] += len(mods) - 1
    end = np.array([(2 * (len(gens) - 1), 2 * (len(mods) - 1))], bags.dtype)
    index = replace(index, tables={
        **index.tables, b"phdr": heads, b"inst": instruments,
        b"pbag": np.array([(0, 0), (1, 0), (2, 0), (3, 0), (4, 0)], bags.dtype),
        b"pgen": np.array([(41, 0), (41, 1), (41, 0), (41, 1), (0, 0)], gens.dtype),
        b"ibag": np.concatenate([bags[:-1], again, end]),
        b"igen": np.concatenate([gens[:-1], gens]), b"imod": np.concatenate([mods[:-1], mods]),
    })  # fmt: skip
    thin = thinned(index, {(0, 0): {10}, (0, 1): {64}})
    assert [sorted(sample_bytes(thin, (0, program))) for program in (0, 1, 2)] == [[0], [2], [0, 2]]
    thin = thinned(index, {(0, 0): {10}, (0, 2): {64}})
    assert [sorted(sample_bytes(thin, (0, program))) for program in (0, 1, 2)] == [[0, 2], [2], [0, 2]]


@pytest.mark.parametrize("starts", [[0, 3, 1, 5, 7], [0, 1, 3, 5, 90], [1, 1, 3, 5, 7]])
def test_tables_that_point_outside_are_refused(tmp_path: Path, starts: list[int]) -> None:
    """Zones whose generators lie outside their table, or backwards, are a fault of the font."""
    index = index_of(tmp_path / "font")
    bags = index.tables[b"ibag"].copy()
    bags["gen"] = starts
    with pytest.raises(OddFontError):
        thinned(replace(index, tables={**index.tables, b"ibag": bags}), {(0, 0): {60}})
