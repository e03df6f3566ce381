"""Every bad input gets one sentence and the right exit code, no traceback, and leaves nothing behind."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from plain_user import autoscore
from refusals import H264, Run, cut_short, refused
from small_films import MakeFilm, ffmpeg

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


@pytest.mark.skipif(
    os.name != "posix" or (os.geteuid() == 0 and sys.platform != "linux"),
    reason="only Linux takes root's rights away, and Windows has no such rights of files",
)
def test_no_permission_in_earnest(make_film: MakeFilm, tmp_path: Path) -> None:
    """Without the right to the film, or to any folder to write in: exit 1, a sentence, nothing made."""
    film = make_film()
    film.chmod(0)
    code, err = autoscore("analyze", film, cwd=tmp_path)
    assert code == 1 and "permission" in err and "Traceback" not in err
    film.chmod(0o644)
    tmp_path.chmod(0o555)
    code, err = autoscore("analyze", film, cwd=tmp_path)
    tmp_path.chmod(0o755)
    assert code == 1 and "--workspace" in err and "Traceback" not in err
    assert [path.name for path in tmp_path.iterdir()] == [film.name]


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
