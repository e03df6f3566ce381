"""The bass: a pitch a chord, ways from one to the next, movement as groove and intensity ask (craft guide 5.4)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from autoscore.model.tempo import Bar, pulse_beats
from autoscore.stages.compose.harmony.basspath import bass_path
from autoscore.stages.compose.lines.fit import chord_scale
from autoscore.stages.compose.lines.pulse import accents, groove_row
from autoscore.stages.compose.orchestra.layers import Cast
from autoscore.stages.compose.orchestra.players import Player, player
from autoscore.stages.compose.themes.skeleton import SIXTEENTH, pattern_slots
from autoscore.stages.compose.values import Chord, Line, Phrase, Setting, Tone
from autoscore.tables import read


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """One chord under a phrase: the bass pitch, the next one, and where the chord sounds."""

    chord: Chord
    pitch: int
    following: int
    start: Fraction
    until: Fraction
    moves_on: bool
    """Another chord follows, on another pitch: the bass may lead into it."""


def _within(pitch: int, who: Player) -> int:
    while pitch < who.low:
        pitch += 12
    while pitch > who.high:
        pitch -= 12
    return pitch


def _in_reach(path: Sequence[int], who: Player) -> list[int]:
    """The path as the player can have it: whole octaves for all of it, so that its shape stays."""
    shift = min(
        (12 * n for n in range(-2, 4)), key=lambda s: (sum(not who.low <= p + s <= who.high for p in path), abs(s))
    )
    return [_within(p + shift, who) for p in path]


def _approach(ground: _Ground, setting: Setting, rng: random.Random) -> int:
    """A tone that leads into the next root: by step, from its fifth, or from its octave, as the shares of 5.4."""
    rules = read("harmony.toml")["bass"]
    target, pitch = ground.following, ground.pitch
    classes = chord_scale(ground.chord, ground.chord.key or setting.key)
    side = 1 if pitch > target else -1
    steps = [s for s in (side * 2, side, -side, -side * 2) if (target + s) % 12 in classes]
    kind = rng.choices(("step", "fifth", "octave"), rules["approach"])[0]
    if kind == "fifth" and (target + 7) % 12 in classes:
        return target - 5 if abs(target - 5 - pitch) <= abs(target + 7 - pitch) else target + 7
    if kind == "octave" and abs(target + 12 - pitch) <= 12:
        return target + 12
    return target + steps[0] if steps else target + side


def _grounds(chords: Sequence[Chord], path: Sequence[int], phrase: Phrase, stop: Fraction) -> list[_Ground]:
    found = []
    end = min(stop, phrase.end_beats)
    for i, chord in enumerate(chords):
        start, until = max(chord.start_beats, phrase.start_beats), min(chord.end_beats, end)
        if until > start:
            after = path[min(i + 1, len(path) - 1)]
            found.append(
                _Ground(
                    chord=chord,
                    pitch=path[i],
                    following=after,
                    start=start,
                    until=until,
                    moves_on=after != path[i] and until == chord.end_beats,
                )
            )
    return found


def bass(
    setting: Setting, phrases: tuple[Phrase, ...], casts: tuple[Cast, ...], chords: tuple[Chord, ...], stop: Fraction
) -> tuple[Line, ...]:
    """One ``Line`` per phrase in which the bass layer sounds."""
    groove = groove_row(setting)
    path = bass_path(chords)
    lines: list[Line] = []
    for phrase, cast in zip(phrases, casts, strict=True):
        if not cast.has("bass") or not cast.bass:
            continue
        who = player(cast.bass[0])
        # What returns has its bass again: statements share one, every second of them another.
        label = "A" if phrase.function in ("climax", "reprise") else phrase.function
        rng = setting.random("bass", label, phrase.statement % 2 if phrase.function == "A" else 0)
        habit = setting.random("bass figure", label).randrange(6)
        active = cast.has("motion") and not phrase.spoken > 0.5
        tones: list[Tone] = []
        for ground in _grounds(chords, _in_reach(path, who), phrase, stop):
            if groove.get("bass") and active and cast.has("percussion"):
                tones.extend(_grooving(setting, ground, groove["bass"], habit, who.high))
            elif groove.get("bass_style") == "walking" and active:
                walking = phrase.intensity > 0.5
                tones.extend(_walking(setting, ground, rng) if walking else _two_feel(setting, ground, rng))
            elif groove.get("bass_style") == "oom_pah" and active:
                tones.extend(_oom_pah(setting, ground, phrase))
            elif active:
                tones.extend(_striking(setting, ground, phrase, who, rng))
            else:
                tones.extend(_holding(setting, ground))
        tones = [replace(t, pitch=_within(t.pitch, who)) for t in tones]
        lines.append(Line(role="bass", name="bass", tones=tuple(_tamed(tones)), instrument=cast.bass[0]))
    return tuple(lines)


def _tamed(tones: list[Tone]) -> list[Tone]:
    """A leap beyond an octave comes nearer by an octave."""
    found = tones[:1]
    for _, tone in pairwise(tones):
        last = found[-1].pitch
        if tone.pitch - last > 12:
            tone = replace(tone, pitch=tone.pitch - 12)
        elif last - tone.pitch > 12:
            tone = replace(tone, pitch=tone.pitch + 12)
        found.append(tone)
    return found


def _bars(setting: Setting, ground: _Ground) -> list[Bar]:
    first = setting.bar_index(ground.start)
    return [b for b in setting.bars[first:] if b.start_beats < ground.until]


def _grooving(setting: Setting, ground: _Ground, patterns: list[str], habit: int, high: int) -> list[Tone]:
    """The groove's own bass figure over one chord; it changes every four bars."""
    root, start, until = ground.pitch, ground.start, ground.until
    fifth = root + (7 if (ground.chord.bass + 7) % 12 in ground.chord.classes else 0)
    voices = {"r": root, "f": fifth if fifth <= high else fifth - 12, "o": root + 12 if root + 12 <= high else root}
    tones: list[Tone] = []
    for bar in _bars(setting, ground):
        slots = pattern_slots(patterns[(habit + setting.bar_index(bar.start_beats) // 4) % len(patterns)], bar.metre)
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
        tones.insert(0, Tone(start_beats=start, length_beats=min(first - start, Fraction(1)), pitch=root, stress=3.0))
    return tones


def _walking(setting: Setting, ground: _Ground, rng: random.Random) -> list[Tone]:
    """A tone a beat: root, chord tones by step or third, the last one leading on."""
    pulse = pulse_beats(setting.bars[setting.bar_index(ground.start)].metre)
    scale = sorted(chord_scale(ground.chord, ground.chord.key or setting.key))
    tones: list[Tone] = []
    at, pitch, step = ground.start, ground.pitch, 0
    side = 1 if ground.following >= ground.pitch else -1
    while at < ground.until:
        rest = ground.until - at
        if step and rest <= pulse and ground.moves_on:
            pitch = _approach(ground, setting, rng)
        elif step:
            wanted = (ground.chord.root,) if step % 4 == 0 else ground.chord.classes if step % 2 == 0 else scale
            reach = 7 if step % 4 == 0 else 5
            options = [p for p in range(pitch - reach, pitch + reach + 1) if p != pitch and p % 12 in wanted]
            if abs(pitch - ground.pitch) >= 9:
                side = 1 if pitch < ground.pitch else -1
            onward = [p for p in options if (p - pitch) * side > 0] or options
            pitch = min(onward, key=lambda p: (abs(p - pitch), p)) if onward else pitch
        tones.append(Tone(start_beats=at, length_beats=min(pulse, rest), pitch=pitch, stress=0.0 if step % 2 else 3.0))
        at += pulse
        step += 1
    return tones


def _two_feel(setting: Setting, ground: _Ground, rng: random.Random) -> list[Tone]:
    """Half notes: root and fifth, a beat of approach before the next chord."""
    bar = setting.bars[setting.bar_index(ground.start)]
    pulse = pulse_beats(bar.metre)
    half = pulse * max(1, int(bar.length_beats / pulse) // 2)
    fifth = next((c for c in ground.chord.classes[1:] if (c - ground.chord.root) % 12 in (6, 7, 8)), ground.chord.root)
    tones: list[Tone] = []
    at, step = ground.start, 0
    while at < ground.until:
        pitch = ground.pitch if step % 2 == 0 else ground.pitch + (fifth - ground.pitch) % 12
        tones.append(Tone(start_beats=at, length_beats=min(half, ground.until - at), pitch=pitch, stress=1.0))
        at += half
        step += 1
    last = tones[-1]
    if ground.moves_on and last.length_beats >= 2 * pulse:
        tones[-1] = replace(last, length_beats=last.length_beats - pulse)
        lead = _approach(ground, setting, rng)
        tones.append(Tone(start_beats=ground.until - pulse, length_beats=pulse, pitch=lead, stress=-4.0))
    return tones


def _oom_pah(setting: Setting, ground: _Ground, phrase: Phrase) -> list[Tone]:
    """Short roots on the weights of the bar, the fifth in every other bar; the chord answers between."""
    tones: list[Tone] = []
    for bar in _bars(setting, ground):
        pulse = pulse_beats(bar.metre)
        pulses = int(bar.length_beats / pulse)
        number = setting.bar_index(bar.start_beats) - setting.bar_index(phrase.start_beats)
        for i in range(0, max(1, pulses), 2 if pulses != 3 else 3):
            at = bar.start_beats + i * pulse
            turn = i // 2 % 2 == 1 if pulses > 3 else number % 2 == 1
            fifth = turn and (ground.chord.bass + 7) % 12 in ground.chord.classes and at > ground.start
            if ground.start <= at < ground.until:
                pitch = ground.pitch - 5 if fifth else ground.pitch
                tones.append(Tone(start_beats=at, length_beats=min(pulse, ground.until - at), pitch=pitch))
    if not tones or tones[0].start_beats > ground.start:
        tones.insert(0, Tone(start_beats=ground.start, length_beats=Fraction(1, 2), pitch=ground.pitch))
    return tones


def _striking(setting: Setting, ground: _Ground, phrase: Phrase, who: Player, rng: random.Random) -> list[Tone]:
    """On the accents that everybody shares; a tone of approach before the next chord."""
    onsets = [ground.start]
    for bar in _bars(setting, ground):
        shared = accents(setting, phrase, bar)
        beats = shared if phrase.intensity > 0.6 else shared[:1]
        onsets.extend(a for b in beats if ground.start < (a := bar.start_beats + b) < ground.until)
    pulse = pulse_beats(setting.bars[setting.bar_index(ground.start)].metre)
    lead = ground.moves_on and ground.until - ground.start >= 3 * pulse and rng.random() < 0.6
    if lead:
        onsets = [o for o in onsets if o < ground.until - pulse]
        onsets.append(ground.until - pulse)
    tones: list[Tone] = []
    for i, (at, after) in enumerate(zip(onsets, [*onsets[1:], ground.until], strict=True)):
        pitch = ground.pitch
        if lead and at == onsets[-1]:
            pitch = _approach(ground, setting, rng)
        elif i and rng.random() < 0.12 and not ground.chord.pedal and ground.pitch + 12 <= who.high:
            pitch += 12
        length = after - at
        tones.append(Tone(start_beats=at, length_beats=length, pitch=pitch, stress=3.0 if i == 0 else -3.0))
    return tones


def _holding(setting: Setting, ground: _Ground) -> list[Tone]:
    """Long tones, taken anew every second bar."""
    onsets = [ground.start]
    for bar in _bars(setting, ground):
        if bar.start_beats - onsets[-1] >= 2 * bar.length_beats and bar.start_beats > ground.start:
            onsets.append(bar.start_beats)
    return [
        Tone(start_beats=a, length_beats=b - a, pitch=ground.pitch, stress=3.0)
        for a, b in zip(onsets, [*onsets[1:], ground.until], strict=True)
    ]
