"""Brief: everything the user may wish for, and the one home of each default and of what each wish means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_type_hints

TARGETS = ("youtube", "web", "podcast", "broadcast", "atsc", "netflix", "cinema")
QUALITIES = ("final", "draft")
MOST_TAKES = 16


def _wish(default: Any, text: str) -> Any:
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """Wishes; None means "decide from the picture". Each field's ``help`` is what the command line and docs say."""

    words: str = _wish("", 'Wishes in plain words, like "tense, orchestral, 120 bpm, minor key".')
    mood: str | None = _wish(None, "One mood for the whole film; `autoscore moods` lists them.")
    coverage: float | None = _wish(None, "Share of the running time that has music, 0..1.")
    seed: int = _wish(1, "Another number gives another score; the same number the same one.")
    identity: str | None = _wish(
        None,
        "A word of your own: films and re-cuts with the same word share their themes; "
        "by default each film has its own.",
    )
    theme: str | None = _wish(None, "A tune of yours (MIDI or MusicXML): its top line becomes the main theme.")
    takes: int = _wish(1, "Compose this many scores for the same plan, rank them, and play the best.")
    key: str | None = _wish(None, 'Home key, like "D minor" or "F lydian".')
    tempo_bpm: float | None = _wish(None, "Tempo to aim at, 40..220 beats a minute.")
    palette: str | None = _wish(
        None, "Who plays, like orchestral, strings or electronic; or a palette file of your own (TOML)."
    )
    target: str = _wish("youtube", f"Loudness to deliver for: {', '.join(TARGETS)}.")
    quality: str = _wish(
        "final",
        "final, or draft: a first look, sooner, which reads the picture at its key frames only; cuts and hits are near "
        "their places, and the final may choose another mood, key, tempo or players where none is asked for.",
    )
    soundfont: str | None = _wish(None, "SoundFont (SF2 or SF3) to play with; the best one found by default.")
    original: bool = _wish(True, "Mix the film's own sound with the music.")
    music_only: bool = _wish(False, "Write the score alone as a WAV file, no film.")
    keep_original_track: bool = _wish(False, "Keep the film's own sound track behind the new one.")
    preview: bool = _wish(False, "Also write a small review film with timecode, cues and hits drawn over the picture.")

    def __post_init__(self) -> None:
        if self.coverage is not None and not 0.0 <= self.coverage <= 1.0:
            raise ValueError(f"coverage must lie in 0..1, not {self.coverage}")
        if self.tempo_bpm is not None and not 40 <= self.tempo_bpm <= 220:
            raise ValueError(f"tempo must lie in 40..220 bpm, not {self.tempo_bpm}")
        if not 1 <= self.takes <= MOST_TAKES:
            raise ValueError(f"takes must lie in 1..{MOST_TAKES}, not {self.takes}")
        if self.identity is not None and not (self.identity.strip() and len(self.identity) <= 64):
            raise ValueError("identity must be a word of 1..64 characters")
        if self.target not in TARGETS:
            raise ValueError(f"unknown target {self.target!r}; one of {', '.join(TARGETS)}")
        if self.quality not in QUALITIES:
            raise ValueError(f"unknown quality {self.quality!r}; one of {', '.join(QUALITIES)}")


def known_wishes(wishes: Mapping[str, Any]) -> dict[str, Any]:
    """Those of ``wishes`` that a Brief takes: another version, or a person, may have written others."""
    kinds = get_type_hints(Brief)
    return {name: value for name, value in wishes.items() if name in kinds and _taken(name, value, kinds[name])}


def _taken(name: str, value: Any, kind: Any) -> bool:
    try:
        Brief(**{name: value})
    except (AttributeError, TypeError, ValueError):
        return False
    return isinstance(value, kind) or (type(value) is int and isinstance(0.5, kind))
