"""A process of ours that is talked to in lines, with all that it starts: heard, watched, asked to stop, ended."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

LONGEST_LINE = 1 << 22
_TAIL_LINES = 12
_GRACE_S = 10.0


class Companion:
    """One running process. It has a group of its own: Ctrl-C comes to us alone, and what it starts ends with it.

    Args:
        environment: its whole environment.

    Raises:
        OSError: it cannot be started.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)
        own: dict[str, Any] = (
            {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}  # type: ignore[attr-defined,unused-ignore]
            if os.name == "nt"
            else {"start_new_session": True}
        )
        self._process: subprocess.Popen[bytes] = subprocess.Popen(
            list(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=dict(environment), **own,
        )  # fmt: skip
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._readers = (
            threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True),
            threading.Thread(target=self._listen, args=(self._process.stderr,), daemon=True),
        )
        for reader in self._readers:
            reader.start()

    def _read(self, pipe: IO[bytes]) -> None:
        with suppress(OSError, ValueError), pipe:
            while line := pipe.readline(LONGEST_LINE):
                self._lines.put(line)
        self._lines.put(None)

    def _listen(self, pipe: IO[bytes]) -> None:
        with suppress(OSError, ValueError), pipe:
            while line := pipe.readline(LONGEST_LINE):
                if said := line.decode("utf-8", "replace").strip():
                    self._tail.append(said)

    def say(self, text: str) -> None:
        """Send it one line. A process that is dead is found out by ``hear``."""
        assert self._process.stdin is not None
        with suppress(OSError, ValueError):
            self._process.stdin.write(text.encode("ascii") + b"\n")
            self._process.stdin.flush()

    def hear(self, timeout_s: float) -> bytes | None:
        """The next line it said; b"" when there is none so far, None when it has ended."""
        try:
            return self._lines.get(timeout=timeout_s)
        except queue.Empty:
            return b""

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def gone(self) -> bool:
        """Whether it has ended, though what it started may hold its output open. Its number is not given up yet."""
        if not hasattr(os, "waitid") or self._process.returncode is not None:
            return self._process.returncode is not None
        with suppress(ChildProcessError):
            return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        return True

    @property
    def holds_mb(self) -> int:
        """Its resident memory, MB; 0 where the system does not tell."""
        try:
            pages = int(Path(f"/proc/{self._process.pid}/statm").read_text(encoding="ascii").split()[1])
        except (OSError, ValueError, IndexError):
            return 0
        return pages * os.sysconf("SC_PAGE_SIZE") >> 20

    def obituary(self) -> str:
        """After its end: how it ended, in a sentence. What it had started is ended too."""
        self._end_group()
        code = self._process.wait()
        self._readers[1].join(timeout=1.0)
        if code < 0:
            known = {s.value: s.name for s in signal.Signals}
            more = ", as it is when memory runs out" if code == -9 else ""
            return f"Its process was ended by {known.get(-code, f'signal {-code}')}{more}."
        return f"Its process ended with code {code}{f': {self._tail[-1][:200]}' if self._tail else ''}."

    def note(self, line: bytes) -> None:
        """Something it said that nobody understood: the obituary may need it."""
        self._tail.append(line[:200].decode("utf-8", "replace").strip())

    def dismiss(self) -> None:
        """Nothing more is to come: it ends by itself; one that does not is ended."""
        self._hush()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=_GRACE_S)
        self.kill()

    def stop(self) -> None:
        """Ask it to give up what it does and to tidy up. Returns at once."""
        if os.name == "nt":
            self._hush()
        else:
            self._process.terminate()

    def kill(self) -> None:
        """End it and all that it started, now."""
        self._end_group()
        with suppress(OSError):
            self._process.kill()
        self._process.wait()
        self._hush()
        for reader in self._readers:
            reader.join(timeout=1.0)

    def _hush(self) -> None:
        assert self._process.stdin is not None
        with suppress(OSError, ValueError):
            self._process.stdin.close()

    def _end_group(self) -> None:
        if os.name != "nt" and self._process.returncode is None:  # until it is waited for, its number is its own
            with suppress(OSError):
                os.killpg(self._process.pid, signal.SIGKILL)
