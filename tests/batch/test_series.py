"""What the films of a series share is chosen once, from the films themselves, and stands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from autoscore.batch import series
from autoscore.batch.job import FilmJob, FilmRecord
from autoscore.errors import FilmError, UsageError
from autoscore.model.brief import Brief

MOODS = {"a": "noir", "b": "wonder", "c": "wonder", "d": "tense"}


def jobs(folder: Path, names: str, *, content: str = "") -> list[FilmJob]:
    folder.mkdir(exist_ok=True)
    found = []
    for name in names:
        film = folder / f"{name}.mp4"
        film.write_text(content or f"film {name}")
        found.append(FilmJob(film=str(film), output="", workspace="", name=film.name))
    return found


def look(some: Sequence[FilmJob]) -> list[FilmRecord]:
    """The film's first letter says its mood; x cannot be read."""
    return [
        FilmRecord(film=job.name, status="failed")
        if job.name.startswith("x")
        else FilmRecord(
            film=job.name,
            status="done",
            mood=MOODS[job.name[0]],
            home_key=f"{job.name[0].upper()} minor",
            palette=f"band {job.name[0]}",
        )
        for job in reversed(some)
    ]


def never(some: Sequence[FilmJob]) -> list[FilmRecord]:
    raise AssertionError("nothing is to be looked at")


def test_most_films_decide(tmp_path: Path) -> None:
    """The mood that most of them have, key and palette of one that has it, one identity."""
    chosen = series.settle(tmp_path / "out", Brief(), jobs(tmp_path / "in", "abcdx"), look)
    assert chosen.mood == "wonder"
    assert chosen.key in ("B minor", "C minor")
    assert chosen.palette == f"band {str(chosen.key)[0].lower()}"
    assert chosen.identity


def test_order_and_names_do_not_matter(tmp_path: Path) -> None:
    """The same films in another order and another folder choose the same."""
    some = jobs(tmp_path / "in", "abcd")
    first = series.settle(tmp_path / "1", Brief(), some, look)
    assert series.settle(tmp_path / "2", Brief(), jobs(tmp_path / "elsewhere", "dcab"), look) == first


def test_it_stands_when_films_are_added(tmp_path: Path) -> None:
    """Once chosen nothing is looked at again."""
    first = series.settle(tmp_path, Brief(), jobs(tmp_path / "in", "ad"), look)
    assert series.settle(tmp_path, Brief(), jobs(tmp_path / "in", "abcd"), never) == first
    assert series.known(tmp_path, Brief()) == first


def test_only_some_films_are_looked_at(tmp_path: Path) -> None:
    """A channel of four hundred films is not watched to the end before the first is scored."""
    asked: list[int] = []

    def counted(some: Sequence[FilmJob]) -> list[FilmRecord]:
        asked.append(len(some))
        return [FilmRecord(film=job.name, status="done", mood="noir", home_key="C", palette="p") for job in some]

    series.settle(tmp_path, Brief(), jobs(tmp_path / "in", "abcdefghijklmnopqrst"), counted)
    assert asked == [series.LOOKED_AT]


def test_what_is_wished_is_not_chosen(tmp_path: Path) -> None:
    """Wishes go into the file; with all of them nothing is looked at."""
    brief = Brief(mood="tense", key="E minor", palette="strings", identity="travels", target="cinema")
    assert series.settle(tmp_path, brief, [], never) == brief
    assert series.known(tmp_path, Brief()) == brief


def test_a_person_may_change_it(tmp_path: Path) -> None:
    """What is in the file counts; a line that is gone leaves that to each film."""
    series.settle(tmp_path, Brief(), jobs(tmp_path / "in", "a"), look)
    path = tmp_path / series.NAME
    text = path.read_text().replace('"noir"', '"romance"')
    path.write_text("\n".join(line for line in text.splitlines() if not line.startswith("key")))
    found = series.known(tmp_path, Brief())
    assert found is not None
    assert (found.mood, found.key) == ("romance", None)


def test_a_wish_against_the_series_is_refused(tmp_path: Path) -> None:
    """The file is named: there it is changed for all."""
    series.settle(tmp_path, Brief(), jobs(tmp_path / "in", "a"), look)
    with pytest.raises(UsageError, match="series has mood 'noir'") as told:
        series.known(tmp_path, Brief(mood="tense"))
    assert series.NAME in told.value.hint
    assert series.known(tmp_path, Brief(mood="noir", takes=2)) is not None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("identity = ", "series.toml"),
        ('identity = "x"\nmod = "noir"', "no 'mod'"),
        ('identity = "x"\nseed = "one"', "seed cannot be"),
        ('identity = "x"\nseed = true', "seed cannot be"),
        ('mood = "noir"', "needs an identity"),
        ('identity = "x"\ntarget = "moon"', "target"),
    ],
)
def test_a_spoilt_file_is_said(tmp_path: Path, text: str, said: str) -> None:
    """With its name and what is wrong."""
    (tmp_path / series.NAME).write_text(text)
    with pytest.raises(UsageError, match=said):
        series.known(tmp_path, Brief())


def test_nothing_to_choose_from_is_said(tmp_path: Path) -> None:
    """Films that cannot be read choose nothing, and no file is written."""
    with pytest.raises(FilmError, match="No film could be read"):
        series.settle(tmp_path, Brief(), jobs(tmp_path / "in", "x"), look)
    assert not (tmp_path / series.NAME).exists()


def test_what_is_refused_names_the_file(tmp_path: Path) -> None:
    """A mood in the series' file that there is not is told once, with the file."""

    def checked(brief: Brief) -> None:
        raise UsageError(f"There is no mood {brief.mood!r}.", "Moods: noir.")

    with pytest.raises(UsageError, match=r"series\.toml: There is no mood 'blue'"):
        series.check(tmp_path, Brief(mood="blue"), checked)
