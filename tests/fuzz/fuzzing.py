"""Feeding spoilt inputs to readers in a process of their own, and counting what came of them."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
START_S = 180.0
"""For the first line of a child: it loads libraries and makes whole inputs."""


@dataclass(kw_only=True)
class Tally:
    """What became of ``inputs`` spoilt inputs. ``crashes``: a fault, a hang, or a reach outside: (number, text)."""

    reader: str
    inputs: int = 0
    refused: int = 0
    read: int = 0
    slowest_s: float = 0.0
    slowest_input: int = -1
    total_s: float = 0.0
    crashes: list[tuple[int, str]] = field(default_factory=list)
    sentences: dict[str, int] = field(default_factory=dict)


class Fuzzer:
    """Keeps one child alive over many jobs, and starts another where an input killed or hung it. A context manager."""

    def __init__(self) -> None:
        self._area = tempfile.TemporaryDirectory(prefix="autoscore-fuzz-")
        self._child: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str | None] = queue.Queue()

    def __enter__(self) -> Fuzzer:
        return self

    def __exit__(self, *_about: object) -> None:
        self._end()
        self._area.cleanup()

    def run(self, reader: str, count: int, *, seed: int = 1, limit_s: float, start: int = 0) -> Tally:
        """Reads ``count`` spoilt inputs, always the same ones for one ``seed``."""
        tally, at, end = Tally(reader=reader), start, start + count
        while at < end:
            self._ask({"reader": reader, "seed": seed, "start": at, "count": end - at})
            at = self._listen(tally, at, end, limit_s)
        return tally

    def _listen(self, tally: Tally, at: int, end: int, limit_s: float) -> int:
        """The number of the input to go on with."""
        patience = START_S
        while at < end or patience == START_S:
            told = self._answer(patience)
            if told is None:  # dead, or it does not answer
                code = self._end()
                if patience == START_S:
                    raise AssertionError(f"the child for {tally.reader} does not start (exit code {code})")
                tally.inputs += 1
                tally.crashes.append((at, f"it took longer than {limit_s:g} s" if code is None else f"died: {code}"))
                return at + 1
            if told["i"] < 0:
                if told["outcome"] != "ready":
                    raise AssertionError(f"{tally.reader}: {told['text']}")
                patience = limit_s
                continue
            self._count(tally, told)
            at = told["i"] + 1
        return at

    def _count(self, tally: Tally, told: dict[str, Any]) -> None:
        tally.inputs += 1
        tally.total_s += told["s"]
        if told["s"] > tally.slowest_s:
            tally.slowest_s, tally.slowest_input = told["s"], told["i"]
        if told["outcome"] == "crash":
            tally.crashes.append((told["i"], told["text"]))
        elif told["outcome"] == "refused":
            tally.refused += 1
            tally.sentences[told["text"]] = tally.sentences.get(told["text"], 0) + 1
        else:
            tally.read += 1

    def _ask(self, job: dict[str, Any]) -> None:
        if self._child is None or self._child.poll() is not None:
            self._start()
        assert self._child is not None and self._child.stdin is not None
        self._child.stdin.write(json.dumps(job) + "\n")
        self._child.stdin.flush()

    def _start(self) -> None:
        lines: queue.Queue[str | None] = queue.Queue()
        child = subprocess.Popen(
            [sys.executable, str(HERE / "fuzz_child.py"), self._area.name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
        )  # fmt: skip
        assert child.stdout is not None
        out = child.stdout

        def listen() -> None:
            for line in out:
                lines.put(line)
            lines.put(None)

        threading.Thread(target=listen, daemon=True).start()
        self._child, self._lines = child, lines

    def _answer(self, patience_s: float) -> dict[str, Any] | None:
        deadline = time.monotonic() + patience_s
        while True:
            try:
                line = self._lines.get(timeout=max(0.1, deadline - time.monotonic()))
            except queue.Empty:
                return None
            if line is None:
                return None
            if line.startswith("{"):  # else a library has something to say
                found: dict[str, Any] = json.loads(line)
                return found

    def _end(self) -> int | None:
        """Ends the child; its exit code where it had ended by itself."""
        child, self._child = self._child, None
        if child is None:
            return None
        for pipe in (child.stdin,):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        try:
            code = child.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            code = None
        if child.stdout is not None:
            child.stdout.close()
        return code


def table(tallies: Sequence[Tally]) -> list[tuple[str, ...]]:
    """Rows for people, with a heading."""
    heading = ("reader", "inputs", "refused with a sentence", "read all the same", "crashes", "slowest s", "mean ms")
    return [
        heading,
        *(
            (tally.reader, str(tally.inputs), str(tally.refused), str(tally.read), str(len(tally.crashes)),
             f"{tally.slowest_s:.2f}", f"{1000 * tally.total_s / max(1, tally.inputs):.1f}")
            for tally in tallies
        ),
    ]  # fmt: skip
