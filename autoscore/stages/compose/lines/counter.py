"""The counter-melody: it moves where the melody holds or rests, in contrary motion (craft guide 5.4)."""

from __future__ import annotations

from fractions import Fraction

from autoscore.stages.compose.lines.fit import Wish, fit
from autoscore.stages.compose.lines.melody import metre_strength
from autoscore.stages.compose.orchestra.layers import Cast
from autoscore.stages.compose.orchestra.players import player
from autoscore.stages.compose.values import Chord, Line, Phrase, Setting, Tone, chord_at

HELD = Fraction(3, 2)
"""A melody note this long leaves room for the counter-melody to move."""


def _grid(
    phrase: Phrase, busy: set[Fraction], held: list[tuple[Fraction, Fraction]], end: Fraction
) -> list[tuple[Fraction, Fraction]]:
    """Onsets for the counter-melody: the bar's start as a long tone, quarters where the melody holds."""
    onsets: list[Fraction] = []
    for bar in phrase.bars:
        at = bar.start_beats
        moving: list[Fraction] = []
        while at < min(end, bar.start_beats + bar.length_beats):
            free = any(a + 1 <= at < b for a, b in held)
            if free and at not in busy:
                moving.append(at)
            at += 1
        if not moving and bar.start_beats < end:
            moving = [bar.start_beats]
        onsets.extend(moving)
    ordered = sorted(set(onsets))
    return [(a, b - a) for a, b in zip(ordered, [*ordered[1:], end], strict=False) if b > a]


def counter(
    setting: Setting,
    phrases: tuple[Phrase, ...],
    casts: tuple[Cast, ...],
    chords: tuple[Chord, ...],
    lead: tuple[Line, ...],
    stop: Fraction,
) -> tuple[Line, ...]:
    """One line per phrase in which the counter layer sounds."""
    lines: list[Line] = []
    for phrase, cast in zip(phrases, casts, strict=True):
        if not cast.has("counter") or not cast.counter:
            continue
        end = min(stop, phrase.end_beats)
        song = [t for line in lead for t in line.tones if phrase.start_beats <= t.start_beats < end]
        busy = {t.start_beats for t in song}
        held = [(t.start_beats, t.end_beats) for t in song if t.length_beats >= HELD]
        gaps: list[tuple[Fraction, Fraction]] = []
        at = phrase.start_beats
        for t in [*song, None]:
            start = t.start_beats if t else end
            if start - at >= 2:
                gaps.append((at - 1, start))
            at = t.end_beats if t else end
        who = player(cast.counter)
        mean = sum(t.pitch for t in song) / len(song) if song else 67
        middle = round(min(max(mean - 9, who.sweet_low + 4), who.sweet_high - 4))
        wishes: list[Wish] = []
        height = 0
        for start, length in _grid(phrase, busy, [*held, *gaps], end):
            if setting.spoken(start) or length <= 0:
                continue
            near = next((t for t in reversed(song) if t.start_beats <= start), None)
            after = next((t for t in song if t.start_beats > start), None)
            # Contrary motion: down a step where the melody is about to rise, up where it falls.
            trend = (after.pitch - near.pitch) if near and after else 0
            height += -2 if trend > 0 else 2 if trend < 0 else (2 if height < 0 else -2)
            height = max(-7, min(7, height))
            bar = setting.bars[setting.bar_index(start)]
            wishes.append(
                Wish(
                    start_beats=start,
                    length_beats=min(length, Fraction(4)),
                    pitch=middle + height,
                    strength=metre_strength(bar, start - bar.start_beats),
                    chord=chord_at(chords, start),
                )
            )
        if not wishes:
            continue
        pitches = fit(wishes, setting.key, max(who.low, middle - 12), min(who.high, middle + 12))
        tones = tuple(
            Tone(
                start_beats=w.start_beats,
                length_beats=w.length_beats - (Fraction(1, 4) if w.length_beats >= 3 else 0),
                pitch=p,
            )
            for w, p in zip(wishes, pitches, strict=True)
        )
        lines.append(Line(role="counter", name="counter", tones=tones, instrument=cast.counter))
    return tuple(lines)


def doubling(
    setting: Setting, casts: tuple[Cast, ...], phrases: tuple[Phrase, ...], lead: tuple[Line, ...]
) -> tuple[Line, ...]:
    """The lead an octave higher or lower on a second instrument, where the doubling layer sounds (6.5)."""
    lines: list[Line] = []
    for phrase, cast in zip(phrases, casts, strict=True):
        if not cast.has("doubling") or not cast.doubling:
            continue
        who = player(cast.doubling)
        tones: list[Tone] = [
            t for line in lead for t in line.tones if phrase.start_beats <= t.start_beats < phrase.end_beats
        ]
        if not tones or setting.mood.harmony.style == "chromatic":
            continue
        fits = [
            (sum(who.sweet_low <= t.pitch + shift <= who.sweet_high for t in tones), -abs(shift - 12), shift)
            for shift in (12, -12, 0)
            if all(who.low <= t.pitch + shift <= who.high for t in tones)
        ]
        if not fits:
            continue
        shift = max(fits)[2]
        doubled = tuple(
            Tone(
                start_beats=t.start_beats,
                length_beats=t.length_beats,
                pitch=t.pitch + shift,
                stress=t.stress - 4,
                mark=t.mark,
            )
            for t in tones
        )
        lines.append(Line(role="melody", name="doubling", tones=doubled, instrument=cast.doubling))
    return tuple(lines)
