"""Provenance: where a score comes from, so that it can be published with a clear conscience."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundFontFact:
    """A SoundFont that was played. ``licence`` is empty for one that is not in the catalogue."""

    file: str
    name: str
    licence: str
    origin: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorFact:
    """A block of statistics that the composer was guided by: counts, never notes."""

    block: str
    source: str
    licence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeFact:
    """A theme and the longest run of its notes that the comparison corpus has too.

    ``piece`` is where; empty where the run is so short that it may be chance. ``yours``: the user brought the theme.
    """

    id: str
    shared_notes: int
    piece: str
    too_close: bool
    yours: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """``inputs`` and ``outputs`` map names to SHA-256; of the film as it came, that of its size, head and tail."""

    film: str
    output: str
    summary: str
    seed: int
    identity: str
    take: int
    cue_takes: dict[str, int] = field(default_factory=dict)
    themes: tuple[ThemeFact, ...] = ()
    compared_with: str = ""
    soundfonts: tuple[SoundFontFact, ...] = ()
    priors: tuple[PriorFact, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    quality: str = "final"
