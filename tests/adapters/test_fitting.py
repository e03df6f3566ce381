"""Whether a container holds a picture is found by trying."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_films import MakeFilm, ffmpeg

from autoscore import preflight
from autoscore.adapters import copied, fitting
from autoscore.adapters.fitting import misfit
from autoscore.adapters.process import ChildFailedError
from autoscore.errors import FilmError, StorageError, ToolMissingError, UsageError
from autoscore.stages.probe import probe

REORDERED = ("-c:v", "libx264", "-preset", "fast", "-bf", "2", "-g", "50", "-pix_fmt", "yuv420p")


@pytest.fixture
def cut(make_film: MakeFilm) -> Path:
    """A film cut between key frames without encoding: its edit list hides what comes before the place of the cut."""
    film = make_film(seconds=6.0, extra=REORDERED)
    made = film.with_name("cut.mp4")
    ffmpeg("-ss", "2.8", "-i", film, "-t", "3", "-c", "copy", made)
    return made


@pytest.mark.parametrize(
    ("name", "kind"),
    [("x.mp4", None), ("x.mov", None), ("x.mkv", None), ("x.ts", None), ("x.webm", "codec"), ("x.ogv", "codec"),
     ("x.mpg", "codec"), ("x.avi", "times"), ("x.wmv", "times")],
)  # fmt: skip
def test_what_holds_h264_with_b_pictures(make_film: MakeFilm, tmp_path: Path, name: str, kind: str | None) -> None:
    """Containers without the codec, or without times of presentation, do not hold it; the others do."""
    film = make_film(extra=REORDERED)
    found = misfit(film, probe(film), tmp_path / name)
    assert (found.kind if found else None) == kind


def test_what_an_edit_list_hides_needs_an_edit_list(cut: Path) -> None:
    """MOV hides it as MP4 does; Matroska and MPEG-TS would show it, which is said with how much it is."""
    media = probe(cut)
    assert misfit(cut, media, Path("x.mov")) is None
    for name in ("x.mkv", "x.ts"):
        found = misfit(cut, media, Path(name))
        assert found is not None
        assert found.kind == "hidden"
        assert found.amount_s == pytest.approx(0.8, abs=0.05)


def test_a_turned_film_stays_upright(make_film: MakeFilm) -> None:
    """A container in which FFmpeg loses that the camera was turned is refused; one that holds it is not."""
    film = make_film("straight.mp4")
    turned = film.with_name("turned.mp4")
    ffmpeg("-i", film, "-c", "copy", "-metadata:s:v:0", "rotate=90", turned)
    media = probe(turned)
    assert media.video.rotation_deg == 270
    assert misfit(turned, media, Path("x.mov")) is None
    found = misfit(turned, media, Path("x.flv"))
    assert found is not None
    assert found.kind == "turned"
    with pytest.raises(UsageError, match="not stand upright"):
        preflight.check_fits(turned, media, turned.with_name("out.flv"))


def test_a_refusal_names_containers_that_hold_the_film(cut: Path) -> None:
    """The sentence names film, trouble and container; the hint names those that do hold it, and no other."""
    with pytest.raises(UsageError) as refused:
        preflight.check_fits(cut, probe(cut), cut.with_name("out.mkv"))
    assert "cut.mp4" in refused.value.message
    assert "an edit list hides 0.80 s" in refused.value.message
    assert ".mp4 or .mov" in refused.value.hint
    assert ".mkv" not in refused.value.hint


@pytest.mark.parametrize(("code", "said", "error"), [(1, "x.mkv: No space left on device", StorageError),
                                                     (-9, "", ToolMissingError)])  # fmt: skip
def test_a_trial_that_was_stopped_says_nothing_about_the_film(
    make_film: MakeFilm, monkeypatch: pytest.MonkeyPatch, code: int, said: str, error: type[Exception]
) -> None:
    """A full disk and a kill are told as such, not as a codec that has no place."""

    def fails(*_words: object, **_limits: object) -> None:
        raise ChildFailedError("ffmpeg", said, code)

    film = make_film()
    monkeypatch.setattr(fitting, "run", fails)
    with pytest.raises(error):
        misfit(film, probe(film), Path("x.mkv"))


def test_of_a_film_with_a_wrong_name_it_is_said(make_film: MakeFilm) -> None:
    """Where no --output was given, as in a folder, renaming the film is the way out."""
    film = make_film()
    wrong = film.rename(film.with_name("film.webm"))
    with pytest.raises(UsageError) as refused:
        preflight.check_fits(wrong, probe(wrong), wrong.with_name("film.scored.webm"))
    assert "It is a .mp4 file inside: rename it." in refused.value.hint


def test_the_usual_way_tries_nothing(make_film: MakeFilm, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the film is in such a container already FFmpeg is not started."""

    def never(*_words: object, **_limits: object) -> None:
        raise AssertionError("FFmpeg was started")

    monkeypatch.setattr(fitting, "run", never)
    for name in ("film.mp4", "film.mkv", "film.avi"):
        film = make_film(name)
        assert misfit(film, probe(film), film.with_name(f"out{film.suffix}")) is None
    with pytest.raises(AssertionError, match="started"):
        misfit(film, probe(film), film.with_name("out.mp4"))


def test_sound_alone_has_no_picture(tmp_path: Path) -> None:
    """Of a file without any picture it is said, whatever its streams are."""
    sound = tmp_path / "sound.ts"
    ffmpeg("-f", "lavfi", "-i", "sine=duration=1", sound)
    with pytest.raises(FilmError, match="no picture"):
        copied.read_packets(sound)
    # A stream that FFmpeg cannot name is neither picture nor sound.
    data = tmp_path / "data.ts"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=duration=1:size=160x90", "-c:v", "libvpx-vp9", "-deadline", "realtime", data)
    with pytest.raises(FilmError, match="no picture"):
        copied.read_packets(data)
