"""How a run over many films is shown: one bar for all, a line for each film in work, a line for each that ended."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from autoscore import console
from autoscore.batch.folder import Summary
from autoscore.batch.job import LASTING, FilmJob, FilmRecord
from autoscore.model.events import Event
from autoscore.placing import SCORED_BEFORE

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

BEGINS = {
    "probe": 0.0, "analyze": 0.01, "spot": 0.3, "plan": 0.31, "tempo": 0.32, "compose": 0.33, "render": 0.36,
    "mix": 0.7, "deliver": 0.88, "": 1.0,
}  # fmt: skip
"""Share of a film's work that is done when a stage begins; what comes next says when it ends."""
_EVERY_S = 0.1
_WIDTH = 44


class FilmBoard:
    """An observer of batch.folder. On a terminal bars, elsewhere plain lines; both on stderr.

    Args:
        quiet: show the results' names. as_json: each record as a line on stdout.
        verbose: films with nothing to do too, and what is to be known of each. dry: films with nothing to do too.
    """

    def __init__(self, *, quiet: bool = False, as_json: bool = False, verbose: bool = False, dry: bool = False) -> None:
        self.quiet, self.as_json, self.verbose, self.dry = quiet or as_json, as_json, verbose, dry
        self.films = 0
        self.told: set[str] = set()
        self._bars: Progress | None = None
        self._all: TaskID | None = None
        self._tasks: dict[str, TaskID] = {}
        self._drawn: dict[str, float] = {}
        self._shares: dict[str, float] = {}
        self._lock = threading.Lock()

    @contextmanager
    def showing(self) -> Iterator[FilmBoard]:
        """Bars for as long as the run takes."""
        if not self.quiet and sys.stderr.isatty():
            self._bars = console.bars()
            self._bars.start()
        try:
            yield self
        finally:
            if self._bars is not None:
                self._bars.stop()
                self._bars = None

    def expect(self, films: int) -> None:
        """So many films there are."""
        self.films = films
        if self._bars is not None:
            text = f"{films} films" if films != 1 else "1 film"
            if self._all is None:
                self._all = self._bars.add_task(text)
            self._bars.update(self._all, total=films, description=text)

    def heard(self, job: FilmJob, event: Event) -> None:
        """A film in work has come so far."""
        with self._lock:
            if self._bars is None or event.kind == "warning" or event.stage not in BEGINS:
                return
            if job.name not in self._tasks:
                self._tasks[job.name] = self._bars.add_task(_cut(job.name), total=1.0)
            now = time.monotonic()
            if event.kind == "progress" and now - self._drawn.get(job.name, 0.0) < _EVERY_S:
                return
            self._drawn[job.name] = now
            self._shares[job.name] = share(event)
            self._bars.update(
                self._tasks[job.name], completed=share(event), description=_cut(job.name, f" {event.stage}")
            )
            self._advance()

    def ended(self, record: FilmRecord) -> None:
        """A film is done, skipped or failed."""
        with self._lock:
            self.told.add(record.film)  # a watched one may end more than once
            self._shares.pop(record.film, None)
            if self._bars is not None and record.film in self._tasks:
                self._bars.remove_task(self._tasks.pop(record.film))
            self._advance()
        if self.as_json:
            console.line(record.to_json())
        elif self.quiet and record.output and not record.fault and record.status in ("done", "skipped"):
            console.line(record.output)
        if record.status != "skipped" or record.fault or self.verbose or self.dry:
            self._say(f"[{len(self.told)}/{self.films}] {sentence(record)}")
            for warning in record.warnings:
                # Of the others a folder has too many; they are kept. What stands was told when it was made.
                if record.status != "skipped" and (self.verbose or SCORED_BEFORE in warning):
                    self.note(warning)

    def _advance(self) -> None:
        """The bar of all films: those that ended, and what is done of those in work."""
        if self._bars is not None and self._all is not None:
            self._bars.update(self._all, completed=len(self.told) + sum(self._shares.values()))

    def note(self, text: str) -> None:
        """A sentence for the user."""
        self._say(f"note: {text}")

    def _say(self, text: str) -> None:
        if self.quiet:
            return
        if self._bars is not None:
            from rich.text import Text

            self._bars.console.print(Text(text))
        else:
            console.aside(text)


def share(event: Event) -> float:
    """How much of a film is done, 0..1."""
    names = list(BEGINS)
    begins, ends = BEGINS[event.stage], BEGINS[names[names.index(event.stage) + 1]]
    fraction = 1.0 if event.kind in ("done", "reused") else event.fraction
    return begins + fraction * (ends - begins)


def sentence(record: FilmRecord) -> str:
    """One line about a film that ended."""
    name = record.film.encode("utf-8", "replace").decode("utf-8")
    if record.status == "todo":
        return f"to do    {name} -> {record.output}{f'  {record.reason}' if record.reason else ''}"
    if record.status != "done":
        more = f" {record.hint}" if record.status == "skipped" and record.fault in LASTING else ""
        return f"{record.status:8} {reason(record)}{more}"
    said = [*(["draft"] if record.quality == "draft" else []), f"{record.seconds:.0f} s"]
    if record.loudness_lufs is not None:
        said.append(f"{record.loudness_lufs:.1f} LUFS")
    if record.worst_hit_ms is not None:
        said.append(f"hits within {record.worst_hit_ms:.0f} ms")
    return f"done     {name}  {', '.join(said)}"


def reason(record: FilmRecord) -> str:
    """Why a film was not done, with its name, which the sentence may begin with already."""
    name = record.film.encode("utf-8", "replace").decode("utf-8")
    own = f"{name.rpartition('/')[2]} "
    return f"{name} {record.reason.removeprefix(own)}" if record.reason.startswith(own) else f"{name}: {record.reason}"


def total(summary: Summary) -> str:
    """The whole run in a sentence."""
    films, said = len(summary.records) + len(summary.left), counts(summary)
    return f"{films} {'film' if films == 1 else 'films'}{': ' if said else ''}{said}."


def counts(summary: Summary) -> str:
    """How many films were done and so on, and how many are left."""
    said = []
    for status, word in (("todo", "to do"), ("done", "done"), ("skipped", "skipped"), ("failed", "failed")):
        if records := summary.of(status):
            drafts = sum(record.quality == "draft" for record in records)
            before = sum(record.fault in LASTING for record in records) if status == "skipped" else 0
            more = f" ({before} of them failed before)" if before else ""
            said.append(f"{len(records)} {word}{_of_these(drafts if status == 'done' else 0, len(records))}{more}")
    return ", ".join([*said, *([f"{len(summary.left)} left"] if summary.left else [])])


def _of_these(drafts: int, films: int) -> str:
    if 0 < drafts < films:
        return f" ({drafts} of them as draft)"
    return (" as draft" if films == 1 else " as drafts") if drafts else ""


def _cut(name: str, more: str = "") -> str:
    from rich.markup import escape

    text = name.encode("utf-8", "replace").decode("utf-8")
    text = text if len(text) <= _WIDTH else f"…{text[1 - _WIDTH :]}"
    return f"{escape(text)}[dim]{more}[/dim]" if more else escape(text)
