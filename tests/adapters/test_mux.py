"""The finished film: its picture is the source's packet for packet, its sound lies where it was mixed."""

from __future__ import annotations

import os
from pathlib import Path

import av
import numpy as np
import pytest
from small_films import MakeFilm, ffmpeg

from autoscore.adapters import mux, sound, tracks
from autoscore.adapters.copied import read_packets
from autoscore.errors import StorageError
from autoscore.model.media import Media
from autoscore.stages.deliver.offsets import lag_samples
from autoscore.stages.probe import probe
from autoscore.tables.containers import container_for, containers

SECONDS = 2.0


def noise(path: Path, media: Media, start_s: float) -> np.ndarray:
    """A mix that is noise, so that its place can be found to a sample."""
    rng = np.random.default_rng(1)
    frames = round((media.duration_s - start_s) * 48_000)
    samples = np.convolve(rng.standard_normal(frames), [0.3, 0.25, 0.2, 0.1], "same")[:, None].repeat(2, 1) * 0.2
    sound.write_file(path, [samples.astype(np.float32)])
    return samples[:, 0]


def finish(film: Path, folder: Path, output: Path, **settings: object) -> tuple[Media, np.ndarray, tuple[str, ...]]:
    media = probe(film)
    start_s = min(0.0, media.sound.start_s) if media.sound else 0.0
    samples = noise(folder / "mix.flac", media, start_s)
    warnings = mux.finish(
        film, media, folder / "mix.flac", sound_start_s=start_s, output=output,
        **{"keep_original": False, **settings},  # type: ignore[arg-type]
    )  # fmt: skip
    return media, samples[round(-start_s * 48_000) :], warnings


def offset_samples(output: Path, mix: np.ndarray) -> float | None:
    """How late the finished film's sound is, on film time."""
    packets = read_packets(output)
    block = next(sound.read_stream(
        output, index=packets.sound_index, film_start_s=packets.video.first_s, start_s=0.5, end_s=1.5, block_s=1.0
    ))  # fmt: skip
    return lag_samples(block.samples[:, 0].astype(np.float64), mix[24_000 - 4800 : 72_000 + 4800])


CASES = {
    "mp4": ("film.mp4", ()),
    "mkv": ("film.mkv", ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "ac3")),
    "mov": ("film.mov", ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "pcm_s16le")),
    "ogv": ("film.ogv", ("-c:v", "libtheora", "-c:a", "libvorbis")),
    "avi": ("film.avi", ("-c:v", "mpeg4", "-c:a", "libmp3lame")),
    "ts": ("film.ts", ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac")),
    "wmv": ("film.wmv", ("-c:v", "wmv2", "-c:a", "wmav2")),
    "mpg": ("film.mpg", ("-c:v", "mpeg1video", "-c:a", "mp2")),
    "vfr": ("film.mp4", ("-vf", "select='mod(n,3)'", "-vsync", "vfr", "-c:v", "libx264", "-pix_fmt", "yuv420p")),
}


@pytest.mark.parametrize("early_s", [0.0, 0.03, 0.7])
@pytest.mark.parametrize("suffix", [".ts", ".flv"])
def test_what_an_encoder_puts_before_its_first_sample_makes_no_film_longer(
    make_film: MakeFilm, tmp_path: Path, suffix: str, early_s: float
) -> None:
    """Where players are not told of priming and of a part of the last frame the film is a frame longer at most."""
    film = make_film(seconds=SECONDS)
    early = film.with_name("early.mp4")
    ffmpeg("-itsoffset", str(early_s), "-i", film, "-f", "lavfi", "-i", "sine=duration=3.013", "-map", "0:v", "-map",
           "1:a", "-c:v", "copy", early)  # fmt: skip
    output = tmp_path / f"out{suffix}"
    media, mix, _ = finish(early, tmp_path, output)
    before, after = read_packets(early, video_index=media.video.index), read_packets(output)
    assert abs(after.duration_s - before.duration_s) <= 0.025
    late = offset_samples(output, mix)
    assert late is not None
    assert abs(late) < 48


def test_sound_a_trace_before_the_picture_does_not_make_a_film_longer(make_film: MakeFilm) -> None:
    """An MPEG-TS begins with the priming of its sound, and still lasts as long as the MP4 of the same packets."""
    film = make_film(seconds=SECONDS)
    other = film.with_name("film.ts")
    ffmpeg("-i", film, "-c", "copy", other)
    there = read_packets(other)
    assert there.sound is not None
    assert there.video.first_s - there.sound.first_s > 0.02
    assert there.duration_s == pytest.approx(read_packets(film).duration_s, abs=0.0215)
    assert there.duration_s == pytest.approx(max(there.video.end_s, there.sound.end_s) - there.video.first_s)


@pytest.mark.parametrize("case", CASES)
def test_picture_is_copied_and_sound_lies_where_it_was_mixed(case: str, make_film: MakeFilm, tmp_path: Path) -> None:
    """In every container the picture's packets and times are the source's, and sound is off by less than 1 ms."""
    name, extra = CASES[case]
    film = make_film(name, seconds=SECONDS, extra=extra)
    output = tmp_path / f"out{film.suffix}"
    media, mix, warnings = finish(film, tmp_path, output)
    before, after = read_packets(film, video_index=media.video.index), read_packets(output)
    assert after.video.sha256 == before.video.sha256
    assert after.video.shift_ms(before.video) <= 1.0
    assert abs(after.duration_s - before.duration_s) <= 0.025
    late = offset_samples(output, mix)
    assert late is not None
    assert abs(late) < 48
    assert not warnings


def test_webm_is_corrected_by_what_was_measured(make_film: MakeFilm, tmp_path: Path) -> None:
    """Opus may come out early by its pre-skip; putting the mix later by as much brings it home."""
    film = make_film("film.webm", seconds=SECONDS, extra=("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8"))
    output = tmp_path / "out.webm"
    _, mix, _ = finish(film, tmp_path, output)
    late = offset_samples(output, mix)
    assert late is not None
    finish(film, tmp_path, output, correction_samples=-round(late))
    again = offset_samples(output, mix)
    assert again is not None
    assert abs(again) < 48


def test_a_picture_that_starts_later_than_its_sound_keeps_its_place(make_film: MakeFilm, tmp_path: Path) -> None:
    """Film time 0 is the first picture, also where sound runs before it."""
    plain = make_film("plain.mp4", seconds=SECONDS)
    film = tmp_path / "late.mp4"
    ffmpeg("-itsoffset", "0.35", "-i", plain, "-i", plain, "-map", "0:v", "-map", "1:a", "-c", "copy", film)
    output = tmp_path / "out.mp4"
    media, mix, _ = finish(film, tmp_path, output)
    assert media.sound is not None
    assert media.sound.start_s == pytest.approx(-0.35, abs=0.03)
    packets = read_packets(output)
    assert packets.video.first_s == pytest.approx(0.35, abs=0.001)
    late = offset_samples(output, mix)
    assert late is not None
    assert abs(late) < 48


def test_a_silent_film_gets_a_sound_track(make_film: MakeFilm, tmp_path: Path) -> None:
    """A film without sound gets the mix as its only track, exactly as long as the picture."""
    film = make_film(seconds=SECONDS, sound=False)
    output = tmp_path / "out.mp4"
    finish(film, tmp_path, output)
    packets = read_packets(output)
    assert packets.sound is not None
    assert packets.sound.end_s == pytest.approx(packets.video.end_s, abs=0.001)


@pytest.fixture
def rich(make_film: MakeFilm, tmp_path: Path) -> Path:
    """A Matroska film with two sound tracks, subtitles, chapters, tags and an attachment."""
    plain = make_film("plain.mp4", seconds=SECONDS)
    subtitles, tags = tmp_path / "s.srt", tmp_path / "tags.txt"
    subtitles.write_text("1\n00:00:00,500 --> 00:00:01,000\nHello\n")
    tags.write_text(
        ";FFMETADATA1\ntitle=The Film\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=900\ntitle=One\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=900\nEND=2000\ntitle=Two\n"
    )
    film = tmp_path / "rich.mkv"
    ffmpeg(
        "-i", plain, "-i", subtitles, "-i", tags, "-map", "0:v", "-map", "0:a", "-map", "0:a", "-map", "1",
        "-map_metadata", "2", "-attach", subtitles, "-metadata:s:t", "mimetype=text/plain", "-c:v", "copy",
        "-c:a", "aac", "-c:s", "srt", "-metadata:s:a:1", "title=Commentary", "-metadata:s:a:0", "language=eng", film,
    )  # fmt: skip
    return film


def kinds(path: Path) -> list[str]:
    with av.open(str(path)) as container:
        return [stream.type for stream in container.streams]


def test_everything_else_is_kept(rich: Path, tmp_path: Path) -> None:
    """Matroska to Matroska loses nothing but the sound track that is replaced."""
    output = tmp_path / "out.mkv"
    _, _, warnings = finish(rich, tmp_path, output)
    assert not warnings
    assert kinds(output) == ["video", "audio", "audio", "subtitle", "attachment"]
    with av.open(str(output)) as container:
        first, second = container.streams.audio
        assert first.disposition & av.stream.Disposition.default
        assert not second.disposition & av.stream.Disposition.default
        assert second.metadata["title"] == "Commentary"
        assert first.metadata["language"] == "eng"
        assert container.metadata["title"] == "The Film"
        assert len(container.chapters()) == 2


def test_the_original_track_stays_behind_the_mix_on_wish(rich: Path, tmp_path: Path) -> None:
    """keep_original puts the film's own track after the mix, which stays the default."""
    output = tmp_path / "out.mkv"
    finish(rich, tmp_path, output, keep_original=True)
    assert kinds(output) == ["video", "audio", "audio", "audio", "subtitle", "attachment"]
    with av.open(str(output)) as container:
        assert [bool(s.disposition & av.stream.Disposition.default) for s in container.streams.audio][:1] == [True]
        assert container.streams.audio[0].codec_context.name == "flac"


def test_what_a_container_cannot_hold_is_said(rich: Path, tmp_path: Path) -> None:
    """Into MP4 subtitles become mov_text, the attachment is left out with a sentence, the film is whole."""
    output = tmp_path / "out.mp4"
    _, _, warnings = finish(rich, tmp_path, output)
    assert [w for w in warnings if "attachment" in w and ".mp4 cannot hold it" in w]
    with av.open(str(output)) as container:
        assert container.streams.subtitles[0].codec_context.name == "mov_text"
        assert len(container.streams.audio) == 2
    assert read_packets(output).video.sha256 == read_packets(rich).video.sha256


def test_a_side_stream_that_ffmpeg_refuses_is_dropped_not_fatal(
    rich: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the table promises too much the film is still written, and the loss is said."""
    monkeypatch.setattr(tracks, "_side", lambda stream, container: "copy")
    output = tmp_path / "out.mp4"
    _, _, warnings = finish(rich, tmp_path, output)
    assert any("could not be written" in warning for warning in warnings)
    assert kinds(output) == ["video", "audio"] or kinds(output)[:2] == ["video", "audio"]


def test_rotation_is_kept(make_film: MakeFilm, tmp_path: Path) -> None:
    """A film that is shown turned is shown turned afterwards."""
    plain = make_film("plain.mp4", seconds=SECONDS)
    film, output = tmp_path / "turned.mov", tmp_path / "out.mov"
    ffmpeg("-i", plain, "-c", "copy", "-metadata:s:v", "rotate=90", film)
    media, _, _ = finish(film, tmp_path, output)
    assert media.video.rotation_deg in (90, 270)
    assert probe(output).video.rotation_deg == media.video.rotation_deg


@pytest.mark.skipif(os.geteuid() == 0 and not Path("/dev/full").exists(), reason="no way to make writing fail here")
def test_a_full_disk_is_one_sentence_and_leaves_nothing(
    make_film: MakeFilm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When FFmpeg finds no space the error says so and no file is left, not even a temporary one."""
    film = make_film(seconds=SECONDS)
    real = mux.command

    def into_a_full_device(*arguments: object, **settings: object) -> list[str]:
        words = real(*arguments, **settings)  # type: ignore[arg-type]
        return ["file:/dev/full" if word.endswith(".part") else word for word in words]

    monkeypatch.setattr(mux, "command", into_a_full_device)
    target = tmp_path / "target"
    target.mkdir()
    with pytest.raises(StorageError, match="no space left"):
        finish(film, tmp_path, target / "out.mkv")
    assert not list(target.iterdir())


def test_a_folder_that_cannot_be_is_one_sentence(make_film: MakeFilm, tmp_path: Path) -> None:
    """An output inside a file is a storage error."""
    film = make_film(seconds=SECONDS)
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be written"):
        finish(film, tmp_path, tmp_path / "file" / "out.mp4")


def test_every_container_row_is_whole() -> None:
    """No suffix means two containers, and an unknown one means Matroska."""
    suffixes = [suffix for row in containers() for suffix in row.suffixes]
    assert len(suffixes) == len(set(suffixes))
    assert container_for(Path("film.xyz")).name == "matroska"
    assert container_for(Path("FILM.MP4")).name == "mp4"


@pytest.mark.parametrize(("suffix", "tag"), [(".mp4", "handler_name"), (".mkv", "title")])
def test_two_tracks_tell_what_they_are(make_film: MakeFilm, tmp_path: Path, suffix: str, tag: str) -> None:
    """Where the film's own sound is kept, each track has its name, in the field that the container keeps it in."""
    output = tmp_path / f"out{suffix}"
    finish(make_film("film.mp4", seconds=SECONDS), tmp_path, output, keep_original=True)
    with av.open(str(output)) as container:
        names = [{k.lower(): v for k, v in stream.metadata.items()}.get(tag) for stream in container.streams.audio]
    assert names == ["Score and original sound", "Original sound"]


def test_of_what_ffmpeg_says_the_telling_line_is_quoted() -> None:
    """Not that something could not be initialised, and without addresses; whatever there is where there is no more."""
    said = "[webm @ 0x55d0] Only VP8 is supported for WebM.\nError initializing output stream 0:1 --"
    assert mux.reason(said) == "Only VP8 is supported for WebM."
    assert mux.reason("Conversion failed!\n") == "Conversion failed!"
    assert mux.reason("") == "it gave no reason"
