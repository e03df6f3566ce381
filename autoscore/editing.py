"""The cue sheet between the program and a person: their changes are taken over, explained, and never lost."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from autoscore import artifacts
from autoscore.adapters.files import write_text
from autoscore.adapters.torn import torn
from autoscore.errors import AutoscoreError, ConflictError, StorageError
from autoscore.manifest import FileMark, Piece, digest
from autoscore.model.brief import Brief
from autoscore.model.cues import CuePlan
from autoscore.product import Product
from autoscore.runner import Runner, Stage
from autoscore.workspace import Workspace

SHEET = "cues.toml"
"""The file people edit; the stage's own file holds the same plan as the program last saw it."""
SET_ASIDE = "cues.before-redo.toml"
OPTIONS = {
    "words": "--brief", "mood": "--mood", "coverage": "--coverage", "seed": "--seed",
    "identity": "--identity", "theme": "--theme", "key": "--key",
    "tempo_bpm": "--tempo", "palette": "--palette",
}  # fmt: skip
"""The wishes that decide the cues, by the option that states them."""
_DEFAULTS = {field.name: field.default for field in fields(Brief)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """How the cue sheet's text is read and written, how a plan follows an edit, and how an edited sheet follows another
    look at its film, with sentences for the user (adapters.cuesheet, stages.plan)."""

    load: Callable[[str, CuePlan], CuePlan]
    dump: Callable[[CuePlan, str | None], str]
    follow: Callable[[CuePlan, CuePlan], CuePlan]
    """The plan that was written, the plan as it was read -> the latter with what follows from the edits."""
    renew: Callable[[CuePlan], tuple[CuePlan, tuple[str, ...]]]


def edited_cues(base: CuePlan, now: CuePlan) -> list[str]:
    """Ids of the cues that differ, were added or are gone."""
    before, after = ({cue.id: cue for cue in plan.cues} for plan in (base, now))
    return sorted(cue for cue in before.keys() | after.keys() if before.get(cue) != after.get(cue))


def touched(workspace: Workspace, stage: Stage) -> bool:
    """Whether the cue sheet holds changes made by hand.

    Raises:
        StorageError: it cannot be read.
    """
    piece = workspace.pieces(stage.name).get("")
    sheet = workspace.path(SHEET)
    if piece is None or not sheet.exists():
        return False
    try:
        mark = piece.files.get(SHEET)  # a sheet without a record may be a person's
        return piece.edited or mark is None or mark.now(sheet).sha256 != mark.sha256
    except OSError as error:
        raise StorageError(f"{sheet} cannot be read: {error.strerror or error}.") from error


def standing_wishes(workspace: Workspace, stage: Stage, brief: Brief, *, keep: bool) -> tuple[Brief, tuple[str, ...]]:
    """The wishes to plan with: an edited cue sheet stands on those it was made with, whatever is wished now.

    Returns:
        the brief to plan with, and sentences for the user.

    Raises:
        ConflictError: the sheet was edited, other wishes for the plan are stated, and ``keep`` does not settle it.
    """
    then = workspace.manifest.planned
    standing = {name: then[name] for name in stage.reads if name in then and then[name] != _DEFAULTS[name]}
    if not touched(workspace, stage):
        gone = {name: value for name, value in standing.items() if getattr(brief, name) == _DEFAULTS[name]}
        if not gone:
            return brief, ()
        piece = workspace.pieces(stage.name).get("")
        if piece is not None and piece.picked and not _asked(brief, then, stage):
            stands = replace(brief, **_known(then))
            return stands, (f"The picked take stands on the wishes it was made with: {_options(standing)}.",)
        return brief, (f"The last run asked for {_options(gone)}; this one does not, so the cues are planned anew.",)
    asked = _asked(brief, then, stage)
    if asked and not keep:
        raise ConflictError(
            f"{workspace.path(SHEET)} was edited by hand, and {_options(asked)} would plan the cues anew.",
            f"Change the sheet instead, keep it as it is with --keep, or drop the edits with --redo {stage.name}.",
        )
    notes = []
    if asked:
        notes.append(f"The edited cue sheet is kept, so this has no effect: {_options(asked)}.")
    elif standing:
        notes.append(f"The edited cue sheet stands on the wishes it was made with: {_options(standing)}.")
    return replace(brief, **_known(then)), tuple(notes)


def check(workspace: Workspace, stage: Stage, load: Callable[[str, CuePlan], CuePlan]) -> None:
    """Read an edited cue sheet before anything long begins.

    Raises:
        CueSheetError: it cannot be read or contradicts itself.
        StorageError: the workspace has a link that leads out of it: nobody is asked to mend what that points to.
    """
    path = workspace.path(SHEET)
    if not touched(workspace, stage):
        return
    workspace.check_links()
    if torn(path):
        return
    base = last_plan(workspace, stage)
    if base is not None:  # else it is told when its turn comes
        load(workspace.read_text(SHEET), base)


def last_plan(workspace: Workspace, stage: Stage) -> CuePlan | None:
    """The plan as the program last saw it; None where there is none that can be read."""
    try:
        return artifacts.load(CuePlan, workspace.read_text(stage.file), stage.file)
    except AutoscoreError:
        return None


def foresee(runner: Runner, stage: Stage, *, seen_anew: bool) -> None:
    """Stop before the film is looked at anew, where an edited sheet would be in the way afterwards.

    Raises:
        ConflictError: it was edited, and the user has not said which wins.
    """
    settled = runner.dry or runner.keep or stage.name in runner.redo
    piece = runner.workspace.pieces(stage.name).get("")
    if seen_anew and not settled and piece is not None and touched(runner.workspace, stage):
        runner.settle(stage, replace(piece, edited=True), "", True, str(runner.workspace.path(SHEET)))


def _asked(brief: Brief, then: Mapping[str, Any], stage: Stage) -> dict[str, Any]:
    """The wishes of this run that are neither the default nor those of ``then``."""
    return {
        name: getattr(brief, name)
        for name in stage.reads
        if getattr(brief, name) not in (_DEFAULTS[name], then.get(name, _DEFAULTS[name]))
    }


def _known(wishes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in wishes.items() if name in _DEFAULTS}


def _options(wishes: Mapping[str, Any]) -> str:
    """Wishes as they are written on the command line."""
    return " ".join(f"{OPTIONS[name]} {shlex.quote(str(value))}" for name, value in wishes.items())


def settled(
    runner: Runner, stage: Stage, key: str, make: Callable[[], CuePlan], sheet: Sheet, wishes: Mapping[str, Any]
) -> Product[CuePlan]:
    """The plan stage: made, reused, or as edited by hand.

    Raises:
        CueSheetError: the sheet cannot be read or contradicts itself.
        ConflictError: it was edited, and film or wishes changed too.
    """
    started, workspace = time.perf_counter(), runner.workspace
    path = workspace.path(SHEET)
    if path.exists() and torn(path) and not runner.dry:
        _mend(runner, stage, sheet)
    text = workspace.read_text(SHEET) if path.exists() else None
    piece, _now, changed = runner.inspect(stage, workspace.pieces(stage.name).get(""))
    if piece is None and text is not None and stage.name not in runner.redo:
        # A sheet without a record was written by a person, or the record was lost: either way it is theirs.
        base, state = make(), runner.settle(stage, None, key, True, str(path))
        outcome = runner.begin(stage, "edited")
    else:
        state = runner.settle(stage, piece, key, changed, str(path))
        outcome = runner.begin(stage, state)
        if state in ("missing", "stale"):
            plan = make()
            if state == "stale" and text is not None and (changed or (piece is not None and piece.edited)):
                write_text(workspace.path(SET_ASIDE), text)
                runner.warn(stage.name, [f"The edited cue sheet was set aside as {workspace.path(SET_ASIDE)}."])
                text = None
            if piece is not None and piece.picked:
                runner.warn(stage.name, ["The cues are planned anew, so the take that was picked is dropped."])
            product = _store(workspace, stage, key, plan, sheet.dump(plan, text), edited=False)
            workspace.update(planned=dict(wishes))
            outcome.made.append(stage.name)
            runner.end(stage, outcome, started)
            return product
        base = artifacts.load(CuePlan, workspace.read_text(stage.file), str(workspace.path(stage.file)))
    if not changed and piece is not None and piece.key == key:
        runner.end(stage, outcome, started)
        return Product(value=base, digest=digest(artifacts.dump(base)))
    plan = sheet.follow(base, sheet.load(text or "", base))
    by_hand = edited_cues(base, plan)
    if piece is not None and piece.key != key:
        plan, said = sheet.renew(plan)
        runner.warn(stage.name, said)
    if plan != base:
        plan = sheet.load(sheet.dump(plan, text), plan)  # as it will be read next time
    edited = plan != base or (piece is not None and piece.edited)
    outcome.state = "edited" if edited else "fresh"
    if runner.dry:
        return Product(value=plan, digest=digest(artifacts.dump(plan)))
    product = _store(workspace, stage, key, plan, sheet.dump(plan, text) if plan != base else text or "", edited=edited)
    if piece is None:
        workspace.update(planned=dict(wishes))
    runner.end(stage, outcome, started, f"edited: {', '.join(by_hand)}" if by_hand else "")
    return product


def _mend(runner: Runner, stage: Stage, sheet: Sheet) -> None:
    """A sheet that lost its content is written again from the plan as the program last read it, if that is whole."""
    workspace, path = runner.workspace, runner.workspace.path(SHEET)
    piece = workspace.pieces(stage.name).get("")
    path.unlink()
    try:
        known = piece is not None and piece.files[stage.file].now(workspace.path(stage.file)) == piece.files[stage.file]
        plan = artifacts.load(CuePlan, workspace.read_text(stage.file)) if known else None
    except (KeyError, OSError, AutoscoreError):
        plan = None
    if piece is None or plan is None:
        runner.warn(stage.name, [f"{path} was empty, so the cues are planned anew."])
        return
    runner.warn(stage.name, [f"{path} was empty; it is written again as it was when it was last read."])
    _store(workspace, stage, piece.key, plan, sheet.dump(plan, None), edited=piece.edited, picked=piece.picked)


def choose_take(
    runner: Runner, stage: Stage, plan: Product[CuePlan], take: int, dump: Callable[[CuePlan, str | None], str]
) -> Product[CuePlan]:
    """``plan`` with ``take`` for the film, written to the sheet: the program's choice, not a person's edit."""
    piece, path = runner.workspace.pieces(stage.name)[""], SHEET
    chosen = replace(plan.value, take=take)
    text = dump(chosen, runner.workspace.read_text(path))
    return _store(runner.workspace, stage, piece.key, chosen, text, edited=piece.edited, picked=piece.picked)


def pick(workspace: Workspace, stage: Stage, plan: CuePlan, text: str) -> None:
    """``plan`` with the takes that a person picked, its sheet ``text``: written as if planned so, for it is no edit.

    Only for a sheet that is not ``touched``: what was edited by hand must still be seen to be that.
    """
    _store(workspace, stage, workspace.pieces(stage.name)[""].key, plan, text, edited=False, picked=True)


def _store(
    workspace: Workspace, stage: Stage, key: str, plan: CuePlan, text: str, *, edited: bool, picked: bool = False
) -> Product[CuePlan]:
    written = artifacts.dump(plan)
    write_text(workspace.path(stage.file), written)
    if not workspace.path(SHEET).exists() or workspace.read_text(SHEET) != text:
        write_text(workspace.path(SHEET), text)
    plan = artifacts.load(CuePlan, written, stage.file)
    total = digest(artifacts.dump(plan))
    marks = {name: FileMark.of(workspace.path(name)) for name in (stage.file, SHEET)}
    piece = Piece(key=key, digest=total, files=marks, edited=edited, picked=picked)
    workspace.record(stage.name, {"": piece})
    return Product(value=plan, digest=total)
