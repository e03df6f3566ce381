"""Colour: single soft tones of bells, harp or pads that light up a change of harmony."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from autoscore.stages.compose.lines.pulse import accents
from autoscore.stages.compose.orchestra.layers import Cast
from autoscore.stages.compose.orchestra.players import Player, player
from autoscore.stages.compose.values import Chord, Line, Phrase, Setting, Tone

HIGHEST_HOME = 76
LIT = 0.6
"""Share of the chords that are lit up."""
_CLEARANCE = 4


def _pool(chord: Chord, who: Player, centre: int, sung: Sequence[int]) -> list[int]:
    """Tones for the colour, outside the melody's neighbourhood."""
    found = [p for p in range(max(who.low, centre - 9), min(who.high, centre + 9) + 1) if p % 12 in chord.classes]
    return [p for p in found if all(abs(p - s) > _CLEARANCE for s in sung)] or found


def _moments(setting: Setting, phrase: Phrase, chord: Chord, until: Fraction) -> list[Fraction]:
    """The accents of the bar in which the chord begins, from its start on: the colour comes with somebody."""
    bar = setting.bars[setting.bar_index(chord.start_beats)]
    shared = (bar.start_beats + at for at in accents(setting, phrase, bar))
    return [at for at in dict.fromkeys((chord.start_beats, *shared)) if chord.start_beats <= at < until]


def colour(
    setting: Setting,
    phrases: tuple[Phrase, ...],
    casts: tuple[Cast, ...],
    chords: tuple[Chord, ...],
    stop: Fraction,
    lead: tuple[Line, ...] = (),
) -> tuple[Line, ...]:
    """Some chords get one or two tones, struck on the accents that everybody has; sustained colours hold one tone.

    Args:
        lead: the melody, whose neighbourhood is left free.
    """
    song = [t for line in lead for t in line.tones]
    lines: list[Line] = []
    for phrase, cast in zip(phrases, casts, strict=True):
        if not cast.has("colour") or not cast.colour:
            continue
        who = player(cast.colour)
        if who.family == "drums":
            continue
        rng = setting.random("colour", phrase.function, phrase.statement // 2)
        tones: list[Tone] = []
        end = min(stop, phrase.end_beats)
        centre = min(max(HIGHEST_HOME, who.sweet_low + 4), who.sweet_high - 4)
        for chord in (c for c in chords if phrase.start_beats <= c.start_beats < end):
            lit, count = rng.random() < LIT, rng.choice((1, 2, 2))
            until = min(chord.end_beats, end)
            sung = [t.pitch for t in song if t.start_beats < until and t.end_beats > chord.start_beats]
            pool = _pool(chord, who, centre, sung)
            if not lit or not pool or setting.spoken(chord.start_beats):
                continue
            if who.struck:
                first = min(range(len(pool)), key=lambda i: (abs(pool[i] - centre), i))
                for n, at in enumerate(_moments(setting, phrase, chord, until)[:count]):
                    pitch = pool[(first + n) % len(pool)]
                    length = min(Fraction(2), until - at)
                    tones.append(Tone(start_beats=at, length_beats=length, pitch=pitch, stress=-6.0 - 2 * n))
            else:
                pitch = min(pool, key=lambda p: (abs(p - centre), p))
                length = until - chord.start_beats
                tones.append(Tone(start_beats=chord.start_beats, length_beats=length, pitch=pitch, stress=-8.0))
        if tones:
            lines.append(Line(role="colour", name="colour", tones=tuple(tones), instrument=cast.colour))
    return tuple(lines)
