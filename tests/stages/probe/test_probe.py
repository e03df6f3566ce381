"""probe: what a film holds, and what is said about files that are none."""

from __future__ import annotations

import os
import subprocess
from fractions import Fraction
from pathlib import Path

import pytest
from small_films import MakeFilm

from autoscore.errors import FilmError, UsageError
from autoscore.stages.probe import probe


def ffmpeg(*arguments: str | Path) -> None:
    subprocess.run(
        ["ffmpeg", "-hide_banner", "-nostdin", "-v", "error", "-y", "-threads", "1", *map(str, arguments)],
        check=True,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("rate", "expected"),
    [("24000/1001", Fraction(24000, 1001)), ("25", Fraction(25)), ("60", Fraction(60)), ("1", Fraction(1))],
)
@pytest.mark.parametrize("name", ["film.mp4", "film.mkv"])
def test_the_rate_is_exact(make_film: MakeFilm, name: str, rate: str, expected: Fraction) -> None:
    """A constant rate is found as its exact fraction, also where the container rounds time stamps to milliseconds."""
    media = probe(make_film(name, rate=rate, seconds=4, sound=False))
    assert media.video.rate == expected
    assert not media.video.variable_rate


def test_duration_comes_from_the_packets(make_film: MakeFilm) -> None:
    """The film lasts from its first frame to the end of its last one, however long its sound is."""
    film = make_film(seconds=2.0, rate="25", sound=False)
    longer = film.with_name("longer.mkv")
    ffmpeg("-i", film, "-f", "lavfi", "-i", "sine=duration=5", "-c:v", "copy", longer)
    media = probe(longer)
    assert media.duration_s == pytest.approx(2.0, abs=0.002)
    assert any("header" in w for w in media.warnings)


@pytest.mark.parametrize("rate", ["24", "30000/1001"])
def test_a_film_of_whole_frames_lasts_so_many(make_film: MakeFilm, rate: str) -> None:
    """Matroska cuts the last frame to a whole millisecond; the film still lasts a whole number of frames."""
    media = probe(make_film("film.mkv", seconds=4, rate=rate, sound=False))
    frames = round(4 * Fraction(rate))
    assert media.duration_s == pytest.approx(frames / Fraction(rate), abs=1e-9)


def test_sound_starting_before_the_picture_has_negative_time(make_film: MakeFilm) -> None:
    """Film time 0 is the first frame; sound that starts earlier has a negative start."""
    film = make_film(seconds=3.0, sound=False)
    late = film.with_name("late.mkv")
    ffmpeg("-itsoffset", "1.2", "-i", film, "-f", "lavfi", "-i", "sine=duration=4", "-c:v", "copy", late)
    media = probe(late)
    assert media.video.start_s == pytest.approx(1.2, abs=0.05)
    assert media.audio[0].start_s == pytest.approx(-1.2, abs=0.05)
    assert media.duration_s == pytest.approx(3.0, abs=0.05)
    assert not any("header" in w for w in media.warnings)  # it says 4.2 s, of which the picture has the last 3
    later = film.with_name("later.mkv")
    ffmpeg("-itsoffset", "5", "-i", film, "-c", "copy", later)
    assert not probe(later).warnings  # it says 8 s, counted from the container's zero


def test_a_variable_rate_is_seen(make_film: MakeFilm) -> None:
    """Frames of unequal length make the rate variable."""
    film = make_film("steady.mkv", seconds=4, rate="30", sound=False)
    uneven = film.with_name("uneven.mkv")
    ffmpeg("-i", film, "-vf", "select='not(eq(mod(n,7),3))'", "-vsync", "vfr", uneven)
    media = probe(uneven)
    assert media.video.variable_rate
    assert 20 < media.video.rate < 31


def test_a_cut_without_encoding_does_not_make_the_rate_vary(make_film: MakeFilm) -> None:
    """Between its last frames some are missing, for they came later in the file; everywhere else a hole counts."""
    film = make_film(seconds=6, rate="24", sound=False, extra=(
        "-c:v", "libx264", "-preset", "fast", "-bf", "3", "-pix_fmt", "yuv420p"))  # fmt: skip
    for length in (2.0, 2.1, 2.2, 2.3):
        cut = film.with_name(f"cut{length}.mp4")
        ffmpeg("-ss", "1.3", "-i", film, "-t", str(length), "-c", "copy", cut)
        media = probe(cut)
        assert (media.video.rate, media.video.variable_rate, media.warnings) == (24, False, ())
    holed = film.with_name("holed.mp4")
    ffmpeg("-i", film, "-vf", "select='lt(n,60)+gt(n,62)'", "-vsync", "vfr", "-t", "4", holed)
    assert probe(holed).video.variable_rate


def test_a_film_that_begins_on_nobody_s_clock_is_refused(make_film: MakeFilm) -> None:
    """What FFmpeg makes of an Ogg film that it cuts without encoding begins in 365 million years: said at once."""
    film = make_film("film.ogv", seconds=6, rate="25", extra=("-c:v", "libtheora", "-g", "64", "-c:a", "libvorbis"))
    cut = film.with_name("cut.ogv")
    ffmpeg("-ss", "1.7", "-i", film, "-t", "3", "-c", "copy", cut)
    with pytest.raises(FilmError, match=r"cut\.ogv claims that its picture begins at .* time stamps are damaged"):
        probe(cut)


def test_rotation_and_odd_sizes(make_film: MakeFilm) -> None:
    """Rotation is clockwise in quarter turns, and odd sizes are taken as they are."""
    film = make_film(picture="testsrc", size="161x91", sound=False, extra=("-c:v", "libx264", "-pix_fmt", "yuv444p"))
    media = probe(film)
    assert (media.video.width, media.video.height, media.video.rotation_deg) == (161, 91, 0)
    turned = film.with_name("turned.mov")
    ffmpeg("-i", film, "-c", "copy", "-metadata:s:v:0", "rotate=270", turned)
    assert probe(turned).video.rotation_deg == 90  # the tag of FFmpeg 5 counts the other way


def test_the_film_is_not_the_cover_picture(make_film: MakeFilm) -> None:
    """A cover picture beside the film is listed and is not the film; alone it is no film."""
    film = make_film(seconds=2)
    cover = film.with_name("cover.png")
    ffmpeg("-f", "lavfi", "-i", "testsrc=size=640x640", "-frames:v", "1", cover)
    both = film.with_name("both.mp4")
    ffmpeg(
        "-i", cover, "-i", film, "-map", "0", "-map", "1", "-c:v:0", "png", "-c:v:1", "copy", "-c:a", "copy",
        "-disposition:v:0", "attached_pic", both,
    )  # fmt: skip
    media = probe(both)
    assert media.video.width == 160
    assert [s.kind for s in media.streams].count("cover") == 1
    only = film.with_name("only.m4a")
    ffmpeg(
        "-i", cover, "-i", film, "-map", "0", "-map", "1:a", "-c:v", "png", "-c:a", "copy",
        "-disposition:v:0", "attached_pic", "-f", "mp4", only,
    )  # fmt: skip
    with pytest.raises(FilmError, match="cover picture"):
        probe(only)


def test_chapters_and_more_sound_tracks(make_film: MakeFilm) -> None:
    """All sound tracks are listed, the default one first, and chapters are on film time."""
    film = make_film(seconds=3)
    notes = film.with_name("chapters.txt")
    notes.write_text(
        ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1500\ntitle=One\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=1500\nEND=3000\ntitle=Two\n"
    )
    many = film.with_name("many.mkv")
    ffmpeg(
        "-i", film, "-f", "lavfi", "-i", "sine=f=300:d=3", "-i", notes, "-map", "0:v", "-map", "1:a", "-map", "0:a",
        "-map_metadata", "2", "-c:v", "copy", "-disposition:a:0", "0", "-disposition:a:1", "default", many,
    )  # fmt: skip
    media = probe(many)
    assert len(media.audio) == 2
    assert media.audio[0].default
    assert [c.title for c in media.chapters] == ["One", "Two"]
    assert media.chapters[1].start_s == pytest.approx(1.5, abs=0.02)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    """A missing file and a folder are wrong usage."""
    for path in (tmp_path / "nothing.mp4", tmp_path):
        with pytest.raises(UsageError):
            probe(path)


def test_no_film_inside(tmp_path: Path) -> None:
    """Empty files, text and noise under a film's name are said to be no films."""
    for name, content in (
        ("empty.mp4", b""),
        ("text.mp4", b"dear diary\n" * 400),
        ("noise.mkv", bytes(range(256)) * 99),
    ):
        film = tmp_path / name
        film.write_bytes(content)
        with pytest.raises(FilmError, match=name):
            probe(film)


def test_sound_only(make_film: MakeFilm, tmp_path: Path) -> None:
    """A file with nothing but sound has no picture to score."""
    sound = tmp_path / "sound.mp4"
    ffmpeg("-f", "lavfi", "-i", "sine=duration=3", sound)
    with pytest.raises(FilmError, match="only sound"):
        probe(sound)


def test_too_short(make_film: MakeFilm) -> None:
    """Under one second no bar of music fits."""
    with pytest.raises(FilmError, match="lasts"):
        probe(make_film(seconds=0.6))


@pytest.mark.parametrize("keep", [0.5, 0.9])
def test_a_film_cut_off(make_film: MakeFilm, keep: float) -> None:
    """A truncated MP4 has lost its index and cannot be read; a truncated Matroska is read as far as it goes."""
    whole = make_film(seconds=6, extra=("-movflags", "-faststart"))
    cut = whole.with_name("cut.mp4")
    cut.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * keep)])
    with pytest.raises(FilmError, match=r"cut\.mp4"):
        probe(cut)
    whole = make_film("whole.mkv", seconds=6, extra=("-g", "25"))
    cut = whole.with_name("cut.mkv")
    cut.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * keep)])
    media = probe(cut)
    assert 1.0 < media.duration_s < 6.0
    assert media.warnings


def test_a_picture_stream_without_frames(make_film: MakeFilm) -> None:
    """A film whose picture stream is empty is said to have no frame."""
    film = make_film(seconds=2)
    hollow = film.with_name("hollow.mkv")
    ffmpeg("-i", film, "-c", "copy", "-bsf:v", "noise=drop=1", hollow)
    with pytest.raises(FilmError, match="picture"):
        probe(hollow)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(make_film: MakeFilm) -> None:
    """A film that may not be read is an error that names the cure."""
    film = make_film()
    film.chmod(0)
    with pytest.raises(FilmError, match="permission") as caught:
        probe(film)
    assert "chmod" in caught.value.hint


def test_the_digest_changes_with_head_tail_and_size(make_film: MakeFilm) -> None:
    """Two films are told apart by their ends and their size, and one film always has one digest."""
    film = make_film()
    first, again = probe(film), probe(film)
    assert first == again
    with film.open("ab") as file:
        file.write(b"\0" * 64)
    assert probe(film).digest.head_tail_sha256 != first.digest.head_tail_sha256
