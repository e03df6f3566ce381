"""Parts as MIDI tracks: as played, or as written (quantised), on the grid of a cue or of the whole film."""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from autoscore import tables
from autoscore.adapters.midi import DRUM_CHANNEL, BendEvent, ControlEvent, MidiNote, Track
from autoscore.model.score import CueScore, Part
from autoscore.stages.deliver.grid import Grid
from autoscore.stages.deliver.notation_stands import player_of
from autoscore.stages.deliver.notes import Music

Variant = Literal["played", "written"]

BEND_RANGE_SEMITONES = 12
_NUMBERS = {"expression": 11, "vibrato": 1, "pedal": 64}
_RPN_BEND_RANGE = ((101, 0), (100, 0), (6, BEND_RANGE_SEMITONES), (38, 0), (101, 127), (100, 127))
_VOLUME, _PAN, _EXPRESSION, _REVERB = 7, 10, 11, 91
_LEVEL_0_DB_VOLUME = 100


@dataclass(slots=True, kw_only=True)
class _Kept:
    """What one track is to hold, as numbers: as values a film's take ten times the room.

    ``notes``: start, end, pitch, velocity; ``controls``: tick, number, value; ``bends``: tick, value.
    """

    name: str
    instrument: str
    level_db: float
    notes: array[int] = field(default_factory=lambda: array("q"))
    controls: array[int] = field(default_factory=lambda: array("q"))
    bends: array[int] = field(default_factory=lambda: array("q"))


class Tracks:
    """Tracks of one file, to which one cue after the other is added; nothing of a cue is needed any more after that."""

    def __init__(self, grid: Grid, variant: Variant) -> None:
        self._grid, self._variant = grid, variant
        self._kept: dict[Hashable, _Kept] = {}

    def add_cue(self, music: Music) -> None:
        """One track a part, named like "1M2_Strings_Vln1"; the lead's has "Melody" in its name."""
        for number, part in enumerate(music.score.parts):
            self._add(number, f"{music.score.cue_id}_{_label(part, music.score)}", part, music)

    def add_to_film(self, music: Music) -> None:
        """One track an instrument and role over the whole film, in order of first appearance."""
        for part in music.score.parts:
            label = _label(part, music.score)
            self._add((label, part.instrument), label, part, music)

    def _add(self, key: Hashable, name: str, part: Part, music: Music) -> None:
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept[key] = _Kept(name=name, instrument=part.instrument, level_db=part.level_db)
        kept.level_db = max(kept.level_db, part.level_db)
        self._add_notes(kept.notes, part, music)
        for control in part.controls:
            nudge_s = control.nudge_ms / 1000.0 if self._variant == "played" else 0.0
            tick = self._grid.tick_at(music.seconds_at(control.at_beats) + nudge_s)
            if control.kind == "bend_semitones":
                value = round(8192 * control.value / BEND_RANGE_SEMITONES)
                kept.bends.extend((tick, max(-8192, min(8191, value))))
            elif control.kind in _NUMBERS:
                kept.controls.extend((tick, _NUMBERS[control.kind], max(0, min(127, round(control.value)))))

    def _add_notes(self, found: array[int], part: Part, music: Music) -> None:
        tick_at = self._grid.tick_at
        for note in part.notes:
            if self._variant == "played":
                start_s = music.seconds_at(note.start_beats) + note.nudge_ms / 1000.0
                end_s = music.seconds_at(note.start_beats + note.length_beats) + note.release_ms / 1000.0
            else:
                start_s, end_s = (music.seconds_at(beats) for beats in music.written_at(note))
            start = tick_at(start_s)
            found.extend((start, max(start + 1, tick_at(end_s)), note.pitch, note.velocity))

    def __iter__(self) -> Iterator[Track]:
        """Channels are given out in order; each port has fifteen for instruments and one for drums."""
        pitched = drums = 0
        for kept in self._kept.values():
            row = tables.read("instruments.toml").get(kept.instrument, {})
            bank, program = _general_midi(row)
            if bank >= 128:
                port, channel, drums = drums, DRUM_CHANNEL, drums + 1
            else:
                port, slot, pitched = pitched // 15, pitched % 15, pitched + 1
                channel = slot if slot < DRUM_CHANNEL else slot + 1
            notes = [MidiNote(start=a, end=b, pitch=c, velocity=d) for a, b, c, d in _rows(kept.notes, 4)]
            yield Track(
                name=kept.name, channel=channel, port=port, program=program, bank=0 if bank >= 128 else bank,
                notes=_apart(notes), setup=_setup(row, kept.level_db, bool(kept.bends)),
                controls=tuple(ControlEvent(tick=a, number=b, value=c) for a, b, c in _rows(kept.controls, 3)),
                bends=tuple(BendEvent(tick=a, value=b) for a, b in _rows(kept.bends, 2)),
            )  # fmt: skip


def _rows(numbers: array[int], width: int) -> Iterator[tuple[int, ...]]:
    """So many numbers at a time."""
    each = iter(numbers)
    return zip(*[each] * width, strict=True)


def _label(part: Part, score: CueScore) -> str:
    """ "Strings_Vln1 Melody": group, player and way of playing, and what the part does where the player has several.

    A lead is always called Melody: the composer's, or where none is named so each part that has a melody's role.
    """
    key, way = player_of(part.instrument)
    row = tables.read("notation.toml")["players"].get(key, {})
    words = str(row.get("short", part.name)).replace(".", " ").split()
    short = "".join({"I": "1", "II": "2"}.get(word, word) for word in words) + way.title().replace("_", "")
    lead = any("melody" in other.name.lower() for other in score.parts)
    is_lead = "melody" in part.name.lower() if lead else part.role == "melody"
    several = sum(player_of(other.instrument) == (key, way) for other in score.parts) > 1
    does = " Melody" if is_lead else f" {part.role.title()}" if several else ""
    return f"{part.group.replace('_', ' ').title().replace(' ', '')}_{short}{does}"


def _general_midi(row: dict[str, Any]) -> tuple[int, int]:
    """(bank, program) that any General MIDI player has: the row's first preset for every font."""
    presets = [preset for preset in row.get("presets", ()) if preset.get("font") == "*"]
    return (int(presets[0]["bank"]), int(presets[0]["program"])) if presets else (0, 0)


def _setup(row: dict[str, Any], level_db: float, bends: bool) -> tuple[tuple[int, int], ...]:
    # CC7 follows 40 log10(cc/127) dB.
    volume = max(1, min(127, round(_LEVEL_0_DB_VOLUME * 10.0 ** (level_db / 40.0))))
    setup = ((_VOLUME, volume), (_PAN, int(row.get("pan", 64))), (_EXPRESSION, 127), (_REVERB, 40))
    return setup + (_RPN_BEND_RANGE if bends else ())


def _apart(notes: Sequence[MidiNote]) -> tuple[MidiNote, ...]:
    """Sorted; a note ends where the same pitch starts again, for a note-off would end both. Doubles are dropped."""
    kept: list[MidiNote] = []
    last: dict[int, int] = {}
    for note in sorted(notes, key=lambda n: (n.start, n.pitch, -n.end, -n.velocity)):
        before = last.get(note.pitch)
        if before is not None and kept[before].end > note.start:
            held = kept[before]
            if held.start == note.start:
                continue
            kept[before] = MidiNote(start=held.start, end=note.start, pitch=held.pitch, velocity=held.velocity)
        last[note.pitch] = len(kept)
        kept.append(note)
    return tuple(kept)
