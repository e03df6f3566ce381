"""Faults 14-16: clumsy voice leading, wrong notes, dangling tendencies."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations, pairwise

from autoscore.model.score import ChordSymbol
from autoscore.stages.compose.check.hearing import Heard, Hearing

GAP_BEATS = 2.0
"""After a longer rest a voice begins anew."""
PERFECT = (0, 7)
LEAP = 7
CLASH_BEATS = 0.5
DOUBLED = 0.6
"""Two lines that are in octaves or unison for more than this share of their common moments are one line."""
FEWEST = 16
"""Notes that a part needs to be judged alone."""
_SINGING = ("melody", "counter", "harmony", "pad", "bass")


def _moments(notes: Sequence[Heard]) -> list[list[Heard]]:
    """What begins together, from the top down; of a part of chords its chords only, for the rest of it is figures."""
    found: dict[float, list[Heard]] = defaultdict(list)
    for note in notes:
        found[round(note.start, 4)].append(note)
    moments = [sorted(found[at], key=lambda n: -n.pitch) for at in sorted(found)]
    chords = [m for m in moments if len(m) > 1]
    return chords or moments


def _moves(before: list[Heard], after: list[Heard]) -> list[int]:
    """Semitones that each voice moves by: by rank between chords of one size, else to the nearest note."""
    if len(before) == len(after):
        return [abs(b.pitch - a.pitch) for a, b in zip(before, after, strict=True)]
    fewer, more = sorted((before, after), key=len)
    return [min(abs(a.pitch - b.pitch) for b in more) for a in fewer]


def _outer(hearing: Hearing) -> dict[str, list[Heard]]:
    """The lines that must be independent of each other: melody, counter-melody, bass."""
    counter = sorted((n for v in hearing.of("counter") for n in v.notes), key=lambda n: (n.start, -n.pitch))
    bass = sorted((n for v in hearing.of("bass") for n in v.notes), key=lambda n: (n.start, n.pitch))
    return {"melody": list(hearing.lead), "counter": _single(counter), "bass": _single(bass)}


def _single(notes: list[Heard]) -> list[Heard]:
    kept: list[Heard] = []
    for note in notes:
        if not kept or note.start > kept[-1].start + 1e-6:
            kept.append(note)
    return kept


def _at(line: Sequence[Heard], starts: Sequence[float], beats: float) -> Heard | None:
    index = bisect_right(starts, beats + 1e-6) - 1
    return line[index] if index >= 0 and line[index].end > beats + 1e-6 else None


def _parallels(left: list[Heard], right: list[Heard]) -> list[float]:
    """Moments at which both lines move in the same direction from a fifth to a fifth or an octave to an octave."""
    a_starts, b_starts = [n.start for n in left], [n.start for n in right]
    both = [n for n in left if (m := _at(right, b_starts, n.start)) and abs(m.start - n.start) < 1e-6]
    found, octaves = [], 0
    pairs = [(n, right[bisect_right(b_starts, n.start + 1e-6) - 1]) for n in both]
    for (a, b), (c, d) in pairwise(pairs):
        close = c.start - max(a.end, b.end) < GAP_BEATS
        adjacent = bisect_right(a_starts, c.start + 1e-6) - bisect_right(a_starts, a.start + 1e-6) == 1
        before, after = abs(a.pitch - b.pitch) % 12, abs(c.pitch - d.pitch) % 12
        octaves += after == 0
        if close and adjacent and before == after in PERFECT and (c.pitch - a.pitch) * (d.pitch - b.pitch) > 0:
            found.append(c.start)
    return [] if pairs and octaves / len(pairs) > DOUBLED else found


def parallels(hearing: Hearing) -> float | None:
    """Parallel fifths and octaves between melody, counter-melody and bass, per 16 bars; lines mostly in octaves
    double each other and do not count."""
    lines = [line for line in _outer(hearing).values() if len(line) >= 8]
    if len(lines) < 2 or len(hearing.bars) < 8:
        return None
    moments = {round(at, 3) for a, b in combinations(lines, 2) for at in _parallels(a, b)}
    return 16.0 * len(moments) / len(hearing.bars)


def _inner_moves(hearing: Hearing) -> list[int]:
    return [
        move
        for v in hearing.of("harmony", "pad")
        for before, after in pairwise(_moments(v.notes))
        if after[0].start - max(n.end for n in before) < GAP_BEATS
        for move in _moves(before, after)
    ]


def inner_step(hearing: Hearing) -> float | None:
    """Mean step of inner voices in semitones, held and repeated notes counted as 0."""
    moves = _inner_moves(hearing)
    return sum(moves) / len(moves) if len(moves) >= 16 else None


def inner_leaps(hearing: Hearing) -> float | None:
    """Share of inner-voice steps over a fifth."""
    moves = _inner_moves(hearing)
    return sum(m > LEAP for m in moves) / len(moves) if len(moves) >= 16 else None


def _strong(hearing: Hearing, note: Heard) -> bool:
    start, end = hearing.bars[hearing.bar_at(note.start)]
    inside = note.start - start
    return inside < 0.01 or (end - start >= 3.9 and abs(inside - (end - start) / 2) < 0.01)


def loose_notes(hearing: Hearing) -> float | None:
    """Share of strong-beat melody and counter-melody notes outside their chord that are not left by step."""
    outer = _outer(hearing)
    strong = bad = 0
    for line in (outer["melody"], outer["counter"]):
        for i, note in enumerate(line):
            chord = hearing.chord_at(note.start)
            if chord is None or not _strong(hearing, note):
                continue
            strong += 1
            after = next((n for n in line[i + 1 :] if n.pitch != note.pitch), None)
            stepwise = after is not None and abs(after.pitch - note.pitch) <= 2 and after.start - note.end < GAP_BEATS
            bad += note.pitch % 12 not in chord.pitch_classes and not stepwise
    return bad / strong if strong >= 8 else None


def clashes(hearing: Hearing) -> float | None:
    """Share of note time outside the chord and a semitone or minor ninth from a note of it, for half a beat or more."""
    notes = sorted((n for v in hearing.pitched for n in v.notes), key=lambda n: n.start)
    if not notes or not hearing.score.chords:
        return None
    total = sum(n.end - n.start for n in notes)
    starts = [n.start for n in notes]
    longest = max(n.end - n.start for n in notes)
    bad = 0.0
    for note in notes:
        for start, end, chord in _under(hearing, note):
            if note.pitch % 12 in chord.pitch_classes or end - start < CLASH_BEATS - 1e-6:
                continue
            first = bisect_right(starts, start - longest - 1e-6)
            rubbed = 0.0
            for other in notes[first : bisect_right(starts, end)]:
                apart = abs(other.pitch - note.pitch)
                if apart in (1, 13) and other.pitch % 12 in chord.pitch_classes:
                    rubbed = max(rubbed, min(end, other.end) - max(start, other.start))
            bad += rubbed if rubbed >= CLASH_BEATS - 1e-6 else 0.0
    return bad / total


def foreign_part(hearing: Hearing) -> float | None:
    """Of the part that fits least: share of its notes that belong neither to their chord nor to the key's scale."""
    scale = hearing.key.classes()
    shares = []
    for voice in hearing.pitched:
        if len(voice.notes) < FEWEST or not hearing.score.chords:
            continue
        strange = 0
        for note in voice.notes:
            chord = hearing.chord_at(note.start)
            strange += note.pitch % 12 not in scale and chord is not None and note.pitch % 12 not in chord.pitch_classes
        shares.append(strange / len(voice.notes))
    return max(shares) if shares else None


def _under(hearing: Hearing, note: Heard) -> list[tuple[float, float, ChordSymbol]]:
    """The pieces of a note, chord by chord."""
    found = []
    at = note.start
    while at < note.end - 1e-6:
        chord = hearing.chord_at(at)
        if chord is None:
            break
        until = float(chord.start_beats + chord.length_beats)
        until = note.end if until <= at + 1e-6 else min(note.end, until)
        found.append((at, until, chord))
        at = until
    return found


def _tendencies(hearing: Hearing, chord: ChordSymbol) -> dict[int, tuple[int, ...]]:
    """Pitch classes of ``chord`` that want to move, with the steps in semitones that resolve them.

    The seventh of a suspended dominant, which has no leading tone, may stay.
    """
    tonic = hearing.key.tonic
    found: dict[int, tuple[int, ...]] = {}
    leading = (tonic + 11) % 12
    root = chord.pitch_classes[0]
    if leading in chord.pitch_classes and root in ((tonic + 7) % 12, leading):
        found[leading] = (1,)
    seventh = (root + 10) % 12
    if root == (tonic + 7) % 12 and {seventh, leading} <= set(chord.pitch_classes):
        found[seventh] = (-1, -2)
    return found


def resolutions(hearing: Hearing) -> float | None:
    """Share of leading tones and sevenths of dominants that resolve by step within two chords (functional moods).

    A tendency tone is asked of every singing voice that holds it as its chord ends; it may be held or repeated on. A
    bass on the leading tone may also go on down by step (I - V/7 - vi).
    """
    if hearing.mood.harmony.style != "functional":
        return None
    asked = kept = 0
    chords = hearing.score.chords
    for voice in hearing.of(*_SINGING):
        starts = [n.start for n in voice.notes]
        for i, chord in enumerate(chords[:-1]):
            wants = _tendencies(hearing, chord)
            if not wants:
                continue
            end = float(chord.start_beats + chord.length_beats)
            last = chords[min(len(chords) - 1, i + 2)]
            until = float(last.start_beats + last.length_beats)
            inside = voice.notes[
                bisect_right(starts, float(chord.start_beats) - 1e-6) : bisect_right(starts, end - 1e-6)
            ]
            final = [n for n in inside if n.start >= inside[-1].start - 1e-6] if inside else []
            after = voice.notes[bisect_right(starts, end - 1e-6) : bisect_right(starts, until - 1e-6)]
            for note in final:
                steps = wants.get(note.pitch % 12)
                if steps == (1,) and voice.part.role == "bass":
                    steps = (1, -1, -2)
                if steps and after and after[0].start - note.end < GAP_BEATS:
                    asked += 1
                    kept += any(n.pitch - note.pitch in steps for n in after)
    return kept / asked if asked >= 4 else None
