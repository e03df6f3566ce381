"""The motion layer: figures of figures.toml on the tones of each chord, scored for a section (craft guide 5.4, 6.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from autoscore.model.score import Theme
from autoscore.model.tempo import Bar
from autoscore.stages.compose.lines.figures import Figure, choose, figure, tokens
from autoscore.stages.compose.lines.fit import chord_scale
from autoscore.stages.compose.lines.pulse import accents
from autoscore.stages.compose.orchestra.layers import Cast, register
from autoscore.stages.compose.orchestra.players import Player, player
from autoscore.stages.compose.values import Chord, Line, Phrase, Setting, Tone, chord_at

CLEARANCE = 5
"""Semitones between the melody and the motion layer (craft guide 6.5: more than 4)."""
FLOOR = 45
"""Chords of motion lie above this, where thirds are clear."""
SECTION_FAMILIES = ("strings", "winds", "brass")
MOST_VOICES = 3
FEW = 0.45
"""Below this intensity a section figure is played by two sections, not three."""
REST_EVERY = 16
"""A figure rests one bar in at most so many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Room:
    """Where the layer may move in one bar, MIDI pitches inclusive."""

    low: int
    high: int
    home: int


def _singing(lead: Sequence[Tone], start: Fraction, end: Fraction) -> list[int]:
    return [t.pitch for t in lead if t.start_beats < end and t.end_beats > start]


def _above(phrase: Phrase, lead: Sequence[Tone], players: Sequence[Player]) -> bool:
    """Does the layer lie above the melody? Only where there is no room below and its players reach up."""
    sung = sorted(_singing(lead, phrase.start_beats, phrase.end_beats))
    if not sung:
        return False
    low = max(min(who.low for who in players), FLOOR)
    roomy = sung[len(sung) // 10] - CLEARANCE - low >= 9
    return not roomy and max(w.sweet_high for w in players) >= sung[-1 - len(sung) // 10] + CLEARANCE + 7


def _room(setting: Setting, bar: Bar, lead: Sequence[Tone], players: Sequence[Player], above: bool, span: int) -> _Room:
    """The layer's register in ``bar``: the mood's, as far as the melody leaves it free."""
    sung = _singing(lead, bar.start_beats, bar.start_beats + bar.length_beats)
    lowest, highest = min(w.low for w in players), max(w.high for w in players)
    low, high = max(lowest, FLOOR), min(highest, max(60, *(w.sweet_high for w in players)))
    if sung and above:
        low = max(sung) + CLEARANCE
    elif sung and min(sung) - CLEARANCE - low >= 7:
        high = min(high, min(sung) - CLEARANCE)
    if high - low < 7:
        low = max(lowest, high - 12)
    # The first player of a section sounds where it is at ease; the others lie below.
    centre = max(register(setting, "motion"), players[0].sweet_low + len(players))
    reach = 4 * min(span, 4) - 4
    home = min(max(centre, low), max(low, high - reach))
    return _Room(low=low, high=max(high, low + 7), home=home)


def _ladder(chord: Chord, room: _Room) -> tuple[list[int], int]:
    """Chord tones of the room upwards, and the place of the one nearest home: each chord is taken by nearest tone."""
    found = [p for p in range(room.low, room.high + 1) if p % 12 in chord.classes[:4]]
    if not found:
        return [], 0
    return found, min(range(len(found)), key=lambda i: (abs(found[i] - room.home), i))


def _pitch(part: str, ladder: list[int], base: int, below: int, chord: Chord, setting: Setting) -> int:
    """One token's pitch for the voice that lies ``below`` chord tones under the figure's own."""
    if part == "n":
        under = ladder[max(0, base - below)]
        classes = chord_scale(chord, setting.key)
        return next((under - d for d in (1, 2, 3) if (under - d) % 12 in classes), under)
    if part == "r":
        return min((p for p in ladder if p % 12 == chord.root), key=lambda p: (abs(p - ladder[base]), p))
    index = base + int(part) - below
    return ladder[min(max(0, index), len(ladder) - 1)]


def _bar(
    setting: Setting,
    row: Figure,
    bar: Bar,
    chords: tuple[Chord, ...],
    written: tuple[str, ...],
    room: _Room,
    struck: frozenset[Fraction],
    players: Sequence[Player],
    lead: Sequence[Tone],
    end: Fraction,
) -> list[list[Tone]]:
    """The bar's tones, voice by voice (one for each of ``players``), highest first; a voice that would double another
    one or stand in the melody's way rests."""
    voices = len(players)
    found: list[list[Tone]] = [[] for _ in range(voices)]
    for i, token in enumerate(written):
        inside = i * row.step_beats
        start = bar.start_beats + inside
        body = token.lstrip(">")
        if start >= end or body == "." or setting.spoken(start):
            continue
        chord = chord_at(chords, start)
        ladder, base = _ladder(chord, room)
        if not ladder or (body == "r" and not any(p % 12 == chord.root for p in ladder)):
            continue
        base = max(base, min(len(ladder) - 1, voices - 1))
        accent = inside in struck if row.accented else token.startswith(">")
        length = min(row.step_beats * row.hold, end - start)
        sung = _singing(lead, start, start + length)
        taken: set[int] = set()
        for voice, who in enumerate(players):
            for part in body.split("+"):
                wanted = _pitch(part, ladder, base, voice, chord, setting)
                free = (p for p in (wanted, wanted - 12, wanted + 12) if _clear(p, who, sung))
                pitch = next(free, -1)
                if pitch in taken or pitch < 0:
                    continue
                taken.add(pitch)
                found[voice].append(
                    Tone(
                        start_beats=start,
                        length_beats=length,
                        pitch=pitch,
                        stress=10.0 if accent else 0.0,
                        mark="accent" if accent else "",
                    )
                )
    return found


def _clear(pitch: int, who: Player, sung: Sequence[int]) -> bool:
    """Can ``who`` play it out of the melody's way?"""
    return (
        who.sweet_low <= pitch <= who.sweet_high and pitch >= FLOOR and all(abs(pitch - s) >= CLEARANCE for s in sung)
    )


def _players(row: Figure, cast: Cast, intensity: float) -> tuple[str, ...]:
    """Who plays the figure: sections divide it among them, a harp or a keyboard plays it alone."""
    first = cast.motion[0]
    if row.scoring == "solo" or player(first).family not in SECTION_FAMILIES:
        return (first,)
    sections = [k for k in cast.motion if player(k).family in SECTION_FAMILIES]
    most = 2 if row.scoring == "parallel" or intensity < FEW else MOST_VOICES
    return tuple(sections[:most])


def _turn(phrase: Phrase, number: int, habit: int) -> int:
    """Which of a figure's bars comes: a cell that is kept for three bars and answered in the fourth."""
    return habit + (1 if number % 4 == 3 and len(phrase.bars) > 4 else 0)


def motion(
    setting: Setting,
    phrases: tuple[Phrase, ...],
    casts: tuple[Cast, ...],
    chords: tuple[Chord, ...],
    stop: Fraction,
    lead: tuple[Line, ...] = (),
    themes: tuple[Theme, ...] = (),
) -> tuple[Line, ...]:
    """The motion layer's lines, one for each player and phrase, all of a phrase in one rhythm.

    Args:
        lead: the melody, whose octave is left free.
        themes: the cue's theme first; a figure may be made of its head.
    """
    song = sorted((t for line in lead for t in line.tones), key=lambda t: t.start_beats)
    lines: list[Line] = []
    unrested = 0
    coming = [len(p.bars) if c.has("motion") else 0 for p, c in zip(phrases, casts, strict=True)]
    for phrase, cast, following in zip(phrases, casts, [*coming[1:], 0], strict=True):
        if not cast.has("motion") or not cast.motion:
            unrested = 0
            continue
        row = figure(choose(setting, phrase), themes)
        keys = _players(row, cast, phrase.intensity)
        alone = len(keys) == 1
        voices = MOST_VOICES if alone and row.scoring == "section" and player(keys[0]).polyphonic else len(keys)
        players = [player(keys[min(v, len(keys) - 1)]) for v in range(voices)]
        rng = setting.random("motion", phrase.function, phrase.statement // 2)
        habit = rng.randrange(12)
        sung = [t for t in song if t.start_beats < phrase.end_beats and t.end_beats > phrase.start_beats]
        above = _above(phrase, sung, players)
        dealt: list[list[Tone]] = [[] for _ in range(voices)]
        end = min(stop, phrase.end_beats)
        for number, bar in enumerate(phrase.bars):
            unrested += 1
            last = number == len(phrase.bars) - 1
            if unrested >= REST_EVERY or (last and unrested > 1 and unrested + following >= REST_EVERY):
                unrested = 0
                continue
            turn = rng.randrange(12) if row.scatter else _turn(phrase, number, habit)
            room = _room(setting, bar, sung, players, above, row.span)
            struck = frozenset(accents(setting, phrase, bar))
            found = _bar(setting, row, bar, chords, tokens(row, bar, turn, struck), room, struck, players, sung, end)
            for voice, tones in zip(dealt, found, strict=True):
                voice.extend(tones)
        if alone:
            dealt = [sorted((t for voice in dealt for t in voice), key=lambda t: (t.start_beats, t.pitch))]
        for key, tones in zip(keys, dealt, strict=True):
            lines.append(Line(role="motion", name="motion", tones=tuple(tones), instrument=key))
    return tuple(line for line in lines if line.tones)
