"""Receipt: what was measured on the finished film, and whether it keeps its promises (docs/reference/receipt.md)."""

from __future__ import annotations

from dataclasses import dataclass, field

from autoscore.model.spotting import HitClass

SIDECAR = ".receipt.json"
"""What the name of a finished film is followed by in that of the receipt beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hashes:
    """SHA-256 of the copied packets' payloads, in stream order."""

    source: str
    output: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """Seconds from the first picture or sound to the end of the last, from packets; ``picture``: the picture alone."""

    source: float
    output: float
    picture: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginLu:
    """Speech over music, LU, in so many windows of 400 ms: ``p5`` is exceeded by 95 % of them."""

    p5: float
    median: float
    windows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardHit:
    """One hit point. ``time_s``: pts of its picture. ``onset_s``: when the music's strongest onset near it is heard in
    the finished film, None when there is none; ``error_ms`` = onset - picture."""

    id: str
    cue: str
    frame: int
    time_s: float
    klass: HitClass
    device: str
    onset_s: float | None = None
    error_ms: float | None = None
    rise_db: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CutMark:
    """One cut of the film: the hit that marks it, or why none does."""

    frame: int
    time_s: float
    hit: str | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """``low`` <= ``value`` <= ``high``; a missing bound is open, a missing value means there was nothing to measure."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    ok: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HitSummary:
    """Over the hard hits: how many, how many were heard, within tolerance, and the median of |error|."""

    hard: int
    heard: int
    within: int
    median_abs_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """``film`` and ``output`` are file names; ``output_folder`` leads from the workspace to the finished film.
    ``quality`` is one of ``brief.QUALITIES``; receipts that do not say it yet are of final films."""

    film: str
    output: str
    output_folder: str
    seed: int
    target: str
    video_sha256: Hashes | None
    video_packets: int
    video_shift_ms: float
    sound_sha256: str
    sound_codec: str
    duration_s: Durations
    av_offset_ms: float | None
    av_windows: int
    loudness_lufs: float
    target_lufs: float
    wanted_lufs: float
    true_peak_dbtp: float
    true_peak_limit_dbtp: float
    encode_gain_db: float
    speech_margin_lu: MarginLu | None
    hit_summary: HitSummary
    hits: tuple[HeardHit, ...]
    cuts: tuple[CutMark, ...]
    checks: tuple[Check, ...]
    in_tolerance: bool
    failures: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)
    soundfonts: dict[str, str] = field(default_factory=dict)
    quality: str = "final"
