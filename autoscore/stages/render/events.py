"""From a part in beats to what is sent to the synthesiser, on its grid of blocks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from autoscore import tables
from autoscore.adapters.synth import BLOCK
from autoscore.model.audio import RATE_HZ
from autoscore.model.score import Control, Note, Part
from autoscore.stages.render.clock import Clock
from autoscore.stages.render.measure import NOMINAL_EXPRESSION, Voice, expression_value, initial_expression

BEND_RANGE = 12
"""Pitch bend range in semitones, as model.score.Control allows."""
_SHORTEST_BLOCKS = 8
_MOST_ADVANCE_S = 0.45
_VELOCITY_SWELL_DB = 0.09
"""dB per velocity step on presets whose level does not follow velocity; +-4 dB at most."""
_VELOCITY_SHARE = 0.5
"""How much of velocity's spread is left on held instruments that follow both velocity and expression."""

_TONE_STEP_CENTS = 60
"""A change of brightness below this is not worth a message."""

Kind = Literal["off", "control", "bend", "tone", "on"]
_ORDER: dict[Kind, int] = {"off": 0, "control": 1, "bend": 2, "tone": 3, "on": 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One message at film position ``block`` (in blocks of BLOCK samples): number and value as in MIDI.

    "tone" moves the brightness to ``value`` cents.
    """

    block: int
    kind: Kind
    channel: int
    number: int
    value: int

    @property
    def order(self) -> tuple[int, int, int, int, int]:
        return (self.block, _ORDER[self.kind], self.channel, self.number, self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Played:
    """A note in film seconds, as it must be sent."""

    on_s: float
    off_s: float
    pitch: int
    velocity: int


def part_events(part: Part, clock: Clock, voice: Voice, channel: int) -> list[Sent]:
    """All messages of one part after its set-up, unsorted."""
    swells = bool(tables.read("instruments.toml")[part.instrument]["dynamics"] == "cc")
    played = _untangled([_timed(note, clock, voice) for note in part.notes])
    if not played:
        return []
    advance_s = voice.advance_s(part.notes[len(part.notes) // 2].pitch, 80)
    sent: list[Sent] = []
    for note in played:
        start, end = _block(note.on_s), max(_block(note.off_s), _block(note.on_s) + _SHORTEST_BLOCKS)
        velocity = note.velocity
        if swells and voice.choice.expression_cc != 2:
            velocity = round(80 + (velocity - 80) * _VELOCITY_SHARE)
        sent.append(Sent(block=start, kind="on", channel=channel, number=note.pitch, value=velocity))
        sent.append(Sent(block=end, kind="off", channel=channel, number=note.pitch, value=0))
    sent += _controls(part, clock, channel, advance_s)
    sent += _expression(part, clock, voice, channel, advance_s, played, swells)
    return sent


def _timed(note: Note, clock: Clock, voice: Voice) -> _Played:
    written_s = clock.seconds_at(note.start_beats) + note.nudge_ms / 1000.0
    off_s = clock.seconds_at(note.start_beats + note.length_beats) + note.release_ms / 1000.0
    if note.anchor == "peak":
        on_s = written_s - voice.peaks_s.get(note.pitch, 0.0)
        off_s = max(off_s, written_s + 0.03)
    else:
        on_s = written_s - min(_MOST_ADVANCE_S, voice.advance_s(note.pitch, note.velocity))
    return _Played(on_s=on_s, off_s=off_s, pitch=note.pitch, velocity=note.velocity)


def _untangled(notes: list[_Played]) -> list[_Played]:
    """Ends a note before the next of the same pitch begins, for a note-off would end both."""
    last: dict[int, int] = {}
    done: list[_Played | None] = []
    gap_s = BLOCK / RATE_HZ
    for note in sorted(notes, key=lambda n: (n.on_s, n.pitch, n.velocity)):
        index = last.get(note.pitch)
        before = done[index] if index is not None else None
        if index is not None and before is not None and before.off_s > note.on_s - gap_s:
            off_s = note.on_s - gap_s
            if off_s - before.on_s > _SHORTEST_BLOCKS * gap_s:
                done[index] = replace(before, off_s=off_s)
            else:  # two attacks at once: one note, the longer and the stronger of both
                done[index] = None
                longer_s, stronger = max(before.off_s, note.off_s), max(before.velocity, note.velocity)
                note = replace(note, on_s=before.on_s, off_s=longer_s, velocity=stronger)
        last[note.pitch] = len(done)
        done.append(note)
    return [note for note in done if note is not None]


def _controls(part: Part, clock: Clock, channel: int, advance_s: float) -> list[Sent]:
    """Vibrato, pedal and bend, as early as the notes they belong to."""
    sent: list[Sent] = []
    for control in part.controls:
        block = _block(_control_s(control, clock) - advance_s)
        if control.kind == "bend_semitones":
            value = max(0, min(16383, 8192 + round(control.value / BEND_RANGE * 8192)))
            sent.append(Sent(block=block, kind="bend", channel=channel, number=0, value=value))
        elif control.kind in ("vibrato", "pedal"):
            value = max(0, min(127, round(control.value)))
            number = 1 if control.kind == "vibrato" else 64
            sent.append(Sent(block=block, kind="control", channel=channel, number=number, value=value))
    return sent


def _expression(
    part: Part, clock: Clock, voice: Voice, channel: int, advance_s: float, played: list[_Played], swells: bool
) -> list[Sent]:
    """The expression curve, with the accents of velocity laid on it where the preset's level ignores velocity."""
    number = voice.choice.expression_cc
    curve = [
        (_block(_control_s(control, clock) - advance_s), 0, control.value)
        for control in part.controls
        if control.kind == "expression"
    ]
    accents: list[tuple[int, int, float]] = []
    if swells and number == 2:
        accents = [
            (_block(note.on_s), 1, max(-4.0, min(4.0, _VELOCITY_SWELL_DB * (note.velocity - 80)))) for note in played
        ]
    # The first word on expression holds from the start, so that no note begins at another level.
    level = min(curve)[2] if curve else None
    accent_db = 0.0
    last = first_expression(part, clock, voice)
    toned = first_tone(part, clock)
    sent: list[Sent] = []
    for block, kind, value in sorted(curve + accents):
        if kind == 0:
            level = value
        else:
            accent_db = value
        base = level if level is not None else float(NOMINAL_EXPRESSION)
        base *= 10.0 ** (accent_db / 33.0)
        wanted = expression_value(base, number)
        tone = tone_cents(part, base)
        if abs(tone - toned) >= _TONE_STEP_CENTS:
            sent.append(Sent(block=block, kind="tone", channel=channel, number=0, value=tone))
            toned = tone
        if wanted != last:
            sent.append(Sent(block=block, kind="control", channel=channel, number=number, value=wanted))
            last = wanted
    return sent


def tone_cents(part: Part, expression: float) -> int:
    """Where a player's brightness stands at score expression 0..127, cents: soft is darker, as on real instruments.

    Fonts hardly do it by themselves (craft guide 6.3); how much a group moves is in desk.toml.
    """
    row = tables.read("desk.toml")["brightness"]
    player = tables.read("instruments.toml")[part.instrument]
    if player["dynamics"] != "cc":
        return 0
    neutral = float(row["neutral"])
    share = (min(127.0, max(0.0, expression)) - neutral) / neutral
    return round(float(row["groups"].get(player["group"], 0.0)) * share)


def first_tone(part: Part, clock: Clock) -> int:
    """Brightness before the first note, cents."""
    values = [((_control_s(c, clock)), c.value) for c in part.controls if c.kind == "expression"]
    return tone_cents(part, min(values)[1] if values else float(NOMINAL_EXPRESSION))


def first_expression(part: Part, clock: Clock, voice: Voice) -> int:
    """The expression controller's value before the first note."""
    first = min(
        ((_control_s(c, clock), c.value) for c in part.controls if c.kind == "expression"),
        default=None,
    )
    swells = bool(tables.read("instruments.toml")[part.instrument]["dynamics"] == "cc")
    if first is None:
        return initial_expression(voice.choice, swells)
    return expression_value(first[1], voice.choice.expression_cc)


def _control_s(control: Control, clock: Clock) -> float:
    return clock.seconds_at(control.at_beats) + control.nudge_ms / 1000.0


def _block(time_s: float) -> int:
    return round(time_s * RATE_HZ / BLOCK)
