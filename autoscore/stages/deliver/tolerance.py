"""What a finished film must keep: each promise a row, each row checked, each failure one sentence."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from autoscore.model.receipt import Check, HeardHit, HitSummary

HARD_EARLIEST_MS = -20.0
HARD_LATEST_MS = 40.0
"""Perceived attack minus picture that is accepted at a hard hit (craft guide 1.5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """``low`` <= value <= ``high``; None leaves that side open."""

    name: str
    low: float | None
    high: float | None
    sentence: str
    """Filled in with value, low and high."""


PROMISES = {
    p.name: p
    for p in (
        Promise(name="picture_packets_changed", low=None, high=0.0,
                sentence="the picture's packets are not those of the source"),
        Promise(name="picture_shift_ms", low=None, high=1.0, sentence="pictures moved by up to {value:.2f} ms"),
        # One AAC frame at 44.1 kHz is 23.2 ms, the longest sound frame in common use in films; WMA's are twice as long.
        Promise(name="duration_change_s", low=-0.025, high=0.025,
                sentence="the finished film is {value:+.3f} s longer than the source"),
        Promise(name="av_offset_ms", low=-1.0, high=1.0, sentence="sound lies {value:+.2f} ms from where it was mixed"),
        Promise(name="loudness_error_lu", low=-0.5, high=0.5, sentence="loudness is {value:+.2f} LU from its target"),
        Promise(name="true_peak_over_db", low=None, high=0.05, sentence="true peak is {value:.2f} dB over its limit"),
        Promise(name="speech_margin_p5_lu", low=10.0, high=None,
                sentence="speech lies only {value:.1f} LU over the music at its worst ({low:.0f} are asked for)"),
        Promise(name="hard_hits_missed", low=None, high=0.0,
                sentence="{value:.0f} hard hits are not heard within -20..+40 ms of their picture"),
        Promise(name="hard_hits_median_ms", low=None, high=12.0,
                sentence="the median error of the hard hits is {value:.1f} ms"),
    )
}  # fmt: skip


def check(name: str, value: float | None, least: float = 0.0) -> Check:
    """One promise against what was measured; nothing measured keeps every promise. Bounds nearer to 0 than ``least``
    are put there."""
    promise = PROMISES[name]
    if least and promise.low is not None and promise.high is not None:
        promise = replace(promise, low=min(promise.low, -least), high=max(promise.high, least))
    if value is None:
        return Check(name=name, value=None, low=promise.low, high=promise.high, ok=True, text="nothing to measure")
    ok = math.isfinite(value) and not (
        (promise.low is not None and value < promise.low) or (promise.high is not None and value > promise.high)
    )
    bounds = {"low": promise.low or 0.0, "high": promise.high or 0.0}
    text = "" if ok else promise.sentence.format(value=value, **bounds)
    kept = round(value, 4) + 0.0 if math.isfinite(value) else None  # never "-0.0"
    return Check(name=name, value=kept, low=promise.low, high=promise.high, ok=ok, text=text)


def within(error_ms: float | None) -> bool:
    """Is a hard hit heard where it is accepted? A hit that is not heard is not."""
    return error_ms is not None and HARD_EARLIEST_MS <= error_ms <= HARD_LATEST_MS


def median_abs(values: Iterable[float]) -> float | None:
    """Median of the absolute values; None when there are none."""
    ordered = sorted(abs(v) for v in values)
    if not ordered:
        return None
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else 0.5 * (ordered[middle - 1] + ordered[middle])


def summarise(hits: Iterable[HeardHit]) -> HitSummary:
    """How the hard hits fare."""
    hard = [hit for hit in hits if hit.klass == "hard"]
    errors = [hit.error_ms for hit in hard if hit.error_ms is not None]
    median = median_abs(errors)
    return HitSummary(
        hard=len(hard), heard=len(errors), within=sum(within(hit.error_ms) for hit in hard),
        median_abs_ms=None if median is None else round(median, 2),
    )  # fmt: skip
