"""Ticks follow film time: half a millisecond at every anchor, however long the film and however tempo moves."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoscore.adapters.midi import PPQ
from autoscore.model.cues import Cue, CueHit, CuePlan, ThemeUse
from autoscore.model.score import Control, CueScore, Note, Part, PlayedHit, Section
from autoscore.model.tempo import Bar, CueTempo, TempoSegment, ramp_seconds
from autoscore.stages.deliver import midi_files
from autoscore.stages.deliver.grid import Grid, cue_grid, film_grid
from autoscore.stages.deliver.notes import Music, signature


def cue_tempo(cue_id: str, start_s: float, ramps: list[tuple[int, float, float]]) -> CueTempo:
    """A cue whose tempo runs through ``ramps`` of (beats, start bpm, end bpm), in bars of 4/4 and a rest."""
    segments, at, beats = [], start_s, Fraction(0)
    for length, first, last in ramps:
        segments.append(
            TempoSegment(
                start_beats=beats, end_beats=beats + length, start_bpm=first, end_bpm=last, start_s=at
            )
        )  # fmt: skip
        at += ramp_seconds(first, last, length)
        beats += length
    bars, start, number = [], Fraction(0), 1
    while start < beats:
        size = min(4, int(beats - start))
        bars.append(Bar(number=number, start_beats=start, numerator=size, denominator=4))
        start, number = start + size, number + 1
    return CueTempo(
        cue_id=cue_id, start_s=start_s, end_s=at, base_bpm=ramps[0][1], bars=tuple(bars), segments=tuple(segments)
    )


def seconds_of(grid: Grid, ticks: list[int]) -> list[float]:
    """Film times of ticks as a sequencer would count them: whole microseconds a quarter, added up."""
    events, found = grid.tempos(), []
    for tick in ticks:
        total_us, last, tempo = 0.0, 0, 500_000
        for event in events:
            if event.tick >= tick:
                break
            total_us += (event.tick - last) * tempo / PPQ
            last, tempo = event.tick, event.us_per_quarter
        found.append(grid.start_s + (total_us + (tick - last) * tempo / PPQ) / 1e6)
    return found


bpm = st.floats(45, 210, allow_nan=False)
ramps = st.lists(st.tuples(st.integers(1, 40), bpm, bpm), min_size=1, max_size=6)


@settings(deadline=None, max_examples=25)
@given(ramps=ramps, start_s=st.floats(0, 3000))
def test_a_cue_keeps_time_at_every_segment(ramps: list[tuple[int, float, float]], start_s: float) -> None:
    """Counted in MIDI ticks and microseconds, each tempo segment starts within 0.5 ms of its film time."""
    tempo = cue_tempo("1M1", start_s, ramps)
    grid = cue_grid(tempo)
    heard = seconds_of(grid, [int(segment.start_beats * PPQ) for segment in tempo.segments])
    assert heard == pytest.approx([segment.start_s for segment in tempo.segments], abs=0.0005)


@settings(deadline=None, max_examples=25)
@given(gaps=st.lists(st.floats(0.0, 200.0), min_size=1, max_size=4), ramps=ramps)
def test_every_cue_of_a_film_starts_on_time(gaps: list[float], ramps: list[tuple[int, float, float]]) -> None:
    """In the film's file each cue starts within 0.5 ms of where it starts in the film, whatever the gaps between."""
    cues, at = [], 0.0
    for number, gap in enumerate(gaps):
        cues.append(cue_tempo(f"1M{number + 1}", at + gap, ramps))
        at = cues[-1].end_s
    grid = film_grid(tuple(cues), at + 3.0)
    times = [*(cue.start_s for cue in cues), at + 3.0]
    assert seconds_of(grid, [grid.tick_at(time_s) for time_s in times]) == pytest.approx(times, abs=0.0005)


def test_a_cue_that_overlaps_the_next_gives_way() -> None:
    """Where two cues overlap, the later one's grid holds from its start, and both start on time."""
    first, second = cue_tempo("1M1", 1.0, [(32, 100, 100)]), cue_tempo("1M2", 15.3, [(16, 90, 90)])
    grid = film_grid((first, second), 40.0)
    times = [1.0, 15.3, 15.3 + 60 / 90 * 8]
    assert seconds_of(grid, [grid.tick_at(time_s) for time_s in times]) == pytest.approx(times, abs=0.0006)


def test_a_film_without_cues_has_a_grid() -> None:
    """No music is no error: one rest as long as the film."""
    grid = film_grid((), 12.5)
    assert seconds_of(grid, [grid.end_tick]) == pytest.approx([12.5], abs=0.0005)


@pytest.mark.parametrize(
    ("key", "expected"),
    [("C major", (0, False)), ("A minor", (0, True)), ("D dorian", (0, True)), ("F lydian", (0, False)),
     ("Eb major", (-3, False)), ("G mixolydian", (0, False)), ("E phrygian", (0, True)), ("F# major", (6, False)),
     ("Gb major", (-6, False)), ("D harmonic minor", (-1, True)), ("no key", (0, False))],
)  # fmt: skip
def test_key_signatures(key: str, expected: tuple[int, bool]) -> None:
    """A key's signature is the one that needs the fewest accidentals."""
    assert signature(key) == expected


HOME = "D minor"


def film() -> tuple[CuePlan, tuple[Music, ...]]:
    """A film of two cues with a hit each."""
    musics, cues = [], []
    for number, (start_s, speed) in enumerate(((2.0, 97.0), (31.7, 123.0)), 1):
        cue_id = f"1M{number}"
        tempo = cue_tempo(cue_id, start_s, [(16, speed, speed * 1.03), (16, speed * 1.03, speed)])
        notes = tuple(
            Note(start_beats=Fraction(i, 2), length_beats=Fraction(1, 2), pitch=60 + i % 12, velocity=80, nudge_ms=9.0)
            for i in range(40)
        )
        lead = Part(
            id="lead", name="Oboe", instrument="oboe", group="winds", role="melody", notes=notes,
            controls=(Control(at_beats=Fraction(1), kind="expression", value=90.0),
                      Control(at_beats=Fraction(2), kind="bend_semitones", value=-3.0)),
        )  # fmt: skip
        drums = Part(
            id="drums", name="Drums", instrument="orchestra_kit", group="percussion", role="percussion",
            notes=(Note(start_beats=Fraction(8), length_beats=Fraction(1), pitch=49, velocity=110),),
        )  # fmt: skip
        hit_s = tempo.seconds_at(Fraction(8))
        hit = CueHit(id=f"{cue_id}-01", frame=round(hit_s * 25), time_s=hit_s, klass="hard", weight=1.0)
        played = PlayedHit(hit_id=hit.id, time_s=hit_s, at_beats=Fraction(8), device="brass_stab")
        section = Section(start_beats=Fraction(0), end_beats=Fraction(32), function="A", intensity=0.5)
        score = CueScore(
            cue_id=cue_id,
            title="Überfahrt – 2",
            key="D minor",
            parts=(lead, drums),
            sections=(section,),
            hits=(played,),
        )
        musics.append(Music(score=score, tempo=tempo))
        cues.append(
            Cue(
                start_s=start_s, end_s=tempo.end_s, id=cue_id, title=score.title, in_type="hard", out_type="ring",
                mood="tense", valence=0.0, arousal=0.5, key=HOME, tempo_bpm=speed, metre="4/4", palette="o",
                theme=ThemeUse(), dynamics=(), hits=(hit,),
            )
        )  # fmt: skip
    plan = CuePlan(
        film="film.mp4", rate=Fraction(25), duration_s=60.0, seed=1, home_mood="tense", home_key="D minor",
        palette="orchestra", cues=tuple(cues),
    )  # fmt: skip
    return plan, tuple(musics)


def heard_at(path: Path) -> dict[str, list[float]]:
    """Seconds of every note-on by track name, as a player would place them."""
    found: dict[str, list[float]] = {}
    score = mido.MidiFile(path)
    tempos = [(0, 500_000)]
    tick = 0
    for message in score.tracks[0]:
        tick += message.time
        if message.type == "set_tempo":
            tempos.append((tick, message.tempo))
    for track in score.tracks[1:]:
        tick = 0
        for message in track:
            tick += message.time
            if message.type == "note_on":
                total, last, tempo = 0.0, 0, 500_000
                for at, speed in tempos:
                    if at >= tick:
                        break
                    total += (at - last) * tempo
                    last, tempo = at, speed
                found.setdefault(track.name, []).append((total + (tick - last) * tempo) / PPQ / 1e6)
    return found


def test_the_film_file_is_a_conductor_and_tracks_in_time(tmp_path: Path) -> None:
    """score.mid: type 1, 960 ticks, markers and tempo in track 0, the lead called Melody, hits within 0.5 ms."""
    plan, musics = film()
    files = midi_files.write(plan, musics, 60.0, tmp_path)
    assert files[:2] == ("score.mid", "score_quantised.mid")
    score = mido.MidiFile(tmp_path / "score.mid")
    assert (score.type, score.ticks_per_beat) == (1, 960)
    texts = [m.text for m in score.tracks[0] if m.type == "marker"]
    assert "H 1M1-01 hard brass_stab" in texts
    assert "1M2 A" in texts
    assert {m.type for m in score.tracks[0]} >= {"set_tempo", "time_signature", "key_signature", "smpte_offset"}
    assert [track.name for track in score.tracks[1:]] == ["Winds_Ob Melody", "Percussion_Perc"]
    hits = [music.score.hits[0].time_s for music in musics]
    for name in ("score.mid", "score_quantised.mid"):
        assert heard_at(tmp_path / name)["Percussion_Perc"] == pytest.approx(hits, abs=0.0011)


def test_written_notes_lie_on_the_grid_and_played_ones_beside_it(tmp_path: Path) -> None:
    """The quantised file has every eighth on its tick; in the played one they come 9 ms later."""
    plan, musics = film()
    midi_files.write(plan, musics, 60.0, tmp_path)
    ticks = {}
    for variant in ("", "_quantised"):
        track = mido.MidiFile(tmp_path / f"midi/1M1{variant}.mid").tracks[1]
        assert "Melody" in track.name
        at, ticks[variant] = 0, []
        for message in track:
            at += message.time
            if message.type == "note_on":
                ticks[variant].append(at)
    assert ticks["_quantised"] == [i * 480 for i in range(40)]
    assert all(5 < played - written < 30 for played, written in zip(ticks[""], ticks["_quantised"], strict=True))


def test_program_and_bend_range_come_first(tmp_path: Path) -> None:
    """Program, volume, pan and the range of pitch bends are sent before any note; drums are on channel 10."""
    plan, musics = film()
    midi_files.write(plan, musics, 60.0, tmp_path)
    lead, drums = mido.MidiFile(tmp_path / "midi/1M1.mid").tracks[1:]
    before = []
    for message in lead:
        if message.time or message.type == "note_on":
            break
        before.append(message)
    assert next(m.program for m in before if m.type == "program_change") == 68
    assert {m.control for m in before if m.type == "control_change"} >= {0, 6, 7, 10, 101}
    assert {m.channel for m in drums if not m.is_meta} == {9}


def test_the_same_score_gives_the_same_bytes(tmp_path: Path) -> None:
    """MIDI files do not depend on when and where they are written."""
    plan, musics = film()
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        names = midi_files.write(plan, musics, 60.0, tmp_path / folder)
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_note_that_repeats_before_it_ends_is_cut_not_swallowed(tmp_path: Path) -> None:
    """Two notes of one pitch that overlap both sound: the first ends where the second begins."""
    plan, musics = film()
    part = Part(
        id="x", name="Piano", instrument="piano", group="keys", role="harmony",
        notes=(Note(start_beats=Fraction(0), length_beats=Fraction(4), pitch=60, velocity=70),
               Note(start_beats=Fraction(2), length_beats=Fraction(2), pitch=60, velocity=70)),
    )  # fmt: skip
    score = CueScore(cue_id="1M1", title="", key="C major", parts=(part,))
    midi_files.write(plan, (Music(score=score, tempo=musics[0].tempo),), 60.0, tmp_path)
    track = mido.MidiFile(tmp_path / "midi/1M1_quantised.mid").tracks[1]
    at, events = 0, []
    for message in track:
        at += message.time
        if message.type in ("note_on", "note_off"):
            events.append((at, message.type))
    assert events == [(0, "note_on"), (1920, "note_off"), (1920, "note_on"), (3840, "note_off")]


def test_cues_can_come_one_by_one(tmp_path: Path) -> None:
    """Where the cues are given without parts and each one whole when it is asked for, the files are the same."""
    plan, musics = film()
    names = midi_files.write(plan, musics, 60.0, tmp_path / "whole")
    bare = [replace(music, score=replace(music.score, parts=(), chords=())) for music in musics]
    asked: list[str] = []

    def whole(music: Music) -> Music:
        asked.append(music.score.cue_id)
        return next(other for other in musics if other.score.cue_id == music.score.cue_id)

    assert midi_files.write(plan, bare, 60.0, tmp_path / "bare", whole=whole) == names
    assert asked == ["1M1", "1M2"]
    for name in names:
        assert (tmp_path / "bare" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
