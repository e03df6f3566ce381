"""A cue's notes with its clock, and what a film's conductor has to know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from autoscore import tables
from autoscore.adapters.midi import (
    Conductor,
    KeyEvent,
    Text,
)
from autoscore.model.cues import CuePlan
from autoscore.model.score import CueScore, Note
from autoscore.model.tempo import CueTempo
from autoscore.model.time import parse_timecode, timecode
from autoscore.stages.deliver.grid import Grid
from autoscore.stages.deliver.notation_quantised import Times, quantised
from autoscore.tables.keys import Key, parse_key, third_of

HOUR_S = 3600.0
"""Picture starts at 01:00:00:00 by convention (craft guide 10.2)."""
_SHARPS_OF_MAJOR = {0: 0, 7: 1, 2: 2, 9: 3, 4: 4, 11: 5, 6: 6, 5: -1, 10: -2, 3: -3, 8: -4, 1: -5}


@dataclass(frozen=True, slots=True, kw_only=True)
class Music:
    """One cue's notes with its clock. ``film``: its name; ``swing``: share of a beat that its first eighth takes;
    ``by``: whose music it is."""

    score: CueScore
    tempo: CueTempo
    film: str = ""
    swing: float = 0.5
    by: str = "autoscore"
    _known: dict[Fraction, float] = field(default_factory=dict, compare=False, repr=False)

    _written: Times = field(default_factory=dict, compare=False, repr=False)

    def written_at(self, note: Note) -> tuple[Fraction, Fraction]:
        """Start and end of one of the score's notes on paper, in quarters; its own where a roll or a run is drawn."""
        if not self._written and self.tempo.bars:
            self._written.update(quantised(self.score.parts, self.tempo.bars))
        return self._written.get(id(note), (note.start_beats, note.start_beats + note.length_beats))

    def seconds_at(self, beats: Fraction) -> float:
        """``tempo.seconds_at``, remembered: four files ask for the same beats, and chords for the same one."""
        found = self._known.get(beats)
        if found is None:
            found = self._known[beats] = self.tempo.seconds_at(beats)
        return found


def signature(key: str) -> tuple[int, bool]:
    """(sharps -7..7, minor) of a key like "D dorian": the signature that needs the fewest accidentals.

    Among equals the parallel major or minor of the tonic wins, then the one with fewer signs.
    """
    try:
        parsed = parse_key(key)
    except ValueError:
        return 0, False
    minor = third_of(parsed.mode) == "minor"
    own = {(parsed.pitch_class + step) % 12 for step in tables.read("modes.toml")[parsed.mode]["scale"]}
    home = (parsed.pitch_class + 3) % 12 if minor else parsed.pitch_class

    def cost(tonic: int) -> tuple[int, bool, int]:
        major = {(tonic + step) % 12 for step in (0, 2, 4, 5, 7, 9, 11)}
        return len(own - major), tonic != home, abs(_SHARPS_OF_MAJOR[tonic])

    best = min(range(12), key=cost)
    sharps = _SHARPS_OF_MAJOR[best]
    if sharps == 6 and _is_flat(parsed):
        sharps = -6
    return sharps, minor


def _is_flat(key: Key) -> bool:
    return key.tonic.endswith("b")


def conductor(name: str, cues: Sequence[Music], grid: Grid, plan: CuePlan, *, start_s: float) -> Conductor:
    """Tempo, metre, key and markers. ``start_s``: film time of tick 0; picture starts at 01:00:00:00."""
    markers: list[Text] = []
    keys: list[KeyEvent] = []
    for music in cues:
        score, tempo = music.score, music.tempo
        first = grid.tick_at(tempo.start_s)
        markers.append(Text(tick=first, text=f"{score.cue_id} {score.title}".strip()))
        sharps, minor = signature(score.key)
        keys.append(KeyEvent(tick=first, sharps=sharps, minor=minor))
        markers += [
            Text(tick=grid.tick_at(tempo.seconds_at(section.start_beats)), text=f"{score.cue_id} {section.function}")
            for section in score.sections
        ]
        planned = next((cue for cue in plan.cues if cue.id == score.cue_id), None)
        devices = {hit.hit_id: hit.device for hit in score.hits} | dict.fromkeys(score.passed, "none")
        for hit in planned.hits if planned else ():
            if hit.klass != "ignored":
                device = devices.get(hit.id, hit.device)
                markers.append(Text(tick=grid.tick_at(hit.time_s), text=f"H {hit.id} {hit.klass} {device}"))
    return Conductor(
        name=name, tempos=grid.tempos(), metres=grid.metres(), keys=tuple(keys), markers=tuple(markers),
        start_s=HOUR_S + start_s, rate=plan.rate, end_tick=grid.end_tick,
    )  # fmt: skip


def picture_code(time_s: float, rate: Fraction) -> str:
    """Timecode of film time ``time_s`` when the first picture is 01:00:00:00; not before 00:00:00:00.

    The hour is counted in frames: at 23.976 it lasts 3603.6 seconds.
    """
    mark = ";" if ";" in timecode(0.0, rate) else ":"
    return timecode(max(0.0, parse_timecode(f"01:00:00{mark}00", rate) + time_s), rate)
