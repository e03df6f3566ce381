"""The step that makes the plan, or takes it from the cue sheet, and what is to be known of the sheet before."""

from __future__ import annotations

from dataclasses import asdict, replace

from autoscore import editing
from autoscore.brought import Brought
from autoscore.manifest import digest
from autoscore.model.brief import Brief
from autoscore.model.cues import CuePlan
from autoscore.model.media import Media
from autoscore.model.spotting import Spotting
from autoscore.product import Product
from autoscore.runner import Runner
from autoscore.sums import PLANNED_FROM, tables_digest
from autoscore.verbs import ANALYZE, PLAN, SPOT
from autoscore.workspace import Workspace


def check_sheet(workspace: Workspace) -> None:
    """Raises CueSheetError when an edited cue sheet cannot be read."""
    from autoscore.adapters import cuesheet

    editing.check(workspace, PLAN, cuesheet.load)


def foresee(runner: Runner, media: Product[Media], brief: Brief) -> None:
    """Raises ConflictError when the film is to be looked at anew and an edited cue sheet is in the way."""
    piece = runner.workspace.pieces(ANALYZE.name).get("")
    seen_anew = piece is not None and piece.key != runner.key(ANALYZE, asdict(brief), [media.digest])
    editing.foresee(runner, PLAN, seen_anew=seen_anew)


def plan(
    runner: Runner, media: Product[Media], spotting: Product[Spotting], brief: Brief, brought: Brought
) -> Product[CuePlan]:
    from autoscore.adapters import cuesheet
    from autoscore.stages.plan import followed, plan, renewed

    draft = brief.quality == "draft"
    wishes = {name: getattr(brief, name) for name in (*SPOT.reads, *PLAN.reads)}
    own = digest(brought.theme.sha256 if brought.theme else "", asdict(brought.palette) if brought.palette else "")
    inputs = [media.digest, spotting.digest, own, tables_digest(*PLANNED_FROM), *(["draft"] if draft else [])]
    key = runner.key(PLAN, wishes, inputs)

    def make() -> CuePlan:
        return replace(plan(media.value, spotting.value, brief, brought.theme, brought.palette), draft=draft)

    def follow(base: CuePlan, edited: CuePlan) -> CuePlan:
        return followed(base, edited, media.value, spotting.value, brief, brought.palette)

    def renew(kept: CuePlan) -> tuple[CuePlan, tuple[str, ...]]:
        now, said = renewed(kept, media.value, spotting.value, brief, brought.palette)
        return replace(now, draft=draft), said

    sheet = editing.Sheet(load=cuesheet.load, dump=cuesheet.dump, follow=follow, renew=renew)
    planned = editing.settled(runner, PLAN, key, make, sheet, wishes)
    if brought.theme is not None and planned.value.own_theme is not None:
        from autoscore.stages.compose.themes.own import adopt

        runner.warn(PLAN.name, adopt(brought.theme.notes, brought.theme.metre, key=brought.theme.key).remarks)
    return planned
