"""Commands for many films: a folder at once."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autoscore import console
from autoscore.batch.watch import SETTLED_S
from autoscore.commands.wishing import wished
from autoscore.errors import AutoscoreError, UsageError
from autoscore.interrupts import INTERRUPTED
from autoscore.model.brief import Brief
from autoscore.options import (
    DryRun,
    Keep,
    Overwrite,
    Quiet,
    Verbose,
)

if TYPE_CHECKING:
    from autoscore.batch.films import Found
    from autoscore.batch.folder import How, Summary
    from autoscore.batch.job import FilmJob, FilmRecord
    from autoscore.batch.place import Place
    from autoscore.commands.film_board import FilmBoard

Places = Annotated[
    list[str] | None,
    typer.Argument(
        help='Folders, with all below them; films; patterns like "talks/**/*.mp4", in quotes; URLs.',
        show_default=False, metavar="FOLDER...",
    ),
]  # fmt: skip
Out = Annotated[
    Path,
    typer.Option("--out", help="Where results go, in the same folders; what is there already is kept.", metavar="DIR"),
]
OutOrUrl = Annotated[
    str,
    typer.Option(
        "--out", help="Where results go, in the same folders; a folder or a URL. What is there already is kept.",
        metavar="DIR",
    ),
]  # fmt: skip
Cluster = Annotated[
    str, typer.Option("--cluster", help="Work on the Dask cluster whose scheduler is there.", metavar="ADDRESS")
]
List = Annotated[
    str | None, typer.Option("--list", help="A file that names films, one a line; - reads stdin.", metavar="FILE")
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers", min=1, help="Films at a time; by default one a core, as memory allows.", metavar="NUMBER"
    ),
]
RetryFailed = Annotated[
    bool, typer.Option("--retry-failed", help="Try films again that failed before and have not changed.")
]
FailFast = Annotated[bool, typer.Option("--fail-fast", help="Begin no other film once one has failed.")]
TimeLimit = Annotated[
    float, typer.Option("--time-limit", min=0.0, help="Minutes that one film may take; 0: any.", metavar="MINUTES")
]
Series = Annotated[
    bool,
    typer.Option("--series", help="The films share main theme, mood, key, palette and loudness, see DIR/series.toml."),
]
Once = Annotated[bool, typer.Option("--once", help="End when all that is there is done.")]
Settled = Annotated[
    float,
    typer.Option("--settled", min=0.0, help="Seconds that a film must not have changed.", metavar="SECONDS"),
]
Watched = Annotated[
    list[str], typer.Argument(help="Folders, with all below them.", show_default=False, metavar="FOLDER...")
]
SERIES = "series.toml"
_NO_SERIES = "{} is there, but without --series the films do not share what it says."
Lines = Annotated[
    bool, typer.Option("--json", help="One JSON record a film on stdout, a line each; nothing else there.")
]


@wished()
def batch(
    places: Places = None,
    *,
    out: OutOrUrl,
    list_file: List = None,
    brief: Brief,
    series: Series = False,
    workers: Workers = None,
    cluster: Cluster = "",
    retry_failed: RetryFailed = False,
    fail_fast: FailFast = False,
    time_limit: TimeLimit = 0.0,
    keep: Keep = False,
    overwrite: Overwrite = False,
    dry_run: DryRun = False,
    as_json: Lines = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Score all films of a folder; run it again to go on."""
    from autoscore.adapters.remote import is_url
    from autoscore.batch import films, folder, naming
    from autoscore.batch.home import home
    from autoscore.batch.ledger import Ledger
    from autoscore.commands.film_board import FilmBoard

    wanted = [*(places or ()), *_listed(list_file)]
    if not wanted:
        raise UsageError("No film is named.", "Name folders or films, or a list of them with --list.")
    local = None if is_url(out) else naming.straight(Path(out))
    out = str(local or out)
    found = films.find(wanted, out=local)
    if not found:
        raise UsageError(f"There is no film in {', '.join(wanted)}.")
    folder.check(brief)
    if local is not None:
        folder.check_place(local)
    how = folder.How(
        workers=workers, retry_failed=retry_failed, fail_fast=fail_fast, dry=dry_run, overwrite=overwrite,
        keep=keep, limit_s=60.0 * time_limit,
    )  # fmt: skip
    board = FilmBoard(quiet=quiet, as_json=as_json, verbose=verbose, dry=dry_run)
    with board.showing(), _at(cluster) as place, home(out, dry=dry_run) as kept:
        if local is not None and not dry_run:
            folder.prepare(local)  # now that the cluster is there: what cannot begin leaves no folder
        if series:
            brief = _shared(brief, naming.jobs(found, out, brief), kept, how, board, place)
        elif (kept / SERIES).is_file():
            board.note(_NO_SERIES.format(kept / SERIES))
        summary = folder.run(naming.jobs(found, out, brief), Ledger(kept), how, board, place)
    _leave(summary, out, told=not (as_json or quiet))


def _at(cluster: str) -> AbstractContextManager[Place | None]:
    """The cluster at an address; without one the films are worked on here."""
    from autoscore.batch import place

    return place.cluster(cluster) if cluster else nullcontext()


@wished()
def watch(
    places: Watched,
    out: Out,
    brief: Brief,
    series: Series = False,
    once: Once = False,
    settled: Settled = SETTLED_S,
    workers: Workers = None,
    retry_failed: RetryFailed = False,
    time_limit: TimeLimit = 0.0,
    keep: Keep = False,
    as_json: Lines = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Score what lands in a folder, until Ctrl-C."""
    from autoscore.batch import folder, naming
    from autoscore.batch import watch as watching
    from autoscore.batch.ledger import Ledger
    from autoscore.commands.film_board import FilmBoard

    watching.check(places)
    out = naming.straight(out)
    folder.check(brief)
    folder.prepare(out)
    how = folder.How(workers=workers, retry_failed=retry_failed, keep=keep, limit_s=60.0 * time_limit)
    with FilmBoard(quiet=quiet, as_json=as_json, verbose=verbose).showing() as board:
        if not series and (out / SERIES).is_file():
            board.note(_NO_SERIES.format(out / SERIES))
        known: set[str] = set()

        def made(ready: Sequence[Found], there: Sequence[Found]) -> list[FilmJob]:
            nonlocal brief
            names = {film.name for film in ready}
            known.update(names)
            board.expect(len(known))
            if series:
                brief = _shared(brief, naming.jobs(ready, str(out), brief), out, how, board)
            return [job for job in naming.jobs(there, str(out), brief) if job.name in names]

        board.note(f"Watching {', '.join(places)}{'' if once else '; Ctrl-C ends it'}.")
        watched = watching.Watch(places, out, settled_s=settled)
        summary = folder.run(watching.jobs(watched, made, once=once), Ledger(out), how, board)
        if once and not summary.interrupted and watched.left:
            board.note(f"Left, being empty, closed to us or not yet downloaded: {', '.join(watched.left)}.")
    _leave(summary, str(out), told=not (as_json or quiet))


def _shared(
    brief: Brief, jobs: Sequence[FilmJob], out: Path, how: How, board: FilmBoard, place: Place | None = None
) -> Brief:
    """The wishes of a series; where they are not chosen yet a dry run leaves it at that."""
    from autoscore.batch import folder, series

    there = series.known(out, brief)
    if there is not None:
        series.check(out, there, folder.check)
    if there is None and how.dry:
        board.note("What the series shares is not chosen yet; the films are looked at for that.")
    if there is not None or how.dry:
        return there or brief

    def look(some: Sequence[FilmJob]) -> list[FilmRecord]:
        board.note(f"Looking at {len(some)} of the films to choose what the series shares.")
        return folder.plans(some, how, board, place)

    chosen = series.settle(out, brief, jobs, look)
    board.note(f"The series has {chosen.palette} music, {chosen.mood}, in {chosen.key}: {out / series.NAME}.")
    return chosen


def _listed(name: str | None) -> list[str]:
    from autoscore.batch import films

    if name is None:
        return []
    if name == "-":
        return films.listed([sys.stdin.buffer.read().decode("utf-8", "surrogateescape")], "on stdin")
    return films.read_list(Path(name))


def _leave(summary: Summary, out: str, *, told: bool) -> None:
    """Say what became of the films, where they are and what failed, and end with the code that says so.

    Raises:
        StoppedError: the run was interrupted.
    """
    from autoscore.commands.film_board import counts, reason, total

    if told and not summary.interrupted:
        console.line(total(summary))
        if any(record.output and not record.fault for record in (*summary.of("done"), *summary.of("skipped"))):
            console.line(f"The results are in {out}.")
    failed = summary.of("failed")
    if failed:
        console.say(f"{len(failed)} of {len(summary.records) + len(summary.left)} films failed:")
        for record in failed:
            console.aside(f"  {reason(record)}{f' {record.hint}' if record.hint else ''}")
    if summary.interrupted:
        raise StoppedError(f"Stopped with {counts(summary) or 'nothing done'}; run the same command again to go on.")
    if failed:
        raise typer.Exit(1)


class StoppedError(AutoscoreError):
    """Somebody has stopped a run; what is left, the next one does."""

    exit_code = INTERRUPTED
