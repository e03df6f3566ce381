"""Ways to spoil a cue's score. Each must fail a check that the score passes: what the tests of taste are worth.

Every mutation is a function (score, tempo, random source) -> score; bars change places only with bars of their length.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from statistics import median

from autoscore.model.score import ChordSymbol, CueScore, Note, Part
from autoscore.model.tempo import CueTempo

Mutation = Callable[[CueScore, CueTempo, random.Random], CueScore]
FEWEST = 16
"""Notes that a part needs to be the one that is spoilt."""


def _pitched(score: CueScore) -> list[Part]:
    return [p for p in score.parts if p.role not in ("percussion", "hit")]


def _bars(tempo: CueTempo) -> list[tuple[Fraction, Fraction]]:
    end = tempo.length_beats
    return [(b.start_beats, min(end, b.start_beats + b.length_beats)) for b in tempo.bars if b.start_beats < end]


def _inside(notes: tuple[Note, ...], bar: tuple[Fraction, Fraction]) -> list[Note]:
    return [n for n in notes if bar[0] <= n.start_beats < bar[1]]


def _moved(notes: list[Note], source: tuple[Fraction, Fraction], target: tuple[Fraction, Fraction]) -> list[Note]:
    """The notes of one bar in another one, cut at its end."""
    found = []
    for note in notes:
        at = note.start_beats - source[0] + target[0]
        if at < target[1]:
            found.append(replace(note, start_beats=at, length_beats=min(note.length_beats, target[1] - at)))
    return found


def unhumanised(score: CueScore, _tempo: CueTempo, _rng: random.Random) -> CueScore:
    """No humanisation: everything on the grid, let go on it, and each part at its usual velocity."""
    return replace(score, parts=tuple(p if p.role == "hit" else _flat(p) for p in score.parts))


def _flat(part: Part) -> Part:
    usual = int(median(n.velocity for n in part.notes)) if part.notes else 80
    notes = tuple(replace(n, nudge_ms=0.0, release_ms=0.0, velocity=usual) for n in part.notes)
    return replace(part, notes=notes)


def semitone(score: CueScore, _tempo: CueTempo, rng: random.Random) -> CueScore:
    """One pitched part a semitone off."""
    wrong = rng.choice([p.id for p in _pitched(score) if len(p.notes) >= FEWEST])
    return transposed(score, wrong)


def transposed(score: CueScore, part_id: str, semitones: int = 1) -> CueScore:
    """One part moved by ``semitones``."""
    return replace(
        score,
        parts=tuple(
            replace(p, notes=tuple(replace(n, pitch=min(127, n.pitch + semitones)) for n in p.notes))
            if p.id == part_id
            else p
            for p in score.parts
        ),
    )


def fewer_controllers(score: CueScore, _tempo: CueTempo, rng: random.Random) -> CueScore:
    """A third of the controllers gone, at random."""
    return replace(
        score,
        parts=tuple(replace(p, controls=tuple(c for c in p.controls if rng.random() >= 1 / 3)) for p in score.parts),
    )


def looped(score: CueScore, tempo: CueTempo, _rng: random.Random) -> CueScore:
    """One bar, the fullest one, in place of all bars."""
    bars = _bars(tempo)
    fullest = max(bars, key=lambda bar: sum(len(_inside(p.notes, bar)) for p in score.parts))
    return _rearranged(score, [(fullest, bar) for bar in bars])


def bars_shuffled(score: CueScore, tempo: CueTempo, rng: random.Random) -> CueScore:
    """The bars in another order, their chords with them."""
    bars = _bars(tempo)
    order = list(bars)
    for length in sorted({b - a for a, b in bars}):
        places = [i for i, (a, b) in enumerate(bars) if b - a == length]
        mixed = places[:]
        rng.shuffle(mixed)
        for place, source in zip(places, mixed, strict=True):
            order[place] = bars[source]
    moves = list(zip(order, bars, strict=True))
    chords: list[ChordSymbol] = []
    for source, target in moves:
        for chord in score.chords:
            start, end = max(chord.start_beats, source[0]), min(chord.start_beats + chord.length_beats, source[1])
            if start < end:
                at = start - source[0] + target[0]
                chords.append(replace(chord, start_beats=at, length_beats=end - start))
    return replace(_rearranged(score, moves), chords=tuple(sorted(chords, key=lambda c: c.start_beats)))


def _rearranged(score: CueScore, moves: list[tuple[tuple[Fraction, Fraction], tuple[Fraction, Fraction]]]) -> CueScore:
    parts = []
    for part in score.parts:
        if part.role == "hit":
            parts.append(part)
            continue
        notes = [n for source, target in moves for n in _moved(_inside(part.notes, source), source, target)]
        parts.append(replace(part, notes=tuple(sorted(notes, key=lambda n: (n.start_beats, n.pitch)))))
    return replace(score, parts=tuple(parts))


def melody_shuffled(score: CueScore, _tempo: CueTempo, rng: random.Random) -> CueScore:
    """The pitches of each melodic part in another order, its rhythm as it was."""
    parts = []
    for part in score.parts:
        if part.role != "melody":
            parts.append(part)
            continue
        pitches = [n.pitch for n in part.notes]
        rng.shuffle(pitches)
        parts.append(replace(part, notes=tuple(replace(n, pitch=p) for n, p in zip(part.notes, pitches, strict=True))))
    return replace(score, parts=tuple(parts))


def all_layers(score: CueScore, tempo: CueTempo, _rng: random.Random) -> CueScore:
    """Every part plays in every bar: where it is silent it goes on with the bar that it played last."""
    bars = _bars(tempo)
    parts = []
    for part in score.parts:
        if part.role == "hit" or not part.notes:
            parts.append(part)
            continue
        last = next(bar for bar in bars if _inside(part.notes, bar))
        notes: list[Note] = []
        until = Fraction(0)
        for bar in bars:
            own = _inside(part.notes, bar)
            if own:
                last = bar
            elif until < bar[1]:
                own = [n for n in _moved(_inside(part.notes, last), last, bar) if n.start_beats >= until]
            notes.extend(own)
            until = max([until, *(n.start_beats + n.length_beats for n in own)])
        parts.append(replace(part, notes=tuple(sorted(notes, key=lambda n: (n.start_beats, n.pitch)))))
    return replace(score, parts=tuple(parts))


MUTATIONS: dict[str, Mutation] = {
    "no humanisation": unhumanised,
    "one part a semitone off": semitone,
    "a third of the controllers gone": fewer_controllers,
    "one bar looped": looped,
    "bars shuffled": bars_shuffled,
    "melody notes shuffled": melody_shuffled,
    "all layers always on": all_layers,
}
