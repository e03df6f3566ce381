"""A tune brought along: its top line, metre and key, whatever it is written in; one sentence where it is none."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import mido
import pytest

from autoscore.adapters.theory_tune import MOST_QUARTERS, read_tune, sha256_of
from autoscore.errors import BriefError
from autoscore.model.cues import MOST_OWN_BARS
from autoscore.stages.compose.themes.own import adopt

UPBEAT = ("A4",)
BARS = (("D5", "F5", "E5"), ("D5", "A4", "F4"), ("G4", "B-4", "A4"), ("D5",))
PITCHES = [69, 74, 77, 76, 74, 69, 65, 67, 70, 69, 74]


def waltz(*, melody: str = "Flute") -> Any:
    """A tune in D minor over chords in another part, in 3/4, with an upbeat of one quarter."""
    from music21 import chord, key, meter, note, stream

    tune, chords = stream.Part(), stream.Part()
    tune.partName, chords.partName = melody, "Piano"
    for number, names in enumerate((UPBEAT, *BARS)):
        bar, below = stream.Measure(number=number), stream.Measure(number=number)
        if not number:
            bar.append(meter.TimeSignature("3/4"))
            bar.append(key.KeySignature(-1))
        short = not number
        for name in names:
            bar.append(note.Note(name, quarterLength=3 if names == ("D5",) else 1))
        bar.paddingLeft = 2.0 if short else 0.0
        below.append(chord.Chord(["D6", "F3", "A3"], quarterLength=1 if short else 3))
        tune.append(bar)
        chords.append(below)
    whole = stream.Score()
    whole.insert(0, chords)
    whole.insert(0, tune)
    return whole


def save_midi(path: Path, **parts: list[int]) -> None:
    """A MIDI file with a track of quarters for each part, as a DAW writes it; "Drums" on channel 10."""
    whole = mido.MidiFile(ticks_per_beat=480)
    for channel, (name, pitches) in enumerate(parts.items()):
        track = mido.MidiTrack([mido.MetaMessage("track_name", name=name)])
        track.append(mido.MetaMessage("time_signature", numerator=3, denominator=4))
        for pitch in pitches:
            on_channel = 9 if name == "Drums" else channel
            track.append(mido.Message("note_on", channel=on_channel, note=pitch, velocity=90, time=0))
            track.append(mido.Message("note_off", channel=on_channel, note=pitch, velocity=0, time=480))
        whole.tracks.append(track)
    whole.save(path)


@pytest.fixture(params=["musicxml", "midi"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / ("tune.mid" if request.param == "midi" else "tune.musicxml")
    if request.param == "midi":
        save_midi(path, Piano=[86] * 8, Lead=PITCHES)
    else:
        waltz(melody="Melody").write("musicxml", path)
    return path


def test_the_named_melody_is_the_theme(file: Path) -> None:
    """The part called a melody is taken though another one is higher, with its metre, its key and its file's sum."""
    tune = read_tune(file)
    assert [note.pitch for note in tune.notes] == PITCHES
    assert (tune.metre, tune.key, tune.title) == ("3/4", "D minor", "tune")
    assert tune.sha256 == sha256_of(file)
    assert all(
        a.start_beats + a.length_beats <= b.start_beats for a, b in zip(tune.notes, tune.notes[1:], strict=False)
    )


def test_an_upbeat_stands_at_the_end_of_its_bar(tmp_path: Path) -> None:
    """The first full bar of the tune begins on a bar line of the theme."""
    waltz(melody="Melody").write("musicxml", tmp_path / "tune.musicxml")
    notes = read_tune(tmp_path / "tune.musicxml").notes
    assert [note.start_beats for note in notes[:3]] == [Fraction(2), Fraction(3), Fraction(4)]


@pytest.mark.parametrize(
    "sharps, pitches, key",
    [
        (4, PITCHES, "D minor"),  # the notes contradict the signature
        (-5, [60, 62, 64, 65, 67, 65, 64, 62, 60, 67, 69, 71, 72, 65, 64, 60], "C major"),
        (-1, [62, 64, 65, 67, 69, 71, 69, 67, 65, 64, 62], "D minor"),
        (1, [60, 62, 67, 69, 71, 74, 71, 69, 67], "G major"),
        (0, PITCHES, "D minor"),  # a signature that nobody set
    ],
)
def test_the_notes_decide_what_the_signature_says(tmp_path: Path, sharps: int, pitches: list[int], key: str) -> None:
    """A signature that the notes contradict is passed over; one that fits them is believed."""
    from music21 import key as keys
    from music21 import meter, note, stream

    part = stream.Part([meter.TimeSignature("3/4"), keys.KeySignature(sharps)])
    for pitch in pitches:
        part.append(note.Note(midi=pitch, quarterLength=1))
    stream.Score([part]).write("musicxml", tmp_path / "tune.musicxml")
    assert read_tune(tmp_path / "tune.musicxml").key == key


def test_a_long_tune_is_cut_and_said_to_be_long(tmp_path: Path) -> None:
    """Of a tune of 40 bars the theme has the first 16, and its owner is told, in words that are true."""
    save_midi(tmp_path / "tune.mid", Lead=(PITCHES * 12)[:120])
    tune = read_tune(tmp_path / "tune.mid")
    assert len(tune.notes) < 60
    adopted = adopt(tune.notes, tune.metre, key=tune.key)
    assert sum(adopted.theme.durations_beats) == 3 * MOST_OWN_BARS
    assert f"The tune is longer than {MOST_OWN_BARS} bars; its first {MOST_OWN_BARS} are the theme." in adopted.remarks


def test_without_a_name_the_highest_part_is_the_theme(tmp_path: Path) -> None:
    """Where no part is called a melody the highest one is taken, and of its chords the top notes."""
    waltz().write("musicxml", tmp_path / "tune.musicxml")
    with pytest.raises(BriefError, match="top line"):  # the highest part holds one note for ever: that is no tune
        read_tune(tmp_path / "tune.musicxml")


@pytest.mark.parametrize(
    "name, content, says",
    [
        ("none.mid", None, "no file"),
        ("tune.mp3", b"", "neither MIDI nor MusicXML"),
        ("tune.mid", b"garbage", "cannot be read as MIDI: it has no MIDI header"),
        ("tune.mid", b"", "cannot be read as MIDI: it has no MIDI header"),
        ("tune.mid", b"MThd\0\0", "cannot be read as MIDI: it is cut off in its header"),
        ("tune.mid", b"MThd\0\0\0\6\0\1\0\1\0\x60MTrk\0\0\0\4\xff\xff\xff\xff", "cannot be read as MIDI"),
        ("tune.xml", b"<score", "cannot be read as MusicXML"),
    ],
)
def test_a_bad_file_is_one_sentence(tmp_path: Path, name: str, content: bytes | None, says: str) -> None:
    """What is no tune is a usage error that names the file and says what is wrong."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(BriefError, match=says) as caught:
        read_tune(tmp_path / name)
    assert caught.value.exit_code == 2
    assert name in caught.value.message and "\n" not in caught.value.message
    assert not any(noise in str(caught.value.hint) for noise in ("Error", "Exception", "b'"))


@pytest.mark.parametrize("share", [0.1, 0.4, 0.7, 0.99])
def test_a_file_that_is_cut_off_is_told(tmp_path: Path, share: float) -> None:
    """Of half a file nobody makes half a theme: it says that it is cut off, and in which track."""
    path = tmp_path / "tune.mid"
    save_midi(path, Piano=[86] * 8, Lead=PITCHES)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(BriefError, match=r"tune\.mid is cut off: it ends in track [12] of 2"):
        read_tune(path)


def test_drums_are_no_theme(tmp_path: Path) -> None:
    """A file with nothing but drums has no theme."""
    save_midi(tmp_path / "drums.mid", Drums=[36, 38] * 4)
    with pytest.raises(BriefError, match=r"drums\.mid"):
        read_tune(tmp_path / "drums.mid")


def test_a_file_without_notes_is_no_theme(tmp_path: Path) -> None:
    """A MIDI file with an empty track is read, and told to have no notes."""
    whole = mido.MidiFile()
    whole.tracks.append(mido.MidiTrack())
    whole.save(tmp_path / "empty.mid")
    with pytest.raises(BriefError, match="no notes"):
        read_tune(tmp_path / "empty.mid")


def test_an_endless_file_is_refused_at_once(tmp_path: Path) -> None:
    """A spoilt delta time of millions of quarters is no tune, and is not written out bar by bar."""
    save_midi(tmp_path / "tune.mid", Lead=PITCHES)
    whole = mido.MidiFile(tmp_path / "tune.mid")
    whole.tracks[0][-2].time = 480 * (MOST_QUARTERS + 1)
    whole.save(tmp_path / "tune.mid")
    with pytest.raises(BriefError, match="too long"):
        read_tune(tmp_path / "tune.mid")
