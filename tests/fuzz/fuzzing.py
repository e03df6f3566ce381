"""Feeding what hypothesis spoils to readers in a process of their own, and counting what came of it.

Hypothesis makes and shrinks inputs here; the child may die or hang of one, and is started anew.
"""

from __future__ import annotations

import base64
import contextlib
import functools
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

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from hypothesis.errors import Flaky
from readers import BAD_READERS, READERS
from spoiling import Spoilt

HERE = Path(__file__).parent
START_S = 180.0
"""For the first answer of a child about a reader: it loads libraries, makes whole inputs and reads them."""


class Fault(Exception):  # noqa: N818 - it is what is looked for
    """A reader did what none may: fell over, hung, or reached outside."""


@functools.cache
def _kind(place: str) -> type[Fault]:
    """A class for each place in the code: hypothesis shrinks the faults of each kind by themselves."""
    return type(f"Fault at {place}", (Fault,), {})


@dataclass(frozen=True, kw_only=True)
class Found:
    """A fault, with the smallest input that has it."""

    text: str
    spoilt: Spoilt

    def __str__(self) -> str:
        return f"{self.text}, by {self.spoilt!r}"


@dataclass(kw_only=True)
class Tally:
    """What became of ``inputs`` spoilt inputs; those that only serve to shrink a fault are not counted."""

    reader: str
    inputs: int = 0
    refused: int = 0
    read: int = 0
    slowest_s: float = 0.0
    total_s: float = 0.0
    faults: list[Found] = field(default_factory=list)
    sentences: dict[str, int] = field(default_factory=dict)

    def count(self, told: dict[str, Any]) -> None:
        self.inputs += 1
        self.total_s += told["s"]
        self.slowest_s = max(self.slowest_s, told["s"])
        self.refused += told["outcome"] == "refused"
        self.read += told["outcome"] == "read"
        if told["outcome"] == "refused":
            self.sentences[told["text"]] = self.sentences.get(told["text"], 0) + 1


class Fuzzer:
    """Keeps one child alive over many readers, and starts another where one was killed or hung. A context manager."""

    def __init__(self) -> None:
        self._area = tempfile.TemporaryDirectory(prefix="autoscore-fuzz-")
        self._child: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._ready = ""
        self._whole: dict[str, list[bytes]] = {}

    def __enter__(self) -> Fuzzer:
        return self

    def __exit__(self, *_about: object) -> None:
        self._end()
        self._area.cleanup()

    def run(self, name: str, count: int, *, seed: int | None = None, limit_s: float | None = None) -> Tally:
        """Reads ``count`` spoilt inputs: always the same ones for one ``seed``, also without one."""
        reader = (READERS | BAD_READERS)[name]
        tally, smallest = Tally(reader=name), dict[str, Found]()
        self._make_ready(name)

        def attempt(spoilt: Spoilt) -> None:
            told = self.read(name, spoilt.data, limit_s or reader.limit_s)
            if not smallest:
                tally.count(told)
            if told["outcome"] == "fault":
                place = told["where"]
                smallest[place] = Found(text=told["text"], spoilt=spoilt)  # the last one is the smallest
                raise _kind(place)

        test = hypothesis.given(st.one_of([reader.spoil(whole) for whole in self._whole[name]]))(attempt)
        test = hypothesis.settings(
            max_examples=count, derandomize=seed is None, database=None, deadline=None,
            suppress_health_check=list(HealthCheck), phases=(Phase.generate, Phase.shrink), print_blob=False,
        )(test if seed is None else hypothesis.seed(seed)(test))  # fmt: skip
        try:
            test()
        except* (Fault, Flaky):
            tally.faults += smallest.values()
        return tally

    def read(self, name: str, data: bytes, limit_s: float) -> dict[str, Any]:
        """What the child tells of an input; where it tells nothing, that."""
        self._make_ready(name)
        began = time.monotonic()
        told = self._ask({"reader": name, "data": base64.b64encode(data).decode()}, limit_s)
        if told is not None:
            return told
        code = self._end()
        text = f"it took longer than {limit_s:g} s" if code is None else f"the process died: {code}"
        return {"outcome": "fault", "text": text, "where": text, "s": time.monotonic() - began}

    def _make_ready(self, name: str) -> None:
        """A child that has loaded what the reader needs, and has read whole inputs."""
        if self._ready == name and self._child is not None and self._child.poll() is None:
            return
        told = self._ask({"reader": name}, START_S)
        if told is None:
            raise AssertionError(f"the child for {name} does not start (exit code {self._end()})")
        if told["outcome"] != "ready":
            raise AssertionError(f"{name}: a whole input is not read: {told['text']}")
        self._ready = name
        self._whole.setdefault(name, [base64.b64decode(whole) for whole in told["seeds"]])

    def _ask(self, job: dict[str, Any], patience_s: float) -> dict[str, Any] | None:
        if self._child is None or self._child.poll() is not None:
            self._end()
            self._start()
        assert self._child is not None and self._child.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._child.stdin.write(json.dumps(job) + "\n")
            self._child.stdin.flush()
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

    def _start(self) -> None:
        lines: queue.Queue[str | None] = queue.Queue()
        temporary = Path(self._area.name, "tmp")
        temporary.mkdir(exist_ok=True)
        child = subprocess.Popen(
            [sys.executable, str(HERE / "fuzz_child.py"), self._area.name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env={**os.environ, "PYTHONWARNINGS": "ignore", "TMPDIR": str(temporary)},
        )  # fmt: skip
        assert child.stdout is not None
        out = child.stdout

        def listen() -> None:
            for line in out:
                lines.put(line)
            lines.put(None)

        threading.Thread(target=listen, daemon=True).start()
        self._child, self._lines, self._ready = child, lines, ""

    def _end(self) -> int | None:
        """Ends the child; its exit code where it had ended by itself."""
        child, self._child = self._child, None
        if child is None:
            return None
        if child.stdin is not None:
            with contextlib.suppress(OSError):
                child.stdin.close()
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
    heading = ("reader", "inputs", "refused with a sentence", "read all the same", "faults", "slowest s", "mean ms")
    return [
        heading,
        *(
            (tally.reader, str(tally.inputs), str(tally.refused), str(tally.read), str(len(tally.faults)),
             f"{tally.slowest_s:.2f}", f"{1000 * tally.total_s / max(1, tally.inputs):.1f}")
            for tally in tallies
        ),
    ]  # fmt: skip
