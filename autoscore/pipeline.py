"""The whole flow: film -> Media -> Analysis -> Spotting -> CuePlan -> TempoMap -> Score -> Stems -> Mix -> Delivery."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from autoscore import editing, placing, planning, preflight, steps, taking, verbs
from autoscore.adapters.files import storage_error
from autoscore.adapters.heap import one_heap
from autoscore.brought import Brought, bring
from autoscore.errors import AutoscoreError, StorageError, UsageError
from autoscore.hints import brief_of, unheeded
from autoscore.manifest import State
from autoscore.model.analysis import Analysis
from autoscore.model.audio import Delivery, Mix, Stems
from autoscore.model.brief import Brief
from autoscore.model.cues import CuePlan
from autoscore.model.events import Event, OnEvent, ignore_event
from autoscore.model.media import Media
from autoscore.model.score import CueScore, Score
from autoscore.model.spotting import Spotting
from autoscore.model.takes import Takes
from autoscore.model.tempo import TempoMap
from autoscore.product import Held, Product
from autoscore.runner import NotReadyError, Outcome, Runner
from autoscore.workspace import Workspace, locate

if TYPE_CHECKING:
    from autoscore.stages.deliver import Verification

STAGES = verbs.STAGES
NAMES = tuple(stage.name for stage in STAGES)
_BEFORE_PLAN = NAMES[: NAMES.index(verbs.PLAN.name)]
ENDS = (*_BEFORE_PLAN, verbs.PLAN.name, verbs.DELIVER.name)
"""Stages that a run may end with: what they make is for people to read, to change or to keep."""


@dataclass(kw_only=True)
class Result:
    """What a run found and made; values of stages that were not reached are None."""

    film: Path
    workspace: Path
    output: Path | None = None
    brief: Brief = field(default_factory=Brief)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    media: Held[Media] = Held()
    analysis: Held[Analysis] = Held()
    spotting: Held[Spotting] = Held()
    plan: Held[CuePlan] = Held()
    tempo: Held[TempoMap] = Held()
    takes: Held[Takes] = Held()
    score: Held[Score] = Held()
    stems: Held[Stems] = Held()
    mix: Held[Mix] = Held()
    delivery: Held[Delivery] = Held()


def run(
    film: Path,
    brief: Brief,
    *,
    output: Path | None = None,
    workspace: Path | None = None,
    until: str = "deliver",
    overwrite: bool = False,
    keep: bool = False,
    redo: Iterable[str] = (),
    dry: bool = False,
    on_event: OnEvent = ignore_event,
) -> Result:
    """Score ``film``: each stage is reused where nothing it depends on has changed.

    Args:
        output: the finished film; ``FILM.scored.EXT`` beside the film when None.
        workspace: where everything between is kept; ``FILM.autoscore`` beside the film when None.
        until: name of the last stage to run, one of ENDS.
        overwrite: an existing ``output`` may be replaced, whoever made it. Without it only one that was made in this
            workspace and not changed since.
        keep: products edited by hand win where their inputs changed too. redo: stages to make anew in spite of edits.
        dry: make and write nothing, only find out what would be done.

    Raises:
        AutoscoreError: with the sentence for the user.
        ValueError: ``until`` is no stage to end with.
    """
    if until not in ENDS:
        raise ValueError(f"a run ends with {', '.join(ENDS)}, not {until!r}")
    one_heap()
    preflight.check_film(film)
    places = locate(film, workspace)
    area = Workspace(places.workspace, film.name)
    brought = bring(brief, area, verbs.PLAN.file)
    steps.check_brief(brief, brought)
    full, notes = until == "deliver", places.notes
    if full:
        if output is None:
            output, said = preflight.default_output(film, brief, places.results)
            notes = (*notes, *said)
        replaceable = overwrite or dry or placing.is_ours(area, verbs.DELIVER.name, output)
        preflight.check_output(film, output, overwrite=replaceable, brief=brief)
        if not dry:
            preflight.check_tools()
            steps.find_fonts(brief.soundfont)
    to_plan, redo = brief, tuple(redo)
    if verbs.PLAN.name not in redo:
        if until not in _BEFORE_PLAN:
            planning.check_sheet(area)
        to_plan, said = editing.standing_wishes(area, verbs.PLAN, brief, keep=keep)
        notes = (*notes, *said)
    if (to_plan.theme, to_plan.palette) != (brief.theme, brief.palette):
        brought = bring(to_plan, area, verbs.PLAN.file)
    stated = {name: getattr(to_plan, name) for name in verbs.PLAN.reads}
    result = Result(
        film=film, workspace=places.workspace, output=output if full else None, brief=replace(brief, **stated)
    )
    runner = Runner(area, on_event=on_event, keep=keep, redo=redo, dry=dry)
    result.outcomes, result.warnings = runner.outcomes, runner.warnings
    notes = (*notes, *area.warnings)
    try:
        with nullcontext() if dry else area.opened(), nullcontext() if dry else placing.held(result.output):
            if not dry:
                area.update(wishes=asdict(result.brief))
            _flow(result, runner, until, to_plan, brought, notes)
    except NotReadyError:
        _foresee(runner)
    except OSError as error:
        raise storage_error(error) or error from error
    except AutoscoreError:
        raise
    except Exception as error:
        if not runner.by_hand:
            raise
        # A number that is right for its field may still be one that no stage would have made.
        raise StorageError(
            f"{runner.by_hand[0]} was changed by hand, and the work cannot go on from it ({type(error).__name__}).",
            "Undo the change, or delete the file to have it made again.",
        ) from error
    return result


def _flow(result: Result, runner: Runner, until: str, to_plan: Brief, brought: Brought, notes: tuple[str, ...]) -> None:
    """The stages in order. ``to_plan`` are the wishes to spot and plan with, see ``editing.standing_wishes``."""
    film, brief = result.film, result.brief

    media = steps.probe(runner, film)
    result.media = media
    # Only now: of a file that is no film one sentence is enough.
    runner.warn(verbs.PROBE.name, (*notes, *placing.scored_before(film)))
    if until == "probe":
        return
    if result.output is not None and not brief.music_only and not runner.dry:
        preflight.check_fits(film, media.value, result.output)
    if until not in _BEFORE_PLAN:
        planning.foresee(runner, media, brief)
    analysis = steps.analyze(runner, film, media, brief)
    result.analysis = analysis
    if until == "analyze":
        return
    spotting = steps.spot(runner, media, analysis, to_plan)
    result.spotting = spotting
    runner.warn(verbs.SPOT.name, unheeded(spotting.value.advice, brief))
    if until == "spot":
        return
    plan = planning.plan(runner, media, spotting, to_plan, brought)
    result.plan = plan
    runner.warn(verbs.PLAN.name, unheeded(plan.value.advice, brief))
    if until == "plan":
        return

    heard = _heard(plan)
    tempo = steps.tempo(runner, heard)
    result.tempo = tempo
    known: dict[str, CueScore] = {}  # cues of takes that the film may have as well
    if brief.takes > 1:
        result.takes = taking.compose_takes(runner, media, heard, tempo, brief.takes, known)
        plan = taking.settle(runner, plan, result.takes)
        result.plan, heard = plan, _heard(plan)
    score = steps.compose(runner, heard, tempo, known=known if brief.takes > 1 else None)
    known.clear()
    result.score = score
    stems = steps.render(runner, score, tempo, brief)
    result.stems = stems
    assert result.output is not None
    with steps.ahead(runner, media, brief, output=result.output) as ahead:
        result.mix = mix = steps.mix(runner, film, media, analysis, heard, stems, brief, ahead)
        result.delivery = steps.deliver(
            runner, film, media, analysis, heard, tempo, score, stems, mix, brief, ahead, output=result.output
        )


def _heard(plan: Product[CuePlan]) -> Product[CuePlan]:
    """The plan without the cues that are muted."""
    cues = tuple(cue for cue in plan.value.cues if not cue.muted)
    return Product(value=replace(plan.value, cues=cues), digest=plan.digest)


def status(film: Path, workspace: Path | None = None) -> Result:
    """The states of all stages under the wishes and the output of the last run. Writes nothing.

    Raises:
        AutoscoreError: there is no such film, or a file of the workspace cannot be read.
    """
    preflight.check_film(film)
    area = Workspace(locate(film, workspace).workspace, film.name)
    brief = brief_of(area.manifest.wishes)
    finished = area.pieces(verbs.DELIVER.name).get("")
    output = next((Path(name) for name in finished.files if Path(name).is_absolute()), None) if finished else None
    return run(film, brief, output=output, workspace=workspace, dry=True)


def verify(file: Path, on_event: OnEvent = ignore_event) -> Verification:
    """The receipt of a finished film (or of its workspace), held against the film as it is now.

    Raises:
        AutoscoreError: there is no such film, no receipt for it, or it cannot be read.
    """
    from autoscore.stages.deliver import inspect

    return inspect(file, lambda share: on_event(Event(stage="verify", kind="progress", fraction=share)))


def _foresee(runner: Runner) -> None:
    """States of the stages after the one that a dry run stopped at."""
    for stage in STAGES:
        if stage.name not in runner.outcomes:
            known = runner.workspace.pieces(stage.name)
            state: State = "stale" if known else "missing"
            if stage is verbs.PLAN and stage.name not in runner.redo and editing.touched(runner.workspace, stage):
                state = "edited" if runner.keep else "conflict"
            runner.outcomes[stage.name] = Outcome(state=state)


def draw(film: Path, result: Result, picture: Path) -> None:
    """Draw the analysis as one readable timeline, with the cues and hits where they are planned already.

    Raises:
        UsageError: the run did not reach the analysis.
        AutoscoreError: the film cannot be read or the picture not written.
    """
    from autoscore.stages.analyze import draw

    if result.media is None or result.analysis is None:
        raise UsageError("There is no analysis to draw.")
    area = Workspace(result.workspace, film.name)
    plan = editing.last_plan(area, verbs.PLAN)
    draw(film, result.media, result.analysis, picture, draft=result.brief.quality == "draft", plan=plan)
