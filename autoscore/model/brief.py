"""Brief: everything the user may wish for, and the one home of each default."""

from __future__ import annotations

from dataclasses import dataclass

TARGETS = ("youtube", "web", "podcast", "broadcast", "atsc", "netflix", "cinema")


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """Wishes; None means "decide from the picture".

    words: free text such as "tense, orchestral, 120 bpm, minor key". coverage: share of running time with music, 0..1.
    key: like "D minor". tempo_bpm: 40..220. target: one of TARGETS. soundfont: path of an SF2/SF3, None = best found.
    """

    words: str = ""
    mood: str | None = None
    coverage: float | None = None
    seed: int = 1
    key: str | None = None
    tempo_bpm: float | None = None
    palette: str | None = None
    target: str = "youtube"
    soundfont: str | None = None
    original: bool = True
    """Mix the film's own sound with the music."""
    music_only: bool = False
    """Write the score alone, no film."""
    keep_original_track: bool = False
    preview: bool = False

    def __post_init__(self) -> None:
        if self.coverage is not None and not 0.0 <= self.coverage <= 1.0:
            raise ValueError(f"coverage must lie in 0..1, not {self.coverage}")
        if self.tempo_bpm is not None and not 40 <= self.tempo_bpm <= 220:
            raise ValueError(f"tempo must lie in 40..220 bpm, not {self.tempo_bpm}")
        if self.target not in TARGETS:
            raise ValueError(f"unknown target {self.target!r}; one of {', '.join(TARGETS)}")
