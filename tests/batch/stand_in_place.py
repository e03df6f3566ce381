"""A place that stands in for the processes that score the films of a folder."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from autoscore.batch import films, finished, folder, naming
from autoscore.batch.folder import How, Summary
from autoscore.batch.job import FilmJob, FilmRecord
from autoscore.batch.ledger import Ledger
from autoscore.batch.machine import Shares
from autoscore.batch.one import failure
from autoscore.batch.place import Place
from autoscore.editing import SHEET
from autoscore.errors import AutoscoreError
from autoscore.model.brief import Brief
from autoscore.model.events import Event
from autoscore.workspace import MANIFEST


class Studio:
    """Stands in for the processes: makes empty finished films, and fails where it is told to."""

    def __init__(self, root: Path) -> None:
        self.films, self.out = root / "films", root / "out"
        self.films.mkdir()
        self.scored: list[str] = []
        self.fails: dict[str, AutoscoreError | BaseException] = {}
        self.said: list[FilmRecord] = []
        self.notes: list[str] = []
        self.before: Callable[[FilmJob], None] = lambda job: None

    def lay(self, *names: str) -> None:
        for name in names:
            (self.films / name).write_bytes(name.encode())

    def work(self, text: str) -> str:
        job = FilmJob.from_json(text)
        self.before(job)
        blank = FilmRecord(film=job.name, status="failed", output=job.output, tries=1, seconds=1.0)
        self.scored.append(job.name)
        error = self.fails.get(job.name)
        if isinstance(error, AutoscoreError):
            return failure(blank, error).to_json()
        if error is not None:
            raise error
        workspace = Path(job.workspace)
        workspace.mkdir(parents=True, exist_ok=True)
        (workspace / MANIFEST).write_text("{}")
        (workspace / SHEET).write_text("# cues")
        Path(job.output).write_bytes(b"scored")
        record = replace(blank, status="done", key=finished.work_key(job), loudness_lufs=-14.0)
        finished.mark(job, record)
        return record.to_json()

    def run(self, brief: Brief | None = None, **how: object) -> Summary:
        """One command; what it scored is in ``scored`` afterwards."""
        self.scored, self.said = [], []
        jobs = naming.jobs(films.find([str(self.films)]), str(self.out), brief or Brief())
        with ThreadPoolExecutor(2) as executor:
            place = Place(executor=executor, work=self.work, shares=Shares(workers=2, threads=1, memory_mb=0))
            return folder.run(jobs, Ledger(self.out), How(**how), self, place)  # type: ignore[arg-type]

    def expect(self, films: int) -> None:
        self.expected = films

    def heard(self, job: FilmJob, event: Event) -> None: ...

    def ended(self, record: FilmRecord) -> None:
        self.said.append(record)

    def note(self, text: str) -> None:
        self.notes.append(text)
