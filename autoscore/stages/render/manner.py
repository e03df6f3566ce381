"""How finely a stem is played: for good, or for a first look."""

from __future__ import annotations

from dataclasses import dataclass

from autoscore import tables
from autoscore.model.score import Group


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a synthesiser plays.

    ``interpolation``: points between which a sample is read. ``voices``: how many sound at most. ``inaudible_db``: how
    far below its level at note-off a note ends, ``covered_db``: while its player plays on. ``every``: of so many
    samples one is played and kept. ``grid_blocks``: on multiples of this things happen; it is one of ``every``.
    ``kept_bytes``: samples kept from stem to stem, unless one stem needs more: no more for a long film, or for more
    instruments. ``suffix``: of the files; a draft's are not packed, which took as long as half of its playing.
    """

    interpolation: int
    voices: int = 512
    inaudible_db: float = 60.0
    covered_db: float = 42.0
    every: int = 1
    grid_blocks: int = 1
    kept_bytes: int = 90_000_000
    subtype: str = "PCM_24"
    suffix: str = ".flac"


_FINE = Manner(interpolation=7)
_BROAD = Manner(interpolation=4)
_DRAFT = Manner(
    interpolation=2, voices=40, inaudible_db=40.0, covered_db=24.0, every=2, grid_blocks=8, kept_bytes=320_000_000,
    subtype="PCM_16", suffix=".wav",
)  # fmt: skip
_FINE_GROUPS = frozenset({"hits", "percussion", "pitched_percussion", "synth", "winds"})
"""Read with seven points, for they are bright and few. Four cost a quarter less, and strings are the same to -57 dB."""


STRAIGHT = 2
"""Points for what is dark, see timbre.py: half the harp, low strings, plucked ones, timpani."""


def manner_of(group: Group, draft: bool) -> Manner:
    """How ``group`` is played."""
    if draft:
        return _DRAFT
    return _FINE if group in _FINE_GROUPS else _BROAD


def played_with(group: Group, draft: bool) -> Group:
    """The group in whose stem ``group`` is played: its own; in a draft one for all."""
    return "strings" if draft else group


def bus_db(group: Group, draft: bool) -> float:
    """What the desk would do to the level of ``group`` and does not, since it is played in another's stem, dB."""
    levels = tables.read("loudness.toml")["groups"]
    return float(levels[group]) - float(levels[played_with(group, draft)])
