"""A film is taken once it has stopped growing, and once only."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from autoscore.batch import watch
from autoscore.batch.films import Found
from autoscore.batch.job import FilmJob
from autoscore.batch.watch import Watch
from autoscore.errors import UsageError


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def watched(tmp_path: Path, clock: Clock) -> Watch:
    (tmp_path / "in").mkdir()
    return Watch([str(tmp_path / "in")], tmp_path / "out", settled_s=10.0, clock=clock)


def later(watched: Watch, clock: Clock, seconds: float) -> list[str]:
    clock.now += seconds
    return [one.name for one in watched.ready()]


def test_a_film_that_grows_is_waited_for(tmp_path: Path, watched: Watch, clock: Clock) -> None:
    """Every change of size or time begins the wait anew."""
    film = tmp_path / "in" / "a.mp4"
    film.write_bytes(b"1")
    assert later(watched, clock, 0) == []
    film.write_bytes(b"12")
    assert later(watched, clock, 11) == []
    os.utime(film, (5, 5))
    assert later(watched, clock, 11) == []
    assert later(watched, clock, 9) == []
    assert watched.waiting
    assert later(watched, clock, 1) == ["a.mp4"]
    assert not watched.waiting
    assert later(watched, clock, 100) == []


def test_a_film_that_is_replaced_is_taken_again(tmp_path: Path, watched: Watch, clock: Clock) -> None:
    """A better cut of the same name; and one that was away comes back as new."""
    film = tmp_path / "in" / "a.mp4"
    film.write_bytes(b"1")
    later(watched, clock, 0)
    assert later(watched, clock, 10) == ["a.mp4"]
    film.write_bytes(b"a better cut")
    assert later(watched, clock, 1) == []
    assert later(watched, clock, 10) == ["a.mp4"]
    film.unlink()
    assert later(watched, clock, 1) == []
    film.write_bytes(b"a better cut")
    later(watched, clock, 1)
    assert later(watched, clock, 10) == ["a.mp4"]


@pytest.mark.parametrize("suffix", [".part", ".crdownload"])
def test_a_download_is_waited_for(tmp_path: Path, watched: Watch, clock: Clock, suffix: str) -> None:
    """Under its temporary name it is no film; nor is an empty place-holder while the download lies beside it."""
    place, film = tmp_path / "in" / f"a.mp4{suffix}", tmp_path / "in" / "a.mp4"
    place.write_bytes(b"half")
    film.write_bytes(b"hold")
    later(watched, clock, 0)
    assert later(watched, clock, 20) == []
    place.replace(film)
    assert later(watched, clock, 1) == []
    assert later(watched, clock, 10) == ["a.mp4"]


def test_an_empty_file_is_no_film_yet(tmp_path: Path, watched: Watch, clock: Clock) -> None:
    """However long it stays so."""
    (tmp_path / "in" / "a.mp4").touch()
    later(watched, clock, 0)
    assert later(watched, clock, 60) == []
    assert not watched.waiting


def test_a_folder_that_is_away_comes_back(tmp_path: Path, watched: Watch, clock: Clock) -> None:
    """A network drive with a hiccup ends nothing."""
    (tmp_path / "in").rmdir()
    assert later(watched, clock, 5) == []
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.mp4").write_bytes(b"1")
    later(watched, clock, 0)
    assert later(watched, clock, 10) == ["a.mp4"]


def made(ready: Sequence[Found], there: Sequence[Found]) -> list[FilmJob]:
    assert {one.path for one in ready} <= {one.path for one in there}
    return [FilmJob(film=one.path, output="", workspace="", name=one.name) for one in ready]


def test_once_ends_when_all_are_taken(tmp_path: Path, watched: Watch, clock: Clock) -> None:
    """Films that are still growing are waited for; between looks there is a pause."""
    (tmp_path / "in" / "a.mp4").write_bytes(b"1")
    names = []
    for one in watch.jobs(watched, made, once=True, every_s=2.0):
        clock.now += 0.5
        if one is not None:
            names.append(one.name)
        assert clock.now < 200
    assert names == ["a.mp4"]
    assert clock.now >= 110


def test_what_cannot_be_taken_is_named(tmp_path: Path, watched: Watch, clock: Clock) -> None:
    """An empty film, and one with a download beside it, are left and can be told; one that settles is not."""
    (tmp_path / "in" / "a.mp4").write_bytes(b"1")
    (tmp_path / "in" / "empty.mp4").touch()
    (tmp_path / "in" / "half.mp4").write_bytes(b"1")
    (tmp_path / "in" / "half.mp4.part").touch()
    later(watched, clock, 0)
    assert later(watched, clock, 11) == ["a.mp4"]
    assert watched.left == ["empty.mp4", "half.mp4"]
    (tmp_path / "in" / "half.mp4.part").unlink()
    later(watched, clock, 0)
    assert watched.left == ["empty.mp4"]


def test_without_once_it_goes_on(watched: Watch, clock: Clock) -> None:
    """An empty folder is watched on."""
    endless = watch.jobs(watched, made)
    for _ in range(50):
        clock.now += 10
        assert next(endless) is None


def test_only_folders_are_watched(tmp_path: Path) -> None:
    """A film or a missing folder is told at once."""
    (tmp_path / "a.mp4").touch()
    watch.check([str(tmp_path)])
    for place in (tmp_path / "a.mp4", tmp_path / "none"):
        with pytest.raises(UsageError, match="not a folder"):
            watch.check([str(place)])
