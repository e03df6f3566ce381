"""Every bad input gets one sentence and the right exit code, no traceback, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_films import MakeFilm, ffmpeg

from autoscore import cli

Run = Callable[..., tuple[int, str, str]]
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str | Path) -> tuple[int, str, str]:
        code = cli.main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return call


def refused(run: Run, film: Path, code: int, *says: str, arguments: tuple[str | Path, ...] = ()) -> None:
    """Score ``film``: the exit code, one short sentence (and a hint), and a folder that looks as before."""
    before = {path: path.stat().st_mtime_ns for path in film.parent.rglob("*")}
    got, out, err = run("score", film, *arguments)
    assert got == code, err
    assert out == ""
    assert "Traceback" not in err
    lines = [line for line in err.splitlines() if line]
    assert 1 <= len(lines) <= 2 and lines[0].startswith("autoscore: ")
    for word in says:
        assert word.lower() in err.lower()
    assert {path: path.stat().st_mtime_ns for path in film.parent.rglob("*")} == before


def cut_short(film: Path, name: str, share: float) -> Path:
    data = film.read_bytes()
    short = film.with_name(name)
    short.write_bytes(data[: int(len(data) * share)])
    film.unlink()
    return short


# What is no film


def test_missing_file(run: Run, tmp_path: Path) -> None:
    """A name that does not exist: usage."""
    refused(run, tmp_path / "none.mp4", 2, "none.mp4")


def test_directory(run: Run, tmp_path: Path) -> None:
    """A folder: usage."""
    (tmp_path / "film.mp4").mkdir()
    refused(run, tmp_path / "film.mp4", 2, "folder")


def test_empty_file(run: Run, tmp_path: Path) -> None:
    """A file of no bytes."""
    (tmp_path / "film.mp4").touch()
    refused(run, tmp_path / "film.mp4", 1, "empty")


def test_text_named_mp4(run: Run, tmp_path: Path) -> None:
    """Text under a film's name."""
    (tmp_path / "film.mp4").write_text("This is no film.\n" * 100)
    refused(run, tmp_path / "film.mp4", 1, "film.mp4")


def test_odd_name_of_no_film(run: Run, tmp_path: Path) -> None:
    """Nothing is said about the output's container while it is not even a film."""
    (tmp_path / "notes.txt").write_text("This is no film.\n" * 100)
    refused(run, tmp_path / "notes.txt", 1, "notes.txt")


def test_truncated_before_its_index(run: Run, make_film: MakeFilm) -> None:
    """An MP4 that was cut off before its index cannot be read."""
    refused(run, cut_short(make_film(), "cut.mp4", 0.6), 1, "cut.mp4")


def test_audio_only(run: Run, tmp_path: Path) -> None:
    """Sound without a picture."""
    film = tmp_path / "song.m4a"
    ffmpeg("-f", "lavfi", "-i", "sine=220:duration=2", "-c:a", "aac", film)
    refused(run, film, 1, "picture")


def test_cover_art_only(run: Run, tmp_path: Path) -> None:
    """A song with a cover picture is no film."""
    film, cover = tmp_path / "song.mp3", tmp_path / "cover.png"
    ffmpeg("-f", "lavfi", "-i", "color=red:size=64x64", "-frames:v", "1", cover)
    ffmpeg("-f", "lavfi", "-i", "sine=220:duration=2", "-i", cover, "-map", "0", "-map", "1", "-c:a", "libmp3lame",
           "-c:v", "png", "-disposition:v", "attached_pic", film)  # fmt: skip
    refused(run, film, 1, "cover")


def test_video_stream_without_frames(run: Run, make_film: MakeFilm) -> None:
    """A video stream of length zero beside a sound track."""
    film = make_film(extra=("-vf", r"select=lt(n\,0)", "-fps_mode", "passthrough", *H264))
    refused(run, film, 1, film.name)


def test_too_short(run: Run, make_film: MakeFilm) -> None:
    """A film under one second has no room for music."""
    refused(run, make_film(seconds=0.4), 1, "at least 1 s")


def test_no_permission_to_read(run: Run, make_film: MakeFilm, monkeypatch: pytest.MonkeyPatch) -> None:
    """A film that may not be read."""
    film = make_film()
    real = os.access
    monkeypatch.setattr(
        os, "access", lambda p, mode, **k: False if mode == os.R_OK and p == film else real(p, mode, **k)
    )
    refused(run, film, 1, "permission")


@pytest.mark.skipif(not hasattr(os, "setuid") or os.geteuid() != 0, reason="needs root to become somebody else")
def test_no_permission_for_another_user(make_film: MakeFilm, tmp_path: Path) -> None:
    """As a user without rights to the film, or to any folder to write in: exit 1 and a sentence."""
    film = make_film()
    modes = {folder: folder.stat().st_mode for folder in (tmp_path, *tmp_path.parents)}
    closed = [folder for folder, mode in modes.items() if not mode & 0o001]
    if not all(any(part.startswith("pytest-of-") for part in folder.parts) for folder in closed):
        pytest.skip("the folder for temporary files lies where nobody else may look")
    try:
        for folder in closed:
            folder.chmod(modes[folder] | 0o055)
        # A first run as root loads every module: the interpreter may lie where the other user cannot read it.
        code = (
            "import os, sys; from autoscore import cli; "
            "cli.main(['analyze', sys.argv[1], '--workspace', sys.argv[2]]); "
            "os.chmod(sys.argv[1], int(sys.argv[3], 8)); os.setgid(65534); os.setuid(65534); "
            "sys.exit(cli.main(['analyze', sys.argv[1]]))"
        )
        for mode, says in (("600", "permission"), ("644", "--workspace")):
            command = [sys.executable, "-c", code, str(film), str(tmp_path / "ws"), mode]
            done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
            assert done.returncode == 1, done.stderr
            assert says in done.stderr and "Traceback" not in done.stderr
            assert not (tmp_path / "film.autoscore").exists()
    finally:
        for folder in closed:
            folder.chmod(modes[folder])


# Outputs


def test_output_equal_to_input(run: Run, make_film: MakeFilm) -> None:
    """The film itself is never the output, not even with --overwrite or through a link."""
    film = make_film()
    film.with_name("link.mp4").symlink_to(film)
    for target in (film, film.with_name("link.mp4")):
        refused(run, film, 2, "the film itself", arguments=("-o", target, "--overwrite"))


def test_existing_output(run: Run, make_film: MakeFilm) -> None:
    """A file that is there is not replaced unless --overwrite says so."""
    film = make_film()
    film.with_name("film.scored.mp4").write_text("precious")
    refused(run, film, 2, "--overwrite")
    assert film.with_name("film.scored.mp4").read_text() == "precious"


def test_output_in_no_folder(run: Run, make_film: MakeFilm) -> None:
    """A folder that is not there is not made up."""
    film = make_film()
    refused(run, film, 2, "folder", arguments=("-o", film.parent / "none" / "out.mp4"))


# SoundFonts and wishes


def test_missing_soundfont(run: Run, make_film: MakeFilm) -> None:
    """A SoundFont that is not there is told before any work."""
    film = make_film()
    refused(run, film, 2, "none.sf2", arguments=("--soundfont", film.parent / "none.sf2"))


@pytest.mark.parametrize(
    "content", [b"", b"RIFF", b"this is no SoundFont" * 50, b"RIFF\xff\xff\xff\x7fsfbk" + bytes(500)]
)
def test_broken_soundfont(run: Run, make_film: MakeFilm, content: bytes) -> None:
    """A SoundFont that is damaged or none at all is told before any work."""
    film = make_film()
    font = film.with_name("broken.sf2")
    font.write_bytes(content)
    refused(run, film, 1, "broken.sf2", arguments=("--soundfont", font))


def test_unknown_mood(run: Run, make_film: MakeFilm) -> None:
    """An unknown mood is exit 2 with the nearest one."""
    refused(run, make_film(), 2, "herioc", "heroic", arguments=("--mood", "herioc"))


# Odd films that are films: analysed, and what is odd is said


def analysed(run: Run, film: Path) -> Any:
    code, out, err = run("analyze", film, "--json")
    assert code == 0, err
    assert "Traceback" not in err
    return json.loads(out)


def test_truncated_with_its_index(run: Run, make_film: MakeFilm) -> None:
    """What there is of a film whose end is missing is used, and that is said."""
    film = make_film(extra=(*H264, "-g", "10", "-movflags", "+faststart"), seconds=4)
    found = analysed(run, cut_short(film, "cut.mp4", 0.6))
    assert 1 < found["duration_s"] < 3.9
    assert found["warnings"]


def test_wrong_duration_in_the_header(run: Run, make_film: MakeFilm) -> None:
    """A Matroska header that promises 90 s is not believed."""
    import struct

    film = make_film("film.mkv")
    data = bytearray(film.read_bytes())
    at = data.find(b"\x44\x89\x88")  # Duration, a float of 8 bytes, in milliseconds
    data[at + 3 : at + 11] = struct.pack(">d", 90000.0)
    film.write_bytes(data)
    found = analysed(run, film)
    assert found["duration_s"] == pytest.approx(2.0, abs=0.05)
    assert any("90" in text for text in found["warnings"])


def test_broken_frames_in_the_middle(run: Run, make_film: MakeFilm) -> None:
    """Damaged packets are stepped over and counted; the length stays."""
    film = make_film("film.ts", seconds=3, extra=("-c:v", "mpeg2video", "-g", "12", "-c:a", "mp2", "-f", "mpegts"))
    data, chance = bytearray(film.read_bytes()), random.Random(2)
    for start in range(0, len(data), 188):
        payload_starts = data[start + 1] & 0x40
        if 0.4 < start / len(data) < 0.6 and not payload_starts and chance.random() < 0.5:
            data[start + 20 : start + 188] = chance.randbytes(168)
    film.write_bytes(data)
    found = analysed(run, film)
    assert found["duration_s"] == pytest.approx(3.0, abs=0.1)
    assert found["frame_count"] >= 60
    assert found["warnings"]


def test_audio_that_fails_to_decode(run: Run, make_film: MakeFilm) -> None:
    """A film whose sound is rubbish is analysed by its picture, and that is said."""
    import av

    good = make_film()
    film, chance = good.with_name("rubbish.mp4"), random.Random(3)
    with av.open(str(good)) as source, av.open(str(film), "w") as target:
        streams = {stream.index: target.add_stream_from_template(stream) for stream in source.streams}
        for packet in source.demux():
            if packet.dts is None:
                continue
            if packet.stream.type == "audio":
                bad = av.Packet(chance.randbytes(packet.size))
                bad.pts, bad.dts, bad.time_base, bad.duration = (
                    packet.pts,
                    packet.dts,
                    packet.time_base,
                    packet.duration,
                )
                bad.stream = streams[packet.stream_index]
                target.mux(bad)
            else:
                packet.stream = streams[packet.stream_index]
                target.mux(packet)
    found = analysed(run, film)
    assert found["frame_count"] == 50
    assert any("sound" in text.lower() for text in found["warnings"])


@pytest.mark.parametrize(
    "name, how, frames",
    [
        (
            "vfr.mp4",
            {"sound": False, "extra": ("-vf", r"select='not(mod(n\,3))+lt(n\,20)'", "-fps_mode", "vfr", *H264)},
            30,
        ),
        ("rotated.mp4", {"extra": (*H264, "-metadata:s:v", "rotate=90")}, 50),
        ("odd.mkv", {"size": "161x91", "extra": ("-c:v", "ffv1", "-pix_fmt", "yuv444p")}, 50),
        ("tiny.mkv", {"size": "2x2", "extra": ("-c:v", "ffv1")}, 50),
        ("slow.mp4", {"rate": "1", "seconds": 6.0}, 6),
        ("mute.mp4", {"sound": False}, 50),
        ("name with spaces & 'quotes' é.mp4", {}, 50),
        ("-dash.mp4", {}, 50),
    ],
)
def test_odd_films_are_films(run: Run, make_film: MakeFilm, name: str, how: dict[str, Any], frames: int) -> None:
    """Variable rate, rotation, odd and tiny sizes, one frame a second, no sound, odd names: all are analysed."""
    found = analysed(run, make_film(name, **how))
    assert abs(found["frame_count"] - frames) <= 2
    assert found["shots"]


def test_picture_that_starts_late(run: Run, make_film: MakeFilm, tmp_path: Path) -> None:
    """Film time starts with the picture, even when sound comes first."""
    film = tmp_path / "late.mp4"
    ffmpeg("-itsoffset", "0.7", "-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25:duration=2", "-f", "lavfi", "-i",
           "sine=220:duration=2.7", "-map", "0", "-map", "1", *H264, "-fps_mode", "passthrough", film)  # fmt: skip
    found = analysed(run, film)
    assert found["duration_s"] == pytest.approx(2.0, abs=0.05)
    assert found["shots"][0]["start_s"] == 0.0
    assert found["media"]["audio"][0]["start_s"] == pytest.approx(-0.7, abs=0.06)


# The cue sheet


@pytest.fixture
def planned(run: Run, make_film: MakeFilm) -> tuple[Path, Path]:
    """A film with its cue sheet."""
    film = make_film(seconds=4, sound=False)
    code, _out, err = run("plan", film, "-q")
    assert code == 0, err
    return film, film.with_suffix(".autoscore") / "cues.toml"


@pytest.mark.parametrize(
    "old, new, says",
    [
        ("[[cue]]", "[[cue]", ("line",)),
        ('mood = "', 'mood = "herioc', ("mood",)),
        ("tempo_bpm = ", 'tempo_bpm = "fast" # ', ("tempo_bpm",)),
        ("tempo_bpm = ", "tempo_bpm = -", ("tempo_bpm",)),
        ('metre = "', 'metre = "9/0" # "', ("metre",)),
        ('out = "00:00:04:00"', 'out = "00:00:99:00"', ("out",)),
        ('out = "00:00:04:00"', 'out = "00:00:00:00"', ("out",)),
        ('palette = "', 'pallette = "', ("pallette",)),
        ('id = "1M1"', "", ("id",)),
    ],
)
def test_malformed_cue_sheet(run: Run, planned: tuple[Path, Path], old: str, new: str, says: tuple[str, ...]) -> None:
    """A cue sheet that cannot be read or contradicts itself: exit 2, the field is named, the sheet is not touched."""
    film, sheet = planned
    text = sheet.read_text(encoding="utf-8")
    head, first, tail = text.partition("\n[[cue]]")  # what lies before only explains
    assert old in first + tail
    spoilt = head + (first + tail).replace(old, new, 1)
    sheet.write_text(spoilt, encoding="utf-8")
    code, out, err = run("score", film)
    assert code == 2, err
    assert out == "" and "Traceback" not in err
    assert "cues.toml" in err
    for word in says:
        assert word in err
    assert sheet.read_text(encoding="utf-8") == spoilt
    assert not film.with_name("film.scored.mp4").exists()


def test_cue_sheet_that_is_no_text(run: Run, planned: tuple[Path, Path]) -> None:
    """Bytes that are no text: a sentence."""
    film, sheet = planned
    sheet.write_bytes(b"\xff\xfe\x00" * 10)
    code, _out, err = run("score", film)
    assert code in (1, 2) and "cues.toml" in err and "Traceback" not in err


def test_a_broken_file_of_the_workspace(run: Run, planned: tuple[Path, Path]) -> None:
    """A value's file that somebody spoilt is named, with what to do."""
    film, sheet = planned
    spoilt = sheet.with_name("03-spotting.json")
    spoilt.write_text(spoilt.read_text(encoding="utf-8").replace('"duration_s"', '"duraton_s"', 1), encoding="utf-8")
    code, _out, err = run("plan", film)
    assert code == 1 and "03-spotting.json" in err and "Delete the file" in err


# A full disk


def test_full_disk(run: Run, make_film: MakeFilm, tmp_path: Path) -> None:
    """On a real disk without space: exit 1, a sentence, and nothing half-written."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("needs root to mount a tiny disk")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", disk], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("mounting is not allowed here")
    try:
        (disk / "fill").write_bytes(b"x" * 4096)
        code, _out, err = run("analyze", make_film(seconds=4), "--workspace", disk / "ws")
        assert code == 1, err
        assert "no space left" in err and "Traceback" not in err
        assert not [path for path in disk.rglob("*") if "part" in path.name]
    finally:
        subprocess.run(["umount", disk], check=True)


# Interrupted


def test_a_polite_kill_leaves_nothing_half_written(make_film: MakeFilm, tmp_path: Path) -> None:
    """SIGTERM in the middle of the analysis: exit 130, no lock, no unfinished file, and the next run goes on."""
    import signal
    import time

    film = make_film(seconds=40, size="640x360")
    command = [sys.executable, "-m", "autoscore", "analyze", str(film)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    folder = film.with_suffix(".autoscore")
    deadline = time.monotonic() + 30
    while not (folder / "01-media.json").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    child.send_signal(signal.SIGTERM)
    _out, err = child.communicate(timeout=30)
    if child.returncode == 0:
        pytest.skip("this machine had analysed the film before the signal came")
    assert child.returncode == 130, err
    assert "Traceback" not in err and "again" in err
    left = {path.name for path in folder.iterdir()}
    assert "lock" not in left and not [name for name in left if "part" in name] and "02-analysis.json" not in left
