"""Commands that make something of a film: its score, its cue sheet, its takes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from autoscore import console
from autoscore.commands.wishing import Going, wished
from autoscore.errors import ConflictError, ToleranceError, UsageError
from autoscore.hints import explained
from autoscore.model.brief import Brief
from autoscore.options import (
    Film,
    Folder,
    Json,
    Output,
    Overwrite,
    Pick,
    Quiet,
)
from autoscore.workspace import locate

_PLANNED = (
    "words", "mood", "coverage", "seed", "identity", "theme", "key", "tempo_bpm", "palette", "target", "quality",
    "original",
)  # fmt: skip
"""The wishes that a plan depends on."""


def run(film: Path, brief: Brief, going: Going, **how: Any) -> Any:
    """The pipeline with its progress shown; ``how`` as in pipeline.run."""
    from autoscore import pipeline

    for stage in going.redo or ():
        if stage not in pipeline.NAMES:
            raise UsageError(f"There is no stage {stage!r}.", f"Stages: {', '.join(pipeline.NAMES)}.")
    with console.Reporter(quiet=going.silent, verbose=going.verbose).showing() as reporter:
        try:
            return pipeline.run(
                film, brief, workspace=going.workspace, dry=going.dry_run, keep=going.keep, redo=going.redo or (),
                on_event=reporter.on_event, **how,
            )  # fmt: skip
        except ConflictError as error:
            raise explained(error, locate(film, going.workspace).workspace, brief) from None


def told(result: Any, going: Going, document: Callable[[Any], dict[str, Any]]) -> bool:
    """Say it as JSON, or what would be done, where that was asked for; False: it is still to be told."""
    from autoscore import reports

    redo = going.redo or ()
    if going.as_json:
        console.emit(reports.foreseen_document(result, redo, document(result)) if going.dry_run else document(result))
    elif going.dry_run:
        console.table(reports.STATUS_HEADERS, reports.status_rows(result))
        for sentence in reports.foreseen(result, redo):
            console.line(sentence)
    return going.as_json or going.dry_run


@wished()
def score(film: Film, *, brief: Brief, output: Output = None, overwrite: Overwrite = False, going: Going) -> None:
    """Score a film and write it with its music."""
    from autoscore import reports

    result = run(film, brief, going, output=output, overwrite=overwrite)
    if not told(result, going, reports.run_document):
        console.line(str(result.output))
        if not going.quiet:
            console.facts(reports.delivery_facts(result))
    if result.delivery is not None and not result.delivery.in_tolerance:
        raise ToleranceError(
            f"{result.output} was written, but: {'; '.join(result.delivery.failures)}.",
            f"`autoscore verify {result.output}` shows the measurements.",
        )


@wished(*_PLANNED)
def plan(film: Film, *, brief: Brief, going: Going) -> None:
    """Write the cue sheet, cues.toml, and stop there."""
    from autoscore import reports

    result = run(film, brief, going, until="plan")
    if not told(result, going, reports.plan_document):
        console.line(str(reports.sheet_path(result)))
        if not going.quiet and result.plan:
            console.table(reports.CUE_HEADERS, reports.cue_rows(result.plan))
            console.line(f"Key plan: {reports.key_plan(result.plan)}")
            console.line(f"Change the sheet as you like, then: {reports.next_command(result)}")
            if result.plan.draft:
                console.line(f"Or, for the final: {reports.final_of_sheet(result)}")


def takes(
    film: Film,
    pick: Pick = None,
    workspace: Folder = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show the takes of a film side by side, or pick one."""
    from autoscore import taking
    from autoscore.batch.whereabouts import workspace_of

    shown = taking.show(film, workspace_of(film, workspace), tuple(pick or ()))
    if as_json:
        console.emit(shown.document())
        return
    for sentence in shown.picked:
        console.line(sentence)
    if not quiet and not shown.picked:
        console.table(taking.HEADERS, shown.rows())
        for sentence in shown.faults():
            console.line(sentence)
        if shown.behind:
            console.line("The cue sheet has changed since: none of these is what the film has now.")
    if not quiet:
        doing = "To hear it" if shown.picked else "To compose them anew" if shown.behind else "Pick one"
        console.line(f"{doing}: {shown.command()}")
