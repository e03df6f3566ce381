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
AT_EASE = 5
"""Semitones of a player's sweet spot that lie in the room."""
SPARE = 5
"""Other chord tones that a voice tries before it rests."""
HIGH = 60
LEAST_ROOM = 9
"""Semitones that a figure needs under or over the melody."""
HIGHEST_FLOOR = (72, 77)
"""A figure goes above the melody from this pitch at the highest (one player, sections); else it stays in its own
register and gives way where it would clash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Room:
    """Where the layer may move in a phrase, MIDI pitches inclusive."""

    low: int
    high: int
    home: int


def _singing(lead: Sequence[Tone], start: Fraction, end: Fraction) -> list[int]:
    return [t.pitch for t in lead if t.start_beats < end and t.end_beats > start]


def _room(setting: Setting, phrase: Phrase, lead: Sequence[Tone], players: Sequence[Player], span: int) -> _Room:
    """The layer's register in ``phrase``: the mood's, as far as most of the melody leaves it free, below it or (where
    there is no room below) above; one place for the whole phrase, so that a figure is heard to return."""
    sung = sorted(_singing(lead, phrase.start_beats, phrase.end_beats))
    low = max(min(who.low for who in players), FLOOR)
    high = max(HIGH, *(who.sweet_high for who in players))
    if sung:
        below, above = sung[len(sung) // 10] - CLEARANCE, sung[-1 - len(sung) // 10] + CLEARANCE
        # Room for one of two players, for two of three.
        if below - sorted(max(who.sweet_low, low) for who in players)[len(players) // 2] >= LEAST_ROOM:
            high = min(high, below)
        elif above <= HIGHEST_FLOOR[len(players) > 1] and high - above >= LEAST_ROOM:
            low = above
    # The first player of a section sounds where it is at ease; the others lie below.
    centre = max(register(setting, "motion"), players[0].sweet_low + len(players))
    reach = 4 * min(span, 4) - 4
    return _Room(low=low, high=high, home=min(max(centre, low), max(low, high - reach)))


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
                pitch = _free(wanted, ladder, taken, who, sung)
                if pitch is None:
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


def _free(wanted: int, ladder: Sequence[int], taken: set[int], who: Player, sung: Sequence[int]) -> int | None:
    """The pitch itself or one of the chord tones near it, whichever is free; None where a voice had better rest."""
    near = sorted({*ladder, wanted}, key=lambda p: (abs(p - wanted), p))
    return next((p for p in near[:SPARE] if p not in taken and _clear(p, who, sung)), None)


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


def _seats(row: Figure, keys: tuple[str, ...], room: _Room) -> tuple[str, ...]:
    """Who plays each voice: those who are at ease in the room, each a voice; one alone divides or takes a chord."""
    fitting = tuple(
        k for k in keys if player(k).sweet_low + AT_EASE <= room.high and player(k).sweet_high >= room.low + AT_EASE
    )
    seats = fitting or keys[:1]
    if len(seats) > 1 or row.scoring != "section" or not player(seats[0]).polyphonic:
        return seats
    return seats * (2 if len(keys) > 1 else MOST_VOICES)


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
        rng = setting.random("motion", phrase.function, phrase.statement // 2)
        habit = rng.randrange(12)
        sung = [t for t in song if t.start_beats < phrase.end_beats and t.end_beats > phrase.start_beats]
        room = _room(setting, phrase, sung, [player(k) for k in keys], row.span)
        seats = _seats(row, keys, room)
        players = [player(k) for k in seats]
        dealt: dict[str, list[Tone]] = {key: [] for key in seats}
        end = min(stop, phrase.end_beats)
        for number, bar in enumerate(phrase.bars):
            unrested += 1
            last = number == len(phrase.bars) - 1
            if unrested >= REST_EVERY or (last and unrested > 1 and unrested + following >= REST_EVERY):
                unrested = 0
                continue
            turn = rng.randrange(12) if row.scatter else _turn(phrase, number, habit)
            struck = frozenset(accents(setting, phrase, bar))
            found = _bar(setting, row, bar, chords, tokens(row, bar, turn, struck), room, struck, players, sung, end)
            for key, tones in zip(seats, found, strict=True):
                dealt[key].extend(tones)
        for key, tones in dealt.items():
            ordered = tuple(sorted(tones, key=lambda t: (t.start_beats, t.pitch)))
            lines.append(Line(role="motion", name="motion", tones=ordered, instrument=key))
    return tuple(line for line in lines if line.tones)
