"""What a player's pitch does: vibrato on long notes, small differences in repeated ones, falls (craft guide 6.6)."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import pairwise

from autoscore.model.score import Control, Note
from autoscore.stages.compose.orchestra.players import Player
from autoscore.stages.compose.values import Setting, Tone
from autoscore.tables import read

VIBRATO_STEPS = 5
FALL_STEPS = 12


def vibrato(setting: Setting, who: Player, notes: tuple[Note, ...], rng: random.Random) -> tuple[Control, ...]:
    """A single player's vibrato (CC1 depth): nothing at the attack of a long note, then growing; none on short ones."""
    table = read("performance.toml")["vibrato"]
    depth = int(table["depths"].get(who.key, table["depths"].get(who.family, 0)))
    if who.polyphonic or who.struck or not depth:
        return ()
    controls = [Control(at_beats=Fraction(0), kind="vibrato", value=0)]
    shaking = False
    for note in notes:
        length_s = setting.tempo.seconds_at(note.start_beats + note.length_beats) - setting.tempo.seconds_at(
            note.start_beats
        )
        if shaking:
            controls.append(Control(at_beats=note.start_beats, kind="vibrato", value=0, nudge_ms=note.nudge_ms - 5.0))
        shaking = length_s >= float(table["from_s"])
        if not shaking:
            continue
        after, most = rng.uniform(*table["after_ms"]), depth * rng.uniform(0.8, 1.1)
        for step in range(1, VIBRATO_STEPS + 1):
            late = note.nudge_ms + after + float(table["rise_ms"]) * (step - 1) / (VIBRATO_STEPS - 1)
            if late < 1000.0 * length_s - 60.0:
                value = round(most * step / VIBRATO_STEPS)
                controls.append(
                    Control(at_beats=note.start_beats, kind="vibrato", value=value, nudge_ms=round(late, 1))
                )
    return tuple(controls)


def detune(who: Player, notes: tuple[Note, ...], rng: random.Random) -> tuple[Control, ...]:
    """A single player never hits a repeated pitch twice alike: a few cents either way, none on the next other pitch."""
    if who.polyphonic or who.struck or who.family in ("synth", "bass"):
        return ()
    low, high = read("performance.toml")["detune"]["semitones"]
    controls: list[Control] = []
    bent = 0.0
    for before, note in pairwise(notes):
        wanted = 0.0
        if note.pitch == before.pitch:
            wanted = round(rng.uniform(low, high) * (-1.0 if bent > 0 else 1.0), 3)
        if wanted != bent:
            controls.append(
                Control(at_beats=note.start_beats, kind="bend_semitones", value=wanted, nudge_ms=note.nudge_ms - 4.0)
            )
            bent = wanted
    return (Control(at_beats=Fraction(0), kind="bend_semitones", value=0.0), *controls) if controls else ()


def falls(tones: tuple[Tone, ...], semitones: float) -> tuple[Control, ...]:
    """The drop of a boom: from each attack the pitch falls over 600 ms, then returns for the next."""
    controls = [Control(at_beats=Fraction(0), kind="bend_semitones", value=0.0)]
    for tone in tones:
        controls.append(
            Control(at_beats=tone.start_beats, kind="bend_semitones", value=0.0, nudge_ms=tone.nudge_ms - 5.0)
        )
        controls.extend(
            Control(
                at_beats=tone.start_beats,
                kind="bend_semitones",
                value=round(semitones * i / FALL_STEPS, 3),
                nudge_ms=tone.nudge_ms + 50.0 * i,
            )
            for i in range(1, FALL_STEPS + 1)
        )
    return tuple(controls)
