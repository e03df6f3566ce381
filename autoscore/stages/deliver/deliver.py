"""Everything a score is handed over as: the finished film, notes for other programs, and the receipt of what it is."""

from __future__ import annotations

from pathlib import Path

from autoscore.model.analysis import Analysis
from autoscore.model.audio import Delivery, Mix, Stems
from autoscore.model.brief import Brief
from autoscore.model.cues import CuePlan
from autoscore.model.events import Progress, ignore_progress
from autoscore.model.media import Media
from autoscore.model.receipt import Check, Durations, Hashes, MarginLu, Receipt
from autoscore.model.score import Score
from autoscore.model.tempo import TempoMap
from autoscore.stages.deliver import handoff, marks, receipts
from autoscore.stages.deliver.finished import Finished, make
from autoscore.stages.deliver.preview import preview
from autoscore.stages.deliver.tolerance import check, summarise
from autoscore.stages.deliver.versions import versions


def deliver(
    *, film: Path, media: Media, analysis: Analysis, plan: CuePlan, tempo: TempoMap, score: Score, stems: Stems,
    mix: Mix, brief: Brief, workspace: Path, output: Path, on_progress: Progress = ignore_progress,
) -> Delivery:  # fmt: skip
    """Writes the finished film to ``output`` and the hand-over files and receipt to ``workspace``.

    Raises:
        StorageError: a file cannot be written; none is left half-written.
        FilmError: the film cannot be read or its picture cannot go into the output's container.
        ToolMissingError: there is no FFmpeg.
    """
    files = handoff.write(plan, tempo, score, media, workspace)
    on_progress(0.1)
    if brief.music_only:
        handoff.music_alone(mix, media, workspace, output)
        on_progress(1.0)
        return Delivery(output=str(output), receipt="", files=files)
    planned = marks.planned_hits(plan, tempo, score, (), 0)
    finished = make(
        film, media, mix, workspace, output, [hit.time_s for hit in planned],
        keep_original=brief.keep_original_track, on_progress=lambda share: on_progress(0.1 + 0.8 * share),
    )  # fmt: skip
    times_s = finished.output.video.picture_times_s()
    frames = 0 if analysis.bad_frames else analysis.frame_count
    exact = marks.planned_hits(plan, tempo, score, times_s, frames)
    onsets = {hit.id + hit.cue: onset for hit, onset in zip(planned, finished.heard.onsets, strict=True)}
    hits = tuple(marks.heard(hit, onsets[hit.id + hit.cue]) for hit in exact)
    summary = summarise(hits)
    checks = _checks(finished, mix, summary.hard - summary.within, summary.median_abs_ms)
    failures = tuple(item.text for item in checks if not item.ok)
    warnings = finished.warnings
    margin = mix.speech_margin
    heard = finished.heard
    receipt = Receipt(
        film=film.name, output=output.name, output_folder=receipts.folder_between(workspace, output), seed=plan.seed,
        target=plan.target,
        video_sha256=Hashes(source=finished.source.video.sha256, output=finished.output.video.sha256),
        video_packets=finished.output.video.count, video_shift_ms=_shift(finished),
        sound_sha256=finished.output.sound.sha256 if finished.output.sound else "",
        sound_codec=finished.output.sound.codec if finished.output.sound else "",
        duration_s=Durations(
            source=round(finished.source.duration_s, 6), output=round(finished.output.duration_s, 6),
            picture=round(finished.output.video.end_s - finished.output.video.first_s, 6),
        ),
        av_offset_ms=None if heard.offset_ms is None else round(heard.offset_ms, 3), av_windows=heard.offset_windows,
        loudness_lufs=round(heard.loudness_lufs, 2), target_lufs=mix.target_lufs, wanted_lufs=mix.wanted_lufs,
        true_peak_dbtp=round(heard.true_peak_dbtp, 2), true_peak_limit_dbtp=mix.true_peak_limit_dbtp,
        encode_gain_db=round(finished.gain_db, 3),
        speech_margin_lu=None if margin is None else MarginLu(
            p5=round(margin.p5_lu, 2), median=round(margin.median_lu, 2), windows=margin.windows
        ),
        hit_summary=summary, hits=hits, cuts=marks.cut_marks(analysis, plan), checks=checks,
        in_tolerance=not failures, failures=failures,
        warnings=(*media.warnings, *analysis.warnings, *stems.warnings, *mix.warnings, *warnings),
        versions=versions(), soundfonts=dict(stems.soundfonts),
    )  # fmt: skip
    text = receipts.text_of(receipt)
    receipts.write(workspace / receipts.NAME, text)
    receipts.write(receipts.sidecar_of(output), text)
    on_progress(0.95)
    files = (*files, receipts.NAME)
    if brief.preview:
        preview(output, media, plan, hits, workspace / "preview.mp4")
        files = (*files, "preview.mp4")
    on_progress(1.0)
    return Delivery(
        output=str(output), receipt=receipts.NAME, files=files, in_tolerance=not failures, failures=failures,
        warnings=warnings,
    )  # fmt: skip


def _shift(finished: Finished) -> float:
    shift = finished.output.video.shift_ms(finished.source.video)
    return round(shift, 4) if shift != float("inf") else 1e9


def _checks(finished: Finished, mix: Mix, missed: int, median_ms: float | None) -> tuple[Check, ...]:
    heard, source, output = finished.heard, finished.source, finished.output
    silent = heard.loudness_lufs <= -69.9
    margin = mix.speech_margin
    return (
        check("picture_packets_changed", float(source.video.sha256 != output.video.sha256)),
        check("picture_shift_ms", _shift(finished)),
        check("duration_change_s", output.duration_s - source.duration_s),
        check("av_offset_ms", heard.offset_ms),
        check("loudness_error_lu", None if silent else heard.loudness_lufs - mix.target_lufs),
        check("true_peak_over_db", heard.true_peak_dbtp - mix.true_peak_limit_dbtp),
        check("speech_margin_p5_lu", None if margin is None else margin.p5_lu),
        check("hard_hits_missed", float(missed)),
        check("hard_hits_median_ms", median_ms),
    )
