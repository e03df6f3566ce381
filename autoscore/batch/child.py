"""The process that scores films: jobs as JSON lines on stdin, events and records as JSON lines on stdout.

``python -m autoscore.batch.child`` serves one film after another, so that what takes long to load is loaded once. It
ends when its stdin does: nobody is left behind when the one that minds it is killed.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from typing import IO, Any

from autoscore.batch.job import FilmJob
from autoscore.batch.one import score_one
from autoscore.errors import AutoscoreError
from autoscore.model.events import Event

_EVERY_S = 0.3
"""Shares of a stage are told this often; whoever minds us takes any line for a sign of life."""
_GRACE_S = 8.0


def serve(jobs: IO[bytes], told: Callable[[dict[str, Any]], None]) -> None:
    """Score what comes in until nothing more does.

    Raises:
        KeyboardInterrupt: somebody wants us to stop, or our stdin ended in the middle of a film.
    """
    waiting: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    busy = threading.Event()

    def read() -> None:
        for line in jobs:
            busy.set()
            waiting.put(line)
        waiting.put(None)
        if busy.is_set():
            _leave()

    threading.Thread(target=read, daemon=True, name="jobs").start()
    while (line := waiting.get()) is not None:
        busy.set()
        try:
            job = FilmJob.from_json(line.decode("ascii", "replace"))
        except AutoscoreError as error:
            said: dict[str, Any] = {"refused": error.message}
        else:
            said = {"record": asdict(score_one(job, _teller(told)))}
        busy.clear()  # before it is told: who hears it may close our stdin at once
        told(said)


def _leave() -> None:
    """End the film in hand as Ctrl-C would, and where that takes too long everything that we started, ourselves too."""
    signal.raise_signal(signal.SIGTERM) if os.name == "nt" else os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE_S)
    if os.name != "nt" and os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(130)


def _teller(told: Callable[[dict[str, Any]], None]) -> Callable[[Event], None]:
    last: dict[str, float] = {}

    def tell(event: Event) -> None:
        now = time.monotonic()
        if event.kind == "progress":
            if now - last.get(event.stage, 0.0) < _EVERY_S:
                return
            last[event.stage] = now
        told({"event": asdict(event)})

    return tell


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """The process: 0 when stdin ended between two films, 130 when it was told to stop."""
    signal.signal(signal.SIGTERM, _interrupt)
    log = logging.getLogger("autoscore")  # each workspace keeps the log of its film
    log.setLevel(logging.INFO)
    log.propagate = False
    with suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:  # noqa: PTH123
        file.write("500")  # where memory runs out, one film goes, not the batch
    # Only lines of the protocol go where they are read: whatever a library prints goes to stderr.
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    lock = threading.Lock()

    def tell(line: dict[str, Any]) -> None:
        with lock, suppress(BrokenPipeError):
            out.write(json.dumps(line, ensure_ascii=True).encode("ascii") + b"\n")

    try:
        serve(sys.stdin.buffer, tell)
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
