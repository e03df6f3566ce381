"""Tables that a user has added or spoilt are refused in a sentence that names the file and the key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from autoscore import tables
from autoscore.errors import TableError
from autoscore.tables import Mood, MoodTempo, soundfonts
from autoscore.tables.rows import row

CACHED = (tables.read, tables.mood, tables.mood_names, soundfonts.catalogue)


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of tables with one mood, "mine"."""
    (tmp_path / "moods").mkdir()
    for name in ("moods/noir.toml", "soundfonts.toml"):
        text = tables.FOLDER.joinpath(name).read_text(encoding="utf-8")
        (tmp_path / name.replace("noir", "mine")).write_text(text, encoding="utf-8")
    monkeypatch.setattr(tables, "FOLDER", tmp_path)
    for function in CACHED:
        function.cache_clear()
    yield tmp_path
    for function in CACHED:
        function.cache_clear()


def test_a_mood_that_was_added_is_read(installation: Path) -> None:
    """A copy of a mood under another name is one."""
    assert tables.mood_names() == ("mine",)
    assert tables.mood("mine").tempo.metres == ("4/4",)


@pytest.mark.parametrize(
    "old, new, says",
    [
        ("min_bpm = 54", 'min_bpm = "slow"', "min_bpm cannot be 'slow'"),
        ("min_bpm = 54", "min_bpm = nan", "min_bpm cannot be nan"),
        ("min_bpm = 54", f"min_bpm = {'9' * 400}", "min_bpm cannot be 999"),
        ("min_bpm = 54", "minimum_bpm = 54", "unknown key 'minimum_bpm'"),
        ("min_bpm = 54", "", "min_bpm"),
        ('style = "jazz"', 'style = "jizz"', "style cannot be 'jizz'"),
        ('metres = ["4/4"]', "metres = [4]", r"metres cannot be \[4\]"),
        ('["i6", "bVI7", "V7#9", "i6"],', '"i6",', "progressions cannot be"),
        ("odd_metres = false", "odd_metres = 0", "odd_metres cannot be 0"),
        ("[tempo]", "[tempo", "line"),
        ("title = ", "tempo = 3\ntitle = ", "moods/mine.toml"),
    ],
)
def test_a_mood_that_is_spoilt(installation: Path, old: str, new: str, says: str) -> None:
    """A value of another kind, an unknown or missing key, a text that is no TOML: the file and the key are named."""
    path = installation / "moods" / "mine.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(TableError, match=says) as told:
        tables.mood("mine")
    assert "moods/mine.toml" in told.value.message and told.value.exit_code == 1


@pytest.mark.parametrize(
    "old, new, says",
    [
        ('grade = "full"', 'grade = "best"', "grade cannot be 'best'"),
        ("files = [", 'files = "x" #', "files cannot be 'x'"),
        ("[search]", "[searched]", r"\[search\]"),
        ("[[font]]", "[font]", "soundfonts.toml"),
    ],
)
def test_a_catalogue_that_is_spoilt(installation: Path, old: str, new: str, says: str) -> None:
    """The catalogue of SoundFonts is checked row by row."""
    path = installation / "soundfonts.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(TableError, match=says):
        soundfonts.catalogue()


def test_bytes_that_are_no_text(installation: Path) -> None:
    """A table that is not UTF-8, or is gone, is told."""
    (installation / "soundfonts.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(TableError, match="soundfonts"):
        soundfonts.catalogue()
    with pytest.raises(TableError, match="desk"):
        tables.read("desk.toml")


def test_whole_tables_are_whole() -> None:
    """Every mood and every font of this version keeps to its row."""
    assert all(isinstance(tables.mood(name), Mood) for name in tables.mood_names())
    assert len(soundfonts.catalogue()["font"]) >= 3


def test_a_row_may_hold_whole_numbers_for_broken_ones() -> None:
    """54 is as good as 54.0; true is neither."""
    made = row(
        MoodTempo, {"min_bpm": 54, "max_bpm": 60.0, "prefer_bpm": 57, "metres": ["3/4"], "pulse": "pulse"}, "x.toml"
    )
    assert made.min_bpm == 54
    with pytest.raises(TableError, match="max_bpm"):
        row(MoodTempo, {"max_bpm": True}, "x.toml")
