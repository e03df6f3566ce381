"""Where the system does not end a child with its parent, a guard does, and is not noticed otherwise."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sleeper import parent_of_sleeper

from autoscore.adapters import process
from autoscore.adapters.process import ChildFailedError, run

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows has neither groups nor signals")


@pytest.fixture(autouse=True)
def _guarded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_PROMISED", False)


def gone(pid: int, within_s: float = 10.0) -> bool:
    """Whether the process ends in time; one that only waits to be counted has ended."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
        if not state or state.startswith("Z"):
            return True
        time.sleep(0.05)
    return False


def test_a_killed_parent_takes_its_child_along() -> None:
    """kill -9 of this program ends the program it had started."""
    parent, child = parent_of_sleeper("process._PROMISED = False")
    assert not gone(child, within_s=0.2)
    parent.kill()
    parent.communicate(timeout=30)
    assert gone(child)


def test_what_the_program_says_and_how_it_ends_come_through() -> None:
    """Lines, exit codes and signals, as without a guard; it reads nothing, and no arguments are added."""
    code = "import sys; print(sys.argv[1:], repr(sys.stdin.read()))"
    assert run([sys.executable, "-c", code, "a b", "$HOME"]).stdout == "['a b', '$HOME'] ''\n"
    with pytest.raises(ChildFailedError, match="last words") as caught:
        run([sys.executable, "-c", "import sys; print('last words', file=sys.stderr); sys.exit(3)"])
    assert caught.value.returncode == 3
    with pytest.raises(ChildFailedError, match="SIGSEGV"):
        run([sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"])


def test_time_runs_out_for_guard_and_program(tmp_path: Path) -> None:
    """Both are one group."""
    pid = tmp_path / "pid"
    code = f"import os, time; open({str(pid)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    with pytest.raises(ChildFailedError, match="longer than"):
        run([sys.executable, "-c", code], timeout_s=2.0)
    assert gone(int(pid.read_text()))
