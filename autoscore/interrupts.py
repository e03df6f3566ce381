"""How a run is stopped: politely at first, at once when asked again.

Ctrl-C, a polite kill and a closed terminal raise KeyboardInterrupt, so that nothing half-written and no child is left.
A second Ctrl-C or kill waits for nothing: what is left then, the next run sweeps. Only the standard library is imported
here, so that a Ctrl-C in the first moments is answered as well.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable
from contextlib import suppress
from types import FrameType

INTERRUPTED = 130
STOPPED = "Stopped; run the same command again to go on from here."
STOPPED_AT_ONCE = "Stopped at once; run the same command again to go on from here."

_IMPATIENT = {signal.SIGINT, signal.SIGTERM}
_SHOW_CURSOR = "\r\x1b[K\x1b[?25h"
"""Progress bars hide it."""
_AGAIN_S = 0.05
_asked: list[int] = []
_terminals: list[int] = []
"""Streams that were one at the start: of one that hung up it can no longer be told."""


def install() -> None:
    """From here on signals are answered as said above. What is ignored already stays ignored: a hang-up under nohup,
    Ctrl-C in the background of a shell script."""
    _terminals[:] = [stream for stream in (0, 1, 2) if os.isatty(stream)]
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _answer)
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, _stop)
        sys.unraisablehook = _put_off


def asked() -> bool:
    """Whether somebody has asked this process to stop."""
    return bool(_asked)


def _answer(number: int, _frame: FrameType | None) -> None:
    if number == getattr(signal, "SIGHUP", None):
        _silence(_terminals)  # a terminal that is gone takes no more words: they would be errors
    first = not _asked
    _asked.append(number)
    if first:
        raise KeyboardInterrupt
    if number in _IMPATIENT:
        _leave_at_once()


def _put_off(lost: sys.UnraisableHookArgs) -> None:
    """What was to stop the run came where Python lets nothing out (a destructor, the callback of a weak reference or of
    a library): it comes again a moment later."""
    if lost.exc_type is KeyboardInterrupt:
        signal.setitimer(signal.ITIMER_REAL, _AGAIN_S)
    else:
        sys.__unraisablehook__(lost)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _leave_at_once() -> None:
    """End this process and what it started, without waiting for threads. Python's own end would join them."""
    try:
        errors = os.dup(2)
        _silence((1, 2))  # threads that miss their child have nothing to tell any more
        process = sys.modules.get("autoscore.adapters.process")
        if process is not None:
            process.kill_all()
        say(STOPPED_AT_ONCE, stream=errors)
    finally:
        os._exit(INTERRUPTED)


def _silence(streams: Iterable[int]) -> None:
    """What is written to these from here on goes nowhere."""
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in streams:
            os.dup2(nowhere, stream)


def say(text: str, *, stream: int = 2) -> None:
    """The console's words, without what it takes to load the console."""
    before = _SHOW_CURSOR if os.isatty(stream) else ""
    with suppress(OSError):
        os.write(stream, f"{before}autoscore: {text}\n".encode())
