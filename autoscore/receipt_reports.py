"""What a receipt has to tell, as a document and as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autoscore.model.receipt import Receipt
from autoscore.reports import DRAFT

if TYPE_CHECKING:
    from autoscore.stages.deliver import Verification

HIT_HEADERS = ("cue", "hard hit", "frame", "film time", "played by", "heard")
PLAIN_NAMES = {
    "picture_packets_changed": "picture packets changed",
    "picture_shift_ms": "pictures moved (ms)",
    "duration_change_s": "length changed (s)",
    "av_offset_ms": "sound late or early (ms)",
    "loudness_error_lu": "loudness off its target (LU)",
    "true_peak_over_db": "true peak above its limit (dB)",
    "speech_margin_p5_lu": "speech above music (LU), 95 % of the time",
    "hard_hits_missed": "hard hits not heard in time",
    "hard_hits_median_ms": "hard hits off their picture, median (ms)",
}
"""What the receipt checks, as people say it."""


def verify_document(found: Verification) -> dict[str, Any]:
    """The receipt as it lies in the workspace, and what the film was found to be now."""
    from autoscore.stages.deliver import document

    return {
        **document(found.receipt),
        "file": str(found.finished),
        "receipt": str(found.receipt_path),
        "ok": not found.problems,
        "problems": list(found.problems),
        "now": {"loudness_lufs": found.loudness_lufs, "true_peak_dbtp": found.true_peak_dbtp},
    }


def receipt_facts(receipt: Receipt) -> dict[str, object]:
    """The receipt in a few lines."""
    hits = receipt.hit_summary
    return {
        "film": f"{receipt.output}, from {receipt.film}",
        **({"quality": DRAFT} if receipt.quality == "draft" else {}),
        "seed": receipt.seed,
        "target": receipt.target,
        "hard hits": f"{hits.within} of {hits.hard} in tolerance"
        + (f", median {hits.median_abs_ms:.1f} ms off" if hits.median_abs_ms is not None else ""),
        "made with": ", ".join(f"{name} {version}" for name, version in receipt.versions.items()),
        **({"notes": " ".join(receipt.warnings)} if receipt.warnings else {}),
    }


def unmeasured(receipt: Receipt) -> bool:
    """A draft's sound is the mix as it is, whose own figures stand on the receipt."""
    return receipt.quality == "draft" and not receipt.av_windows


def check_rows(receipt: Receipt) -> list[tuple[str, str, str, str]]:
    """Every promise: kept or not, what it is, what was measured and what is allowed."""
    return [
        (
            "not measured" if check.value is None and check.ok else "ok" if check.ok else "FAILED",
            PLAIN_NAMES.get(check.name, check.name.replace("_", " ")),
            "" if check.value is None else f"{check.value:.5g}",
            limits(check.low, check.high),
        )
        for check in receipt.checks
    ]


def hit_rows(receipt: Receipt) -> list[tuple[str, str, int, str, str, str]]:
    """Every hard hit: cue, id, frame, film time, what plays it, and how far off it is heard."""
    return [
        (
            hit.cue,
            hit.id,
            hit.frame,
            f"{int(hit.time_s // 60)}:{hit.time_s % 60:06.3f}",
            hit.device,
            "" if hit.error_ms is None else f"{hit.error_ms:+.1f} ms",
        )
        for hit in receipt.hits
        if hit.klass == "hard"
    ]


def hit_notes(receipt: Receipt) -> list[str]:
    """What is to be said of hard hits, those of the cue sheet that became soft ones included."""
    return [
        f"{hit.id}: {hit.note}"
        for hit in receipt.hits
        if hit.note and (hit.klass == "hard" or "a soft hit now" in hit.note)
    ]


def limits(low: float | None, high: float | None) -> str:
    """What is allowed, in words: "at most 1", "at least 10", "-0.5 .. 0.5"."""
    if low is not None and high is not None:
        return f"{low:g} .. {high:g}"
    return f"at most {high:g}" if high is not None else f"at least {low:g}" if low is not None else "anything"
