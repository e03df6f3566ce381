"""Parts as MIDI tracks: as played, or as written (quantised), on the grid of a cue or of the whole film."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

from autoscore import tables
from autoscore.adapters.midi import (
    DRUM_CHANNEL,
    BendEvent,
    Conductor,
    ControlEvent,
    KeyEvent,
    MidiNote,
    Text,
    Track,
)
from autoscore.model.cues import CuePlan
from autoscore.model.score import Control, CueScore, Note, Part
from autoscore.model.tempo import CueTempo
from autoscore.model.time import parse_timecode, timecode
from autoscore.stages.deliver.grid import Grid
from autoscore.stages.deliver.notation_quantised import Times, quantised
from autoscore.stages.deliver.notation_stands import player_of
from autoscore.tables.keys import Key, parse_key, third_of

Variant = Literal["played", "written"]

HOUR_S = 3600.0
"""Picture starts at 01:00:00:00 by convention (craft guide 10.2)."""
BEND_RANGE_SEMITONES = 12
_NUMBERS = {"expression": 11, "vibrato": 1, "pedal": 64}
_RPN_BEND_RANGE = ((101, 0), (100, 0), (6, BEND_RANGE_SEMITONES), (38, 0), (101, 127), (100, 127))
_VOLUME, _PAN, _EXPRESSION, _REVERB = 7, 10, 11, 91
_LEVEL_0_DB_VOLUME = 100
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


def cue_tracks(music: Music, grid: Grid, variant: Variant) -> Iterator[Track]:
    """One track a part, named like "1M2_Strings_Vln1"; the lead's has "Melody" in its name."""
    named = [(f"{music.score.cue_id}_{_label(part, music.score)}", [(part, music)]) for part in music.score.parts]
    return _tracks(named, grid, variant)


def film_tracks(cues: Iterable[Music], grid: Grid, variant: Variant) -> Iterator[Track]:
    """One track an instrument and role over the whole film, in order of first appearance."""
    merged: dict[tuple[str, str], list[tuple[Part, Music]]] = {}
    for music in cues:
        for part in music.score.parts:
            merged.setdefault((_label(part, music.score), part.instrument), []).append((part, music))
    return _tracks([(label, parts) for (label, _), parts in merged.items()], grid, variant)


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


def _tracks(named: Sequence[tuple[str, Sequence[tuple[Part, Music]]]], grid: Grid, variant: Variant) -> Iterator[Track]:
    """Channels are given out in order; each port has fifteen for instruments and one for drums."""
    pitched = drums = 0
    for name, parts in named:
        row = tables.read("instruments.toml").get(parts[0][0].instrument, {})
        bank, program = _general_midi(row)
        if bank >= 128:
            port, channel, drums = drums, DRUM_CHANNEL, drums + 1
        else:
            port, slot, pitched = pitched // 15, pitched % 15, pitched + 1
            channel = slot if slot < DRUM_CHANNEL else slot + 1
        notes: list[MidiNote] = []
        controls: list[Control] = []
        timed: list[tuple[int, Control]] = []
        for part, music in parts:
            notes += _notes(part, music, grid, variant)
            controls += part.controls
            timed += [(_control_tick(c, music, grid, variant), c) for c in part.controls]
        bends = any(control.kind == "bend_semitones" for control in controls)
        level_db = max(part.level_db for part, _ in parts)
        yield Track(
            name=name, channel=channel, port=port, program=program, bank=0 if bank >= 128 else bank,
            notes=_apart(notes), setup=_setup(row, level_db, bends),
            controls=tuple(
                ControlEvent(tick=tick, number=_NUMBERS[c.kind], value=max(0, min(127, round(c.value))))
                for tick, c in timed if c.kind in _NUMBERS
            ),
            bends=tuple(
                BendEvent(tick=tick, value=max(-8192, min(8191, round(8192 * c.value / BEND_RANGE_SEMITONES))))
                for tick, c in timed if c.kind == "bend_semitones"
            ),
        )  # fmt: skip


def _general_midi(row: dict[str, Any]) -> tuple[int, int]:
    """(bank, program) that any General MIDI player has: the row's first preset for every font."""
    presets = [preset for preset in row.get("presets", ()) if preset.get("font") == "*"]
    return (int(presets[0]["bank"]), int(presets[0]["program"])) if presets else (0, 0)


def _setup(row: dict[str, Any], level_db: float, bends: bool) -> tuple[tuple[int, int], ...]:
    # CC7 follows 40 log10(cc/127) dB.
    volume = max(1, min(127, round(_LEVEL_0_DB_VOLUME * 10.0 ** (level_db / 40.0))))
    setup = ((_VOLUME, volume), (_PAN, int(row.get("pan", 64))), (_EXPRESSION, 127), (_REVERB, 40))
    return setup + (_RPN_BEND_RANGE if bends else ())


def _notes(part: Part, music: Music, grid: Grid, variant: Variant) -> list[MidiNote]:
    found = []
    for note in part.notes:
        if variant == "played":
            start_s = music.seconds_at(note.start_beats) + note.nudge_ms / 1000.0
            end_s = music.seconds_at(note.start_beats + note.length_beats) + note.release_ms / 1000.0
        else:
            start_s, end_s = (music.seconds_at(beats) for beats in music.written_at(note))
        start = grid.tick_at(start_s)
        found.append(
            MidiNote(start=start, end=max(start + 1, grid.tick_at(end_s)), pitch=note.pitch, velocity=note.velocity)
        )
    return found


def _control_tick(control: Control, music: Music, grid: Grid, variant: Variant) -> int:
    nudge_s = control.nudge_ms / 1000.0 if variant == "played" else 0.0
    return grid.tick_at(music.seconds_at(control.at_beats) + nudge_s)


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
