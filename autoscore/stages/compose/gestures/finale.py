"""The last chord: what each layer plays when a cue ends on a button or rings out (craft guide 7)."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from autoscore.stages.compose.form.ending import Ending
from autoscore.stages.compose.gestures.strokes import near_pitch
from autoscore.stages.compose.harmony.voicing import Voicing
from autoscore.stages.compose.lines.percussion import sound
from autoscore.stages.compose.orchestra.layers import Cast
from autoscore.stages.compose.orchestra.players import player
from autoscore.stages.compose.values import Chord, Line, Setting, Tone
from autoscore.tables import read

SHORTEST = Fraction(1, 4)


def ending_row(kind: str) -> dict[str, Any]:
    """How the last attack is played: a row of transitions.toml."""
    names = {"button": "button", "stop": "break_off"}
    row: dict[str, Any] = read("transitions.toml")[names.get(kind, "ring_out")]
    return row


def _let_go(setting: Setting, lines: list[Line], stagger_ms: float) -> list[Line]:
    """The held lines let go one after the other, the highest first, so that the end thins out."""
    if not stagger_ms:
        return lines
    order = sorted(range(len(lines)), key=lambda i: (-max(t.pitch for t in lines[i].tones), i))
    found = list(lines)
    for place, i in enumerate(order):
        early = setting.beats_for(stagger_ms / 1000.0 * (len(order) - 1 - place), lines[i].tones[0].end_beats)
        found[i] = replace(
            lines[i],
            tones=tuple(replace(t, length_beats=max(SHORTEST, t.length_beats - early)) for t in lines[i].tones),
        )
    return found


def finale(
    setting: Setting, ending: Ending, cast: Cast, chord: Chord, voicing: Voicing, lead: tuple[Line, ...]
) -> tuple[Line, ...]:
    """Lines of the last attack. Button: short and together; stop: struck hard and cut; ring: held to the
    end, the lead on a chord tone.

    Args:
        lead: the melody so far; its last tone leads to the nearest tone of the last chord.
    """
    at, until = ending.at_beats, ending.until_beats
    button = ending.kind == "button"
    row = ending_row(ending.kind)
    length = min(Fraction(str(row["length_beats"])), until - at) if row["length_beats"] else until - at
    if length <= 0:
        return ()
    stress, mark = float(row["stress"]), str(row["mark"])
    lines: list[Line] = []

    def add(role: str, name: str, key: str, pitches: list[int], extra: float = 0.0) -> None:
        who = player(key)
        kept = [p for p in pitches if who.low <= p <= who.high]
        kept = kept if who.polyphonic else kept[-1:]
        if kept:
            tones = tuple(
                Tone(start_beats=at, length_beats=length, pitch=p, stress=stress + extra, mark=mark)  # type: ignore[arg-type]
                for p in kept
            )
            lines.append(Line(role=role, name=name, tones=tones, instrument=key))  # type: ignore[arg-type]

    if cast.pad and not button:
        add("pad", "pad", cast.pad, list(voicing))
    if cast.harmony and (cast.has("harmony") or button or not cast.pad):
        key = next((k for k in cast.harmony if k != cast.pad or button), cast.harmony[0])
        roots = [p for p in range(min(voicing), max(voicing) + 1) if p % 12 == chord.root]
        add("harmony", "harmony", key, (roots or list(voicing)) if row["unison"] else list(voicing))
    if cast.bass:
        who = player(cast.bass[0])
        add("bass", "bass", cast.bass[0], [near_pitch(chord.bass, 38, who.low, who.high)])
    sung = [t for line in lead for t in line.tones if t.end_beats <= at]
    # Under speech or after a long silence no last note of the lead comes back by itself.
    if cast.lead and sung and not setting.spoken(at) and at - sung[-1].end_beats <= 8:
        who = player(cast.lead)
        last = (chord.root,) if row["unison"] else chord.classes[:3]
        pool = [p for p in range(who.low, who.high + 1) if p % 12 in last]
        if pool:
            add("melody", "lead", cast.lead, [min(pool, key=lambda p: (abs(p - sung[-1].pitch), p))], 4.0)
    if button or (cast.has("percussion") and setting.intensity(at) > 0.5):
        found = sound("deep", cast.percussion)
        if found and not setting.spoken(at):
            lines.append(
                Line(
                    role="percussion",
                    name="percussion",
                    instrument=found[0],
                    tones=(
                        Tone(start_beats=at, length_beats=min(Fraction(1), until - at), pitch=found[1], stress=stress),
                    ),
                )
            )
    return tuple(_let_go(setting, lines, float(row["stagger_ms"])))
