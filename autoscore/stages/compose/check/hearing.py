"""A cue as it is heard: its notes in beats and seconds, bar by bar. Every check reads this and nothing else."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from autoscore.model.cues import Cue
from autoscore.model.score import ChordSymbol, CueScore, Note, Part, Theme
from autoscore.model.tempo import CueTempo
from autoscore.stages.compose.harmony.keys import parse_key
from autoscore.stages.compose.orchestra.players import Player, player
from autoscore.stages.compose.values import Key
from autoscore.tables import Mood, mood

MACHINE_MS = 4.0
"""Players whose time spreads less than this are machines: they may play on the grid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One note: written place in beats, played times in film seconds. ``written_s`` is its written attack."""

    start: float
    end: float
    pitch: int
    velocity: int
    on_s: float
    off_s: float
    written_s: float
    written: Note


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One part with its notes in order of time."""

    part: Part
    who: Player
    notes: tuple[Heard, ...]

    @property
    def pitched(self) -> bool:
        return self.part.role not in ("percussion", "hit") and self.who.family != "drums"

    @property
    def machine(self) -> bool:
        return self.who.sigma_ms < MACHINE_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """Everything that checks may know of one cue. ``bars`` are (start, end) in beats, the last one cut at the end.

    ``lead`` is the melody: one note at a time, the highest where several parts sing.
    """

    cue: Cue
    tempo: CueTempo
    score: CueScore
    themes: tuple[Theme, ...]
    mood: Mood
    key: Key
    voices: tuple[Voice, ...]
    bars: tuple[tuple[float, float], ...]
    lead: tuple[Heard, ...]
    lead_players: tuple[str, ...]
    """The instrument of each note of ``lead``."""

    @property
    def seconds(self) -> float:
        return self.tempo.end_s - self.tempo.start_s

    @property
    def pitched(self) -> tuple[Voice, ...]:
        return tuple(v for v in self.voices if v.pitched)

    @property
    def hard_hits(self) -> frozenset[str]:
        """Ids of the hits that must be met exactly."""
        return frozenset(a.hit_id for a in self.tempo.anchors if a.kind == "hard") | frozenset(
            f.hit_id for f in self.tempo.free_hits
        )

    def of(self, *roles: str) -> tuple[Voice, ...]:
        """Pitched voices of these roles."""
        return tuple(v for v in self.pitched if v.part.role in roles)

    def bar_at(self, beats: float) -> int:
        return max(0, bisect_right(self.bars, beats + 1e-6, key=lambda b: b[0]) - 1)

    def chord_at(self, beats: float) -> ChordSymbol | None:
        """The chord that is written at ``beats``."""
        chords = self.score.chords
        if not chords:
            return None
        return chords[max(0, bisect_right(chords, beats + 1e-6, key=lambda c: float(c.start_beats)) - 1)]


def attack_s(tempo: CueTempo, note: Note) -> float:
    """Film time at which a note is played."""
    return tempo.seconds_at(note.start_beats) + note.nudge_ms / 1000.0


def _heard(tempo: CueTempo, note: Note) -> Heard:
    written_s = tempo.seconds_at(note.start_beats)
    end = note.start_beats + note.length_beats
    return Heard(
        start=float(note.start_beats),
        end=float(end),
        pitch=note.pitch,
        velocity=note.velocity,
        on_s=written_s + note.nudge_ms / 1000.0,
        off_s=tempo.seconds_at(end) + note.release_ms / 1000.0,
        written_s=written_s,
        written=note,
    )


def _bars(tempo: CueTempo) -> tuple[tuple[float, float], ...]:
    end = tempo.length_beats
    return tuple(
        (float(bar.start_beats), float(min(end, bar.start_beats + bar.length_beats)))
        for bar in tempo.bars
        if bar.start_beats < end
    )


def _lead(voices: Iterable[Voice]) -> tuple[list[Heard], list[str]]:
    """The highest of the leading notes at each moment; a note that begins under a higher one that lasts stays out."""
    notes = [(n.start, -n.pitch, v.part.instrument, n) for v in voices for n in v.notes]
    kept: list[Heard] = []
    who: list[str] = []
    for start, _, instrument, note in sorted(notes, key=lambda row: row[:3]):
        if kept and (start < kept[-1].start + 1e-6 or (start < kept[-1].end - 0.26 and note.pitch < kept[-1].pitch)):
            continue
        kept.append(note)
        who.append(instrument)
    return kept, who


def listen(cue: Cue, tempo: CueTempo, score: CueScore, themes: tuple[Theme, ...] = ()) -> Hearing:
    """The hearing of one cue.

    Raises:
        KeyError: the mood, or a part's instrument, is in no table.
        ValueError: the cue's key is not a key.
    """
    voices = tuple(
        Voice(part=p, who=player(p.instrument), notes=tuple(_heard(tempo, n) for n in sorted(p.notes, key=_order)))
        for p in score.parts
    )
    lead, who = _lead(v for v in voices if v.part.role == "melody")
    return Hearing(
        cue=cue,
        tempo=tempo,
        score=score,
        themes=themes,
        mood=mood(cue.mood),
        key=parse_key(score.key or cue.key),
        voices=voices,
        bars=_bars(tempo),
        lead=tuple(lead),
        lead_players=tuple(who),
    )


def _order(note: Note) -> tuple[Fraction, int]:
    return note.start_beats, note.pitch
