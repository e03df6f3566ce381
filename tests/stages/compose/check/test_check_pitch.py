"""Faults 12 to 17: mud, blocks of chords, voice leading, wrong notes, tendencies, harmony that is stuck or random."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from autoscore.stages.compose.check import counterpoint as c
from autoscore.stages.compose.check import progress, texture

C, F, G7, DM = (0, 4, 7), (5, 9, 0), (7, 11, 2, 5), (2, 5, 9)


def _held(pitches: list[int], length: float = 4.0) -> list[tuple[float, float, int]]:
    return [(length * i, length, pitch) for i, pitch in enumerate(pitches)]


@pytest.mark.parametrize(
    ("low", "high", "muddy"), [(36, 40, 1.0), (36, 43, 0.0), (45, 48, 1.0), (45, 49, 0.0), (36, 36, 0.0), (60, 61, 0.0)]
)
def test_small_intervals_are_mud_only_below(low: int, high: int, muddy: float, hear: Callable, play: Callable) -> None:
    """Below G a third is mud and a fifth is not; below C a minor third is and a major one is not; above, nothing is."""
    heard = hear(play("bass", "cellos", _held([low] * 8)), play("harmony", "piano", _held([high] * 8)))
    assert texture.mud(heard) == muddy


def test_blocks_of_chords(hear: Callable, play: Callable) -> None:
    """Two parts with one rhythm are blocks in every bar; a third part with its own rhythm breaks them."""
    hymn = [play("melody", "oboe", _held([72] * 32, 1)), play("bass", "cellos", _held([48] * 32, 1))]
    figure = play("motion", "piano", _held([60] * 64, 0.5))
    assert texture.block_chords(hear(*hymn)) == 1.0
    assert texture.block_chords(hear(*hymn, figure)) == 0.0


def test_parallel_fifths_and_octaves(hear: Callable, play: Callable) -> None:
    """Melody and bass a fifth apart all along run in parallels, in thirds they do not; octaves throughout double."""
    line = [60, 62, 64, 65, 64, 62, 60, 62, 64, 65, 67, 65, 64, 62, 60, 59]
    bass = play("bass", "cellos", _held([p - 12 for p in line]))
    fifths = hear(play("melody", "oboe", _held([p - 5 for p in line])), bass)
    thirds = hear(play("melody", "oboe", _held([p + 4 for p in line])), bass)
    octaves = hear(play("melody", "oboe", _held([p + 12 for p in line])), bass)
    assert c.parallels(fifths) == 15.0
    assert c.parallels(thirds) == 0.0
    assert c.parallels(octaves) == 0.0


def test_inner_voices_step_or_jump(hear: Callable, play: Callable) -> None:
    """Voices that move by a tone step by 2; voices that jump an octave leap every time; chords are heard by voices."""
    near = [(4 * i, 4, p + 2 * (i % 2)) for i in range(16) for p in (55, 60, 64)]
    far = [(4 * i, 4, p + 12 * (i % 2)) for i in range(16) for p in (55, 60, 64)]
    assert c.inner_step(hear(play("harmony", "strings", near))) == 2.0
    assert c.inner_leaps(hear(play("harmony", "strings", near))) == 0.0
    assert c.inner_step(hear(play("harmony", "strings", far))) == 12.0
    assert c.inner_leaps(hear(play("harmony", "strings", far))) == 1.0


def test_a_strong_note_outside_its_chord_must_step(hear: Callable, play: Callable) -> None:
    """F over C that falls to E is an appoggiatura; F that leaps to C is wrong; a chord tone is neither."""
    chords = [(4 * i, "I", C) for i in range(16)]
    for second, loose in ((64, 0.0), (72, 1.0)):
        rows = [(4 * i + 2 * k, 2, (65, second)[k]) for i in range(16) for k in range(2)]
        share = c.loose_notes(hear(play("melody", "oboe", rows), chords=chords))
        assert share == pytest.approx(loose / 2)
    assert c.loose_notes(hear(play("melody", "oboe", _held([64] * 16)), chords=chords)) == 0.0


def test_semitones_against_the_chord_clash(hear: Callable, play: Callable) -> None:
    """C sharp held over C clashes, held over a chord that has both it does not; a quick one does not either."""
    bass = play("bass", "cellos", _held([48] * 16))
    wrong = play("harmony", "oboe", _held([61] * 16))
    quick = play("harmony", "oboe", [(4 * i, 0.25, 61) for i in range(16)])
    plain, rich = [(0, "I", C)], [(0, "x", (0, 1, 7))]
    assert c.clashes(hear(bass, wrong, chords=plain)) == pytest.approx(0.5)
    assert c.clashes(hear(bass, wrong, chords=rich)) == 0.0
    assert c.clashes(hear(bass, quick, chords=plain)) == 0.0


def test_one_part_in_a_foreign_key(hear: Callable, play: Callable) -> None:
    """The share of the part that fits least counts; a note of the chord is at home even outside the scale."""
    fine = play("melody", "oboe", _held([60, 64, 67, 65] * 4))
    sharp = play("counter", "flute", _held([61, 66, 68, 66] * 4))
    assert c.foreign_part(hear(fine, chords=[(0, "I", C)])) == 0.0
    assert c.foreign_part(hear(fine, sharp, chords=[(0, "I", C)])) == 1.0
    assert c.foreign_part(hear(fine, sharp, chords=[(0, "x", (1, 6, 8))])) == 0.0


@pytest.mark.parametrize(("after", "kept"), [(72, 1.0), (67, 0.0)])
def test_a_leading_tone_rises(after: int, kept: float, hear: Callable, play: Callable) -> None:
    """B over G7 that rises to C resolves, B that falls to G does not; held through a chord it may still do so."""
    chords = [(8 * i + 4 * k, ("V7", "I")[k], (G7, C)[k]) for i in range(8) for k in range(2)]
    rows = _held([71, after] * 8)
    assert c.resolutions(hear(play("melody", "oboe", rows), chords=chords, mood="triumph")) == kept
    assert c.resolutions(hear(play("melody", "oboe", rows), chords=chords, mood="lofi")) is None


def test_a_leading_tone_may_wait(hear: Callable, play: Callable) -> None:
    """B over G7, held over D minor and then resolved, has resolved within two chords."""
    chords = [
        (8 * i + at, name, classes)
        for i in range(8)
        for at, name, classes in ((0, "V7", G7), (3, "ii", DM), (4, "I", C))
    ]
    rows = [row for i in range(8) for row in ((8 * i, 4, 71), (8 * i + 4, 4, 72))]
    assert c.resolutions(hear(play("melody", "oboe", rows), chords=chords, mood="triumph")) == 1.0


def test_a_bass_may_walk_down_through_the_leading_tone(hear: Callable, play: Callable) -> None:
    """C - B - A in the bass is a line, not a tendency left hanging; the same in a melody is one."""
    chords = [(4 * i, ("I", "V/7", "vi", "I")[i % 4], (C, (7, 11, 2), (9, 0, 4), C)[i % 4]) for i in range(16)]
    rows = _held([48, 47, 45, 48] * 4)
    assert c.resolutions(hear(play("bass", "cellos", rows), chords=chords, mood="triumph")) == 1.0
    melody = hear(play("melody", "oboe", _held([72, 71, 69, 64] * 4)), chords=chords, mood="triumph")
    assert c.resolutions(melody) == 0.0


def _chain(romans: list[str], beats: int) -> list[tuple[float, str, tuple[int, ...]]]:
    table = {"I": C, "IV": F, "V7": G7, "ii": DM}
    return [(beats * i, roman, table.get(roman, C)) for i, roman in enumerate(romans)]


def test_a_cycle_that_never_ends(hear: Callable, play: Callable) -> None:
    """Four chords four times are four plays of a cycle; with one chord changed in the middle there are two and one."""
    pad = play("pad", "strings", _held([60] * 16))
    same = ["I", "IV", "ii", "V7"] * 4
    varied = [*same[:8], "vi", *same[9:]]
    assert progress.cycle_plays(hear(pad, chords=_chain(same, 4))) == 4.0
    assert progress.cycle_plays(hear(pad, chords=_chain(varied, 4))) == 2.0


def test_how_many_chords_there_are(hear: Callable, play: Callable) -> None:
    """One chord in 16 bars is one, sixteen are sixteen."""
    pad = play("pad", "strings", _held([60] * 16))
    assert progress.distinct_chords(hear(pad, chords=_chain(["I"], 64))) == 1.0
    assert progress.distinct_chords(hear(pad, chords=_chain([f"x{i}" for i in range(16)], 4))) == 16.0


def test_a_key_is_clear_or_not(hear: Callable, play: Callable) -> None:
    """A C major scale has a key, all twelve notes have none; a chromatic mood is not asked."""
    scale = play("melody", "piano", [(i, 1, 60 + (0, 4, 7, 5, 2, 7, 4, 11)[i % 8]) for i in range(64)])
    all_twelve = play("melody", "piano", [(i, 1, 60 + 7 * i % 12) for i in range(60)])
    assert progress.key_clarity(hear(scale, sections=[0, 8])) > 0.8
    assert progress.key_clarity(hear(all_twelve, sections=[0])) < 0.5
    assert progress.key_clarity(hear(scale, sections=[0, 8], mood="horror")) is None
