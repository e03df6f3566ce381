"""What a run has to tell, as plain documents and rows: the same facts for JSON and for tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from autoscore import artifacts, tables
from autoscore.editing import SET_ASIDE, SHEET
from autoscore.hints import explained, final_command, score_command, sheet_quality, unheeded
from autoscore.model.audio import Mix
from autoscore.model.cues import CuePlan
from autoscore.model.time import timecode
from autoscore.pipeline import Result
from autoscore.preflight import default_output
from autoscore.runner import edited_and_moved
from autoscore.tables.keys import parse_key
from autoscore.verbs import PLAN
from autoscore.workspace import locate

VERBS = {
    "missing": "to make",
    "fresh": "up to date",
    "stale": "to make again",
    "edited": "edited by hand, kept",
    "conflict": "edited by hand and its inputs changed",
}
STATUS_HEADERS = ("stage", "state", "cues")
CUE_HEADERS = ("cue", "in", "out", "mood", "key", "bpm", "metre", "theme", "hard hits", "title")
DRAFT = "a draft: cuts at key frames only, music coarsely played"
PREVIEW = "preview.mp4"
_CUEWISE = ("tempo", "compose", "render")


def run_document(result: Result) -> dict[str, Any]:
    """A run, or what a dry run found, as one JSON document."""
    document: dict[str, Any] = {
        "film": str(result.film),
        "workspace": str(result.workspace),
        "output": str(result.output) if result.output else None,
        "quality": result.brief.quality,
        "stages": {
            name: {
                "state": outcome.state,
                "made": outcome.made,
                "todo": outcome.todo,
                "seconds": round(outcome.seconds, 3),
            }
            for name, outcome in result.outcomes.items()
        },
        "warnings": list(result.warnings),
    }
    if result.plan:
        document["cues"] = [
            {"id": cue.id, "title": cue.title, "start_s": cue.start_s, "end_s": cue.end_s, "mood": cue.mood,
             "key": cue.key, "tempo_bpm": cue.tempo_bpm, "hits": len(cue.hits), "muted": cue.muted}
            for cue in result.plan.cues
        ]  # fmt: skip
    if result.mix:
        document["loudness_lufs"], document["true_peak_dbtp"] = loudness_of(result, result.mix)
    if result.delivery:
        document["delivery"] = artifacts.plain(result.delivery)
        document["preview"] = str(preview_of(result)) if preview_of(result) else None
    if result.takes:
        document["takes"] = artifacts.plain(result.takes)["takes"]
    document["advice"] = list(advice_of(result))
    return document


def foreseen_document(result: Result, redo: Iterable[str], document: dict[str, Any]) -> dict[str, Any]:
    """``document`` of a dry run, with what it foresees."""
    return {**document, "foreseen": list(foreseen(result, redo))}


def status_rows(result: Result) -> list[tuple[str, str, str]]:
    """Stage, state, and which cues are concerned."""
    return [
        (name, VERBS[outcome.state], ", ".join(outcome.todo or outcome.made) if name in _CUEWISE else "")
        for name, outcome in result.outcomes.items()
    ]


def plan_document(result: Result) -> dict[str, Any]:
    """The cue sheet and what a run says about itself."""
    document = run_document(result)
    document["sheet"] = str(sheet_path(result))
    if result.plan:
        document["plan"] = artifacts.plain(result.plan)
    return document


def analysis_document(result: Result) -> dict[str, Any]:
    """Everything that was seen and heard, with the run's own facts beside it."""
    document = run_document(result)
    if result.analysis:
        document |= artifacts.plain(result.analysis)
        document["warnings"] = list(result.warnings)
    if result.media:
        document["media"] = artifacts.plain(result.media)
    return document


def sheet_path(result: Result) -> Path:
    """The file people edit."""
    return result.workspace / SHEET


def next_command(result: Result) -> str:
    """The command that scores the film as it was planned, wishes included."""
    return score_command(result.film, result.brief, result.workspace)


def delivery_facts(result: Result) -> dict[str, object]:
    """The finished film in a few lines."""
    found: dict[str, object] = {}
    if result.plan:
        cues = result.plan.cues
        found["cues"] = ", ".join(f"{cue.id} {'(muted)' if cue.muted else cue.mood}" for cue in cues) or "none"
        if cues and all(cue.muted for cue in cues):
            found["music"] = f"none: every cue is muted in {SHEET}"
    if result.mix:
        loudness, peak = loudness_of(result, result.mix)
        found["loudness"] = f"{loudness:.1f} LUFS, true peak {peak:.1f} dBTP"
        if result.mix.speech_margin:
            found["speech"] = f"{result.mix.speech_margin.p5_lu:.1f} LU above the music 95 % of the time"
    if preview_of(result):
        found["preview"] = str(preview_of(result))
    if advice := [line for line in advice_of(result) if line not in result.warnings]:  # each is told once
        found["advice"] = " ".join(advice)
    if result.brief.quality == "draft" and result.plan:
        usual, _ = default_output(result.film, result.brief, locate(result.film).results)
        more = () if result.output in (None, usual) else ("--output", str(result.output))
        if _edited(result):
            found["quality"] = f"{DRAFT}; the final sees more hits"
            found["final"] = (
                f"{final_of_sheet(result, *more)}  (keeps the cue sheet; hits that you did not touch follow the final)"
            )
        else:
            command = final_command(result.film, result.brief, result.plan, result.workspace, *more)
            found["quality"] = f"{DRAFT}; the final sees more and may choose another mood, key, tempo or players"
            found["final"] = f"{command}  (keeps what is named in it)"
    found["workspace"] = str(result.workspace)
    found["took"] = f"{sum(outcome.seconds for outcome in result.outcomes.values()):.1f} s"
    return found


def _edited(result: Result) -> bool:
    """Whether the cue sheet holds changes made by hand."""
    return "plan" in result.outcomes and result.outcomes["plan"].state == "edited"


def final_of_sheet(result: Result, *more: str) -> str:
    """The command for the final of a draft whose cue sheet was edited; ``more`` words behind it."""
    return score_command(result.film, replace(result.brief, quality="final"), result.workspace, "--keep", *more)


def foreseen(result: Result, redo: Iterable[str] = ()) -> tuple[str, ...]:
    """What a dry run says about files that a person edited: where a run would stop, and what it would do with them."""
    found = []
    for name, outcome in result.outcomes.items():
        if outcome.state == "conflict" and name == PLAN.name:
            error = explained(edited_and_moved(str(sheet_path(result)), name), result.workspace, result.brief)
            found.append(f"A run would stop here: {error.message} {error.hint}")
        elif outcome.state == "conflict":
            error = edited_and_moved(f"What {name} made", name)
            found.append(f"A run would stop here: {error.message} {error.hint}")
    if PLAN.name in redo and sheet_path(result).exists():
        found.append(f"A run would plan anew; a sheet that you edited is set aside as {SET_ASIDE}.")
    planned_on = sheet_quality(result.workspace)
    if _edited(result) and planned_on not in (None, result.brief.quality):
        found.append(
            f"A run would keep the edited cue sheet; hits that you did not touch follow the {result.brief.quality}."
        )
    return tuple(found)


def sheet_fact(result: Result) -> str:
    """What is to be known of a draft's cue sheet before a final is made of it; empty for a final's."""
    if result.plan is None or not result.plan.draft:
        return ""
    count = sum(not hit.yours for cue in result.plan.cues for hit in cue.hits)
    hits = f"{count} of its hits {'is' if count == 1 else 'are'} where a draft's look at key frames found them"
    if not _edited(result):
        return f"The cue sheet is a draft's: {hits}. The final plans anew."
    return (
        f"The cue sheet is a draft's: {hits}. Score the final with --keep: your changes stay, those hits are renewed."
    )


def loudness_of(result: Result, mix: Mix) -> tuple[float, float]:
    """Loudness (LUFS) and true peak (dBTP) of the finished film, from its receipt; of the mix before there is one.

    Encoding moves the peak, so the two are not the same.
    """
    from autoscore.stages.deliver import read_receipt

    path = result.workspace / result.delivery.receipt if result.delivery is not None else None
    if path is None or not path.exists():
        return mix.loudness_lufs, mix.true_peak_dbtp
    receipt = read_receipt(path)
    return receipt.loudness_lufs, receipt.true_peak_dbtp


def preview_of(result: Result) -> Path | None:
    """Where the review film is, when one was made."""
    made = result.delivery is not None and PREVIEW in result.delivery.files
    return result.workspace / PREVIEW if made else None


def advice_of(result: Result) -> tuple[str, ...]:
    """What the plan advises, without what is done already."""
    return unheeded(result.plan.advice, result.brief) if result.plan is not None else ()


def cue_rows(plan: CuePlan) -> list[tuple[object, ...]]:
    """Id, in, out, mood, key, tempo, metre, theme, hits and title of every cue."""
    return [
        (
            cue.id,
            timecode(cue.start_s, plan.rate),
            timecode(cue.end_s, plan.rate),
            cue.mood,
            cue.key,
            f"{cue.tempo_bpm:.0f}",
            cue.metre,
            f"{cue.theme.theme} {cue.theme.treatment}",
            sum(hit.klass == "hard" for hit in cue.hits),
            f"{cue.title} (muted)" if cue.muted else cue.title,
        )
        for cue in plan.cues
    ]


def key_plan(plan: CuePlan) -> str:
    """The keys over the film and how far each lies from home: "D minor (home), 1M2 F major (+3), ..."."""
    home = parse_key(plan.home_key)
    told = []
    for cue in plan.cues:
        up = (parse_key(cue.key).pitch_class - home.pitch_class + 5) % 12 - 5
        told.append(f"{cue.id} {cue.key}" + (f" ({up:+d} semitones)" if up else ""))
    return f"home {plan.home_key}; {', '.join(told)}" if told else f"home {plan.home_key}"


def analysis_facts(result: Result) -> dict[str, object]:
    """The analysis in a few lines."""
    analysis, media = result.analysis, result.media
    if analysis is None or media is None:
        return {}
    video = media.video
    speech_s = sum(span.duration_s for span in analysis.speech)
    music_s = sum(span.duration_s for span in analysis.music)
    return {
        "picture": f"{video.width}x{video.height}, {float(video.rate):.3f} fps{', variable' * video.variable_rate}",
        "length": f"{analysis.duration_s:.2f} s, {analysis.frame_count} frames",
        "shots": f"{len(analysis.shots)} ({len(analysis.cuts)} cuts, {len(analysis.gradual)} fades and dissolves)",
        "speech": f"{speech_s:.1f} s",
        "own music": f"{music_s:.1f} s",
        "loud hits": len(analysis.hits),
        "loudness": "no sound" if analysis.loudness_lufs is None else f"{analysis.loudness_lufs:.1f} LUFS",
    }


def mood_documents() -> list[dict[str, Any]]:
    """Every mood that can be asked for."""
    rows = []
    for name in tables.mood_names():
        mood = tables.mood(name)
        rows.append(
            {"name": name, "title": mood.title, "words": list(mood.words), "palette": mood.palette,
             "min_bpm": mood.tempo.min_bpm, "max_bpm": mood.tempo.max_bpm, "modes": list(mood.harmony.modes),
             "valence": mood.valence, "arousal": mood.arousal}
        )  # fmt: skip
    return rows
