"""Everything a score is handed over as: the finished film, notes for other programs, and the receipt of what it is."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from autoscore.adapters.files import storage_errors, write_text
from autoscore.model.analysis import Analysis
from autoscore.model.audio import Delivery, Mix, Stems
from autoscore.model.brief import Brief
from autoscore.model.cues import CuePlan
from autoscore.model.events import Progress, ignore_progress
from autoscore.model.media import Media
from autoscore.model.score import CueScore, Score
from autoscore.model.tempo import TempoMap
from autoscore.stages.deliver import handoff, marks, provenance, receipts, report
from autoscore.stages.deliver.ending import ending
from autoscore.stages.deliver.finished import make, make_alone
from autoscore.stages.deliver.notes import Music
from autoscore.stages.deliver.preview import preview
from autoscore.stages.deliver.track import Ahead
from autoscore.stages.deliver.versions import versions

PREVIEW = "preview.mp4"


def deliver(
    *, film: Path, media: Media, analysis: Analysis, plan: CuePlan, tempo: TempoMap, score: Score, stems: Stems,
    mix: Mix, brief: Brief, workspace: Path, output: Path, on_progress: Progress = ignore_progress,
    on_ready: Callable[[Path], None] = lambda _draft: None, ahead: Ahead | None = None,
    music: Callable[[str], CueScore] | None = None,
) -> Delivery:  # fmt: skip
    """Writes the finished film to ``output`` and the hand-over files and receipt to ``workspace``.

    ``ahead`` may have begun with the film's sound while the mix was written.
    ``music`` gives a cue's score, where ``score`` has its cues without parts: one at a time is needed.
    ``on_ready`` gets the finished film under its temporary name just before it is given its own; may raise.

    Raises:
        StorageError: a file cannot be written; none is left half-written.
        FilmError: the film cannot be read or its picture cannot go into the output's container.
        ToolMissingError: there is no FFmpeg.
    """
    cues = handoff.music_of(tempo, score, plan)
    planned = marks.planned_hits(plan, tempo, score, (), 0)
    times_s = [hit.time_s for hit in planned]
    origin = provenance.provenance_of(media, plan, score, stems, output, brief.quality)
    with ThreadPoolExecutor(2, thread_name_prefix="notes") as pool, ending(pool) as go_on:  # while FFmpeg encodes
        asked = pool.submit(versions)
        quick = brief.quality == "draft"

        def whole(bare: Music) -> Music:
            return bare if music is None else replace(bare, score=music(bare.score.cue_id))

        notes = pool.submit(handoff.write, plan, cues, media, workspace, quick=quick, on_progress=go_on, whole=whole)
        if brief.music_only:
            finished = make_alone(mix, media, workspace, output, times_s, origin.summary, on_ready)
        else:
            finished = make(
                film, media, mix, workspace, output, times_s, keep_original=brief.keep_original_track,
                on_progress=lambda share: on_progress(0.9 * share), facts=origin.summary, quick=quick, ahead=ahead,
                on_ready=on_ready, meanwhile=notes.result,
            )  # fmt: skip
        files = notes.result()
        asked.result()
    warnings = finished.warnings
    frames = 0 if analysis.bad_frames else analysis.frame_count
    exact = marks.planned_hits(plan, tempo, score, finished.picture_times_s, frames)
    onsets = {(hit.cue, hit.id): onset for hit, onset in zip(planned, finished.heard.onsets, strict=True)}
    hits = tuple(marks.heard(hit, onsets[hit.cue, hit.id]) for hit in exact)
    told = (*media.warnings, *analysis.warnings, *stems.warnings, *mix.warnings, *warnings)
    receipt = report.receipt_of(
        finished, mix, hits, marks.cut_marks(analysis, plan, score), film=film.name, output=output.name,
        output_folder=receipts.folder_between(workspace, output), seed=plan.seed, target=brief.target,
        quality=brief.quality, warnings=tuple(dict.fromkeys(told)), soundfonts=dict(stems.soundfonts),
    )  # fmt: skip
    text = receipts.text_of(receipt)
    write_text(workspace / receipts.NAME, text)
    write_text(receipts.sidecar_of(output), text)
    on_progress(0.95)
    files = (*files, receipts.NAME)
    provenance.write(origin, workspace, files, finished.file_sha256)
    files = (*files, provenance.NAME)
    if brief.preview and not brief.music_only:
        preview(output, media, plan, hits, workspace / PREVIEW)
        files = (*files, PREVIEW)
    else:  # one from an earlier run would show another score
        with storage_errors(workspace / PREVIEW):
            (workspace / PREVIEW).unlink(missing_ok=True)
    on_progress(1.0)
    return Delivery(
        output=str(output), receipt=receipts.NAME, files=files, in_tolerance=receipt.in_tolerance,
        failures=receipt.failures, warnings=warnings,
    )  # fmt: skip
