"""Commands that look: what a film is like, what is done, whether a finished film keeps its promises."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from autoscore import console
from autoscore.commands.scoring import run, told
from autoscore.commands.wishing import Going, wished
from autoscore.errors import ToleranceError, UsageError
from autoscore.hints import finished_quality
from autoscore.model.brief import Brief
from autoscore.options import (
    Film,
    Finished,
    Folder,
    Json,
    Quiet,
)
from autoscore.workspace import MANIFEST, SUFFIX


@wished("quality")
def analyze(
    film: Film,
    *,
    plot: Annotated[
        Path | None, typer.Option("--plot", help="Draw it all on one timeline into this .png, .svg or .pdf.")
    ] = None,
    brief: Brief,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="The picture may replace a file that exists.")] = False,
    going: Going,
) -> None:
    """Find cuts, shots, motion, speech, music, hits."""
    from autoscore import pipeline, preflight, reports

    drawn = {"plot": str(plot)} if plot is not None and not going.dry_run else {}
    if plot is not None:
        preflight.check_picture(film, plot, overwrite=overwrite or going.dry_run)
    result = run(film, brief, going, until="analyze")
    if plot is not None and drawn:
        pipeline.draw(film, result, plot)
    if told(result, going, lambda found: reports.analysis_document(found) | drawn):
        return
    if not going.quiet:
        console.facts(reports.analysis_facts(result) | ({"timeline": plot} if plot is not None else {}))
    elif drawn:
        console.line(drawn["plot"])


def status(film: Film, workspace: Folder = None, as_json: Json = False) -> None:
    """Say what is done, stale or edited by hand."""
    from autoscore import pipeline, reports
    from autoscore.batch import whereabouts
    from autoscore.placing import SCORED_BEFORE, scored_before, source_of

    result = pipeline.status(film, whereabouts.workspace_of(film, workspace))
    worked_on = (result.workspace / MANIFEST).exists()
    if not worked_on and scored_before(film):
        original = source_of(film) or "the one that it was made from"
        raise UsageError(
            f"{film} {SCORED_BEFORE}.",
            f"`autoscore verify {shlex.quote(str(film))}` checks it; the state of the work is that of its original, "
            f"{original}.",
        )
    quality = finished_quality(result.workspace)
    if as_json:
        console.emit(reports.run_document(result) | {"finished_quality": quality})
        return
    console.line(str(result.workspace))
    if quality == "draft":
        console.line(f"The finished film is {reports.DRAFT}.")
    if said := reports.sheet_fact(result):
        console.line(said)
    console.table(reports.STATUS_HEADERS, reports.status_rows(result))
    if failed := whereabouts.failure(film):
        console.say(f"`autoscore batch` could not score it: {failed.reason}")
    elif not worked_on:
        console.say(
            f"Nothing is done there. What `autoscore batch` made of a film is kept with its results: "
            f"--workspace DIR/{film.name}{SUFFIX}."
        )


def verify(
    file: Finished,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Print a finished film's receipt; exit 1 if it fails."""
    from autoscore import pipeline, receipt_reports
    from autoscore.batch import whereabouts

    with console.Reporter(quiet=quiet or as_json).showing() as reporter:
        try:
            found = pipeline.verify(file, reporter.on_event)
        except UsageError:
            if (work := whereabouts.find(file)) is None:
                raise
            raise UsageError(
                f"{file} is the film that was scored, not the finished one.",
                f"`autoscore verify {shlex.quote(str(work.output))}` checks that one.",
            ) from None
    if as_json:
        console.emit(receipt_reports.verify_document(found))
    elif not quiet:
        console.facts(receipt_reports.receipt_facts(found.receipt))
        drafted = receipt_reports.unmeasured(found.receipt)
        heading = "as mixed" if drafted else "measured"
        console.table(("", "what", heading, "wanted"), receipt_reports.check_rows(found.receipt))
        if hits := receipt_reports.hit_rows(found.receipt):
            console.table(receipt_reports.HIT_HEADERS, hits)
        for note in receipt_reports.hit_notes(found.receipt):
            console.line(note)
        if not found.problems:
            console.line(f"Everything is within tolerance{', as it was mixed: a draft is not heard again' * drafted}.")
    if found.problems:
        raise ToleranceError(f"{found.finished}: {'; '.join(found.problems)}.")
