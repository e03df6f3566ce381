"""What to do next: advice, and commands with everything that was wished for (else a run would plan other cues)."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from autoscore import artifacts
from autoscore.adapters.strangers import read_text
from autoscore.editing import OPTIONS
from autoscore.errors import AutoscoreError, ConflictError
from autoscore.model.brief import Brief
from autoscore.model.cues import CuePlan
from autoscore.verbs import PLAN
from autoscore.workspace import locate

_VALUES = {**OPTIONS, "target": "--target", "quality": "--quality", "soundfont": "--soundfont"}
_FLAGS = {
    "music_only": "--music-only",
    "keep_original_track": "--keep-original-track",
    "preview": "--preview",
}
_SEES = {
    "final": "it looks at every picture and finds other cuts and hits",
    "draft": "it looks at key frames only",
}


def brief_of(wishes: Mapping[str, Any]) -> Brief:
    """The wishes that a workspace remembers; what this version does not know is passed over."""
    return Brief(**{name: value for name, value in wishes.items() if name in Brief.__dataclass_fields__})


def score_command(film: Path, brief: Brief, workspace: Path, *more: str) -> str:
    """``autoscore score`` with the wishes of ``brief`` that are not the default, and ``more`` words behind them."""
    name = str(film)
    words, default = ["autoscore", "score", f"./{name}" if name.startswith("-") else name], Brief()
    for name, option in _VALUES.items():
        value = getattr(brief, name)
        if value != getattr(default, name):
            words += [option, str(value)]
    if not brief.original:
        words.append("--no-original")
    words += [option for name, option in _FLAGS.items() if getattr(brief, name)]
    if workspace != locate(film).workspace:
        words += ["--workspace", str(workspace)]
    return shlex.join([*words, *more])


def final_command(film: Path, brief: Brief, plan: CuePlan, workspace: Path, *more: str) -> str:
    """The command for the final film of a draft, with the draft's players, its mood and key where all cues have
    one mood, and its tempo where there is one cue; ``more`` words behind it."""
    own_players = plan.own_palette is not None or brief.palette is not None
    same_mood = {cue.mood for cue in plan.cues} == {plan.home_mood}
    tempo_bpm = round(plan.cues[0].tempo_bpm, 2) if len(plan.cues) == 1 and not brief.words else None
    key = brief.key or (plan.home_key if same_mood else None)  # another mood would sound odd in it
    chosen = replace(
        brief, quality="final", key=key, palette=brief.palette if own_players else plan.palette,
        mood=brief.mood or (plan.home_mood if same_mood else None), tempo_bpm=brief.tempo_bpm or tempo_bpm,
    )  # fmt: skip
    return score_command(film, chosen, workspace, *more)


def replacing(output: str | Path | None) -> tuple[str, ...]:
    """The words that write the finished film again where it is; none where there is no such file."""
    return ("--output", str(output)) if output and Path(output).exists() else ()


def unheeded(advice: tuple[str, ...], brief: Brief) -> tuple[str, ...]:
    """Advice without what is done already: an edited cue sheet stands, and so does its advice."""
    return advice if brief.original else tuple(line for line in advice if "--no-original" not in line)


def finished_quality(workspace: Path) -> str | None:
    """The quality of the finished film as the workspace has its receipt; None when there is none that can be read."""
    from autoscore.stages.deliver import RECEIPT, read_receipt

    try:
        return read_receipt(workspace / RECEIPT).quality
    except AutoscoreError:
        return None


def explained(error: ConflictError, workspace: Path, brief: Brief) -> ConflictError:
    """``error`` with its cause, where what was edited belongs to a draft and a final is made now, or the other way."""
    before = sheet_quality(workspace)
    if before in (None, brief.quality):
        return error
    return ConflictError(
        f"{error.message} It was edited on a {before}, and this is to be a {brief.quality}: {_SEES[brief.quality]}.",
        f"Keep your changes with --keep (hits that you did not touch follow the {brief.quality}), or drop the edits "
        f"with --redo {PLAN.name}.",
    )


def sheet_quality(workspace: Path) -> str | None:
    """The quality of the look at the film that the cue sheet was planned on; None when there is no plan to read."""
    try:
        plan = artifacts.load(CuePlan, read_text(workspace / PLAN.file))
    except (OSError, UnicodeDecodeError, AutoscoreError):
        return None
    return "draft" if plan.draft else "final"
