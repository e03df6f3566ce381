"""A lock is held by one, and by nobody once its process is gone."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from autoscore.adapters import locks
from autoscore.adapters.locks import HeldError, held

HOLD = "import sys, time; from pathlib import Path; from autoscore.adapters.locks import held\n"
HOLD += "with held(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"


def test_one_at_a_time_and_gone_afterwards(tmp_path: Path) -> None:
    """The second is told who has it; afterwards there is no file."""
    path = tmp_path / "lock"
    with held(path):
        with pytest.raises(HeldError) as told, held(path):
            pass
        assert told.value.holder == f"{socket.gethostname()} {os.getpid()}"
    assert not path.exists()
    with held(path):
        pass


def test_kill_9_lets_go(tmp_path: Path) -> None:
    """The system takes the lock from a process that is killed, whatever the file still says."""
    path = tmp_path / "lock"
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(HeldError, match=str(holder.pid)), held(path):
        pass
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    assert path.exists()
    with held(path):
        pass
    assert not path.exists()


def test_a_living_number_does_not_hold_it(tmp_path: Path) -> None:
    """After a restart another process may have the number in the file: that means nothing."""
    path = tmp_path / "lock"
    path.write_text(f"{socket.gethostname()} 1")
    with held(path):
        pass


@pytest.mark.parametrize(
    ("text", "free"), [("{host} 1", False), ("{host} 99999999", True), ("", True), ("far 5", False)]
)
def test_without_locks_the_process_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, free: bool
) -> None:
    """On a drive that knows no locks a file holds as long as its process lives; on another machine it may."""

    def unknown(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", unknown)
    path = tmp_path / "lock"
    path.write_text(text.format(host=socket.gethostname()))
    if free:
        with held(path):
            assert path.read_text() == f"{socket.gethostname()} {os.getpid()}"
        assert not path.exists()
    else:
        with pytest.raises(HeldError), held(path):
            pass
        assert path.exists()


def test_the_error_inside_comes_out_and_the_lock_goes(tmp_path: Path) -> None:
    """Whatever ends the block."""
    with pytest.raises(KeyError), held(tmp_path / "lock"):
        raise KeyError
    assert not (tmp_path / "lock").exists()


def test_a_folder_that_is_gone_is_an_oserror(tmp_path: Path) -> None:
    """The caller says it in its own words."""
    with pytest.raises(FileNotFoundError), held(tmp_path / "none" / "lock"):
        pass
    assert locks.HeldError("x").holder == "x"
