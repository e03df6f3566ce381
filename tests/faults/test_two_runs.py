"""Two runs at once on one film, or for one finished film: the second says so at once; a killed one blocks nobody."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from fault_rig import Scored, contents, finish, kill, output_of, said_once, start, strays, wait_for

from autoscore import cli

WAITING = """
from autoscore import runner
real = runner.Runner.tell
def tell(self, name, kind, **more):
    real(self, name, kind, **more)
    if (name, kind) == ("spot", "start"):
        import time
        (self.workspace.folder.parent / "reached").touch()
        while (self.workspace.folder.parent / "reached").exists(): time.sleep(0.01)
runner.Runner.tell = tell
"""


@pytest.mark.parametrize("others", [False, True], ids=["one workspace", "one output"])
def test_the_second_says_so(fresh: Scored, capfd: pytest.CaptureFixture[str], others: bool) -> None:
    """While one works, another on the film - or with its own workspace for the same output - is told so, exit 1."""
    reached = fresh.film.with_name("reached")
    first = start("score", fresh.film, "-q", code=WAITING)
    assert wait_for(reached.exists, first)
    more = ["--workspace", str(fresh.film.parent / "other")] if others else []
    began = time.monotonic()
    assert cli.main(["score", str(fresh.film), "-q", *more]) == 1
    assert time.monotonic() - began < 10
    said_once(capfd.readouterr().err, "another run", str(first.pid))
    reached.unlink()
    assert finish(first)[0] == 0
    assert contents(fresh.film) == fresh.undisturbed and strays(fresh.film.parent) == []


def test_a_killed_run_blocks_nobody(fresh: Scored) -> None:
    """Locks of a killed process are none, even where its number lives on in another process."""
    reached = fresh.film.with_name("reached")
    first = start("score", fresh.film, "-q", code=WAITING)
    assert wait_for(reached.exists, first)
    kill(first)
    reached.unlink()
    locks = [Path(fresh.film.parent / name) for name in strays(fresh.film.parent) if name.endswith("lock")]
    assert len(locks) == 2
    for lock in locks:
        lock.write_text(lock.read_text().rpartition(" ")[0] + " 1")
    assert cli.main(["score", str(fresh.film), "-q"]) == 0
    assert contents(fresh.film) == fresh.undisturbed and strays(fresh.film.parent) == []
    assert output_of(fresh.film).exists()
