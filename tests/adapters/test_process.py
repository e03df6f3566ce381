"""Children: arguments as they are, errors with their last words, never one left behind."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

import pytest
from sleeper import parent_of_sleeper

from autoscore.adapters import process
from autoscore.adapters.process import ChildFailedError, kill_all, patience_s, run
from autoscore.errors import ToolMissingError


def test_arguments_are_not_read_by_a_shell() -> None:
    """A dollar sign, quotes and semicolons reach the child as they are."""
    words = "$HOME; 'x' \"y\" *"
    assert run([sys.executable, "-c", "import sys; print(sys.argv[1])", words]).stdout.strip() == words


def test_lines_go_to_the_listener_as_they_come() -> None:
    """A listener gets every line and nothing is collected."""
    lines: list[str] = []
    done = run([sys.executable, "-c", "print('a'); print('b')"], on_line=lines.append)
    assert lines == ["a", "b"]
    assert done.stdout == ""


def test_a_failure_tells_the_end_of_what_the_child_said() -> None:
    """The error carries the tail of standard error and the exit code, the message its last line."""
    with pytest.raises(ChildFailedError) as caught:
        run([sys.executable, "-c", "import sys; print('first\\nlast words', file=sys.stderr); sys.exit(3)"])
    assert caught.value.returncode == 3
    assert "first" in caught.value.tail
    assert caught.value.message.endswith("last words.")


def test_a_program_that_is_not_there_is_named() -> None:
    """A missing program is a missing tool, not a traceback."""
    with pytest.raises(ToolMissingError, match="no-such-program"):
        run(["no-such-program"])


def test_time_runs_out() -> None:
    """A child that takes too long is killed."""
    start = time.monotonic()
    with pytest.raises(ChildFailedError, match=r"longer than 0\.3 s"):
        run([sys.executable, "-c", "import time; time.sleep(30)"], timeout_s=0.3)
    assert time.monotonic() - start < 10


def test_nothing_is_left_behind_when_the_caller_is_interrupted(tmp_path: Path) -> None:
    """Ctrl-C while a child runs ends the child: it does not get to write its file."""
    target = tmp_path / "late"
    code = "import sys, time; print('up', flush=True); time.sleep(1.0); open(sys.argv[1], 'w').close()"

    def interrupt(_line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run([sys.executable, "-c", code, str(target)], on_line=interrupt)
    time.sleep(1.3)
    assert not target.exists()


def test_ctrl_c_of_a_terminal_does_not_reach_the_child() -> None:
    """A child has a process group of its own: what ends it is this program."""
    if os.name != "posix":
        pytest.skip("there are no process groups here")
    code = "import os; print(os.getpgrp() == os.getpid(), os.getpgrp())"
    own, group = run([sys.executable, "-c", code]).stdout.split()
    assert own == "True" and int(group) != os.getpgrp()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a child's memory")
def test_a_child_that_wants_too_much_memory_is_told_so() -> None:
    """Beyond its memory a child fails with one sentence that names the limit."""
    with pytest.raises(ChildFailedError, match=r"wanted more than 0\.5 GiB of memory"):
        run([sys.executable, "-c", "x = bytearray(2 << 30)"], memory_bytes=1 << 29)


def test_a_killed_child_says_which_signal() -> None:
    """A child that crashed in its own code is told from one that found a fault in its input."""
    code = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    with pytest.raises(ChildFailedError, match=r"signal 9 \(SIGKILL\)") as caught:
        run([sys.executable, "-c", code])
    assert caught.value.killed


def test_all_children_can_be_ended_at_once() -> None:
    """The second Ctrl-C ends what runs in other threads."""
    started = threading.Event()
    failures: list[ChildFailedError] = []

    def work() -> None:
        try:
            code = "import time; print('up', flush=True); time.sleep(60)"
            run([sys.executable, "-c", code], on_line=lambda _line: started.set())
        except ChildFailedError as error:
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    assert started.wait(30)
    kill_all()
    thread.join(30)
    assert failures and failures[0].killed


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_a_killed_parent_takes_its_child_along(tmp_path: Path) -> None:
    """kill -9 of this program ends the program it had started."""
    parent, child = parent_of_sleeper()
    parent.kill()
    parent.communicate(timeout=30)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return
        if state == "Z":
            return
        time.sleep(0.02)
    raise AssertionError("the child goes on")


def test_patience_grows_with_the_film() -> None:
    """A longer or larger film gets more time, a short one no less than the least."""
    assert patience_s(0.0) == patience_s(-5.0) == 600
    assert patience_s(7200.0, 20_000_000_000) > patience_s(7200.0) > patience_s(60.0)


def test_where_no_thread_is_to_be_had_the_child_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has no room for the thread that listens: that error, no other, and nobody is left."""

    def refused(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refused)
    with pytest.raises(RuntimeError, match="new thread"):
        process.run(["sleep", "60"])
    assert not process._running
