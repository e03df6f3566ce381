"""The counter-melody: it moves where the melody holds or rests, against its direction, and answers with its head
(craft guide 5.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from autoscore.model.tempo import beat_strength, pulse_beats
from autoscore.stages.compose.lines.fit import chord_scale, hanging, hangs
from autoscore.stages.compose.lines.pulse import accents
from autoscore.stages.compose.orchestra.layers import Cast
from autoscore.stages.compose.orchestra.players import Player, player
from autoscore.stages.compose.values import Chord, Line, Phrase, Setting, Tone, chord_at

NEAREST, FARTHEST = 5, 14
"""Semitones between the melody and its counter-melody."""
GAP = Fraction(2)
"""A silence of the melody this long, in beats, is answered with its head."""
BUSY = 0.65
"""From this intensity on the counter-melody may move in half pulses."""
LONGEST = Fraction(4)
SOFTER = -8.0
REST_BEATS = Fraction(1, 2)
_HEAD_TONES = 5
_SWEET, _BARE, _FOURTH, _SHARP = 0.0, 1.2, 1.8, 3.6
_INTERVAL = {0: _BARE, 7: _BARE, 5: _FOURTH, 3: _SWEET, 4: _SWEET, 8: _SWEET, 9: _SWEET}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Slot:
    """An onset: ``sung`` is the melody's pitch there (its last one in a rest); ``target`` a pitch that is wished."""

    start: Fraction
    end: Fraction
    strength: int
    chord: Chord
    sung: int
    target: int | None = None


def _holding(song: Sequence[Tone], at: Fraction) -> Tone | None:
    """The melody tone that sounds at ``at`` without beginning there."""
    return next((t for t in song if t.start_beats < at < t.end_beats), None)


def _silences(song: Sequence[Tone], start: Fraction, end: Fraction) -> list[tuple[Fraction, Fraction]]:
    """Silences of the melody of at least two beats, from its first tone on."""
    found = []
    for left, right in pairwise([*song, None]):
        until = right.start_beats if right else end
        if left and until - left.end_beats >= GAP and left.end_beats >= start:
            found.append((left.end_beats, until))
    return found


def _onsets(setting: Setting, phrase: Phrase, song: Sequence[Tone], end: Fraction) -> list[Fraction]:
    """Where the counter-melody moves: on pulses under held tones; where a bar has none, just after a tone of the
    melody, as an answer; at the phrase's cadence together with everybody."""
    attacked = {t.start_beats for t in song}
    found: list[Fraction] = []
    for number, bar in enumerate(phrase.bars):
        pulse = pulse_beats(bar.metre)
        fine = pulse / 2 if phrase.intensity >= BUSY and pulse == 1 else pulse
        until = min(end, bar.start_beats + bar.length_beats)

        def grid(step: Fraction, start: Fraction = bar.start_beats, stop: Fraction = until) -> list[Fraction]:
            return [start + i * step for i in range(int((stop - start) / step) + 1) if start + i * step < stop]

        free = [at for at in grid(pulse) if at not in attacked and (_holding(song, at) or not _sounding(song, at))]
        if phrase.intensity < BUSY:
            # Rather with the accents that everybody has than alone.
            shared = [bar.start_beats + at for at in accents(setting, phrase, bar)]
            shared = [at for at in shared if at < until and at not in attacked and _holding(song, at)]
            free = shared if len(shared) >= 2 else free
        if fine < pulse and len(free) >= 2:
            free = sorted({*free, *(at for at in grid(fine) if free[-1] - pulse < at < until and at not in attacked)})
        if number == len(phrase.bars) - 1:
            free = sorted({bar.start_beats, *free[:2]})
        if not free:
            free = [at for at in grid(pulse / 2) if at not in attacked and _holding(song, at)][:1]
        found.extend(at for at in (free or [bar.start_beats]) if at < end)
    return sorted(set(found))


def _sounding(song: Sequence[Tone], at: Fraction) -> bool:
    return any(t.start_beats <= at < t.end_beats for t in song)


def _answers(
    song: Sequence[Tone], phrase: Phrase, end: Fraction
) -> list[tuple[Fraction, Fraction, list[tuple[Fraction, int]]]]:
    """(from, to, [(onset, semitones above the head's first tone)]): the melody's head in each of its silences."""
    if len(song) < 3:
        return []
    first = song[0]
    limit = first.start_beats + phrase.bars[0].length_beats
    head = [(t.start_beats - first.start_beats, t.pitch - first.pitch) for t in song if t.start_beats < limit]
    if len(head) < 3:
        return []
    found = []
    for start, until in _silences(song, phrase.start_beats, end):
        at = Fraction(-(-start // 1))
        shape = [(at + offset, rise) for offset, rise in head[:_HEAD_TONES] if at + offset < until]
        if len(shape) >= 3:
            found.append((start, until, shape))
    return found


def _slots(
    setting: Setting, phrase: Phrase, chords: tuple[Chord, ...], song: Sequence[Tone], end: Fraction, middle: int
) -> list[_Slot]:
    answers = _answers(song, phrase, end)
    wished: dict[Fraction, int | None] = {
        at: None for at in _onsets(setting, phrase, song, end) if not any(a <= at < b for a, b, _ in answers)
    }
    for _, _, shape in answers:
        wished.update({at: middle + rise for at, rise in shape})
    ordered = sorted(at for at in wished if not setting.spoken(at))
    slots = []
    for at, after in pairwise([*ordered, end]):
        near = [t for t in song if t.start_beats <= at] or list(song[:1])
        bar = setting.bars[setting.bar_index(at)]
        slots.append(
            _Slot(
                start=at,
                end=after,
                strength=beat_strength(at - bar.start_beats, bar.metre),
                chord=chord_at(chords, at),
                sung=near[-1].pitch if near else middle + 9,
                target=wished[at],
            )
        )
    return slots


def _own(slot: _Slot, pitch: int, allowed: frozenset[int], middle: int) -> float:
    away = abs(slot.sung - pitch)
    cost = 0.03 * abs(pitch - middle) + 2.5 * max(0, NEAREST - away) + 1.2 * max(0, away - FARTHEST)
    weight = 1.0 if slot.strength >= 2 else 0.5
    cost += weight * _INTERVAL.get(away % 12, _SHARP)
    if pitch % 12 not in slot.chord.classes:
        cost += 4.5 if slot.strength >= 2 or slot.end - slot.start >= 1 else 1.2
    if pitch % 12 not in allowed:
        cost += 9.0
    if slot.target is not None:
        cost += 0.6 * abs(pitch - slot.target)
    return cost


def _between(left: _Slot, a: int, right: _Slot, b: int) -> float:
    """Steps before leaps, no standing still; against the melody's direction, never in parallel fifths or octaves."""
    size = abs(b - a)
    cost = (
        1.3 if size == 0 else 0.0 if size <= 2 else 0.8 if size <= 4 else 2.0 if size <= 7 else 4.0 + 0.5 * (size - 7)
    )
    if a % 12 not in left.chord.classes and size > 2:
        cost += 4.0
    sung, moved = right.sung - left.sung, b - a
    if sung * moved > 0:
        cost += 2.2
        if (left.sung - a) % 12 == (right.sung - b) % 12 and (right.sung - b) % 12 in (0, 7):
            cost += 8.0
    return cost


def _path(setting: Setting, slots: Sequence[_Slot], low: int, high: int, middle: int) -> list[int]:
    """The cheapest pitches within ``low``..``high``; leading tones and sevenths of dominants resolve."""
    price = hanging(setting)

    def step(left: _Slot, a: int, right: _Slot, b: int) -> float:
        left_behind = price > 0.0 and hangs(left.chord, a, right.chord, b, setting.key)
        return _between(left, a, right, b) + (price if left_behind else 0.0)

    layers: list[list[tuple[float, int, int]]] = []
    for i, slot in enumerate(slots):
        allowed = chord_scale(slot.chord, setting.key)
        layer: list[tuple[float, int, int]] = []
        for pitch in range(low, high + 1):
            if pitch % 12 not in allowed and pitch % 12 not in slot.chord.classes:
                continue
            own = _own(slot, pitch, allowed, middle)
            if i == 0:
                layer.append((own, pitch, -1))
                continue
            best, index = min(
                (cost + step(slots[i - 1], before, slot, pitch), j) for j, (cost, before, _) in enumerate(layers[-1])
            )
            layer.append((round(best + own, 6), pitch, index))
        layers.append(layer)
    index = min(range(len(layers[-1])), key=lambda j: layers[-1][j][:2])
    path: list[int] = []
    for layer in reversed(layers):
        _, pitch, index = layer[index]
        path.append(pitch)
    return path[::-1]


def _held(chords: tuple[Chord, ...], slot: _Slot, pitch: int) -> Fraction:
    """How long the tone is held: to the next onset, but not into a chord that it does not belong to."""
    end = min(slot.end, slot.start + LONGEST)
    foreign = [c.start_beats for c in chords if slot.start < c.start_beats < end and pitch % 12 not in c.classes]
    return min([end, *foreign]) - slot.start


def _middle(song: Sequence[Tone], who: Player) -> int:
    """The line's middle: a sixth or so below the melody where its player reaches there, else as far above."""
    mean = sum(t.pitch for t in song) / len(song)
    below, above = round(mean - 9), round(mean + 9)
    if below >= who.low + 4 or above > who.sweet_high:
        return min(max(below, who.low + 4), who.high - 4)
    return min(above, who.high - 4)


def counter(
    setting: Setting,
    phrases: tuple[Phrase, ...],
    casts: tuple[Cast, ...],
    chords: tuple[Chord, ...],
    lead: tuple[Line, ...],
    stop: Fraction,
) -> tuple[Line, ...]:
    """One line per phrase in which the counter layer sounds and there is a melody to answer."""
    lines: list[Line] = []
    everything = sorted((t for line in lead for t in line.tones), key=lambda t: t.start_beats)
    for phrase, cast in zip(phrases, casts, strict=True):
        if not cast.has("counter") or not cast.counter:
            continue
        end = min(stop, phrase.end_beats)
        song = [t for t in everything if phrase.start_beats <= t.start_beats < end]
        if not song:
            continue
        who = player(cast.counter)
        middle = _middle(song, who)
        slots = _slots(setting, phrase, chords, song, end, middle)
        if not slots:
            continue
        pitches = _path(setting, slots, max(who.low, middle - 12), min(who.high, middle + 12), middle)
        tones = [
            Tone(start_beats=s.start, length_beats=_held(chords, s, p), pitch=p, stress=SOFTER)
            for s, p in zip(slots, pitches, strict=True)
        ]
        if tones[-1].length_beats > 1:
            tones[-1] = replace(tones[-1], length_beats=tones[-1].length_beats - REST_BEATS)
        lines.append(Line(role="counter", name="counter", tones=tuple(tones), instrument=cast.counter))
    return tuple(lines)
