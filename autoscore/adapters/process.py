"""Running a program: an argument list, no shell, a time limit, and never a child left behind."""

from __future__ import annotations

import subprocess
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO

from autoscore.errors import AutoscoreError, ToolMissingError

TAIL_LINES = 12


class ChildFailedError(AutoscoreError):
    """A program ended with an error or ran out of time; ``tail`` is the end of what it said."""

    def __init__(self, program: str, tail: str, returncode: int) -> None:
        last = tail.strip().splitlines()[-1] if tail.strip() else f"exit code {returncode}"
        super().__init__(f"{program} failed: {last}")
        self.tail = tail
        self.returncode = returncode


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """``stdout`` is empty where lines were handed to a listener; ``stderr_tail`` is its last lines."""

    stdout: str
    stderr_tail: str


def _keep_tail(pipe: IO[bytes], lines: deque[str]) -> None:
    for line in pipe:
        lines.append(line.decode("utf-8", "replace").rstrip())


def run(
    arguments: Sequence[str], *, timeout_s: float | None = None, on_line: Callable[[str], None] | None = None
) -> Finished:
    """Runs a program to its end. It reads nothing from the keyboard.

    Args:
        arguments: program and arguments, handed over as they are.
        timeout_s: the child is killed after so many seconds; None waits for ever.
        on_line: gets each line of standard output as it comes.

    Raises:
        ToolMissingError: there is no such program.
        ChildFailedError: it ended with an error, or took too long.

    Whatever ends this call - Ctrl-C and errors in ``on_line`` too - the child has ended when it returns.
    """
    program = arguments[0]
    try:
        child = subprocess.Popen(
            list(arguments), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
    except FileNotFoundError:
        raise ToolMissingError(
            f"The program {program} is not installed", "`autoscore doctor` tells how to install it."
        ) from None
    except OSError as error:
        raise ToolMissingError(f"The program {program} cannot be started: {error.strerror}") from error
    assert child.stdout is not None
    assert child.stderr is not None
    tail: deque[str] = deque(maxlen=TAIL_LINES)
    expired = threading.Event()

    def expire() -> None:
        expired.set()
        child.kill()

    listener = threading.Thread(target=_keep_tail, args=(child.stderr, tail), daemon=True)
    timer = threading.Timer(timeout_s, expire) if timeout_s is not None else None
    said: list[str] = []
    try:
        listener.start()
        if timer:
            timer.daemon = True
            timer.start()
        for raw in child.stdout:
            line = raw.decode("utf-8", "replace")
            if on_line is None:
                said.append(line)
            else:
                on_line(line.rstrip("\r\n"))
        child.wait()
    finally:
        if timer:
            timer.cancel()
        if child.poll() is None:
            child.kill()
            child.wait()
        listener.join(timeout=5)
        child.stdout.close()
        child.stderr.close()
    text = "\n".join(tail)
    if expired.is_set():
        raise ChildFailedError(program, f"it took longer than {timeout_s:g} s", child.returncode)
    if child.returncode != 0:
        raise ChildFailedError(program, text, child.returncode)
    return Finished(stdout="".join(said), stderr_tail=text)
