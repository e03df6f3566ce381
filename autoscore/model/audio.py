"""Stems, Mix and Delivery: sound files and what was measured on them. Paths are names relative to the workspace."""

from __future__ import annotations

from dataclasses import dataclass, field

from autoscore.model.names import check_cue_id, check_inside

RATE_HZ = 48_000
"""Sample rate of every stem and of the mix; a draft's stems have a whole part of it, and count as if they had all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stem:
    """One dry stereo stem of a cue: ``start_s`` is film time of its first sample (negative: before picture)."""

    cue_id: str
    group: str
    path: str
    start_s: float
    frames: int
    peak_dbfs: float
    sha256: str

    def __post_init__(self) -> None:
        check_cue_id(self.cue_id)
        check_inside(self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stems:
    """``soundfonts`` maps the file name of each font used to its SHA-256; ``presets`` an instrument to its preset."""

    stems: tuple[Stem, ...]
    soundfonts: dict[str, str] = field(default_factory=dict)
    presets: dict[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GainPoint:
    """Music gain in dB at film time; linear in dB between points."""

    time_s: float
    gain_db: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechMargin:
    """How far speech lies above music, LU: measured per window of 400 ms inside speech. p5 = exceeded by 95 %."""

    p5_lu: float
    median_lu: float
    windows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """``start_s`` is film time of sample 0, ``target_lufs`` what was aimed at, ``wanted_lufs`` what the delivery asks.

    They differ only when the wanted loudness could not be reached without crushing; ``warnings`` says so.
    ``music_path`` is the music alone as it sounds in the mix (ducked, with reverb and master gain).
    """

    path: str
    music_path: str
    start_s: float
    frames: int
    loudness_lufs: float
    target_lufs: float
    wanted_lufs: float
    true_peak_dbtp: float
    true_peak_limit_dbtp: float
    master_gain_db: float
    original_gain_db: float
    speech_margin: SpeechMargin | None = None
    ducking: tuple[GainPoint, ...] = ()
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_inside(self.path)
        check_inside(self.music_path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """``output`` is the finished film's path as given; the others are workspace names. ``in_tolerance`` per receipt."""

    output: str
    receipt: str
    files: tuple[str, ...] = ()
    in_tolerance: bool = True
    failures: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in (self.receipt, *self.files):
            check_inside(name)
