"""Whole scores opened by other programs: music21 finds all bars full and all notes, MuseScore does not complain."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import defaultdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import mido
import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))
from studio import compose_film

from autoscore import tables
from autoscore.stages.deliver import midi_files
from autoscore.stages.deliver.notation import page_of
from autoscore.stages.deliver.notation_files import write_sheets
from autoscore.stages.deliver.notation_stands import player_of, stands
from autoscore.stages.deliver.notes import Music
from autoscore.stages.deliver.written import pulses

RATE = Fraction(24)
COMPLAINTS = ("corrupt", "error", "incomplete", "overflow", "restheight", "warning")
Notes = set[tuple[Fraction, int]]


def cue(mood: str) -> tuple[Any, Music]:
    take = compose_film(mood, 2)
    (score,) = take.score.cues
    return take, Music(
        score=score, tempo=take.tempo.of(score.cue_id), film="film.mp4", swing=tables.mood(mood).tempo.swing
    )


def opened(path: Path, one: Music) -> dict[str, Notes]:
    """What music21 reads: (quarters from the start, written pitch) by player; all bars must be exactly full."""
    from music21 import chord, converter, note, stream

    found: dict[str, Notes] = defaultdict(set)
    for part in converter.parse(path, forceSource=True).parts:
        measures = list(part.getElementsByClass(stream.Measure))
        assert len(measures) == len(one.tempo.bars)
        for measure, bar in zip(measures, one.tempo.bars, strict=True):
            ends = [measure.highestTime, *(voice.highestTime for voice in measure.voices)]
            assert max(Fraction(end) for end in ends) == bar.length_beats, (part.partName, bar.number)
            for glyph in measure.recurse().notes:
                at = bar.start_beats + Fraction(glyph.getOffsetInHierarchy(measure)).limit_denominator(96)
                for single in glyph.notes if isinstance(glyph, chord.Chord) else (glyph,):
                    if isinstance(single, note.Note) and (single.tie is None or single.tie.type == "start"):
                        found[part.partName].add((at, single.pitch.midi))
    return found


def quantised(folder: Path, one: Music, plan: Any) -> dict[str, Notes]:
    """(quarters, pitch) of the cue's quantised MIDI file by the key of the player."""
    midi_files.write(plan, [one], plan.duration_s, folder)
    file = mido.MidiFile(folder / f"midi/{one.score.cue_id}_quantised.mid")
    found: dict[str, Notes] = defaultdict(set)
    for part, track in zip(one.score.parts, file.tracks[1:], strict=True):
        tick = 0
        for message in track:
            tick += message.time
            if message.type == "note_on" and message.velocity:
                found[player_of(part.instrument)[0]].add((Fraction(tick, file.ticks_per_beat), message.note))
    return found


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("mood", "transposed"), [("heroic", False), ("noir", True)])
def test_music21_finds_every_bar_full_and_the_notes_of_the_midi_file(
    mood: str, transposed: bool, tmp_path: Path
) -> None:  # fmt: skip
    """Each bar of each part has its metre's length; the page has the notes of the quantised MIDI file, rolls apart."""
    take, one = cue(mood)
    (name,), _ = write_sheets([one], RATE, tmp_path, transposed=transposed)
    read = opened(tmp_path / name, one)
    midi = quantised(tmp_path, one, take.plan)
    written: dict[str, Notes] = defaultdict(set)
    drawn: dict[str, Notes] = defaultdict(set)
    bars = one.tempo.bars
    page = page_of(one, RATE, transposed=transposed)
    for stand, player in zip(stands(one.score.parts, bars, pulses(bars)), page.players, strict=True):
        if not player.drums:
            written[stand.key] |= {(at, pitch + player.transposition.total) for at, pitch in read[player.name]}
            drawn[stand.key] |= {
                (Fraction(n.start, 24), n.pitch) for line in stand.lines for n in line.notes if n.strokes or n.glides
            }
    for key, notes in written.items():
        assert notes - midi[key] <= drawn[key], key
        assert len(midi[key] - notes) == 0 or drawn[key], key


@pytest.mark.slow
@pytest.mark.parametrize(("mood", "transposed"), [("heroic", False), ("lofi", True)])
def test_musescore_opens_it_without_a_complaint(mood: str, transposed: bool, tmp_path: Path) -> None:
    """Two minutes of orchestra and a small band are engraved, all staves on one page, without a word of complaint."""
    program = shutil.which("mscore3") or shutil.which("mscore") or shutil.which("musescore3")
    if program is None:
        pytest.skip("MuseScore is not installed")
    (name,), _ = write_sheets([cue(mood)[1]], RATE, tmp_path, transposed=transposed)
    made = tmp_path / "out.pdf"
    done = subprocess.run(
        [program, "-o", str(made), str(tmp_path / name)], env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = [line for line in (done.stdout + done.stderr).lower().splitlines() if "runtime" not in line]
    assert not [line for line in told if any(word in line for word in COMPLAINTS)], told
    assert made.read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("mood", ["heroic", "comedy"])
def test_what_is_played_is_what_is_written(mood: str) -> None:
    """No note of a straight score is played 80 ms beside its place on paper; half of each part's are within 25 ms."""
    _, one = cue(mood)
    for part in one.score.parts:
        beside = sorted(
            abs(one.seconds_at(note.start_beats) + note.nudge_ms / 1000.0 - one.seconds_at(one.written_at(note)[0]))
            for note in part.notes
        )
        assert beside[-1] < 0.08, part.id
        assert beside[len(beside) // 2] < 0.025, part.id
