"""MusicXML: every bar is full, notes keep their written times, and other programs can read it."""

from __future__ import annotations

from fractions import Fraction
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoscore.model.score import CueScore, DynamicMark, Note, Part, PlayedHit, Section
from autoscore.model.tempo import Bar, CueTempo, TempoSegment
from autoscore.stages.deliver.notation import DIVISIONS, musicxml, split
from autoscore.stages.deliver.notes import Music

METRES = ((4, 4), (3, 4), (5, 4), (6, 8), (7, 8))


def music(notes: tuple[Note, ...], metres: tuple[tuple[int, int], ...] = METRES, instrument: str = "oboe") -> Music:
    bars, at = [], Fraction(0)
    for number, (top, bottom) in enumerate(metres, 1):
        bars.append(Bar(number=number, start_beats=at, numerator=top, denominator=bottom))
        at += bars[-1].length_beats
    segment = TempoSegment(start_beats=Fraction(0), end_beats=at, start_bpm=90.0, end_bpm=100.0, start_s=0.0)
    tempo = CueTempo(
        cue_id="1M1", start_s=0.0, end_s=segment.duration_s, base_bpm=90.0, bars=tuple(bars), segments=(segment,)
    )
    part = Part(
        id="p", name="Oboe & Co", instrument=instrument, group="winds", role="melody", notes=notes,
        dynamics=(DynamicMark(at_beats=Fraction(0), mark="mp"),
                  DynamicMark(at_beats=Fraction(1), mark="<", end_beats=Fraction(6))),
    )  # fmt: skip
    score = CueScore(
        cue_id="1M1", title="A <door>", key="Bb minor", parts=(part,),
        sections=(Section(start_beats=Fraction(0), end_beats=at, function="A", intensity=0.4),),
        hits=(PlayedHit(hit_id="1M1-01", time_s=2.0, at_beats=Fraction(4), device="brass_stab"),),
    )  # fmt: skip
    return Music(score=score, tempo=tempo)


def note(start: Fraction, length: Fraction, pitch: int = 70) -> Note:
    return Note(start_beats=start, length_beats=length, pitch=pitch, velocity=80, mark="accent")


units = st.builds(Fraction, st.integers(0, 19 * DIVISIONS - 1), st.just(DIVISIONS))
notes_lists = st.lists(
    st.builds(note, units, st.builds(Fraction, st.integers(1, 200), st.just(DIVISIONS)), st.integers(30, 100)),
    min_size=1, max_size=25,
)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(notes=notes_lists)
def test_every_bar_is_exactly_full(notes: list[Note]) -> None:
    """Whatever is written, the values of each bar add up to its metre."""
    tree = ElementTree.fromstring(musicxml(music(tuple(notes))))
    for measure, (top, bottom) in zip(tree.iter("measure"), METRES, strict=True):
        total = sum(
            int(n.findtext("duration") or 0) for n in measure.iter("note") if n.find("chord") is None
        )  # fmt: skip
        assert total == DIVISIONS * 4 * top // bottom


@given(start=st.integers(0, 71), length=st.integers(1, 96))
def test_a_length_is_split_into_values_without_loss(start: int, length: int) -> None:
    """Values add up to what they stand for."""
    assert sum(split(start, start + length)) == length


def test_a_long_note_is_tied_over_the_barline() -> None:
    """A note of six quarters from beat 3 is written as tied notes in three bars."""
    tree = ElementTree.fromstring(musicxml(music((note(Fraction(2), Fraction(6)),))))
    written = [n for n in tree.iter("note") if n.find("pitch") is not None]
    ties = [[t.get("type") for t in n.findall("tie")] for n in written]
    assert ties[0] == ["start"]
    assert ties[-1] == ["stop"]
    assert all(t == ["stop", "start"] for t in ties[1:-1])
    assert sum(int(n.findtext("duration") or 0) for n in written) == 6 * DIVISIONS


def test_what_is_beside_the_notes_is_written() -> None:
    """Key, metre changes, rehearsal marks, hits, tempo, dynamics and hairpins are there; texts are escaped."""
    text = musicxml(music((note(Fraction(0), Fraction(1)),)))
    tree = ElementTree.fromstring(text)
    assert tree.findtext("work/work-title") == "1M1 A <door>"
    assert tree.findtext("part-list/score-part/part-name") == "Oboe & Co"
    assert tree.findtext(".//key/fifths") == "-5"
    assert [t.findtext("beats") for t in tree.iter("time")] == [str(top) for top, _ in METRES]
    assert tree.findtext(".//rehearsal") == "A"
    assert any("1M1-01" in (w.text or "") for w in tree.iter("words"))
    assert tree.find(".//dynamics/mp") is not None
    assert [w.get("type") for w in tree.iter("wedge")] == ["crescendo", "stop"]
    assert tree.find(".//accent") is not None


def test_triplets_are_triplets() -> None:
    """Three notes in a quarter are eighths, three in the time of two."""
    third = Fraction(1, 3)
    tree = ElementTree.fromstring(musicxml(music(tuple(note(i * third, third, 70 + i) for i in range(3)))))
    written = [n for n in tree.iter("note") if n.find("pitch") is not None]
    assert [n.findtext("type") for n in written] == ["eighth"] * 3
    assert all(n.findtext("time-modification/actual-notes") == "3" for n in written)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_music21_reads_it() -> None:
    """Another program finds the same notes at the same places."""
    from music21 import converter

    notes = tuple(note(Fraction(i, 2), Fraction(1, 2), 60 + i) for i in range(12))
    score = converter.parse(musicxml(music(notes)), format="musicxml")
    read = [(float(n.getOffsetInHierarchy(score)), n.pitch.midi) for n in score.recurse().notes]
    assert read == [(i / 2, 60 + i) for i in range(12)]
