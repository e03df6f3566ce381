"""The only place that prints: progress on stderr, results on stdout, one JSON document where that is asked for."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from autoscore import artifacts
from autoscore.errors import AutoscoreError, printable
from autoscore.model.events import Event

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

log = logging.getLogger("autoscore")


class Reporter:
    """Shows a run to the user. On a terminal: a bar with the time left for each stage; in a pipe: warnings only.

    Args:
        quiet: show nothing but errors. verbose: one line per event, and the log.
    """

    def __init__(self, *, quiet: bool = False, verbose: bool = False) -> None:
        self.quiet = quiet
        self.verbose = verbose
        self._bars: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._drawn: dict[str, float] = {}

    @contextmanager
    def showing(self) -> Iterator[Reporter]:
        """Bars and log lines for as long as the run takes."""
        handler: logging.Handler | None = None
        log.setLevel(logging.INFO)
        log.propagate = False
        if self.verbose:
            handler = logging.StreamHandler(sys.stderr)
            handler.setFormatter(logging.Formatter("%(message)s"))
            log.addHandler(handler)
        elif not self.quiet and sys.stderr.isatty():
            self._bars = bars()
            self._bars.start()
        try:
            yield self
        finally:
            if handler is not None:
                log.removeHandler(handler)
            if self._bars is not None:
                self._bars.stop()
                self._bars = None

    def on_event(self, event: Event) -> None:
        """An observer for pipeline.run."""
        if event.kind == "warning":
            self._warn(event.text)
        elif self._bars is not None:
            self._bar(event)

    def _warn(self, text: str) -> None:
        if self.quiet or self.verbose:  # with --verbose the log says it
            return
        text = printable(text)  # it may quote a film's own titles
        if self._bars is not None:
            from rich.text import Text

            self._bars.console.print(Text(f"note: {text}", style="yellow"))
        else:
            print(f"note: {text}", file=sys.stderr)

    def _bar(self, event: Event) -> None:
        assert self._bars is not None
        name = event.stage
        if name not in self._tasks:
            text = event.text or ("nothing changed" if event.kind == "reused" else "")
            self._tasks[name] = self._bars.add_task(_label(name, text), total=1.0)
        task = self._tasks[name]
        if event.kind in ("done", "reused"):
            self._bars.update(task, completed=1.0)
            if event.text:
                self._bars.update(task, description=_label(name, event.text))
        elif event.kind == "progress":
            now = time.monotonic()
            if now - self._drawn.get(name, 0.0) > 0.1:  # analysers report per frame; eyes need ten a second
                self._drawn[name] = now
                self._bars.update(task, completed=event.fraction)


def _label(stage: str, text: str) -> str:
    from rich.markup import escape

    return f"{stage:8} [dim]{escape(text)}[/dim]" if text else stage


def bars() -> Progress:
    """Bars on stderr, not started."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        TextColumn("[dim]left"),
        TimeRemainingColumn(compact=True),
        TextColumn("[dim]took"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )


def emit(document: dict[str, Any]) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(artifacts.layout(document))


def line(text: str) -> None:
    """One line of result on stdout."""
    print(text)


def say_error(error: AutoscoreError, *, as_json: bool = False) -> None:
    """The sentence on stderr, the next step under it; with ``as_json`` also a document on stdout."""
    print(f"autoscore: {error.message}", file=sys.stderr)
    if error.hint:
        print(f"  {error.hint}", file=sys.stderr)
    if as_json:
        emit({"error": error.message, "hint": error.hint, "exit_code": error.exit_code})


def aside(text: str) -> None:
    """One line on stderr."""
    print(printable(text), file=sys.stderr)


def say(text: str) -> None:
    """A sentence on stderr."""
    print(f"autoscore: {printable(text)}", file=sys.stderr)


def table(headers: Sequence[str], rows: Sequence[Sequence[object]], title: str = "") -> None:
    """A table on stdout; plain columns when it is piped."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    if not console.is_terminal:
        widths = [max(len(str(cell)) for cell in column) for column in zip(headers, *rows, strict=True)]
        for row in (headers, *rows):
            cells = (printable(str(cell)).ljust(width) for cell, width in zip(row, widths, strict=True))
            print("  ".join(cells).rstrip())
        return
    drawn = Table(*headers, box=box.SIMPLE, title=title or None, title_justify="left")
    for row in rows:
        drawn.add_row(*(Text(printable(str(cell))) for cell in row))
    console.print(drawn)


def facts(pairs: Mapping[str, object]) -> None:
    """Names and values, one a line, on stdout."""
    width = max((len(name) for name in pairs), default=0)
    for name, value in pairs.items():
        print(f"{name:{width}}  {printable(str(value))}")
