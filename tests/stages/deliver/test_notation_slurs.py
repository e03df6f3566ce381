"""Slurs, shortened articulation, and the MIDI file that says what the page says."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from autoscore.model.score import CueScore, Note, Part
from autoscore.model.tempo import Bar, CueTempo, TempoSegment
from autoscore.stages.deliver.notation import page_of
from autoscore.stages.deliver.notation_similar import similar
from autoscore.stages.deliver.notation_slurs import numbered, slurred
from autoscore.stages.deliver.notes import Music
from autoscore.stages.deliver.written import UNITS, Written, pulses, written

BARS = tuple(Bar(number=n + 1, start_beats=Fraction(4 * n), numerator=4, denominator=4) for n in range(6))
SEGMENT = TempoSegment(start_beats=Fraction(0), end_beats=Fraction(24), start_bpm=80.0, end_bpm=80.0, start_s=0.0)
TEMPO = CueTempo(cue_id="1M1", start_s=0.0, end_s=18.0, base_bpm=80.0, bars=BARS, segments=(SEGMENT,))

melodies = st.lists(
    st.tuples(
        st.sampled_from((12, 24, 36, 48)), st.integers(60, 64), st.booleans(), st.sampled_from(("", "", "staccato"))
    ),
    min_size=2, max_size=16,
)  # fmt: skip


def lay(melody: list[tuple[int, int, bool, str]]) -> list[Written]:
    at, found = 0, []
    for length, pitch, rest, mark in melody:
        if not rest:
            found.append(Written(start=at, end=at + length, pitch=pitch, mark=mark))
        at += length
    return [note for note in found if note.end <= 6 * 96]


@given(melody=melodies)
def test_slurs_lie_over_connected_notes_only(melody: list[tuple[int, int, bool, str]]) -> None:
    """Neither over a rest, nor over a repeated or marked note, nor longer than two bars; and they do not overlap."""
    notes = lay(melody)
    last = -1
    for first, end in slurred(notes, BARS):
        inside = [n for n in notes if first.start <= n.start <= end.start]
        assert len(inside) > 1
        assert first.start >= last
        last = end.end
        assert end.end - first.start <= 8 * UNITS
        for left, right in pairwise(inside):
            assert left.end == right.start
            assert left.pitch != right.pitch
            assert right.mark == ""


def test_slurs_that_sound_at_once_have_numbers_of_their_own() -> None:
    """Two lines on one staff: the second slur is not taken for the end of the first."""

    def two(line: int, pitch: int) -> tuple[Written, Written]:
        return (Written(start=0, end=24, pitch=pitch, line=line), Written(start=24, end=48, pitch=pitch + 2, line=line))

    ends = numbered([two(0, 72), two(1, 60)])
    assert ends[0, 0, 72] == [("start", 1)]
    assert ends[1, 0, 60] == [("start", 2)]
    assert ends[1, 24, 62] == [("stop", 2)]


def test_a_figure_says_its_articulation_once() -> None:
    """Four equal bars of dots: the first has them, the second says sim.; a bar with another rhythm is marked again."""
    dots = [Written(start=96 * bar + 24 * i, end=96 * bar + 24 * i + 24, pitch=60 + bar, mark="staccato")
            for bar in range(4) for i in range(4)]  # fmt: skip
    other = [Written(start=384 + 12 * i, end=396 + 12 * i, pitch=60, mark="staccato") for i in range(8)]
    found, where = similar([*dots, *other], BARS)
    assert [bool(note.mark) for note in found] == [True] * 4 + [False] * 12 + [True] * 8
    assert where == [Fraction(4)]
    assert similar(dots[:8], BARS)[1] == []


def test_a_run_is_its_first_note() -> None:
    """Eighteen notes of a harp in two quarters are one half note that says gliss."""
    notes = [
        Note(start_beats=Fraction(i, 9), length_beats=Fraction(1), pitch=50 + 2 * i, velocity=70) for i in range(18)
    ]
    (run,) = written(notes, pulses(BARS), struck=True)
    assert (run.start, run.end, run.pitch, run.glides) == (0, 48, 50, True)


@given(st.lists(st.tuples(st.integers(0, 23 * 12), st.integers(1, 60), st.integers(55, 80)), min_size=1, max_size=30))
def test_the_quantised_file_begins_notes_where_the_page_does(raw: list[tuple[int, int, int]]) -> None:
    """Each onset of the page is an onset of the quantised MIDI, whatever was played."""
    notes = tuple(
        Note(start_beats=Fraction(at, 12) + Fraction(1, 97), length_beats=Fraction(length, 12), pitch=pitch, velocity=9)
        for at, length, pitch in raw
    )  # fmt: skip
    part = Part(id="p", name="Clarinet", instrument="clarinet", group="winds", role="melody", notes=notes)
    one = Music(score=CueScore(cue_id="1M1", title="", key="C major", parts=(part,)), tempo=TEMPO)
    said = {(one.written_at(note)[0], note.pitch) for note in notes}
    (player,) = page_of(one, Fraction(25)).players
    drawn = {
        (bar.start_beats + glyph.start, pitch)
        for page_bar, bar in zip(player.staves[0].bars, BARS, strict=True)
        for voice in page_bar.voices for glyph in voice if not glyph.strokes
        for pitch in glyph.pitches if pitch not in glyph.tied_from
    }  # fmt: skip
    assert drawn <= said
