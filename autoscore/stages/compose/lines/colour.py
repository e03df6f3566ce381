"""Colour: single soft tones of bells, harp or pads that light up a change of harmony."""

from __future__ import annotations

from fractions import Fraction

from autoscore.stages.compose.orchestra.layers import Cast
from autoscore.stages.compose.orchestra.players import player
from autoscore.stages.compose.values import Chord, Line, Phrase, Setting, Tone


def colour(
    setting: Setting, phrases: tuple[Phrase, ...], casts: tuple[Cast, ...], chords: tuple[Chord, ...], stop: Fraction
) -> tuple[Line, ...]:
    """Every other chord gets one to three high tones, struck just after it or with it; sustained colours hold."""
    lines: list[Line] = []
    for phrase, cast in zip(phrases, casts, strict=True):
        if not cast.has("colour") or not cast.colour:
            continue
        who = player(cast.colour)
        if who.family == "drums":
            continue
        rng = setting.random("colour", phrase.index)
        tones: list[Tone] = []
        end = min(stop, phrase.end_beats)
        centre = min(max(79, who.sweet_low + 4), who.sweet_high - 4)
        inside = [c for c in chords if phrase.start_beats <= c.start_beats < end]
        for i, chord in enumerate(inside):
            if i % 2 and rng.random() < 0.7:
                continue
            pool = [
                p for p in range(max(who.low, centre - 9), min(who.high, centre + 9) + 1) if p % 12 in chord.classes
            ]
            if not pool or setting.spoken(chord.start_beats):
                continue
            until = min(chord.end_beats, end)
            if who.struck:
                count = rng.choice((1, 2, 3)) if who.polyphonic else 1
                start = chord.start_beats + rng.choice((0, 1, 1, 2))
                first = rng.randrange(len(pool))
                for n in range(count):
                    at = start + Fraction(n, 2)
                    if at < until:
                        pitch = pool[(first + n) % len(pool)]
                        tones.append(
                            Tone(
                                start_beats=at,
                                length_beats=min(Fraction(2), until - at),
                                pitch=pitch,
                                stress=-6.0 - 2 * n,
                            )
                        )
            else:
                pitch = min(pool, key=lambda p: (abs(p - centre), p))
                tones.append(
                    Tone(
                        start_beats=chord.start_beats, length_beats=until - chord.start_beats, pitch=pitch, stress=-8.0
                    )
                )
        if tones:
            lines.append(
                Line(
                    role="colour",
                    name="colour",
                    tones=tuple(sorted(tones, key=lambda t: (t.start_beats, t.pitch))),
                    instrument=cast.colour,
                )
            )
    return tuple(lines)
