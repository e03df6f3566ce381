"""The theme in other voices: a canon a bar later, and its head in the bass (craft guide 4.3)."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from autoscore.model.score import Theme
from autoscore.model.tempo import beat_strength
from autoscore.stages.compose.harmony.keys import parse_key
from autoscore.stages.compose.lines.fit import Wish
from autoscore.stages.compose.lines.place import Range
from autoscore.stages.compose.lines.units import Memory, sing
from autoscore.stages.compose.orchestra.layers import Cast
from autoscore.stages.compose.orchestra.players import player
from autoscore.stages.compose.themes.metres import into_metre
from autoscore.stages.compose.themes.skeleton import bars_of, from_theme, nearest_step
from autoscore.stages.compose.values import Chord, Line, Phrase, Setting, Tone, chord_at, key_at

CANON_FUNCTIONS = ("development",)
BASS_FUNCTIONS = ("development", "retransition")
CENTRE = 60
"""Steps are counted from the tonic next to this pitch."""
BASS_BARS = 2
BASS_FROM = 0.45
"""Intensity from which the bass takes the head."""


def _lowered(mean: float, low: int, high: int) -> int:
    """The octave shift that brings a line of ``mean`` pitch nearest below itself and into a player's sweet spot."""
    middle = (low + high) / 2
    return min((0, -12, -24, 12), key=lambda shift: (abs(mean + shift - middle) + (4 if shift >= 0 else 0), shift))


def _fitted(
    setting: Setting, chords: tuple[Chord, ...], tones: list[Tone], shift: int, low: int, high: int
) -> list[Tone]:
    wishes = []
    for tone in tones:
        bar = setting.bars[setting.bar_index(tone.start_beats)]
        key = key_at(chords, tone.start_beats, setting.key)
        wishes.append(
            Wish(
                start_beats=tone.start_beats,
                length_beats=tone.length_beats,
                pitch=tone.pitch + shift,
                strength=beat_strength(tone.start_beats - bar.start_beats, bar.metre),
                chord=chord_at(chords, tone.start_beats),
                step=nearest_step(tone.pitch + shift - key.pitch(0, CENTRE), key.scale),
                unit=bar.number,
            )
        )
    pitches = sing(wishes, setting.key, Range(centre=CENTRE, low=low, high=high), Memory())
    return [replace(t, pitch=p, stress=t.stress - 4.0) for t, p in zip(tones, pitches, strict=True)]


def canon(
    setting: Setting, phrase: Phrase, cast: Cast, chords: tuple[Chord, ...], lead: tuple[Line, ...], stop: Fraction
) -> Line | None:
    """The lead of ``phrase`` one bar later in the counter player's octave, as far as harmony lets it; None where there
    is nothing to imitate."""
    if phrase.function not in CANON_FUNCTIONS or not cast.has("counter") or not cast.counter or len(phrase.bars) < 4:
        return None
    end = min(stop, phrase.end_beats)
    delay = phrase.bars[0].length_beats
    sung = [t for line in lead for t in line.tones if phrase.start_beats <= t.start_beats < end]
    tones = [
        replace(t, start_beats=t.start_beats + delay, length_beats=min(t.length_beats, end - t.start_beats - delay))
        for t in sung
        if t.start_beats + delay < end and not setting.spoken(t.start_beats + delay)
    ]
    if len(tones) < 4:
        return None
    who = player(cast.counter)
    shift = _lowered(sum(t.pitch for t in tones) / len(tones), who.sweet_low, who.sweet_high)
    made = _fitted(setting, chords, tones, shift, max(who.low, who.sweet_low - 4), min(who.high, who.sweet_high + 4))
    return Line(role="counter", name="counter", tones=tuple(made), instrument=cast.counter)


def answered(
    setting: Setting,
    phrases: tuple[Phrase, ...],
    casts: tuple[Cast, ...],
    chords: tuple[Chord, ...],
    lead: tuple[Line, ...],
    counters: tuple[Line, ...],
    stop: Fraction,
) -> tuple[Line, ...]:
    """The counter-melodies with canons in the place of those of the phrases that bear one."""
    found = list(counters)
    for phrase, cast in zip(phrases, casts, strict=True):
        line = canon(setting, phrase, cast, chords, lead, stop)
        if line is not None:
            found = [c for c in found if not phrase.start_beats <= c.tones[0].start_beats < phrase.end_beats]
            found.append(line)
    return tuple(sorted(found, key=lambda c: c.tones[0].start_beats))


def grounded(
    setting: Setting,
    phrases: tuple[Phrase, ...],
    chords: tuple[Chord, ...],
    theme: Theme,
    low: tuple[Line, ...],
    stop: Fraction,
) -> tuple[Line, ...]:
    """The bass lines, with the head of the theme in the first bars of one development or retransition."""
    skeleton = from_theme(theme, setting.key, parse_key(f"C {theme.mode}").scale)
    head = tuple(m for m in bars_of(skeleton, 0, BASS_BARS) if not m.upbeat)
    for phrase in phrases:
        if phrase.function not in BASS_FUNCTIONS or phrase.intensity < BASS_FROM or len(phrase.bars) < BASS_BARS + 2:
            continue
        end = min(stop, phrase.bars[BASS_BARS].start_beats)
        place = next((i for i, line in enumerate(low) if phrase.start_beats <= line.tones[0].start_beats < end), None)
        if place is None:
            continue
        line = low[place]
        who = player(line.instrument)
        tones = []
        for number, bar in enumerate(phrase.bars[:BASS_BARS]):
            for m in into_metre(tuple(x for x in head if x.bar == number), theme.metre, bar):
                at = bar.start_beats + m.at_beats
                if at < end and not setting.spoken(at):
                    pitch = key_at(chords, at, setting.key).pitch(m.step, 38)
                    tones.append(Tone(start_beats=at, length_beats=min(m.length_beats, end - at), pitch=pitch))
        if len(tones) < 3:
            continue
        made = _fitted(setting, chords, tones, 0, max(who.low, 28), min(who.high, 50))
        kept = tuple(t for t in line.tones if t.start_beats >= end)
        changed = replace(line, tones=(*(replace(t, stress=2.0) for t in made), *kept))
        return (*low[:place], changed, *low[place + 1 :])
    return low
