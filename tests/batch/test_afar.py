"""Films that lie elsewhere: fetched, scored here, put back; done once; nothing left on this machine."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import fsspec
import pytest

from autoscore.adapters import remote
from autoscore.batch import afar
from autoscore.batch.films import find
from autoscore.batch.job import FilmJob, FilmRecord


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An object store in memory with one film in it, and a temporary folder of this test's own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    film = tmp_path / "film.mp4"
    film.write_bytes(b"a film")
    remote.store(film, "memory://bucket/in/a.mp4")
    yield "memory://bucket"
    fsspec.filesystem("memory").store.clear()


def _job(bucket: str, **other: str) -> FilmJob:
    places = {
        "film": f"{bucket}/in/a.mp4",
        "output": f"{bucket}/out/a.scored.mp4",
        "workspace": f"{bucket}/out/a.autoscore",
    }
    return FilmJob(name="a.mp4", **(places | other))


class Scorer:
    """Scores by writing what it was given; counts its films."""

    def __init__(self, **changes: object) -> None:
        self.jobs: list[FilmJob] = []
        self.changes = changes

    def __call__(self, job: FilmJob) -> FilmRecord:
        self.jobs.append(job)
        output, workspace = Path(job.output), Path(job.workspace)
        output.parent.mkdir(parents=True, exist_ok=True)
        workspace.mkdir(parents=True, exist_ok=True)
        output.write_bytes(Path(job.film).read_bytes() + b" with music")
        output.with_name(f"{output.name}.receipt.json").write_text("{}")
        kept = workspace / "cues.toml"
        kept.write_text(kept.read_text() if kept.exists() else "# cues")
        (workspace / "07-stems").mkdir()
        (workspace / "07-stems" / "strings.flac").write_bytes(b"heavy")
        return replace(FilmRecord(film=job.name, status="done", tries=1, output=job.output), **self.changes)


def test_a_film_is_fetched_scored_and_put_back_with_its_receipt_and_cue_sheet(bucket: str, tmp_path: Path) -> None:
    """The finished film, receipt and cue sheet are there, heavy files are not, and nothing is left on this machine."""
    record = afar.score(_job(bucket), Scorer())
    assert (record.status, record.output) == ("done", f"{bucket}/out/a.scored.mp4")
    assert remote.read_text(f"{bucket}/out/a.scored.mp4") == "a film with music"
    assert sorted(remote.listing(f"{bucket}/out")) == [
        "a.autoscore/batch.json", "a.autoscore/cues.toml", "a.scored.mp4", "a.scored.mp4.receipt.json",
    ]  # fmt: skip
    assert [path for path in (tmp_path / "tmp").rglob("*") if path.is_file()] == []


def test_what_is_finished_is_not_done_again_until_film_wishes_or_cue_sheet_change(bucket: str, tmp_path: Path) -> None:
    """The second time nothing is scored; another wish, another film and an edited cue sheet are each scored once."""
    scorer = Scorer()
    assert [afar.score(_job(bucket), scorer).status for _ in range(2)] == ["done", "skipped"]
    assert len(scorer.jobs) == 1
    sad = replace(_job(bucket), wishes={"mood": "sad"})
    assert [afar.score(sad, scorer).status for _ in range(2)] == ["done", "skipped"]
    changed = tmp_path / "new"
    changed.write_text("# cues, edited")
    remote.store(changed, f"{bucket}/out/a.autoscore/cues.toml")
    assert [afar.score(sad, scorer).status for _ in range(2)] == ["done", "skipped"]
    assert remote.read_text(f"{bucket}/out/a.autoscore/cues.toml") == "# cues, edited"
    remote.store(changed, f"{bucket}/in/a.mp4")
    assert [afar.score(sad, scorer).status for _ in range(2)] == ["done", "skipped"]
    assert len(scorer.jobs) == 4


def test_the_paths_lie_to_each_other_as_the_urls_do(bucket: str) -> None:
    """A receipt that says `../b/film` is right at both ends."""
    scorer = Scorer()
    afar.score(_job(bucket, output=f"{bucket}/b/c/a.mp4", workspace=f"{bucket}/b/w/a.autoscore"), scorer)
    here = scorer.jobs[0]
    assert Path(here.output).parent.parent == Path(here.workspace).parent.parent


def test_a_failure_names_the_places_that_the_user_knows_and_is_not_marked_as_done(bucket: str) -> None:
    """No path of the scratch folder gets out, and the next run tries again."""

    def fails(job: FilmJob) -> FilmRecord:
        return FilmRecord(film=job.name, status="failed", fault="film", exit_code=1, reason=f"{job.film} is broken.")

    record = afar.score(_job(bucket), fails)
    assert (record.status, record.reason) == ("failed", f"{bucket}/in/a.mp4 is broken.")
    assert afar.score(_job(bucket), Scorer()).status == "done"


def test_a_film_that_is_not_there_is_one_sentence(bucket: str) -> None:
    """Nothing is begun."""
    scorer = Scorer()
    record = afar.score(_job(bucket, film=f"{bucket}/in/none.mp4"), scorer)
    assert (record.status, record.reason, scorer.jobs) == ("failed", f"{bucket}/in/none.mp4 is not there.", [])


def test_names_from_elsewhere_do_not_lead_out_of_the_scratch_folder(bucket: str, tmp_path: Path) -> None:
    """A workspace whose files are called `../../x` is fetched without them."""
    evil = fsspec.filesystem("memory")
    evil.store["/bucket/out/a.autoscore/../../evil.txt"] = evil.store["/bucket/in/a.mp4"]
    afar.score(_job(bucket), Scorer())
    assert list(tmp_path.rglob("evil.txt")) == []


def test_what_a_killed_process_left_here_is_removed_by_the_next(bucket: str, tmp_path: Path) -> None:
    """A scratch folder whose lock nobody holds goes; its film is done anew."""
    afar.score(_job(bucket), Scorer())
    base = next((tmp_path / "tmp").iterdir())
    (base / "dead").mkdir()
    (base / "dead" / "film.mp4").write_bytes(b"x")
    (base / "dead.lock").write_text("here 1")
    afar.score(replace(_job(bucket), wishes={"seed": 2}), Scorer())
    assert list(base.iterdir()) == []


def test_films_are_found_at_urls(bucket: str, tmp_path: Path) -> None:
    """A folder with all below it, a pattern, one film; our own results and workspaces are passed over."""
    for name in ("in/b/c.MOV", "in/b/notes.txt", "in/a.scored.mp4", "in/a.autoscore/x.mp4", "in/.hidden.mp4"):
        remote.store(tmp_path / "film.mp4", f"{bucket}/{name}")
    assert [film.name for film in find([f"{bucket}/in"])] == ["a.mp4", "b/c.MOV"]
    assert [film.name for film in find([f"{bucket}/in/**/*.MOV"])] == ["b/c.MOV"]
    assert [(film.path, film.name) for film in find([f"{bucket}/in/a.mp4"])] == [(f"{bucket}/in/a.mp4", "a.mp4")]
