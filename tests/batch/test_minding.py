"""What befalls a film's process befalls that film alone."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from autoscore.batch.job import FilmJob, FilmRecord
from autoscore.batch.minding import StoppedError
from autoscore.batch.nursery import Nursery
from autoscore.model.events import Event

STAND_IN = (sys.executable, "-S", str(Path(__file__).with_name("stand_in_child.py")))


def job(name: str, **more: object) -> FilmJob:
    return FilmJob(film="/f", output="/o", workspace="/w", name=name, **more)  # type: ignore[arg-type]


@pytest.fixture
def nursery() -> Iterator[Nursery]:
    found = Nursery(command=STAND_IN)
    yield found
    found.close()


def test_one_process_serves_film_after_film(nursery: Nursery) -> None:
    """What is loaded once serves them all; after so many it is replaced."""
    nursery.most_films = 3
    pids = [nursery.score(job(f"film {n}")).reason for n in range(4)]
    assert len(set(pids[:3])) == 1
    assert pids[3] != pids[0]


def test_what_a_film_tells_is_heard() -> None:
    """Events come with their job."""
    heard: list[tuple[str, Event]] = []
    nursery = Nursery(command=STAND_IN, heard=lambda job, event: heard.append((job.name, event)))
    nursery.score(job("a"))
    nursery.close()
    assert heard == [("a", Event(stage="probe", kind="done", fraction=1.0))]


@pytest.mark.parametrize(("name", "said"), [("die", "SIGKILL"), ("crash", "code 7: Segmentation of the film failed")])
def test_a_film_that_breaks_its_process_fails_alone(nursery: Nursery, name: str, said: str) -> None:
    """It is begun twice, then it has failed with the reason; the next film is scored by a new process."""
    first = nursery.score(job("ok")).reason
    record = nursery.score(job(name))
    assert (record.status, record.fault, record.tries, record.exit_code) == ("failed", "crash", 2, 1)
    assert said in record.reason
    after = nursery.score(job("ok"))
    assert after.status == "done"
    assert after.reason != first


def test_a_breakdown_that_does_not_come_again_is_survived(nursery: Nursery, tmp_path: Path) -> None:
    """The second try is the one that counts."""
    record = nursery.score(FilmJob(film=str(tmp_path / "mark"), output="/o", workspace="/w", name="once-x"))
    assert (record.status, record.tries) == ("done", 2)


@pytest.mark.parametrize(
    ("name", "limits", "said"),
    [
        ("hang", {"stall_s": 0.3}, "Nothing was heard"),
        ("hang", {"limit_s": 0.3}, "longer than 0.3 s"),
        ("tell-and-hang", {"limit_s": 0.5, "stall_s": 30.0}, "longer than 0.5 s"),
        ("hog", {"memory_mb": 100}, "100 MB was the limit"),
    ],
)
def test_a_film_beyond_its_limits_is_ended(nursery: Nursery, name: str, limits: dict[str, float], said: str) -> None:
    """Time, silence and memory; it is not tried again, and the next film is scored."""
    began = time.monotonic()
    record = nursery.score(job(name, **limits))
    assert record.status == "failed"
    assert record.fault in ("time", "memory")
    assert record.tries == 1
    assert said in record.reason
    assert time.monotonic() - began < 30
    assert nursery.score(job("ok")).status == "done"


def test_garbage_is_passed_over(nursery: Nursery) -> None:
    """Lines that are not of the protocol, or lie about it, change nothing."""
    assert nursery.score(job("garbage")).status == "done"


def test_what_a_dead_process_had_started_is_ended(nursery: Nursery, tmp_path: Path) -> None:
    """No program goes on writing behind the back of the next try."""
    note = tmp_path / "pid"
    nursery.tries = 1
    nursery.score(FilmJob(film=str(note), output="/o", workspace="/w", name="orphan"))
    pid = int(note.read_text())
    for _ in range(100):
        if not _runs(pid):
            return
        time.sleep(0.05)
    pytest.fail("the orphan still runs")


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_stopped_film_is_no_failure(nursery: Nursery, how: str) -> None:
    """Whoever waits for it is told, its process is gone, and nothing is begun any more."""
    outcome: list[object] = []

    def wait() -> None:
        try:
            outcome.append(nursery.score(job("hang")))
        except StoppedError as error:
            outcome.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    while not nursery.busy:
        time.sleep(0.01)
    getattr(nursery, how)()
    thread.join(timeout=20)
    assert isinstance(outcome[0], StoppedError)
    assert nursery.wait(1.0)
    with pytest.raises(StoppedError):
        nursery.score(job("ok"))


def test_a_process_that_died_idle_is_not_used(nursery: Nursery) -> None:
    """Killed between two films: the next film does not notice, and it is its first try."""
    pid = int(nursery.score(job("a")).reason.split()[1])
    os.kill(pid, 9)
    time.sleep(0.1)
    assert nursery.score(job("b")).tries == 1


def test_work_is_json_in_and_out(nursery: Nursery) -> None:
    """What an executor of any kind is given to call."""
    assert FilmRecord.from_json(nursery.work(job("a").to_json())).film == "a"
