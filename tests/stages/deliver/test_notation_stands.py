"""Who reads what: players' staves, words for ways of playing, transposed pages and parts."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoscore.adapters.page import Page
from autoscore.model.score import Control, CueScore, Note, Part, Role
from autoscore.model.tempo import Bar, CueTempo, TempoSegment
from autoscore.stages.deliver.notation import page_of, parts_of, transposition
from autoscore.stages.deliver.notation_clefs import readings
from autoscore.stages.deliver.notation_files import write_sheets
from autoscore.stages.deliver.notation_hands import hands
from autoscore.stages.deliver.notation_stands import Stand, player_of
from autoscore.stages.deliver.notes import Music
from autoscore.stages.deliver.written import UNITS, Written
from autoscore.tables import read

RATE = Fraction(25)
BARS = tuple(Bar(number=n + 1, start_beats=Fraction(4 * n), numerator=4, denominator=4) for n in range(8))


def line(*pitches: int, step: Fraction = Fraction(1), start: Fraction = Fraction(0)) -> tuple[Note, ...]:
    return tuple(
        Note(start_beats=start + i * step, length_beats=step, pitch=pitch, velocity=80)
        for i, pitch in enumerate(pitches)
    )


def part(instrument: str, role: Role, notes: tuple[Note, ...]) -> Part:
    row = read("instruments.toml")[instrument]
    return Part(id=f"{role}_{instrument}", name=row["name"], instrument=instrument, group=row["group"], role=role,
                notes=notes)  # fmt: skip


def music(*parts: Part, key: str = "D major", swing: float = 0.5) -> Music:
    segment = TempoSegment(start_beats=Fraction(0), end_beats=Fraction(32), start_bpm=90.0, end_bpm=90.0, start_s=0.0)
    tempo = CueTempo(cue_id="1M1", start_s=0.0, end_s=segment.duration_s, base_bpm=90.0, bars=BARS, segments=(segment,))
    score = CueScore(cue_id="1M1", title="A door", key=key, parts=parts)
    return Music(score=score, tempo=tempo, film="film.mp4", swing=swing)


def words(page: Page, kind: str = "words") -> list[str]:
    return [
        s.text for p in page.players for staff in p.staves for bar in staff.bars for s in bar.signs if s.kind == kind
    ]


def test_roles_of_one_player_share_a_staff() -> None:
    """Melody and harmony of the same violins are two voices of one staff, where their plucked hit stands too."""
    page = page_of(
        music(part("violins1", "melody", line(74, 76, 78, 79)),
              part("violins1_slow", "harmony", line(69, 67, step=Fraction(2))),
              part("violins1_pizz", "hit", line(74, start=Fraction(8)))), RATE,
    )  # fmt: skip
    (player,) = page.players
    assert player.name == "Violins I"
    assert [len(bar.voices) for bar in player.staves[0].bars[:3]] == [2, 0, 1]
    assert words(page) == ["pizz."]


def test_three_rhythms_need_two_staves() -> None:
    """A third rhythm at the same time stands on a staff of its own, numbered."""
    page = page_of(
        music(part("horn", "melody", line(60, 62, 64, 65)), part("horn", "counter", line(55, 57, step=Fraction(2))),
              part("horn", "harmony", line(53, step=Fraction(4)))), RATE,
    )  # fmt: skip
    assert [player.name for player in page.players] == ["Horn 1", "Horn 2"]


def test_a_page_is_in_score_order_with_brackets() -> None:
    """Flute, horn, kit, violins, basses come in that order; neighbours of one section have a bracket in the file."""
    page = page_of(
        music(*(part(name, "harmony", line(pitch)) for name, pitch in
                (("basses", 36), ("violins2", 66), ("violins1", 74), ("orchestra_kit", 36), ("horn", 60),
                 ("flute", 79)))), RATE,
    )  # fmt: skip
    assert [p.name for p in page.players] == ["Flute", "Horn", "Percussion", "Violins I", "Violins II", "Double Basses"]
    assert [p.section for p in page.players].count("strings") == 3


@pytest.mark.parametrize("instrument", sorted(read("instruments.toml")))
def test_every_instrument_has_a_stand(instrument: str) -> None:
    """Each row of instruments.toml is read by a player whose clefs and section are known."""
    key, _ = player_of(instrument)
    row = read("notation.toml")["players"][key]
    assert row["clefs"]
    assert row["short"]


@given(
    key=st.sampled_from(("C major", "E major", "B major", "Db major", "F# minor", "Bb minor", "D dorian")),
    name=st.sampled_from(("clarinet", "horn", "trumpet", "alto_sax", "tenor_sax", "cor_anglais", "piccolo", "basses")),
)
def test_a_transposed_part_sounds_as_the_score_does(key: str, name: str) -> None:
    """Written pitch plus transposition is the same on both pages; the written key is transposed with them."""
    row = read("instruments.toml")[name]
    low = row["sweet"][0]
    one = music(part(name, "melody", line(low, low + 2, low + 4, low + 5)), key=key)
    pages = [page_of(one, RATE, transposed=flag) for flag in (False, True)]
    sounding = [
        [p + own.transposition.total for g in own.staves[0].bars[0].voices[0] for p in g.pitches]
        for (own,) in (page.players for page in pages)
    ]  # fmt: skip
    assert sounding[0] == sounding[1] == [low, low + 2, low + 4, low + 5]
    score, own = pages[0].players[0], pages[1].players[0]
    assert (7 * (own.fifths - score.fifths) + own.transposition.semitones) % 12 == 0
    assert abs(own.fifths) <= 6 or own.fifths == score.fifths


def test_octaves_are_written_as_usual_in_both() -> None:
    """Basses stand an octave above, the glockenspiel two below where they sound, without being asked."""
    page = page_of(music(part("basses", "bass", line(36)), part("glockenspiel", "colour", line(91))), RATE)
    assert {p.name: p.staves[0].bars[0].voices[0][0].pitches for p in page.players} == {
        "Glockenspiel": (67,), "Double Basses": (48,),
    }  # fmt: skip


def test_many_sharps_become_flats() -> None:
    """A trumpet in a score of five sharps reads five flats, a step more away, not seven sharps."""
    row = read("notation.toml")["players"]["trumpet"]
    shift, fifths = transposition(Stand(key="trumpet", row=row, lines=()), 5, transposed=True)
    assert (fifths, shift.steps, shift.semitones) == (-5, -2, -2)


def test_parts_are_files_of_one_player(tmp_path: Path) -> None:
    """Each player has a file with the whole score's marks; runs of empty bars are one rest."""
    one = music(part("clarinet", "melody", line(62, 64)), part("violins1", "harmony", line(74, start=Fraction(28))))
    names, warnings = write_sheets([one], RATE, tmp_path, transposed=True, parts=True)
    assert warnings == ()
    assert names == ("musicxml_transposed/1M1.musicxml", "parts/1M1/01_Clarinet_in_Bb.musicxml",
                     "parts/1M1/02_Violins_I.musicxml")  # fmt: skip
    root = ElementTree.parse(tmp_path / names[2]).getroot()
    assert [r.text for r in root.iter("multiple-rest")] == ["7"]
    assert root.find(".//metronome") is not None
    clarinet = ElementTree.parse(tmp_path / names[1]).getroot()
    assert [clarinet.findtext(f".//transpose/{tag}") for tag in ("diatonic", "chromatic")] == ["-1", "-2"]
    assert clarinet.findtext(".//key/fifths") == "4"
    assert len(parts_of(page_of(one, RATE))) == 2


def test_a_pedal_is_drawn_under_the_lower_staff() -> None:
    """Down, lifted and taken again, up: one line with a bend, on the left hand's staff."""
    controls = tuple(Control(at_beats=Fraction(at), kind="pedal", value=value)
                     for at, value in ((0, 0), (0, 127), (4, 0), (4, 127), (8, 0)))  # fmt: skip
    piano = replace(part("piano", "harmony", line(48, 72, 50, 74, 48, 72, 50, 74)), controls=controls)
    (player,) = page_of(music(piano), RATE).players
    assert [s.text for bar in player.staves[1].bars for s in bar.signs if s.kind == "pedal"] == [
        "start", "change", "stop",
    ]  # fmt: skip


def test_swing_is_said_not_written() -> None:
    """A swinging cue says so above its first bar; a straight one says nothing."""
    lead = part("alto_sax", "melody", line(60, 62, 64, 65, step=Fraction(1, 2)))
    assert words(page_of(music(lead, swing=0.62), RATE), "feel") == ["Swing ♫ (62 %)"]
    assert words(page_of(music(lead), RATE), "feel") == []


def test_hands_do_not_stretch() -> None:
    """Two chords a tenth apart are cut between them, wherever middle C is."""
    chords = [Written(start=0, end=24, pitch=p) for p in (52, 55, 59, 67, 71, 74)]
    right, left = hands(chords, BARS)
    assert ([n.pitch for n in right], [n.pitch for n in left]) == ([67, 71, 74], [52, 55, 59])


def test_clefs_change_for_ledger_lines_only() -> None:
    """A cello goes to tenor or treble for a high passage and comes back; one high note changes nothing."""
    low, high = [45, 48], [76, 79, 74]
    clefs = [
        clef for clef, _ in readings([low, low, high, high, high, low, low], ["bass", "tenor", "treble"], octaves=False)
    ]
    assert clefs[0] == clefs[-1] == "bass"
    assert clefs[3] != "bass"
    assert {clef for clef, _ in readings([low, [45, 64], low], ["bass", "tenor", "treble"], octaves=False)} == {"bass"}
    assert readings([[98, 100]] * 4, ["treble"], octaves=True)[0] == ("treble", 1)


def test_notes_of_a_unison_stand_once() -> None:
    """Where two parts of a player have the same note it is written once."""
    page = page_of(music(part("flute", "melody", line(74)), part("flute", "harmony", line(74))), RATE)
    ((voice,),) = (page.players[0].staves[0].bars[0].voices,)
    assert sum(len(glyph.pitches) for glyph in voice) == 1
    assert UNITS == 24
