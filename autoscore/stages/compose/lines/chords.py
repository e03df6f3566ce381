"""Pads and harmony: the voicings of a cue as sustained or struck chords, with suspensions that all layers share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby

from autoscore.model.score import Role
from autoscore.model.tempo import pulse_beats
from autoscore.stages.compose.harmony.basspath import bass_path
from autoscore.stages.compose.harmony.voicing import Manner, Voicing, voice
from autoscore.stages.compose.lines.pulse import accents, groove_row
from autoscore.stages.compose.orchestra.layers import Cast, register
from autoscore.stages.compose.orchestra.players import player
from autoscore.stages.compose.values import Chord, Line, Phrase, Setting, Tone

VOICES, FULL_VOICES = 3, 4
FULL_FROM = 0.74
"""From this intensity harmony has four upper voices; below it three, so that with the bass there are four."""
HELD_BEATS = 12
"""A common tone is held over so long, then taken anew."""
BREATH = Fraction(1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Harmony:
    """One chord as a phrase hears it: its voicing, where it sounds, and which voice is late by how many beats."""

    chord: Chord
    voicing: Voicing
    start: Fraction
    end: Fraction
    late_voice: int = -1
    late_beats: Fraction = Fraction(0)
    held_pitch: int = 0


def voicings(setting: Setting, chords: tuple[Chord, ...]) -> tuple[Voicing, ...]:
    """Upper voices for every chord over its real bass, around the mood's harmonic register."""
    centre = register(setting, "harmony")
    style = setting.mood.harmony.style
    functional = style == "functional"
    manner = Manner(
        resolve=style in ("functional", "jazz"),
        planing=setting.mood.harmony.leading == "planed",
        open_fifths=style == "chromatic",
    )
    leading = (setting.key.tonic + 11) % 12 if functional else -1
    basses = bass_path(chords)
    found: list[Voicing] = []
    index = 0
    for count, group in groupby(chords, key=lambda c: _voices(setting, c)):
        run = tuple(group)
        found.extend(
            voice(
                run,
                basses[index : index + len(run)],
                count,
                centre - 10,
                centre + 11,
                leading=leading,
                manner=manner,
                before=(chords[index - 1], basses[index - 1], found[-1]) if found else None,
            )
        )
        index += len(run)
    return tuple(found)


def _voices(setting: Setting, chord: Chord) -> int:
    return FULL_VOICES if setting.intensity(chord.start_beats) >= FULL_FROM else VOICES


def _suspensions(setting: Setting, placed: Sequence[Harmony]) -> list[Harmony]:
    """Some steps down come a beat late: prepared by the chord before, held on the strong beat, resolved by step.

    No other upper voice has the tone of resolution meanwhile. As many a bar as the mood's ``suspensions``, where the
    voices offer them.
    """
    rng = setting.random("suspensions")
    found = list(placed)
    owed = rng.random()
    for i in range(1, len(found)):
        before, now = found[i - 1], found[i]
        length = now.end - now.start
        bar = setting.bars[setting.bar_index(now.start)]
        pulse = pulse_beats(bar.metre)
        owed = min(2.0, owed + setting.mood.harmony.suspensions * float(length / bar.length_beats))
        if len(before.voicing) != len(now.voicing) or length < 2 * pulse or now.chord.cluster or owed < 0.5:
            continue
        falls = [
            v
            for v, (a, b) in enumerate(zip(before.voicing, now.voicing, strict=True))
            if 1 <= a - b <= 2 and sum(p % 12 == b % 12 for p in now.voicing) == 1
        ]
        # A semitone above another voice's tone rubs; a seventh or fourth that falls is what one wants to hear.
        falls = [v for v in falls if all(before.voicing[v] - p != 1 for w, p in enumerate(now.voicing) if w != v)]
        if falls:
            beats = pulse if length < 4 * pulse else min(2 * pulse, length / 2)
            found[i] = replace(now, late_voice=falls[-1], late_beats=beats, held_pitch=before.voicing[falls[-1]])
            owed -= 1.0
    return found


def _sustained(placed: Sequence[Harmony], until: Fraction) -> list[list[Tone]]:
    """Tones of each voice (lowest first): common tones are held over, late ones come as the suspension says."""
    count = max(len(h.voicing) for h in placed)
    voices: list[list[Tone]] = [[] for _ in range(count)]
    for h in placed:
        shift = count - len(h.voicing)
        for v, pitch in enumerate(h.voicing):
            tones = voices[v + shift]
            last = tones[-1] if tones else None
            start = h.start
            if v == h.late_voice and last and last.pitch == h.held_pitch and last.end_beats == start:
                tones[-1] = replace(last, length_beats=last.length_beats + h.late_beats)
                start += h.late_beats
                tones.append(Tone(start_beats=start, length_beats=h.end - start, pitch=pitch, stress=-5.0))
            elif last and last.pitch == pitch and last.end_beats == start and h.end - last.start_beats <= HELD_BEATS:
                tones[-1] = replace(last, length_beats=h.end - last.start_beats)
            else:
                tones.append(Tone(start_beats=start, length_beats=h.end - start, pitch=pitch))
    # A section takes breath before the next phrase.
    for tones in voices:
        if tones and tones[-1].end_beats == until and tones[-1].length_beats >= 3:
            tones[-1] = replace(tones[-1], length_beats=tones[-1].length_beats - BREATH)
    return voices


def _struck(placed: Sequence[Harmony], setting: Setting, phrase: Phrase) -> list[list[Tone]]:
    """Chords of plucked or hammered players: whole on the change, their upper voices on the common accents."""
    count = max(len(h.voicing) for h in placed)
    voices: list[list[Tone]] = [[] for _ in range(count)]
    off = groove_row(setting).get("bass_style") == "oom_pah"
    for h in placed:
        beats: list[Fraction] = [] if off else [h.start]
        for bar in phrase.bars:
            pulse = pulse_beats(bar.metre)
            if off:
                steps = int(bar.length_beats / pulse)
                inside = [bar.start_beats + pulse * i for i in range(1, steps) if steps == 3 or i % 2]
                inside = inside or [bar.start_beats + pulse / 2]
            else:
                inside = [bar.start_beats + a for a in accents(setting, phrase, bar)]
            beats.extend(b for b in inside if h.start + Fraction(1, 4) <= b < h.end or (off and b == h.start))
        beats = beats or [h.start]
        for step, (at, after) in enumerate(zip(beats, [*beats[1:], h.end], strict=True)):
            length = min(pulse_beats(setting.bars[setting.bar_index(at)].metre) / 2, after - at) if off else after - at
            resolves = any(b >= h.start + h.late_beats for b in beats)
            shift = count - len(h.voicing)
            for v, pitch in enumerate(h.voicing):
                late = resolves and v == h.late_voice and at < h.start + h.late_beats
                if step == 0 or v > 0 or off:
                    voices[v + shift].append(
                        Tone(
                            start_beats=at,
                            length_beats=length,
                            pitch=h.held_pitch if late else pitch,
                            stress=0.0 if step == 0 else -4.0,
                        )
                    )
    return voices


def _dealt(role: Role, name: str, voices: list[list[Tone]], keys: Sequence[str]) -> list[Line]:
    """All voices to a chordal player or a section; to single players a comfortable voice each, the top one first."""
    who = player(keys[0])
    if who.polyphonic:
        dealt = [t for tones in voices for t in tones if who.low <= t.pitch <= who.high]
        ordered = tuple(sorted(dealt, key=lambda t: (t.start_beats, t.pitch)))
        return [Line(role=role, name=name, tones=ordered, instrument=keys[0])]
    lines: list[Line] = []
    free = [v for v in range(len(voices)) if voices[v]]
    for key in [k for k in keys if not player(k).polyphonic]:
        who = player(key)
        fitting = [v for v in free if all(who.low <= t.pitch <= who.high for t in voices[v])]
        if not fitting:
            continue
        middle = (who.sweet_low + who.sweet_high) / 2
        best = min(fitting, key=lambda v: (abs(sum(t.pitch for t in voices[v]) / len(voices[v]) - middle), v))
        free.remove(best)
        lines.append(Line(role=role, name=name, tones=tuple(voices[best]), instrument=key))
    return lines


def heard(
    setting: Setting, phrases: Sequence[Phrase], chords: Sequence[Chord], placed: Sequence[Voicing], stop: Fraction
) -> list[list[Harmony]]:
    """The chords of each phrase with their voicings and suspensions."""
    cut: list[Harmony] = []
    owner: list[int] = []
    for number, phrase in enumerate(phrases):
        end = min(stop, phrase.end_beats)
        for chord, voicing in zip(chords, placed, strict=True):
            start, until = max(chord.start_beats, phrase.start_beats), min(chord.end_beats, end)
            if until > start:
                cut.append(Harmony(chord=chord, voicing=voicing, start=start, end=until))
                owner.append(number)
    found: list[list[Harmony]] = [[] for _ in phrases]
    for number, one in zip(owner, _suspensions(setting, cut), strict=True):
        found[number].append(one)
    return found


def harmony(
    setting: Setting,
    phrases: tuple[Phrase, ...],
    casts: tuple[Cast, ...],
    chords: tuple[Chord, ...],
    placed: tuple[Voicing, ...],
    stop: Fraction,
) -> tuple[Line, ...]:
    """Lines of the pad and harmony layers, phrase by phrase."""
    lines: list[Line] = []
    for phrase, cast, inside in zip(phrases, casts, heard(setting, phrases, chords, placed, stop), strict=True):
        if not inside:
            continue
        both = cast.has("harmony") and cast.has("pad")
        until = min(stop, phrase.end_beats)
        if cast.has("pad") and cast.pad:
            voices = _sustained(inside, until)
            if both or (phrase.intensity < 0.12 and phrase.index == 0):
                # Another player has the full chord, or hardly anybody plays yet: the frame is enough.
                voices = [voices[0], voices[-1]]
            lines.extend(_dealt("pad", "pad", voices, [cast.pad]))
        if cast.has("harmony") and cast.harmony:
            keys = [k for k in cast.harmony if k != cast.pad or not cast.has("pad")]
            if keys:
                make = _struck(inside, setting, phrase) if player(keys[0]).struck else _sustained(inside, until)
                lines.extend(_dealt("harmony", "harmony", make, keys))
    return tuple(line for line in lines if line.tones)
