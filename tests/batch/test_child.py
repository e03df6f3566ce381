"""The process that scores films, seen from inside; and one film with the pipeline behind it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from autoscore import pipeline
from autoscore.batch import child, finished, machine, one
from autoscore.batch.job import FilmJob, FilmRecord
from autoscore.batch.minding import COMMAND
from autoscore.errors import (
    AutoscoreError,
    BusyError,
    ConflictError,
    FilmError,
    StorageError,
    ToolMissingError,
    UsageError,
)
from autoscore.model.events import Event, OnEvent

JOB = FilmJob(film="/f.mp4", output="/o.mp4", workspace="/w", name="f.mp4")


def test_films_are_served_in_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each job has its events and one record; a line that is no job is refused and harms nothing."""

    def scored(job: FilmJob, on_event: OnEvent) -> FilmRecord:
        on_event(Event(stage="probe", kind="start"))
        for share in range(1000):
            on_event(Event(stage="probe", kind="progress", fraction=share / 1000))
        return FilmRecord(film=job.name, status="done")

    monkeypatch.setattr(child, "score_one", scored)
    monkeypatch.setattr(child, "_leave", lambda: None)  # the lines may end while a film is in hand
    said: list[dict[str, Any]] = []
    lines = [JOB.to_json(), "rubbish", JOB.to_json()]
    child.serve(io.BytesIO("\n".join(lines).encode() + b"\n"), said.append)
    assert [next(iter(line)) for line in said if "event" not in line] == ["record", "refused", "record"]
    shares = [line for line in said if line.get("event", {}).get("kind") == "progress"]
    assert 1 <= len(shares) < 20


def test_after_a_line_that_is_no_job_nothing_is_in_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its stdin ends after such a line, or once a record is told: it ends well instead of breaking a film off."""
    left: list[str] = []
    monkeypatch.setattr(child, "_leave", lambda: left.append("left"))
    monkeypatch.setattr(child, "score_one", lambda job, _on_event: FilmRecord(film=job.name, status="done"))
    for line in ("rubbish", JOB.to_json()):
        told = threading.Event()
        child.serve(_Until(line.encode() + b"\n", told), lambda _said, told=told: told.set())  # type: ignore[misc]
        time.sleep(0.05)
    assert left == []


class _Until(io.BytesIO):
    """A line, and the end once it was answered."""

    def __init__(self, line: bytes, answered: threading.Event) -> None:
        super().__init__(line)
        self._answered = answered

    def __next__(self) -> bytes:
        if self.tell():
            assert self._answered.wait(5.0)
        return super().__next__()


def test_it_ends_when_its_stdin_does() -> None:
    """Between two films: at once, and well."""
    process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, b"")


def test_nothing_but_the_protocol_is_on_its_stdout(tmp_path: Path) -> None:
    """A film that is not there: one record, and no traceback anywhere."""
    job = FilmJob(
        film=str(tmp_path / "none.mp4"), output=str(tmp_path / "o.mp4"), workspace=str(tmp_path / "w"), name="none"
    )
    process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(job.to_json().encode() + b"\n")
    process.stdin.flush()
    record = json.loads(process.stdout.readline())["record"]
    out, err = process.communicate(timeout=60)
    assert (record["status"], record["exit_code"]) == ("failed", 2)
    assert "none.mp4" in record["reason"]
    assert (process.returncode, out, err) == (0, b"", b"")
    assert list(tmp_path.iterdir()) == []


def test_it_gives_up_its_film_when_nobody_minds_it(tmp_path: Path) -> None:
    """Its stdin ends in the middle of a film: it does not go on alone."""
    (tmp_path / "autoscore_slow.py").write_text(
        "import sys, time\n"
        "from autoscore.batch import child\n"
        "def slow(job, on_event):\n"
        "    print('begun', file=sys.stderr, flush=True)\n"
        "    time.sleep(60)\n"
        "child.score_one = slow\n"
        "sys.exit(child.main())\n"
    )
    process = subprocess.Popen(
        [sys.executable, str(tmp_path / "autoscore_slow.py")],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stderr is not None
    process.stdin.write(JOB.to_json().encode() + b"\n")
    process.stdin.flush()
    assert process.stderr.readline() == b"begun\n"
    began = time.monotonic()
    process.stdin.close()
    assert process.wait(timeout=30) == 130
    assert time.monotonic() - began < 30
    process.stderr.close()


@pytest.mark.parametrize(
    ("error", "fault", "code"),
    [
        (FilmError("x"), "film", 1),
        (UsageError("x"), "wishes", 2),
        (ConflictError("x"), "wishes", 1),
        (StorageError("x"), "storage", 1),
        (ToolMissingError("x"), "tool", 1),
        (AutoscoreError("x"), "film", 1),
        (MemoryError(), "memory", 1),
        (ZeroDivisionError("a bug"), "bug", 3),
    ],
)
def test_every_failure_is_a_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, fault: str, code: int
) -> None:
    """With what kind it is and the exit code that ``autoscore score`` would have left with."""

    def fails(*_: object, **__: object) -> None:
        raise error

    film = tmp_path / "f.mp4"
    film.write_bytes(b"film")
    monkeypatch.setattr(pipeline, "run", fails)
    record = one.score_one(FilmJob(film=str(film), output=str(tmp_path / "o" / "f.mp4"), workspace="/w", name="f"))
    assert (record.status, record.fault, record.exit_code, record.tries) == ("failed", fault, code, 1)
    assert record.reason.endswith(".") or fault == "bug"
    assert record.at


def test_a_busy_film_is_not_failed() -> None:
    """It is left to the run that has it."""
    record = one.failure(FilmRecord(film="f", status="failed"), BusyError("another run"))
    assert (record.status, record.fault, record.exit_code) == ("skipped", "busy", 0)


def test_an_interrupt_comes_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C is nobody's failure."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    (tmp_path / "f.mp4").write_bytes(b"film")
    monkeypatch.setattr(pipeline, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        one.score_one(FilmJob(film=str(tmp_path / "f.mp4"), output=str(tmp_path / "o"), workspace="/w", name="f"))


def test_the_key_tells_films_and_wishes_apart(tmp_path: Path) -> None:
    """Another film, another wish, another content of a wished file: another key. Defaults change nothing."""
    film, tune = tmp_path / "f.mp4", tmp_path / "tune.mid"
    film.write_bytes(b"film")
    tune.write_bytes(b"la")

    def key(**wishes: Any) -> str:
        return finished.work_key(FilmJob(film=str(film), output="/o", workspace="/w", name="f", wishes=wishes))

    plain, themed = key(), key(theme=str(tune))
    assert key(seed=1, mood=None) == plain
    assert len({plain, themed, key(seed=2)}) == 3
    tune.write_bytes(b"lala")
    assert key(theme=str(tune)) != themed
    film.write_bytes(b"another")
    assert key() != plain


@pytest.mark.parametrize(("cores", "free_mb", "workers"), [(8, 64000, 8), (8, 3000, 2), (2, 500, 1), (1, 9000, 1)])
def test_workers_fit_cores_and_memory(monkeypatch: pytest.MonkeyPatch, cores: int, free_mb: int, workers: int) -> None:
    """One a core, fewer where memory is short, never none; each has its share of the cores."""
    monkeypatch.setattr(machine, "cores", lambda: cores)
    monkeypatch.setattr(machine, "_free_mb", lambda: free_mb)
    found = machine.shares()
    assert (found.workers, found.threads) == (workers, cores // workers)
    assert machine.shares(3).workers == 3
    assert machine.shares(100).threads == 1
    assert machine.shares(100).memory_mb in (0, 2000)
