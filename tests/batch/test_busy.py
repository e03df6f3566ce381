"""Films that another run has are come back to as soon as it has let go of them, each with one record."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import pytest

from autoscore.adapters.locks import held
from autoscore.batch import folder
from autoscore.batch.busy import LONGEST_S, BusyFilms
from autoscore.batch.folder import How, Summary
from autoscore.batch.job import FilmJob, FilmRecord
from autoscore.batch.ledger import Ledger
from autoscore.batch.machine import Shares
from autoscore.batch.one import failure
from autoscore.batch.place import Place
from autoscore.errors import BusyError, FilmError
from autoscore.model.events import Event
from autoscore.placing import lock_of
from autoscore.workspace import LOCK


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


def job_in(folder: Path, name: str) -> FilmJob:
    area = folder / f"{name}.autoscore"
    area.mkdir(exist_ok=True)
    film = folder / name
    film.touch()
    return FilmJob(film=str(film), output=str(folder / f"{name}.scored.mp4"), workspace=str(area), name=name)


@pytest.mark.parametrize("kind", ["workspace", "output"])
def test_a_lock_that_is_let_go_of_is_seen(tmp_path: Path, kind: str) -> None:
    """While it is held the film waits, however long; then it is given out, once."""
    job = job_in(tmp_path, "a.mp4")
    lock = Path(job.workspace) / LOCK if kind == "workspace" else lock_of(Path(job.output))
    waiting = BusyFilms(Clock())
    with held(lock):
        waiting.add(job)
        assert [waiting.free() for _ in range(200)] == [[]] * 200
    assert waiting.free() == [job]
    assert (waiting.free(), len(waiting)) == ([], 0)


def test_a_lock_that_cannot_be_seen_is_not_hammered_at(tmp_path: Path) -> None:
    """The pauses grow to a minute, and no further."""
    job, clock = job_in(tmp_path, "a.mp4"), Clock()
    waiting = BusyFilms(clock)
    tried = []
    for _ in range(400):
        if not waiting:
            waiting.add(job)
        if waiting.free():
            tried.append(clock.now)
    pauses = [later - earlier for earlier, later in pairwise(tried)]
    assert pauses == sorted(pauses)
    assert pauses[-1] <= LONGEST_S + 4.0
    assert 6 <= len(tried) <= 16


class Studio:
    """A run whose films come one by one, and a worker that heeds locks; ``said`` and ``notes`` are what is told."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.begun: list[str] = []
        self.said: list[FilmRecord] = []
        self.notes: list[str] = []
        self.work_seen = threading.Event()
        self.hold = threading.Event()
        self.hold.set()

    def work(self, text: str) -> str:
        job = FilmJob.from_json(text)
        record = FilmRecord(film=job.name, status="failed", output=job.output, tries=1)
        self.begun.append(job.name)
        try:
            with held(Path(job.workspace) / LOCK):
                self.work_seen.set()
                self.hold.wait(10)
                return failure(record, FilmError("no film")).to_json()
        except Exception:
            return failure(record, BusyError("busy", "Wait for it.")).to_json()

    def run(self, jobs: Iterator[FilmJob | None]) -> Summary:
        with ThreadPoolExecutor(2) as executor:
            place = Place(executor=executor, work=self.work, shares=Shares(workers=2, threads=1, memory_mb=0))
            return folder.run(jobs, Ledger(self.out), How(retry_failed=True), self, place)

    def expect(self, films: int) -> None: ...

    def heard(self, job: FilmJob, event: Event) -> None: ...

    def ended(self, record: FilmRecord) -> None:
        self.said.append(record)

    def note(self, text: str) -> None:
        self.notes.append(text)


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    monkeypatch.setattr("autoscore.batch.busy.LOOK_S", 0.0)
    return Studio(tmp_path)


def test_a_watched_folder_comes_back_to_a_film_while_it_is_watched(studio: Studio) -> None:
    """Not only at the end: the stream of films goes on, the lock is let go of, and the film is done; it is said once
    that it was waited for."""
    with ExitStack() as other:
        job = job_in(studio.out, "a.mp4")
        other.enter_context(held(Path(job.workspace) / LOCK))

        def films() -> Iterator[FilmJob | None]:
            yield job
            for turn in range(400):
                if turn == 5:
                    other.close()
                if studio.said:
                    return
                yield None
            pytest.fail("it was not come back to while films were looked for")

        summary = studio.run(films())
    assert [record.fault for record in summary.records] == ["film"]
    assert len(studio.begun) >= 2
    assert [note for note in studio.notes if "another run" in note] == studio.notes[:1]


def test_a_film_that_is_replaced_while_it_is_scored_has_its_turn_after_that(studio: Studio) -> None:
    """It is not begun twice at once, the second turn is not lost, and one record of it is left."""
    job = job_in(studio.out, "a.mp4")
    studio.hold.clear()

    def films() -> Iterator[FilmJob | None]:
        yield job
        assert studio.work_seen.wait(10)
        yield job
        yield None
        assert studio.begun == ["a.mp4"]
        studio.hold.set()

    summary = studio.run(films())
    assert studio.begun == ["a.mp4", "a.mp4"]
    assert len(studio.said) == 2
    assert len(summary.records) == 1


def test_records_do_not_grow_with_the_turns(studio: Studio) -> None:
    """A film that comes again and again is one film."""
    job = job_in(studio.out, "a.mp4")

    def films() -> Iterator[FilmJob | None]:
        for turn in range(5):
            yield job
            while len(studio.said) <= turn:
                yield None

    summary = studio.run(films())
    assert (len(studio.said), len(summary.records), summary.left) == (5, 1, [])
