"""What was measured, as a receipt with its checks."""

from __future__ import annotations

from pathlib import Path

from autoscore.model.audio import RATE_HZ, Mix
from autoscore.model.receipt import Check, CutMark, HeardHit, HitSummary, MarginLu, Receipt
from autoscore.stages.deliver.finished import Finished
from autoscore.stages.deliver.tolerance import check, summarise
from autoscore.stages.deliver.versions import versions
from autoscore.tables.containers import container_for

_SILENT_LUFS = -69.9


def receipt_of(
    finished: Finished, mix: Mix, hits: tuple[HeardHit, ...], cuts: tuple[CutMark, ...], *, film: str, output: str,
    output_folder: str, seed: int, target: str, quality: str, warnings: tuple[str, ...], soundfonts: dict[str, str],
) -> Receipt:  # fmt: skip
    """The receipt of a finished film, or of music alone (whose picture has no hash)."""
    heard, margin = finished.heard, mix.speech_margin
    summary = summarise(hits)
    container = container_for(Path(output))
    # Of a frame that no player leaves out a part of; and times in milliseconds.
    frame_s = container.frame / RATE_HZ + 0.002 if container.shows_priming else 0.0
    checks = _checks(finished, mix, summary, frame_s)
    failures = tuple(item.text for item in checks if not item.ok)
    return Receipt(
        film=film, output=output, output_folder=output_folder, seed=seed, target=target,
        video_sha256=finished.hashes, video_packets=len(finished.picture_times_s),
        video_shift_ms=finished.shift_ms or 0.0,
        sound_sha256=finished.sound.sha256 if finished.sound else "",
        sound_codec=finished.sound.codec if finished.sound else "",
        duration_s=finished.durations,
        av_offset_ms=None if heard.offset_ms is None else round(heard.offset_ms, 3) + 0.0,  # never "-0.0"
        av_windows=heard.offset_windows,
        loudness_lufs=round(heard.loudness_lufs, 2), target_lufs=mix.target_lufs, wanted_lufs=mix.wanted_lufs,
        true_peak_dbtp=round(heard.true_peak_dbtp, 2), true_peak_limit_dbtp=mix.true_peak_limit_dbtp,
        encode_gain_db=round(finished.gain_db, 3),
        speech_margin_lu=None if margin is None else MarginLu(
            p5=round(margin.p5_lu, 2), median=round(margin.median_lu, 2), windows=margin.windows
        ),
        hit_summary=summary, hits=hits, cuts=cuts, checks=checks, in_tolerance=not failures, failures=failures,
        warnings=warnings, versions=versions(), soundfonts=soundfonts, quality=quality,
    )  # fmt: skip


def _checks(finished: Finished, mix: Mix, summary: HitSummary, frame_s: float) -> tuple[Check, ...]:
    heard, hashes, margin = finished.heard, finished.hashes, mix.speech_margin
    changed = float(hashes is not None and hashes.source != hashes.output and not finished.repacked)
    silent = heard.loudness_lufs <= _SILENT_LUFS
    return (
        check("picture_packets_changed", None if hashes is None else changed),
        check("picture_shift_ms", finished.shift_ms),
        check("duration_change_s", finished.durations.output - finished.durations.source, least=frame_s),
        check("av_offset_ms", heard.offset_ms),
        check("loudness_error_lu", None if silent else heard.loudness_lufs - mix.target_lufs),
        check("true_peak_over_db", heard.true_peak_dbtp - mix.true_peak_limit_dbtp),
        check("speech_margin_p5_lu", None if margin is None else margin.p5_lu),
        check("hard_hits_missed", float(summary.hard - summary.within)),
        check("hard_hits_median_ms", summary.median_abs_ms),
    )
