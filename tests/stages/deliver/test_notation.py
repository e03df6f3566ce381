"""MusicXML: every bar is full, notes keep their written times, and other programs can read it."""

from __future__ import annotations

import os
import shutil
import subprocess
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoscore.adapters import theory
from autoscore.model.score import CueScore, DynamicMark, Note, Part, PlayedHit, Section
from autoscore.model.tempo import Bar, CueTempo, TempoSegment
from autoscore.stages.deliver import notation_files
from autoscore.stages.deliver.barring import ruler
from autoscore.stages.deliver.notation import page_of
from autoscore.stages.deliver.notation_files import write, write_sheets
from autoscore.stages.deliver.notes import Music
from autoscore.stages.deliver.written import UNITS, pulses, rung, written

RATE = Fraction(24)

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


units = st.builds(Fraction, st.integers(0, 37 * UNITS // 2 - 1), st.just(UNITS))
notes_lists = st.lists(
    st.builds(note, units, st.builds(Fraction, st.integers(1, 200), st.just(UNITS)), st.integers(30, 100)),
    min_size=1, max_size=25,
)  # fmt: skip


def xml(cue: Music) -> str:
    return theory.musicxml(page_of(cue, RATE), software="autoscore test", digest="0")


def tree(cue: Music) -> ElementTree.Element:
    return ElementTree.fromstring(xml(cue))


def read(cue: Music, *pitches_at: tuple[object, object, int], struck: bool = False) -> list[tuple[float, float, int]]:
    """(start, length, pitch) in quarters as they are written."""
    notes = [note(Fraction(start), Fraction(length), pitch) for start, length, pitch in pitches_at]  # type: ignore[arg-type]
    found = written(notes, pulses(cue.tempo.bars), struck=struck)
    return [(n.start / UNITS, (n.end - n.start) / UNITS, n.pitch) for n in found]


CUE = music((note(Fraction(0), Fraction(1)),))


@settings(deadline=None, max_examples=100)
@given(notes=notes_lists)
def test_every_bar_is_exactly_full(notes: list[Note]) -> None:
    """Whatever is written, each bar's first voice fills its metre without gap, and no voice goes beyond it."""
    for staff in page_of(music(tuple(notes)), RATE).players[0].staves:
        for bar, (top, bottom) in zip(staff.bars, METRES, strict=True):
            for number, voice in enumerate(bar.voices):
                assert all(g.start + g.length <= h.start for g, h in pairwise(voice))
                assert voice[-1].start + voice[-1].length <= Fraction(4 * top, bottom)
                if number == 0:
                    assert sum(g.length for g in voice) == Fraction(4 * top, bottom)


@settings(deadline=None, max_examples=100)
@given(notes=notes_lists)
def test_no_note_is_lost_and_every_tie_ends(notes: list[Note]) -> None:
    """Each written pitch begins once, and what is tied on is taken up by the next glyph that has it."""
    cue = music(tuple(notes))
    grid = pulses(cue.tempo.bars)
    wanted = sorted((n.start, n.pitch) for n in written(notes, grid, struck=False))
    begun = []
    ((staff,),) = (player.staves for player in page_of(cue, RATE).players)
    ends: dict[int, Fraction] = {}
    for page_bar, bar in zip(staff.bars, cue.tempo.bars, strict=True):
        for glyph in sorted((g for voice in page_bar.voices for g in voice), key=lambda g: g.start):
            at = bar.start_beats + glyph.start
            begun += [(int(at * UNITS), p) for p in glyph.pitches if p not in glyph.tied_from]
            assert all(ends.pop(p) == at for p in glyph.tied_from)
            ends |= dict.fromkeys(glyph.tied_to, at + glyph.length)
    assert sorted(begun) == wanted
    assert not ends


@given(start=st.integers(0, 95), length=st.integers(1, 96), bar=st.integers(0, 4))
def test_a_length_is_split_into_values_without_loss(start: int, length: int, bar: int) -> None:
    """Values follow one another from the start to the end of what they stand for."""
    rule = ruler(CUE.tempo.bars[bar], pulses(CUE.tempo.bars))
    start = min(start, rule.length - 1)
    end = min(start + length, rule.length)
    values = list(rule.values(start, end))
    assert (values[0][0], values[-1][1]) == (start, end)
    assert all(left[1] == right[0] for left, right in pairwise(values))


def test_the_middle_of_the_bar_is_seen() -> None:
    """Two and a half quarters from the second half of beat 1 are cut at beat 3; a half note on beat 2 stays whole."""
    rule = ruler(CUE.tempo.bars[0], pulses(CUE.tempo.bars))
    assert list(rule.values(12, 72)) == [(12, 48), (48, 72)]
    assert list(rule.values(24, 72)) == [(24, 72)]


def test_playing_does_not_show_on_paper() -> None:
    """Short playing, early releases and hits that end in absolute time are written as a copyist would."""
    assert read(CUE, (0, "3/10", 60), ("1/2", "3/10", 62), (1, "15/4", 64), (5, 1, 65)) == [
        (0.0, 0.5, 60), (0.5, 0.5, 62), (1.0, 4.0, 64), (5.0, 1.0, 65),
    ]  # fmt: skip
    assert read(CUE, ("51/2", "85/46", 36), ("11/4", "135/44", 82)) == [(2.75, 3.25, 82)]
    assert read(CUE, (0, "1/4", 36), (2, "1/4", 36), struck=True) == [(0.0, 1.0, 36), (2.0, 1.0, 36)]


def test_a_roll_is_one_note_with_strokes() -> None:
    """Twenty strokes of one drum in two quarters are one half note with tremolo."""
    notes = [note(Fraction(i, 10), Fraction(1, 10), 38) for i in range(20)]
    (roll,) = written(notes, pulses(CUE.tempo.bars), struck=True)
    assert (roll.start, roll.end, roll.strokes) == (0, 2 * UNITS, 3)


def test_notes_that_overlap_are_kept() -> None:
    """A held note under two shorter ones is tied through; a bass under a figure has a voice of its own."""
    (held,) = (
        page_of(music((note(Fraction(0), Fraction(4), 50), note(Fraction(2), Fraction(2), 60))), RATE).players[0].staves
    )
    (voice,) = held.bars[0].voices
    assert [(glyph.pitches, glyph.tied_to) for glyph in voice] == [((50,), (50,)), ((50, 60), ())]
    figure = tuple(note(Fraction(i, 2), Fraction(1, 2), 60 + i) for i in range(8))
    (both,) = page_of(music((note(Fraction(0), Fraction(4), 40), *figure)), RATE).players[0].staves
    upper, lower = both.bars[0].voices
    assert len(upper) == 8
    assert [(glyph.pitches, glyph.length) for glyph in lower] == [((40,), 4)]


def test_a_broken_chord_rings_without_ties() -> None:
    """Each note of an arpeggio is written up to the next one; a long bass under it keeps its length."""
    broken = written(
        [note(Fraction(i, 2), Fraction(3), 60 + 4 * i) for i in range(3)], pulses(CUE.tempo.bars), struck=True
    )
    assert [n.end - n.start for n in rung(broken)] == [12, 12, 3 * UNITS]


def test_a_long_note_is_tied_over_the_barline() -> None:
    """A note of six quarters from beat 3 is written as tied notes in two bars, its accent once."""
    root = tree(music((note(Fraction(2), Fraction(5)),)))
    notes = [n for n in root.iter("note") if n.find("pitch") is not None]
    assert [[t.get("type") for t in n.findall("tie")] for n in notes] == [["start"], ["stop"]]
    assert [n.findtext("type") for n in notes] == ["half", "half"]
    assert len(list(root.iter("accent"))) == 1


def test_what_is_beside_the_notes_is_written() -> None:
    """Key, metres, clef, rehearsal marks, timecode, hits, tempo, dynamics and hairpins are there; texts are escaped."""
    root = tree(music(tuple(note(Fraction(i), Fraction(1)) for i in range(8))))
    assert root.findtext("work/work-title") == "A <door>"
    assert root.findtext("part-list/score-part/part-name") == "Oboe"
    assert root.findtext(".//key/fifths") == "-5"
    assert root.findtext(".//clef/sign") == "G"
    assert [t.findtext("beats") for t in root.iter("time")] == [str(top) for top, _ in METRES]
    assert root.findtext(".//rehearsal") == "A"
    words = [w.text for w in root.iter("words")]
    assert "01:00:00:00" in words
    assert "01:00:02:00 1M1-01 brass stab" in words
    assert float(root.findtext(".//per-minute") or 0) == pytest.approx(91.0, abs=2.0)
    assert root.find(".//dynamics/mp") is not None
    assert [w.get("type") for w in root.iter("wedge")] == ["crescendo", "stop"]


def test_triplets_are_triplets() -> None:
    """Three notes in a quarter are eighths, three in the time of two, under one bracket."""
    third = Fraction(1, 3)
    root = tree(music(tuple(note(i * third, third, 70 + i) for i in range(3))))
    notes = [n for n in root.iter("note") if n.find("pitch") is not None]
    assert [n.findtext("type") for n in notes] == ["eighth"] * 3
    assert all(n.findtext("time-modification/actual-notes") == "3" for n in notes)
    assert [t.get("type") for t in root.iter("tuplet")] == ["start", "stop"]


def test_a_kit_is_written_on_a_percussion_staff() -> None:
    """Drums have places on the staff and no key, not pitches."""
    root = tree(
        music((note(Fraction(0), Fraction(1), 36), note(Fraction(1), Fraction(1), 38)), instrument="orchestra_kit")
    )
    assert root.findtext(".//clef/sign") == "percussion"
    assert root.find(".//key") is None
    assert [u.findtext("display-step") for u in root.iter("unpitched")] == ["F", "C"]


def test_the_same_cue_gives_the_same_bytes() -> None:
    """Nothing of the day, the machine or the run is in the file."""
    notes = tuple(note(Fraction(i, 2), Fraction(1), 60 + i) for i in range(12))
    assert xml(music(notes)) == xml(music(notes))
    assert "encoding-date" not in xml(music(notes))


def test_an_unchanged_cue_is_not_written_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file of the same page is kept without music21; another page is written anew."""
    assert write(CUE, RATE, tmp_path) == (("musicxml/1M1.musicxml",), ())
    file = tmp_path / "musicxml/1M1.musicxml"
    before = file.read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(theory, "musicxml", lambda *a, **k: pytest.fail("written again"))
        assert write(CUE, RATE, tmp_path) == (("musicxml/1M1.musicxml",), ())
    assert write(music((note(Fraction(1), Fraction(1)),)), RATE, tmp_path)[0]
    assert file.read_bytes() != before


def test_notes_beyond_the_bars_are_no_score(tmp_path: Path) -> None:
    """A cue whose only note lies after its last bar has no file and no warning."""
    assert write(music((note(Fraction(37, 2), Fraction(1)),)), RATE, tmp_path) == ((), ())


def test_what_cannot_be_notated_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cue that music21 stumbles over is named, and nothing is left of it."""
    monkeypatch.setattr(notation_files.theory, "musicxml", lambda *a, **k: (_ for _ in ()).throw(RuntimeError("odd")))
    files, warnings = write_sheets([CUE], RATE, tmp_path)
    assert files == ()
    assert len(warnings) == 1
    assert "1M1" in warnings[0]
    assert not list(tmp_path.rglob("*.musicxml"))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_music21_reads_it() -> None:
    """Read back there are the same notes, metres and tempo."""
    from music21 import converter, meter, tempo

    notes = tuple(note(Fraction(i, 2), Fraction(1, 2), 60 + i) for i in range(12))
    score = converter.parse(xml(music(notes)), format="musicxml")
    found = [
        (float(n.getOffsetInHierarchy(score)), float(n.quarterLength), n.pitch.midi) for n in score.recurse().notes
    ]
    assert found == [(i / 2, 0.5, 60 + i) for i in range(12)]
    metres = [m.ratioString for m in score.recurse().getElementsByClass(meter.TimeSignature)]
    assert metres == [f"{top}/{bottom}" for top, bottom in METRES]
    wanted = [
        sign.bpm
        for bar in page_of(music(notes), RATE).players[0].staves[0].bars
        for sign in bar.signs
        if sign.kind == "tempo"
    ]
    read_back = [m.getQuarterBPM() for m in score.recurse().getElementsByClass(tempo.MetronomeMark)]
    assert read_back == pytest.approx(wanted, abs=1.0)


@pytest.mark.slow
def test_musescore_opens_it(tmp_path: Path) -> None:
    """A notation program engraves it without complaint."""
    program = shutil.which("mscore3") or shutil.which("mscore") or shutil.which("musescore3")
    if program is None:
        pytest.skip("MuseScore is not installed")
    (name,), _ = write(CUE, RATE, tmp_path)
    made = tmp_path / "out.pdf"
    done = subprocess.run(
        [program, "-o", str(made), str(tmp_path / name)], env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert made.read_bytes().startswith(b"%PDF")
