"""Children: arguments as they are, errors with their last words, never one left behind."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from autoscore.adapters.process import ChildFailedError, run
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
