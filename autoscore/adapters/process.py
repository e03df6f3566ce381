"""Running a program: an argument list, no shell, limits on time and memory, and never a child left behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from autoscore.errors import AutoscoreError, ToolMissingError

TAIL_LINES = 12
PATIENCE_S = 600.0
"""What a program gets in any case: a slow disk, a busy machine."""
PATIENCE_PER_S = 4.0
"""And for each second of film; encoding its sound takes a fiftieth of that."""
SLOWEST_BYTES_PER_S = 1_000_000
"""A disk slower than this is not waited for."""
MEMORY_BYTES = 4 << 30
"""Address space of a child. FFmpeg takes a tenth of it to put sound on a two-hour film."""

_NO_MEMORY = ("cannot allocate memory", "bad_alloc", "memoryerror")

_LIMITS = """
import os, resource, signal, sys
memory, program, words = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
"""
_BECOME = (
    _LIMITS
    + """
import ctypes
parent, words = int(words[0]), words[1:]
hard = resource.getrlimit(resource.RLIMIT_AS)[1]
if memory and (hard == resource.RLIM_INFINITY or memory < hard):
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)
if os.getppid() != parent:
    os._exit(1)
os.execv(program, words)
"""
)
"""Linux: becomes the program once its limits are set and the system has promised to end it with its parent
(PR_SET_PDEATHSIG, which counts from the thread that started it - and that one waits here). Doing the same between fork
and exec is not safe beside threads."""
_GUARD = (
    _LIMITS
    + """
import threading
child = os.fork()
if child == 0:
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.execv(program, words)
    finally:
        os._exit(127)
def watch():
    os.read(0, 1)
    os.kill(0, signal.SIGKILL)
threading.Thread(target=watch, daemon=True).start()
os.close(1)
os.close(2)
status = os.waitpid(child, 0)[1]
if os.WIFSIGNALED(status):
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.kill(os.getpid(), os.WTERMSIG(status))
os._exit(os.waitstatus_to_exitcode(status) & 255)
"""
)
"""Elsewhere (macOS): stays beside the program. Its stdin is a pipe whose other end we hold and nobody writes to: that
ends when we do, however we do, and then guard and program, one group, are ended. It passes on how the program ended."""
_PROMISED = sys.platform == "linux"
"""Whether the system ends children with their parent."""

_running: set[subprocess.Popen[bytes]] = set()
_running_lock = threading.RLock()
"""Taken again by ``kill_all`` in a signal's handler, which may come while this very thread holds it."""


class ChildFailedError(AutoscoreError):
    """A program ended with an error, was killed or hit a limit; ``tail`` is the end of what it said.

    ``returncode`` is negative where a signal ended it: then its input need not be at fault.
    """

    def __init__(self, program: str, tail: str, returncode: int) -> None:
        last = tail.strip().splitlines()[-1] if tail.strip() else f"exit code {returncode}"
        if returncode < 0 and not tail.startswith("it "):
            last = f"it was ended by {_signal_name(-returncode)}"
        super().__init__(f"{program} failed: {last}")
        self.tail = tail
        self.returncode = returncode

    @property
    def killed(self) -> bool:
        """Whether a signal ended it."""
        return self.returncode < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """``tail`` are the last lines that it said on standard error; it grows."""

    stdout: IO[bytes]
    tail: deque[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """``stdout`` is empty where lines were handed to a listener; ``stderr_tail`` is its last lines."""

    stdout: str
    stderr_tail: str


def patience_s(length_s: float, size_bytes: int = 0) -> float:
    """How long a program may work on ``length_s`` seconds of film in a file of ``size_bytes``."""
    return PATIENCE_S + PATIENCE_PER_S * max(0.0, length_s) + size_bytes / SLOWEST_BYTES_PER_S


def kill_all() -> None:
    """Ends every program that is running now, at once: for the second Ctrl-C."""
    with _running_lock:
        children = list(_running)
    for child in children:
        _kill(child)


def _kill(child: subprocess.Popen[bytes]) -> None:
    """The child and what it may have started: they are one group."""
    try:
        if os.name == "posix" and child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
    except OSError:
        pass
    child.kill()


def _signal_name(number: int) -> str:
    try:
        return f"signal {number} ({signal.Signals(number).name})"
    except ValueError:
        return f"signal {number}"


def _keep_tail(pipe: IO[bytes], lines: deque[str]) -> None:
    for line in pipe:
        lines.append(line.decode("utf-8", "replace").rstrip())


def _start(
    arguments: Sequence[str], memory_bytes: int, environment: dict[str, str] | None, hand_over: Sequence[int]
) -> subprocess.Popen[bytes]:
    program = arguments[0]
    found = shutil.which(program)
    if found is None:
        raise ToolMissingError(
            f"The program {program} is not installed", "`autoscore doctor` tells how to install it."
        ) from None
    words, guarded = list(arguments), os.name == "posix" and not _PROMISED
    if os.name == "posix":
        own = [_GUARD, str(memory_bytes), found] if guarded else [_BECOME, str(memory_bytes), found, str(os.getpid())]
        words = [sys.executable, "-I", "-S", "-c", *own, *words]
    try:
        return subprocess.Popen(
            words, stdin=subprocess.PIPE if guarded else subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, pass_fds=tuple(hand_over),
            process_group=0 if os.name == "posix" else None,  # Ctrl-C is for us; we end what we started
        )  # fmt: skip
    except OSError as error:
        raise ToolMissingError(f"The program {program} cannot be started: {error.strerror}") from error
    except ValueError as error:
        raise AutoscoreError(f"{program} cannot be given these arguments: {error}") from error


@contextmanager
def started(
    arguments: Sequence[str],
    *,
    timeout_s: float = PATIENCE_S,
    memory_bytes: int = MEMORY_BYTES,
    environment: dict[str, str] | None = None,
    hand_over: Sequence[int] = (),
) -> Iterator[Running]:
    """A program while it runs, see ``run``: who leaves this early ends it, who leaves in peace waits for its end.

    Raises:
        ToolMissingError: there is no such program.
        ChildFailedError: it ended with an error, or hit a limit.
    """
    program = arguments[0]
    tail: deque[str] = deque(maxlen=TAIL_LINES)
    expired = threading.Event()
    child = _start(arguments, memory_bytes, environment, hand_over)
    assert child.stdout is not None
    assert child.stderr is not None

    def expire() -> None:
        expired.set()
        _kill(child)

    listener = threading.Thread(target=_keep_tail, args=(child.stderr, tail), daemon=True)
    timer = threading.Timer(timeout_s, expire)
    try:
        with _running_lock:
            _running.add(child)
        listener.start()
        timer.daemon = True
        timer.start()
        yield Running(stdout=child.stdout, tail=tail)
        child.wait()
    finally:
        timer.cancel()
        if child.poll() is None:
            _kill(child)
            child.wait()
        with _running_lock:
            _running.discard(child)
        if listener.ident is not None:  # it was begun
            listener.join(timeout=5)
        for pipe in (child.stdin, child.stdout, child.stderr):
            if pipe is not None:
                pipe.close()
    text = "\n".join(tail)
    if expired.is_set():
        raise ChildFailedError(program, f"it took longer than {round(timeout_s, 2):g} s", child.returncode)
    if child.returncode != 0:
        if memory_bytes and any(word in text.lower() for word in _NO_MEMORY):
            text = f"it wanted more than {memory_bytes / (1 << 30):g} GiB of memory"
        raise ChildFailedError(program, text, child.returncode)


def run(
    arguments: Sequence[str],
    *,
    timeout_s: float = PATIENCE_S,
    memory_bytes: int = MEMORY_BYTES,
    environment: dict[str, str] | None = None,
    on_line: Callable[[str], None] | None = None,
    hand_over: Sequence[int] = (),
) -> Finished:
    """Runs a program to its end. It reads nothing from the keyboard, and ends with this process (not on Windows).

    Args:
        arguments: program and arguments, handed over as they are.
        timeout_s: the child is killed after so many seconds, see ``patience_s``.
        memory_bytes: address space it may take (Linux; elsewhere only time is limited); 0 = as much as there is.
        environment: its whole environment; None = this process's.
        on_line: gets each line of standard output as it comes.
        hand_over: open files that it has too, under the same numbers (not on Windows).

    Raises:
        ToolMissingError: there is no such program.
        ChildFailedError: it ended with an error, or hit a limit.

    Whatever ends this call - Ctrl-C and errors in ``on_line`` too - the child has ended when it returns.
    """
    said: list[str] = []
    with started(
        arguments, timeout_s=timeout_s, memory_bytes=memory_bytes, environment=environment, hand_over=hand_over
    ) as child:
        for raw in child.stdout:
            line = raw.decode("utf-8", "replace")
            if on_line is None:
                said.append(line)
            else:
                on_line(line.rstrip("\r\n"))
    return Finished(stdout="".join(said), stderr_tail="\n".join(child.tail))
