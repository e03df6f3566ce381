"""The bass: roots on chord changes, ways from one root to the next, the movement that the intensity asks for."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from autoscore.model.tempo import pulse_beats
from autoscore.stages.compose.lines.fit import chord_scale
from autoscore.stages.compose.orchestra.layers import Cast
from autoscore.stages.compose.orchestra.players import player
from autoscore.stages.compose.themes.skeleton import SIXTEENTH, pattern_slots
from autoscore.stages.compose.values import Chord, Line, Phrase, Setting, Tone, chord_at
from autoscore.tables import read

HOME = 39
"""Where the bass is drawn back to."""


def _near(pitch_class: int, around: int, low: int, high: int) -> int:
    pitch = around + (pitch_class - around + 6) % 12 - 6
    while pitch < low:
        pitch += 12
    while pitch > high:
        pitch -= 12
    return pitch


def _approach(pitch: int, target: int, chord: Chord, setting: Setting) -> int:
    """A tone that leads by step into ``target`` from the side of ``pitch``."""
    classes = chord_scale(chord, setting.key)
    side = 1 if pitch > target else -1
    for size in (2, 1, 3):
        if (target + side * size) % 12 in classes:
            return target + side * size
    return target + 12 if target < 40 else target - 5


def bass(
    setting: Setting, phrases: tuple[Phrase, ...], casts: tuple[Cast, ...], chords: tuple[Chord, ...], stop: Fraction
) -> tuple[Line, ...]:
    """One ``Line`` per phrase in which the bass layer sounds."""
    table = read("percussion.toml")["grooves"]
    groove: dict[str, Any] = table.get(setting.mood.texture.groove, {})
    lines: list[Line] = []
    last = 40
    for phrase, cast in zip(phrases, casts, strict=True):
        if not cast.has("bass") or not cast.bass:
            continue
        who = player(cast.bass[0])
        low, high = max(who.low, min(who.sweet_low, 40)), min(who.high, 52)
        if high - low < 11:
            high = min(who.high, low + 14)
        rng = setting.random("bass", phrase.index)
        habit = rng.randrange(6)
        active = cast.has("motion") and not phrase.spoken > 0.5
        struck = who.struck
        tones: list[Tone] = []
        end = min(stop, phrase.end_beats)
        for i, chord in enumerate(chords):
            start, until = max(chord.start_beats, phrase.start_beats), min(chord.end_beats, end)
            if until <= start:
                continue
            target = chords[min(i + 1, len(chords) - 1)].bass
            root = _near(chord.bass, round(0.6 * last + 0.4 * HOME), low, high)
            following = _near(target, root, low, high)
            fifth = _near((chord.root + 7) % 12, root + 4, low, min(who.high, high + 5))
            pitches = (root, fifth, following)
            if groove.get("bass") and active and cast.has("percussion"):
                tones.extend(_grooving(setting, start, until, pitches, groove["bass"], habit, who.high))
            else:
                tones.extend(_bar_tones(setting, chord, start, until, pitches, active, struck, groove, rng.random()))
            last = root
        tones = [replace(t, pitch=_near(t.pitch % 12, t.pitch, who.low, who.high)) for t in tones]
        lines.append(Line(role="bass", name="bass", tones=tuple(tones), instrument=cast.bass[0]))
    return tuple(lines)


def _grooving(
    setting: Setting,
    start: Fraction,
    until: Fraction,
    pitches: tuple[int, int, int],
    patterns: list[str],
    habit: int,
    high: int,
) -> list[Tone]:
    """The groove's own bass figure over one chord; it changes every four bars."""
    root, fifth, _ = pitches
    octave = root + 12 if root + 12 <= high else root
    voices = {"r": root, "f": fifth, "o": octave}
    tones: list[Tone] = []
    for index in range(setting.bar_index(start), len(setting.bars)):
        bar = setting.bars[index]
        if bar.start_beats >= until:
            break
        slots = pattern_slots(patterns[(habit + index // 4) % len(patterns)], bar.metre)
        for i, symbol in enumerate(slots):
            at = bar.start_beats + i * SIXTEENTH
            if symbol not in voices or not start <= at < until:
                continue
            held = 1
            while i + held < len(slots) and slots[i + held] == "-":
                held += 1
            length = min(held * SIXTEENTH if held > 1 else SIXTEENTH * 3 / 2, until - at)
            tones.append(
                Tone(start_beats=at, length_beats=length, pitch=voices[symbol], stress=4.0 if i % 4 == 0 else -4.0)
            )
    if not tones or tones[0].start_beats > start:
        first = tones[0].start_beats if tones else until
        lead = Tone(start_beats=start, length_beats=min(first - start, Fraction(1)), pitch=root, stress=3.0)
        tones.insert(0, lead)
    return tones


def _bar_tones(
    setting: Setting,
    chord: Chord,
    start: Fraction,
    until: Fraction,
    pitches: tuple[int, int, int],
    active: bool,
    struck: bool,
    groove: dict[str, Any],
    chance: float,
) -> list[Tone]:
    """The bass under one chord between two beats."""
    root, fifth, following = pitches
    metre = setting.bars[setting.bar_index(start)].metre
    pulse = pulse_beats(metre)
    tones: list[Tone] = []
    style = groove.get("bass_style", "")
    if style == "walking" and active:
        at, step, pitch = start, 0, root
        path = [root, chord.classes[1] if len(chord.classes) > 1 else chord.root, chord.root + 7]
        while at < until:
            remaining = until - at
            if remaining <= pulse and step:
                pitch = _approach(pitch, following, chord, setting)
            elif step:
                pitch = _near(path[step % len(path)] % 12, pitch, 30, 55)
            tones.append(
                Tone(start_beats=at, length_beats=min(pulse, remaining), pitch=pitch, stress=0.0 if step % 2 else 3.0)
            )
            at += pulse
            step += 1
        return tones
    if style == "oom_pah" or (struck and active):
        at, step = start, 0
        while at < until:
            bar = setting.bars[setting.bar_index(at)]
            half = pulse * max(1, (bar.numerator if pulse == Fraction(4, bar.denominator) else 2) // 2)
            pitch = root if step % 2 == 0 else fifth
            tones.append(
                Tone(
                    start_beats=at, length_beats=min(pulse * (1 if style == "oom_pah" else 2), until - at), pitch=pitch
                )
            )
            at += half
            step += 1
        return tones
    # Repetition at every bar keeps a long chord alive; a step leads into the next root.
    at = start
    while at < until:
        bar = setting.bars[setting.bar_index(at)]
        length = min(bar.start_beats + bar.length_beats, until) - at
        lead_in = active and at + length == until and length >= 3 and chance < 0.5 and following != root
        if lead_in:
            tones.append(Tone(start_beats=at, length_beats=length - 1, pitch=root, stress=3.0))
            tones.append(
                Tone(
                    start_beats=until - 1,
                    length_beats=Fraction(1),
                    pitch=_approach(root, following, chord, setting),
                    stress=-4.0,
                )
            )
        elif active and length >= 4 and chance < 0.8:
            tones.append(Tone(start_beats=at, length_beats=length * 5 / 8, pitch=root, stress=3.0))
            tones.append(
                Tone(
                    start_beats=at + length * 5 / 8,
                    length_beats=length * 3 / 8,
                    pitch=root if chance < 0.65 else fifth,
                    stress=-3.0,
                )
            )
        elif tones and tones[-1].pitch == root and not active:
            last = tones.pop()
            tones.append(Tone(start_beats=last.start_beats, length_beats=last.length_beats + length, pitch=root))
        else:
            tones.append(Tone(start_beats=at, length_beats=length, pitch=root, stress=3.0))
        at += length
    return tones


def doubled(line: Line, cast: Cast, chords: tuple[Chord, ...]) -> Line | None:
    """The bass an octave apart on a second instrument of another colour, where the cast has one."""
    if len(cast.bass) < 2 or not chords:
        return None
    who = player(cast.bass[1])
    first = player(cast.bass[0])
    if first.struck or (who.family == first.family and who.family != "strings"):
        return None
    tones = []
    for tone in line.tones:
        pitch = tone.pitch + 12 if tone.pitch + 12 <= min(who.high, 57) else tone.pitch
        if who.low <= pitch <= who.high and chord_at(chords, tone.start_beats):
            tones.append(
                Tone(start_beats=tone.start_beats, length_beats=tone.length_beats, pitch=pitch, stress=tone.stress)
            )
    return Line(role="bass", name="bass double", tones=tuple(tones), instrument=cast.bass[1]) if tones else None
