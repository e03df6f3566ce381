"""The work on a film that was scored with its folder is found without being told where it is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from small_films import MakeFilm

from autoscore import pipeline
from autoscore.batch import naming, whereabouts
from autoscore.batch.films import find
from autoscore.batch.job import FilmJob, FilmRecord
from autoscore.batch.ledger import Ledger
from autoscore.model.brief import Brief


@pytest.fixture
def job(make_film: MakeFilm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FilmJob:
    """A film deep in a folder that was scored as far as its header, elsewhere than the current folder."""
    make_film("talks/2024/rome.mp4", seconds=1.2, sound=False)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    (job,) = naming.jobs(find([str(tmp_path / "talks")]), str(tmp_path / "scored"), Brief())
    Path(job.workspace).parent.mkdir(parents=True)
    pipeline.run(Path(job.film), Brief(), workspace=Path(job.workspace), until="probe")
    Ledger(tmp_path / "scored").append(FilmRecord(film=job.name, status="done", output=job.output))
    return job


def test_it_is_found_by_the_ledger(job: FilmJob) -> None:
    """Beside the folders above the film; what is named, or lies beside the film, goes before."""
    film = Path(job.film)
    assert whereabouts.find(film) == whereabouts.Work(workspace=Path(job.workspace), output=Path(job.output))
    assert whereabouts.workspace_of(film, Path("named")) == Path("named")
    pipeline.run(film, Brief(), until="probe")
    assert whereabouts.workspace_of(film, None) is None


@pytest.mark.parametrize("other", ["content", "name", "gone"])
def test_another_film_is_not_taken_for_it(job: FilmJob, other: str) -> None:
    """Of the same name with another content; of the same content with another name; or none at all."""
    film = Path(job.film)
    if other == "content":
        os.utime(film, (5, 5))
    elif other == "name":
        film = film.rename(film.with_name("milan.mp4"))
    else:
        film.unlink()
    assert whereabouts.find(film) is None


def test_commands_use_it(job: FilmJob, run: Any) -> None:
    """`status` shows the state of that work, `verify` the finished film; nothing is written beside the film."""
    said = run("status", job.film)
    assert (said.code, said.out.splitlines()[0], said.err) == (0, job.workspace, "")
    said = run("verify", job.film)
    assert said.code == 2
    assert f"`autoscore verify {job.output}`" in said.err
    assert [path.name for path in Path(job.film).parent.iterdir()] == ["rome.mp4"]


def test_a_film_that_failed_is_said_to_have(job: FilmJob, run: Any, tmp_path: Path) -> None:
    """`status` ends with the reason as the ledger has it, until it was done."""
    failed = FilmRecord(film=job.name, status="failed", output=job.output, reason="rome.mp4 is torn.")
    Ledger(tmp_path / "scored").append(failed)
    said = run("status", job.film)
    assert (said.code, said.err.splitlines()[-1]) == (
        0,
        "autoscore: `autoscore batch` could not score it: rome.mp4 is torn.",
    )
    Ledger(tmp_path / "scored").append(FilmRecord(film=job.name, status="done", output=job.output))
    assert run("status", job.film).err == ""


def test_where_there_is_none_the_place_to_look_is_said(run: Any, make_film: MakeFilm) -> None:
    """On stderr, with the name that a batch gives to the workspace; in JSON it is not in the way."""
    film = make_film("alone.mp4", seconds=1.2, sound=False)
    said = run("status", film)
    assert (said.code, len(said.err.splitlines())) == (0, 1)
    assert "--workspace DIR/alone.mp4.autoscore" in said.err
    assert run("status", film, "--json").err == ""


def test_a_finished_film_has_no_state(run: Any, make_film: MakeFilm, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no film that was worked on: what to do with it is said, and the name of its original."""
    film = make_film("rome.scored.mp4", seconds=1.2, sound=False)
    monkeypatch.setattr("autoscore.placing.scored_before", lambda film: ("It is one of ours.",))
    monkeypatch.setattr("autoscore.placing.source_of", lambda film: Path("rome.mp4"))
    said = run("status", film)
    assert said.code == 2
    assert "autoscore verify" in said.err
    assert "its original, rome.mp4" in said.err
