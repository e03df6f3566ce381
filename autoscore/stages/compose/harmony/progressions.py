"""Chords over time: a mood's progressions by phrase position, cadences, harmonic rhythm, preparation of hits."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction

from autoscore.stages.compose.form.ending import Ending
from autoscore.stages.compose.harmony.roman import parse_roman
from autoscore.stages.compose.values import Chord, Key, Phrase, Setting

SHORTEST_S, LONGEST_S = 1.3, 7.0
"""A chord lasts at least and at most about this long, whatever the metre and tempo."""
CLUSTERS = 0.4
"""Share of the chords of a chromatic mood that are clusters."""
Slot = tuple[Fraction, Fraction]


def build(roman: str, key: Key, start: Fraction, length: Fraction, pedal: bool = False) -> Chord:
    """The chord ``roman`` in ``key``; ``pedal`` puts the tonic under it."""
    numeral = parse_roman(roman)
    return Chord(
        start_beats=start,
        length_beats=length,
        roman=roman,
        root=(key.tonic + numeral.root) % 12,
        classes=tuple((key.tonic + c) % 12 for c in numeral.classes),
        bass=key.tonic if pedal else (key.tonic + numeral.bass) % 12,
        cluster=numeral.cluster,
    )


def _bars_per_chord(setting: Setting, phrase: Phrase) -> int:
    """Harmonic rhythm by arousal (craft guide 3.2), kept within the seconds that an ear follows."""
    arousal = 0.5 * setting.cue.arousal + 0.5 * phrase.intensity
    bars = 2 if arousal < 0.3 or arousal > 0.75 else 1
    bar_s = (setting.tempo.seconds_at(phrase.end_beats) - setting.tempo.seconds_at(phrase.start_beats)) / len(
        phrase.bars
    )
    while bars > 1 and bars * bar_s > LONGEST_S:
        bars -= 1
    while bars * bar_s < SHORTEST_S and bars < 8:
        bars *= 2
    return bars


def _slots(setting: Setting, phrase: Phrase, stop: Fraction) -> list[Slot]:
    per = _bars_per_chord(setting, phrase)
    edges = [bar.start_beats for i, bar in enumerate(phrase.bars) if i % per == 0 and bar.start_beats < stop]
    bars = phrase.bars
    bar_s = setting.tempo.seconds_at(bars[0].start_beats + bars[0].length_beats) - setting.tempo.seconds_at(
        bars[0].start_beats
    )
    # The bar before a cadence moves twice as fast: the drive of a phrase lies in its harmony's rhythm.
    if len(bars) >= 4:
        before = bars[-2]
        half = Fraction(before.numerator // 2) * Fraction(4, before.denominator)
        middle = before.start_beats + half
        if half > 0 and bar_s >= 2 * SHORTEST_S * 0.7 and middle < stop:
            edges.extend(e for e in (before.start_beats, middle, bars[-1].start_beats) if e < stop)
        elif bars[-1].start_beats < stop:
            edges.append(bars[-1].start_beats)
    if not edges:
        return []
    end = min(stop, phrase.end_beats)
    ordered = sorted(set(edges))
    return [(a, b - a) for a, b in zip(ordered, [*ordered[1:], end], strict=True) if b > a]


def _kind(row: tuple[str, ...]) -> str:
    """Which third the tonic chord of a row of numerals has, "" where it has no tonic chord."""
    for roman in row:
        if parse_roman(roman).root == 0:
            return "minor" if roman.startswith("i") else "major"
    return ""


def _other_third(row: tuple[str, ...]) -> tuple[str, ...]:
    """The row with its tonic chords in the other mode: minor for major."""
    swapped = []
    for roman in row:
        if parse_roman(roman).root == 0 and roman[:1] in "iI":
            swapped.append(("I" if roman[0] == "i" else "i") + roman[1:])
        else:
            swapped.append(roman)
    return tuple(swapped)


def rows_in(key: Key, rows: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
    """The rows that fit the third of the key; where none has its tonic so, all of them with that chord changed."""
    wanted = "minor" if key.minor else "major"
    fitting = tuple(r for r in rows if r and _kind(r) in (wanted, ""))
    if any(_kind(r) for r in fitting) or not any(_kind(r) for r in rows):
        return fitting
    return tuple(r if _kind(r) in (wanted, "") else _other_third(r) for r in rows if r)


def _tonic(roman: str) -> bool:
    return parse_roman(roman).root == 0


def _cadence(setting: Setting, phrase: Phrase, rng: random.Random) -> tuple[str, ...]:
    harmony = setting.mood.harmony
    if phrase.cadence == "end":
        ending = rows_in(setting.key, (harmony.ending,))[0]
        return ending[:-1] or ending
    closed = phrase.cadence == "closed"
    cadences = rows_in(setting.key, harmony.cadences)
    fitting = [c for c in cadences if _tonic(c[-1]) == closed]
    choices = fitting or list(cadences)
    return tuple(rng.choice(choices)) if choices else ()


def _source(setting: Setting, phrase: Phrase, rng: random.Random) -> tuple[str, ...]:
    """The phrase's progression: A keeps the cue's first one, B and development take another, A' may take a cousin."""
    options = rows_in(setting.key, setting.mood.harmony.progressions)
    order = list(range(len(options)))
    setting.random("progressions").shuffle(order)
    turn = {"A": 0, "intro": 0, "climax": 0, "coda": 0, "dissolve": 0, "B": 1, "development": 2}.get(phrase.function, 0)
    if phrase.function == "A" and phrase.statement >= 1 and phrase.statement % 2 == 1 and len(options) > 2:
        turn = 3
    elif phrase.statement >= 2:
        turn += rng.randrange(len(options))
    return tuple(options[order[turn % len(order)]])


def _phrase_chords(setting: Setting, phrase: Phrase, slots: list[Slot], home: str) -> list[Chord]:
    rng = setting.random("harmony", phrase.index)
    source = _source(setting, phrase, rng)
    cadence = _cadence(setting, phrase, rng)
    tail = cadence[-min(len(cadence), max(1, len(slots) // 2), 3) :] if cadence and len(slots) > 1 else ()
    body = len(slots) - len(tail)
    romans = [source[i % len(source)] for i in range(body)]
    options = rows_in(setting.key, setting.mood.harmony.progressions)
    for i in range(len(source) * 2, body):
        # A third round of the same cycle comes back changed: every other chord gives way to another's.
        other = options[rng.randrange(len(options))]
        if i % 2:
            romans[i] = other[i % len(other)]
    if phrase.index == 0 and body and not _tonic(romans[0]) and setting.mood.harmony.style == "functional":
        romans[0] = home
    romans.extend(tail)
    pedal = rng.random() < setting.mood.harmony.pedal
    chords: list[Chord] = []
    for i, ((start, length), roman) in enumerate(zip(slots, romans, strict=True)):
        under = pedal and i < body and parse_roman(roman).bass == parse_roman(roman).root
        chords.append(build(roman, setting.key, start, length, pedal=under))
    return chords


def _split_at_hits(setting: Setting, chords: list[Chord], home: str) -> list[Chord]:
    """A hard hit brings a new chord: one that changes only elsewhere is cut at the hit, its tail prepares the next."""
    options = [r for progression in rows_in(setting.key, setting.mood.harmony.progressions) for r in progression]
    for strike in setting.hard:
        for i, chord in enumerate(chords):
            if chord.start_beats < strike.at_beats < chord.end_beats:
                before, after = strike.at_beats - chord.start_beats, chord.end_beats - strike.at_beats
                if before < 1 or after < 1:
                    break
                rng = setting.random("split", strike.id)
                other = [r for r in options if r != chord.roman] or [home]
                roman = home if not _tonic(chord.roman) else rng.choice(other)
                key = setting.key
                chords[i : i + 1] = [
                    build(chord.roman, key, chord.start_beats, before, chord.bass == key.tonic != chord.root),
                    build(roman, key, strike.at_beats, after),
                ]
                break
    return chords


def _joined(chords: list[Chord]) -> tuple[Chord, ...]:
    joined: list[Chord] = []
    for chord in chords:
        last = joined[-1] if joined else None
        if last and (last.classes, last.bass) == (chord.classes, chord.bass):
            joined[-1] = Chord(
                start_beats=last.start_beats,
                length_beats=last.length_beats + chord.length_beats,
                roman=last.roman,
                root=last.root,
                classes=last.classes,
                bass=last.bass,
                cluster=last.cluster,
            )
        else:
            joined.append(chord)
    return tuple(joined)


def _thickened(setting: Setting, chords: tuple[Chord, ...]) -> tuple[Chord, ...]:
    """Some chords of a chromatic mood become clusters: a semitone beside the root joins them, the seventh goes."""
    rng = setting.random("clusters")
    return tuple(
        replace(c, classes=(*c.classes[:3], (c.root + 1) % 12), cluster=True) if rng.random() < CLUSTERS else c
        for c in chords
    )


def progress(setting: Setting, phrases: tuple[Phrase, ...], ending: Ending) -> tuple[Chord, ...]:
    """All chords of a cue, without gaps from 0 to ``setting.end_beats``; the last one begins at the ending's attack."""
    harmony = setting.mood.harmony
    rows = rows_in(setting.key, harmony.progressions)
    home = next((r for row in rows for r in row if _tonic(r)), "i" if setting.key.minor else "I")
    chords: list[Chord] = []
    for phrase in phrases:
        slots = _slots(setting, phrase, ending.at_beats)
        if slots:
            chords.extend(_phrase_chords(setting, phrase, slots, home))
    chords = _split_at_hits(setting, chords, home)
    last = rows_in(setting.key, (harmony.ending,))[0][-1] if harmony.ending else home
    final = build(last, setting.key, ending.at_beats, setting.end_beats - ending.at_beats)
    whole = (*_joined(chords), final)
    return _thickened(setting, whole) if harmony.style == "chromatic" else whole
