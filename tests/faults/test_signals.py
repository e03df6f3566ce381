"""Ctrl-C once and twice, a polite kill, a closed terminal: one sentence, exit code 130, and the next run goes on."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time

import pytest
from fault_rig import Scored, commands_with, contents, finish, said_once, start, strays, wait_for, workspace_of

from autoscore import cli

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are a thing of POSIX")

RENDERING = """
from autoscore import runner
real = runner.Runner.tell
def tell(self, name, kind, **more):
    real(self, name, kind, **more)
    if (name, kind) == ("{stage}", "start"):
        import pathlib, sys, time
        (self.workspace.folder.parent / "reached").touch()
        {wait}
runner.Runner.tell = tell
"""


def stopped(scored: Scored, stage: str, number: int, *, wait: str = "time.sleep(0.1)") -> tuple[int, str]:
    """What became of a run that got a signal when ``stage`` had begun."""
    child = start("score", scored.film, "-q", code=RENDERING.format(stage=stage, wait=wait))
    assert wait_for((scored.film.parent / "reached").exists, child)
    child.send_signal(number)
    code, err = finish(child, 20)
    (scored.film.parent / "reached").unlink()
    return code, err


def goes_on(scored: Scored) -> None:
    assert cli.main(["score", str(scored.film), "--quiet"]) == 0
    assert contents(scored.film) == scored.undisturbed and strays(scored.film.parent) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_stopped_politely(fresh: Scored, number: int) -> None:
    """In the middle of the work: 130, a sentence that says how to go on, and nothing unfinished."""
    code, err = stopped(fresh, "spot", number)
    assert code == 130
    said_once(err, "stopped", "again")
    assert strays(fresh.film.parent) == []
    assert (workspace_of(fresh.film) / "02-analysis.json").exists()


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["probe", "analyze", "plan", "compose", "render", "mix", "deliver"])
def test_ctrl_c_in_each_stage(fresh: Scored, stage: str) -> None:
    """Wherever Ctrl-C comes, the next run completes and equals an undisturbed one."""
    code, err = stopped(fresh, stage, signal.SIGINT, wait="time.sleep(0)")
    assert code in (0, 130)
    if code:
        said_once(err, "stopped", "again")
        assert strays(fresh.film.parent) == []
    goes_on(fresh)


def test_a_second_ctrl_c_ends_at_once(fresh: Scored) -> None:
    """While a run still tidies up after the first: 130 at once, one sentence, no child is left; and it resumes."""
    never = (
        "import threading; from autoscore import interrupts; from autoscore.adapters import process; "
        "say = interrupts.say; "
        "interrupts.say = lambda *said, **how: (time.sleep(0.3), say(*said, **how)); "  # so that threads notice first
        "threading.Thread(target=process.run, args=(['sleep', '77.125'],), daemon=True).start(); time.sleep(0.5); "
        "threading.Thread(target=time.sleep, args=(600,)).start(); time.sleep(600)"
    )
    child = start("score", fresh.film, "-q", code=RENDERING.format(stage="spot", wait=never))
    assert wait_for((fresh.film.parent / "reached").exists, child)
    if sys.platform == "linux":
        assert wait_for(lambda: commands_with("77.125"), child)
    time.sleep(0.7)
    child.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert child.poll() is None  # the thread that never ends holds it
    child.send_signal(signal.SIGINT)
    code, err = finish(child, 20)
    assert code == 130 and "Traceback" not in err
    assert err.splitlines()[-1] == "autoscore: Stopped at once; run the same command again to go on from here."
    if sys.platform == "linux":
        wait_for(lambda: not commands_with("77.125"), timeout_s=5)
    (fresh.film.parent / "reached").unlink()
    assert cli.main(["plan", str(fresh.film), "--quiet"]) == 0
    assert strays(fresh.film.parent) == []


def test_ctrl_c_in_the_first_moments(fresh: Scored) -> None:
    """While the program is still loading: a sentence, no traceback."""
    code = "import sys, os, signal\nclass Finder:\n    def find_spec(self, name, *more):\n        " \
        "if name == 'typer': os.kill(os.getpid(), signal.SIGINT)\nsys.meta_path.insert(0, Finder())"  # fmt: skip
    got, err = finish(start("score", fresh.film, code=code))
    assert got == 130
    said_once(err, "stopped")


_SWALLOWED = """
import signal, time, weakref
from autoscore import interrupts
interrupts.install()

class Thing:
    pass

def gone(_reference):
    signal.raise_signal(signal.SIGINT)
    for _ in range(1000):
        pass

thing = Thing()
reference = weakref.ref(thing, gone)
try:
    del thing
    time.sleep(20)
except KeyboardInterrupt:
    print("stopped")
"""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timer that interrupts")
def test_ctrl_c_is_not_lost_where_python_lets_nothing_out() -> None:
    """In the callback of a weak reference: the program stops a moment later all the same, without a traceback."""
    made = subprocess.run([sys.executable, "-c", _SWALLOWED], capture_output=True, text=True, timeout=60)
    assert (made.stdout, made.stderr) == ("stopped\n", "")


def test_a_closed_terminal(fresh: Scored) -> None:
    """When the terminal goes away under its progress bars, the run stops politely and leaves nothing unfinished."""
    reached = fresh.film.parent / "reached"
    child, terminal = pty.fork()
    if child == 0:
        code = RENDERING.format(stage="spot", wait="time.sleep(60)") + "from autoscore.__main__ import entry\nentry()\n"
        os.execv(sys.executable, [sys.executable, "-c", code, "score", str(fresh.film)])
    assert wait_for(reached.exists, timeout_s=30)
    os.close(terminal)
    ended = []

    def over() -> bool:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            ended.append(os.waitstatus_to_exitcode(status))
        return bool(ended)

    wait_for(over, timeout_s=20)
    assert ended == [130]
    assert strays(fresh.film.parent) == []
    assert "KeyboardInterrupt" in (workspace_of(fresh.film) / "run.log").read_text(encoding="utf-8")
