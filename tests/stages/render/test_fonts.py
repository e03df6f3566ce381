from __future__ import annotations

import struct
from pathlib import Path

import pytest
from small_fonts import small_font

from autoscore import tables
from autoscore.adapters import cache
from autoscore.adapters.soundfont import Preset, read_presets
from autoscore.errors import ToolMissingError, UsageError
from autoscore.model.score import GROUPS
from autoscore.stages.render.fonts import Font, FontSet, choose, find_fonts, layers


def font(name: str, *presets: tuple[int, int]) -> Font:
    rows = tuple(Preset(bank=bank, program=program, name="x") for bank, program in presets)
    return Font(name=name, path=Path(f"{name}.sf2"), sha256="0" * 64, licence="", presets=rows)


def chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def soundfont() -> bytes:
    """The smallest file that is a SoundFont by its structure: one preset, nothing in it."""
    phdr = b"".join(struct.pack("<20sHHHIII", n, p, b, 0, 0, 0, 0) for n, p, b in ((b"Flute", 73, 0), (b"EOP", 0, 0)))
    sizes = {b"pbag": 4, b"pmod": 10, b"pgen": 4, b"inst": 22, b"ibag": 4, b"imod": 10, b"igen": 4, b"shdr": 46}
    tables_ = chunk(b"phdr", phdr) + b"".join(chunk(name, bytes(size)) for name, size in sizes.items())
    body = chunk(b"LIST", b"sdta" + chunk(b"smpl", bytes(64))) + chunk(b"LIST", b"pdta" + tables_)
    return chunk(b"RIFF", b"sfbk" + body)


def test_presets_are_read_from_the_file(tmp_path: Path) -> None:
    """A well-formed SoundFont tells its presets without any synthesiser."""
    path = tmp_path / "small.sf2"
    path.write_bytes(soundfont())
    assert read_presets(path) == (Preset(bank=0, program=73, name="Flute"),)


@pytest.mark.parametrize("length", [0, 4, 11, 40, 200])
def test_a_cut_file_is_refused(tmp_path: Path, length: int) -> None:
    """However early a SoundFont is cut off, one clear sentence names the file."""
    path = tmp_path / "cut.sf2"
    path.write_bytes(soundfont()[:length])
    with pytest.raises(ToolMissingError, match=r"cut\.sf2"):
        read_presets(path)


def test_a_damaged_table_is_refused(tmp_path: Path) -> None:
    """A record table whose length is no multiple of its records is damage, found before C code sees it."""
    data = bytearray(soundfont())
    at = data.index(b"phdr") + 4
    data[at : at + 4] = struct.pack("<I", 0x7FFFFFF0)
    path = tmp_path / "bad.sf2"
    path.write_bytes(bytes(data))
    with pytest.raises(ToolMissingError, match="damaged"):
        read_presets(path)


def test_text_is_no_soundfont(tmp_path: Path) -> None:
    """A text file named .sf2 is called what it is."""
    path = tmp_path / "song.sf2"
    path.write_text("not a font at all, whatever its name says")
    with pytest.raises(ToolMissingError, match="not a SoundFont"):
        find_fonts(str(path))


def test_a_missing_wanted_font_is_a_usage_error() -> None:
    """--soundfont with a wrong path is the user's slip, not a missing tool."""
    with pytest.raises(UsageError, match="no-such"):
        find_fonts("no-such.sf2")


def test_without_any_font_the_command_that_mends_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With nothing installed the error's hint is a command."""
    monkeypatch.setattr("autoscore.stages.render.fonts._folders", lambda search: (tmp_path,))
    with pytest.raises(ToolMissingError) as caught:
        find_fonts(None)
    assert "install" in caught.value.hint or "make" in caught.value.hint


def test_a_lesser_font_alone_is_used_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a lesser font there: it is used, and a warning says how to get the better ones."""
    lesser = next(row for row in tables.read("soundfonts.toml")["font"] if row["grade"] == "lesser")
    (tmp_path / lesser["files"][0]).write_bytes(small_font())
    monkeypatch.setenv("AUTOSCORE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("autoscore.stages.render.fonts._folders", lambda search: (tmp_path,))
    found = find_fonts(None)
    assert [f.name for f in found.fonts] == [lesser["name"]]
    assert found.warnings


def test_the_table_s_order_decides() -> None:
    """An instrument takes the first preset of its list that some font has."""
    best = font("FluidR3_GM", (0, 73))
    second = font("MuseScore_General_Full", (17, 73), (0, 73))
    both = FontSet(fonts=(second, best))
    assert choose("flute", both).font is best
    assert choose("flute", FontSet(fonts=(second,))).bank == 17


def test_a_font_that_was_asked_for_plays_what_it_can() -> None:
    """--soundfont wins over the table's order; what it lacks comes from the others."""
    own, other = font("Mine", (0, 73)), font("FluidR3_GM", (0, 73), (0, 68))
    fonts = FontSet(fonts=(own, other), asked=True)
    assert choose("flute", fonts).font is own
    assert choose("oboe", fonts).font is other


def test_a_layer_is_another_recording() -> None:
    """A line is doubled by a preset of the other font where that is there, never by the preset that plays it anyway."""
    main, other = font("MuseScore_General_Full", (21, 48), (17, 40)), font("FluidR3_GM", (0, 48), (0, 40))
    both = FontSet(fonts=(main, other))
    assert [layer.choice.program for layer in layers("violins1", "melody", both)] == [48, 40]
    assert [layer.choice.program for layer in layers("violins1", "harmony", both)] == [48]
    assert layers("violins1", "melody", FontSet(fonts=(main,))) == ()
    assert layers("violins1", "melody", FontSet(fonts=(other,)))[0].choice.program == 40
    assert layers("violins1", "melody", FontSet(fonts=(main, other), asked=True)) == ()


def test_every_instrument_plays_on_any_font() -> None:
    """A font with a single preset still plays every instrument of the table."""
    only = FontSet(fonts=(font("One", (0, 40)),))
    for key in tables.read("instruments.toml"):
        assert choose(key, only).program == 40


def test_the_table_is_complete() -> None:
    """Every instrument has a known group, a sweet spot inside its range, a pan, and a last resort for any font."""
    for key, row in tables.read("instruments.toml").items():
        assert row["group"] in GROUPS, key
        assert 0 <= row["range"][0] <= row["sweet"][0] < row["sweet"][1] <= row["range"][1] <= 127, key
        assert 0 <= row["pan"] <= 127, key
        assert row["dynamics"] in ("cc", "velocity"), key
        assert row["presets"][-1]["font"] == "*", key


def test_a_damaged_cache_is_an_empty_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be read back is measured again; what was written is read back."""
    monkeypatch.setenv("AUTOSCORE_CACHE", str(tmp_path / "deep" / "cache"))
    assert cache.read("voices") == {}
    cache.change("voices", lambda table: {"a": 1.5})
    assert cache.read("voices") == {"a": 1.5}
    (tmp_path / "deep" / "cache" / "voices.json").write_text("{broken")
    assert cache.read("voices") == {}
