"""What is refused before any work is done: results that would destroy something or have no place to be."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from autoscore import cli, preflight
from autoscore.adapters import chart
from autoscore.adapters.files import whole
from autoscore.errors import StorageError, UsageError


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.png"  # an ending that pictures have, so that only its being the film speaks against it
    path.write_bytes(b"film")
    return path


def test_a_picture_never_replaces_the_film(film: Path) -> None:
    """--plot with the film, by its name, another way to it or a link, is refused even with --overwrite."""
    link = film.with_name("link.png")
    link.symlink_to(film)
    for picture in (film, film.parent / "." / film.name, link):
        with pytest.raises(UsageError, match="the film itself"):
            preflight.check_picture(film, picture, overwrite=True)
    assert film.read_bytes() == b"film"


@pytest.mark.parametrize(
    "name, says", [("out.mp4", "no known kind"), ("out", "no known kind"), ("nowhere/out.png", "no folder"),
                   ("old.png", "exists already")],
)  # fmt: skip
def test_wrong_pictures_are_refused_before_any_work(
    film: Path, capsys: pytest.CaptureFixture[str], name: str, says: str
) -> None:
    """A name of no known kind, in no folder, or of another file is exit 2; nothing is written, no folder made."""
    (film.parent / "old.png").write_bytes(b"old")
    before = sorted(film.parent.rglob("*"))
    assert cli.main(["analyze", str(film), "--plot", str(film.parent / name)]) == 2
    assert says in capsys.readouterr().err
    assert sorted(film.parent.rglob("*")) == before
    assert (film.parent / "old.png").read_bytes() == b"old"


def test_overwrite_lets_a_picture_be_replaced(film: Path) -> None:
    """With --overwrite an old picture may be drawn anew."""
    old = film.with_name("old.svg")
    old.write_bytes(b"old")
    preflight.check_picture(film, old, overwrite=True)


def test_a_result_in_no_folder_is_refused(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`score -o` into a folder that is not there is one sentence before any work, and makes no folder."""
    assert cli.main(["score", str(film), "-o", str(film.parent / "typo" / "out.mp4")]) == 2
    assert "There is no folder" in capsys.readouterr().err
    assert list(film.parent.iterdir()) == [film]


def test_writing_makes_no_folders(tmp_path: Path) -> None:
    """A file in a folder that is not there is an error, not a new folder."""
    with pytest.raises(StorageError), whole(tmp_path / "typo" / "file.txt") as part:
        part.write_text("x")
    assert not (tmp_path / "typo").exists()


def test_a_name_with_signs_that_the_font_has_not_is_drawn_in_silence(tmp_path: Path) -> None:
    """An emoji in a film's name makes no warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with chart.figure(4.0, [1.0], tmp_path / "out.png", "\U0001f3ac holiday") as _axes:
            pass
    assert (tmp_path / "out.png").stat().st_size > 1000


def test_an_address_is_for_batch() -> None:
    """Who names a film elsewhere is told which command takes it."""
    with pytest.raises(UsageError) as caught:
        preflight.check_film(Path("s3://bucket/a.mp4"))
    assert "autoscore batch" in caught.value.hint
