"""Any executor of concurrent.futures will do, and what it loses is said."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor

import pytest

from autoscore.batch import pool
from autoscore.batch.job import FilmJob, FilmRecord
from autoscore.batch.minding import StoppedError
from autoscore.errors import StorageError


def job(name: str) -> FilmJob:
    return FilmJob(film=name, output=f"/out/{name}", workspace="/w", name=name)


def work(text: str) -> str:
    """Answers by the film's name."""
    name = FilmJob.from_json(text).name
    if name == "stopped":
        raise StoppedError
    if name == "refused":
        raise StorageError("no disk")
    if name == "odd":
        raise RuntimeError("two\nlines")
    if name == "rubbish":
        return "{}"
    return FilmRecord(film=name, status="done").to_json()


@pytest.mark.parametrize("kind", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_each_job_has_its_record(kind: type[ThreadPoolExecutor]) -> None:
    """In threads and in processes: jobs are text, so they can go anywhere."""
    with kind(2) as executor:
        found = list(pool.run(map(job, "abcde"), executor, work, most=2))
    assert sorted(one.name for one, _ in found) == list("abcde")
    assert all(record and (one.name, "done") == (record.film, record.status) for one, record in found)


def test_what_goes_wrong_is_a_record_too() -> None:
    """A given-up film has no record; every other failure is that film's."""
    with ThreadPoolExecutor(1) as executor:
        names = ["stopped", "refused", "odd", "rubbish", "ok"]
        records = {one.name: r for one, r in pool.run(map(job, names), executor, work, most=1)}
    assert (records.keys(), records["stopped"]) == (set(names), None)
    found = {name: record for name, record in records.items() if record is not None}
    assert (found["refused"].fault, found["refused"].reason) == ("storage", "no disk.")
    assert (found["odd"].fault, found["odd"].reason) == (
        "crash",
        "The worker that had it was lost: RuntimeError: two lines",
    )
    assert found["rubbish"].status == "failed"
    assert all(found[name].output == f"/out/{name}" for name in ("refused", "odd"))


def test_jobs_are_taken_as_there_is_room() -> None:
    """No more than so many are handed over at a time, and none once they are not wanted."""
    taken: list[str] = []
    gate = threading.Event()

    def jobs() -> Iterator[FilmJob]:
        for name in "abcdef":
            taken.append(name)
            yield job(name)

    def slow(text: str) -> str:
        gate.wait(10)
        return work(text)

    ended: list[str] = []
    with ThreadPoolExecutor(4) as executor:
        found = pool.run(jobs(), executor, slow, most=2, wanted=lambda: not ended)
        gate.set()
        for one, _ in found:
            ended.append(one.name)
    assert taken == ["a", "b"]
    assert sorted(ended) == ["a", "b"]


def test_none_means_later() -> None:
    """A pause in the jobs ends nothing."""
    with ThreadPoolExecutor(1) as executor:
        found = [one.name for one, _ in pool.run(iter([None, job("a"), None, None, job("b")]), executor, work, most=3)]
    assert found == ["a", "b"]


def test_what_is_waiting_is_cancelled() -> None:
    """Who walks away leaves nothing behind in the queue."""

    class Slow:
        def __init__(self) -> None:
            self.futures: list[Future[str]] = []

        def submit(self, fn: pool.Work, text: str, /) -> Future[str]:
            future: Future[str] = Future()
            self.futures.append(future)
            if len(self.futures) == 1:
                future.set_result(fn(text))
            return future

    slow = Slow()
    found = pool.run(map(job, "abc"), slow, work, most=3)
    next(found)
    found.close()  # type: ignore[attr-defined]
    assert [future.cancelled() for future in slow.futures] == [False, True, True]
