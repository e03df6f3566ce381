from __future__ import annotations

from pathlib import Path

import pytest

from autoscore.errors import UsageError
from autoscore.stages.render import find_fonts
from autoscore.stages.render.audition import FontReport, Sounded, check_font, compare_fonts, list_fonts


def sounded(instrument: str, level: float, centroid: float = 1000.0) -> Sounded:
    return Sounded(
        instrument=instrument, preset="", kind="own" if level > -80 else "silent", level_lufs=level, attack_ms=10.0,
        centroid_hz=centroid,
    )  # fmt: skip


def report(*rows: Sounded) -> FontReport:
    return FontReport(name="A", path="a.sf2", sha256="", licence="", sounded=rows, verdict="")


def test_files_that_lie_in_the_folders_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is no SoundFont is in the list all the same, with the trouble in a sentence."""
    (tmp_path / "mine.sf2").write_text("not a font")
    (tmp_path / "readme.txt").write_text("nor this")
    monkeypatch.setattr("autoscore.stages.render.audition.folders", lambda: (tmp_path, tmp_path / "absent"))
    found = list_fonts()
    assert [font.name for font in found] == ["mine"]
    assert found[0].trouble.endswith(".") and "SoundFont" in found[0].trouble


def test_a_font_may_be_called_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bare name that the list shows is found in the folders; a folder is told to be one."""
    (tmp_path / "mine.sf2").write_text("not a font")
    monkeypatch.setattr("autoscore.stages.render.audition.folders", lambda: (tmp_path,))
    assert check_font(Path("Mine")).path == str((tmp_path / "mine.sf2").resolve())
    with pytest.raises(UsageError, match="is a folder"):
        check_font(tmp_path)
    with pytest.raises(UsageError, match="no SoundFont"):
        check_font(Path("another"))


def test_a_broken_font_is_one_sentence(tmp_path: Path) -> None:
    """A cut file is not an exception but a verdict without instruments."""
    path = tmp_path / "cut.sf3"
    path.write_bytes(b"RIFF\xff\xff\x00\x00sfbk")
    found = check_font(path)
    assert not found.sounded and not found.good
    assert "cut short" in found.verdict and found.verdict.count(".") >= 1


def test_a_missing_file_is_the_user_s_slip(tmp_path: Path) -> None:
    """A path without a file is a usage error."""
    with pytest.raises(UsageError, match="no SoundFont"):
        check_font(tmp_path / "none.sf2")


def test_the_difference_is_second_minus_first() -> None:
    """Louder, later and brighter count up; the largest difference of level comes first, silence last."""
    rows = compare_fonts(
        report(sounded("flute", -20.0), sounded("horn", -20.0), sounded("harp", -120.0, 0.0)),
        report(sounded("flute", -21.0, 1100.0), sounded("horn", -14.0), sounded("harp", -20.0)),
    )
    assert [row.instrument for row in rows] == ["horn", "flute", "harp"]
    assert rows[0].level_lu == 6.0 and rows[1].brightness_percent == 10.0


def test_a_good_font_plays() -> None:
    """The best font that is installed gives each of a few instruments a sound that begins in time."""
    font = find_fonts(None).fonts[-1]
    shares: list[float] = []
    found = check_font(font.path, shares.append, only=("flute", "timpani", "standard_kit"))
    assert [row.kind for row in found.sounded] == ["own"] * 3
    assert all(-60 < row.level_lufs < 0 and row.attack_ms < 100 for row in found.sounded)
    assert shares[-1] == 1.0 and found.verdict.endswith("3 instruments.")
