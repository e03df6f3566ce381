"""Pads and harmony: the voicings of a cue as sustained or struck chords, with suspensions, divided among players."""

from __future__ import annotations

from fractions import Fraction

from autoscore.model.tempo import pulse_beats
from autoscore.stages.compose.harmony.voicing import Voicing, voice
from autoscore.stages.compose.orchestra.layers import Cast, register
from autoscore.stages.compose.orchestra.players import Band, band_of, player
from autoscore.stages.compose.values import Chord, Line, Phrase, Setting, Tone
from autoscore.tables import read

VOICES = 4


def voicings(setting: Setting, chords: tuple[Chord, ...]) -> tuple[Voicing, ...]:
    """Four upper voices for every chord, around the mood's harmonic register."""
    centre = register(setting, "harmony")
    functional = setting.mood.harmony.style == "functional"
    leading = (setting.key.tonic + 11) % 12 if functional else -1
    return voice(chords, VOICES, centre - 11, centre + 12, leading)


def _sustained(
    chords: list[tuple[Chord, Voicing, Fraction, Fraction]], setting: Setting, purpose: str
) -> list[list[Tone]]:
    """Tones of each voice (lowest first): common tones are held over, some steps down are suspended for a beat."""
    rng = setting.random("suspensions", purpose)
    voices: list[list[Tone]] = [[] for _ in range(VOICES)]
    for i, (_, voicing, start, end) in enumerate(chords):
        bars = float(end - start) / float(setting.bars[setting.bar_index(start)].length_beats)
        suspend = i > 0 and end - start >= 3 and rng.random() < setting.mood.harmony.suspensions * max(1.0, bars)
        late = -1
        if suspend:
            before = chords[i - 1][1]
            falls = [v for v in range(VOICES) if 1 <= before[v] - voicing[v] <= 2]
            late = falls[-1] if falls else -1
        for v, pitch in enumerate(voicing):
            tones = voices[v]
            if v == late and tones and tones[-1].end_beats == start:
                last = tones[-1]
                tones[-1] = Tone(start_beats=last.start_beats, length_beats=last.length_beats + 1, pitch=last.pitch)
                tones.append(Tone(start_beats=start + 1, length_beats=end - start - 1, pitch=pitch, stress=-5.0))
            elif (
                tones
                and tones[-1].pitch == pitch
                and tones[-1].end_beats == start
                and end - tones[-1].start_beats <= 12
            ):
                last = tones[-1]
                tones[-1] = Tone(start_beats=last.start_beats, length_beats=end - last.start_beats, pitch=pitch)
            else:
                tones.append(Tone(start_beats=start, length_beats=end - start, pitch=pitch))
    return voices


def _struck(chords: list[tuple[Chord, Voicing, Fraction, Fraction]], setting: Setting, groove: str) -> list[list[Tone]]:
    """Chords of plucked or hammered players: on the change, then where the metre has weight."""
    voices: list[list[Tone]] = [[] for _ in range(VOICES)]
    off = groove in ("comedy",)
    for _, voicing, start, end in chords:
        at = start
        step = 0
        while at < end:
            bar = setting.bars[setting.bar_index(at)]
            pulse = pulse_beats(bar.metre)
            stride = pulse * 2 if bar.length_beats >= pulse * 4 else bar.length_beats
            onset = at + pulse if off else at
            if onset < end:
                length = min(pulse / 2 if off else stride, end - onset)
                for v, pitch in enumerate(voicing):
                    if step == 0 or v > 0:
                        voices[v].append(
                            Tone(start_beats=onset, length_beats=length, pitch=pitch, stress=-3.0 * (step > 0))
                        )
            at += stride
            step += 1
    return voices


def _divided(key: str, band: Band) -> tuple[str, ...]:
    """The parts of a full section, highest first; the section itself where the palette keeps it together."""
    rows: dict[str, list[str]] = read("layers.toml")["divisi"]
    parts = tuple(k for k in rows.get(key, ()) if band.allows(k))
    return parts if len(parts) == VOICES else (key,)


def _dealt(role: str, name: str, voices: list[list[Tone]], key: str, band: Band) -> list[Line]:
    """Voices given to the players of ``key``: a voice each for divided sections, all to a chordal instrument, one
    comfortable voice to a single player."""
    keys = _divided(key, band)
    if len(keys) == VOICES:
        lines = []
        for v, k in enumerate(reversed(keys)):
            who = player(k)
            tones = tuple(t for t in voices[v] if who.low <= t.pitch <= who.high)
            lines.append(Line(role=role, name=name, tones=tones, instrument=k))  # type: ignore[arg-type]
            missed = [t for t in voices[v] if not who.low <= t.pitch <= who.high]
            if missed and v > 0:
                below = lines[v - 1]
                lines[v - 1] = Line(
                    role=below.role,
                    name=name,
                    instrument=below.instrument,
                    tones=tuple(sorted((*below.tones, *missed), key=lambda t: (t.start_beats, t.pitch))),
                )
        return lines
    who = player(keys[0])
    if who.polyphonic:
        dealt = [t for voice_tones in voices for t in voice_tones if who.low <= t.pitch <= who.high]
    else:
        fitting = [v for v in range(VOICES) if all(who.low <= t.pitch <= who.high for t in voices[v]) and voices[v]]
        middle = (who.sweet_low + who.sweet_high) / 2
        if not fitting:
            return []
        best = min(fitting, key=lambda v: (abs(sum(t.pitch for t in voices[v]) / len(voices[v]) - middle), v))
        dealt = list(voices[best])
    ordered = tuple(sorted(dealt, key=lambda t: (t.start_beats, t.pitch)))
    return [Line(role=role, name=name, tones=ordered, instrument=keys[0])]  # type: ignore[arg-type]


def harmony(
    setting: Setting,
    phrases: tuple[Phrase, ...],
    casts: tuple[Cast, ...],
    chords: tuple[Chord, ...],
    placed: tuple[Voicing, ...],
    stop: Fraction,
) -> tuple[Line, ...]:
    """Lines of the pad, harmony and high-brass layers, phrase by phrase."""
    lines: list[Line] = []
    groove = setting.mood.texture.groove
    for phrase, cast in zip(phrases, casts, strict=True):
        end = min(stop, phrase.end_beats)
        inside = []
        for chord, voicing in zip(chords, placed, strict=True):
            start, until = max(chord.start_beats, phrase.start_beats), min(chord.end_beats, end)
            if until > start:
                inside.append((chord, voicing, start, until))
        if not inside:
            continue
        if cast.has("pad") and cast.pad:
            voices = _sustained(inside, setting, f"pad{phrase.index}")
            if phrase.intensity < 0.12 and phrase.index == 0:
                voices = [voices[0], [], voices[2], []]
            elif cast.has("harmony"):
                # Another player has the full chord: the pad keeps its frame.
                voices = [voices[0], [], [], voices[3]]
            lines.extend(_dealt("pad", "pad", voices, cast.pad, band_of(setting.cue)))
        if cast.has("harmony") and cast.harmony:
            key = next((k for k in cast.harmony if k != cast.pad), cast.harmony[0])
            if key != cast.pad or not cast.has("pad"):
                make = (
                    _struck(inside, setting, groove)
                    if player(key).struck
                    else _sustained(inside, setting, f"harmony{phrase.index}")
                )
                lines.extend(_dealt("harmony", "harmony", make, key, band_of(setting.cue)))
    return tuple(line for line in lines if line.tones)
