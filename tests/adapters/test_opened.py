"""The one door for films: what points elsewhere is not followed, what a header claims is not believed."""

from __future__ import annotations

import ast
import shutil
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from small_films import MakeFilm, ffmpeg

from autoscore.adapters import opened
from autoscore.adapters.opened import FORMATS, MOST_STREAMS, open_film, url_of
from autoscore.errors import FilmError
from autoscore.stages.probe import probe

PACKAGE = Path(opened.__file__).parents[1]
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")

POINTERS = {
    "hls.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{film}\n#EXT-X-ENDLIST\n",
    "hls.mp4": "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{film}\n#EXT-X-ENDLIST\n",
    "list.ffconcat": "ffconcat version 1.0\nfile '{film}'\n",
    "list.mkv": "ffconcat version 1.0\nfile '{film}'\n",
    "film.mpd": '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><AdaptationSet>'
    "<Representation><BaseURL>{film}</BaseURL></Representation></AdaptationSet></Period></MPD>\n",
    "stream.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"
    "a=rtpmap:96 H264/90000\n",
}


def test_films_are_opened_here_alone() -> None:
    """Nobody else calls av.open, or starts FFmpeg on a film without the whitelists."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            if called in ("av.open", "av.container.open", "container.open", "cv2.VideoCapture"):
                writes = any(isinstance(a, ast.Constant) and a.value == "w" for a in node.args)
                assert path.name == "opened.py" or writes, f"{path.name}:{node.lineno} opens a film by itself"
            if called == "ffmpeg.input":
                assert "**INPUT_OPTIONS" in ast.unparse(node), f"{path.name}:{node.lineno} has no whitelist"
                assert "url_of(" in ast.unparse(node.args[0]), f"{path.name}:{node.lineno}: a bare name may be a URL"


@pytest.mark.parametrize("name", POINTERS)
def test_what_points_to_other_files_is_not_followed(make_film: MakeFilm, name: str) -> None:
    """Playlists and lists of files are refused whatever they are called, and the sentence says why."""
    film = make_film()
    pointer = film.with_name(name)
    pointer.write_text(POINTERS[name].format(film=film.name))
    with pytest.raises(FilmError, match=r"points to is not opened|not a film") as caught:
        open_film(pointer)
    assert name in caught.value.message


def test_an_image_sequence_is_not_followed(make_film: MakeFilm) -> None:
    """A name with a per cent sign is a name, not a pattern for other files."""
    film = make_film(seconds=1.2, sound=False)
    ffmpeg("-i", film, film.with_name("shot%03d.png"))
    with pytest.raises(FilmError):
        open_film(film.with_name("shot%03d.png"))
    odd = film.rename(film.with_name("shot%03d.mp4"))
    with open_film(odd) as container:
        assert container.streams.video[0].width == 160


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("x.png", "a picture (PNG)"),
        ("x.jpg", "a picture (JPEG)"),
        ("x.mp4", "a PDF document"),
        ("x.mid", "music as notes (MIDI)"),
    ],
)
def test_what_is_no_film_is_named(tmp_path: Path, name: str, says: str) -> None:
    """A picture or a document is called what it is, whatever its name, and nobody is told to play it."""
    other = tmp_path / name
    if name in ("x.png", "x.jpg"):
        ffmpeg("-f", "lavfi", "-i", "testsrc2=size=64x64", "-frames:v", "1", other)
    else:
        other.write_bytes((b"%PDF-1.7\n" if name == "x.mp4" else b"MThd\0\0\0\6") + bytes(5000))
    with pytest.raises(FilmError) as refused:
        opened.open_film(other)
    assert refused.value.message == f"{name} is {says}, and no film."
    assert "play" not in refused.value.hint.lower()


def test_no_container_of_the_list_opens_others() -> None:
    """The list of containers holds none that FFmpeg documents as reading other files, devices or graphs."""
    followers = {"concat", "hls", "dash", "sdp", "rtsp", "rtp", "sap", "image2", "image2pipe", "lavfi", "vobsub", "mlv",
                 "imf", "webm_dash_manifest", "ffmetadata", "fbdev", "x11grab", "v4l2", "alsa", "libgme"}  # fmt: skip
    assert not followers & set(FORMATS)


def outside_reference(film: Path, target: Path) -> bytes:
    """The movie ``film`` with its picture track said to lie in ``target`` (an alias record with an absolute path)."""
    data = film.read_bytes()
    at = data.find(b"dref") - 4
    size = int.from_bytes(data[at : at + 4])
    path = str(target).encode() + b"\0" * (len(str(target)) % 2)
    record = bytes(10) + b"\0" + bytes(27) + bytes(12) + b"\0" + bytes(63) + bytes(16) + bytes(4) + bytes(16)
    record += struct.pack(">HH", 2, len(path)) + path + struct.pack(">HH", 0xFFFF, 0)
    entry = struct.pack(">I", 12 + len(record)) + b"alis" + bytes(4) + record
    made = struct.pack(">I", 16 + len(entry)) + b"dref" + bytes(4) + struct.pack(">I", 1) + entry
    out = bytearray(data[:at] + made + data[at + size :])
    for box in (b"dinf", b"minf", b"mdia", b"trak", b"moov"):  # each holds the one before; moov is the file's last
        place = data.rfind(box, 0, at) - 4
        struct.pack_into(">I", out, place, int.from_bytes(data[place : place + 4]) + len(made) - size)
    return bytes(out)


def test_an_external_reference_of_a_movie_is_not_read(make_film: MakeFilm) -> None:
    """A QuickTime track whose media are said to lie in another file has no media for us; FFmpeg could be asked to."""
    import av

    film = make_film("film.mov", sound=False)
    outside = film.with_name("outside.mov")
    outside.write_bytes(outside_reference(film, film))
    asked = {"enable_drefs": "1", "use_absolute_path": "1"}
    with av.open(str(outside), options=asked) as container:
        assert sum(packet.size for packet in container.demux()) > 1000
    with open_film(outside) as container:
        assert sum(packet.size for packet in container.demux()) == 0
    with pytest.raises(FilmError, match=r"outside\.mov"):
        probe(outside)


@pytest.mark.parametrize(
    "name", ["http:film.mp4", "concat:a|b.mp4", "-i.mp4", "pipe:0.mp4", "data:,x.mp4", "file:x.mp4"]
)
def test_a_name_is_never_a_protocol(make_film: MakeFilm, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Whatever a film's name looks like, it is the file of that name, given from its own folder too."""
    film = make_film(sound=False)
    odd = film.rename(film.with_name(name))
    monkeypatch.chdir(odd.parent)
    with open_film(Path(name)) as container:
        assert container.streams.video[0].width == 160
    assert url_of(Path(name)) == f"file:{odd}"


def absurd_avi(film: Path, *, width: int, height: int) -> Path:
    """The picture's size in the headers of an AVI, replaced."""
    data = bytearray(film.read_bytes())
    at = data.find(b"avih") + 8
    data[at + 32 : at + 40] = struct.pack("<II", width, height)
    at = data.find(b"strf") + 8
    data[at + 4 : at + 12] = struct.pack("<ii", width, height)
    target = film.with_name("absurd.avi")
    target.write_bytes(data)
    return target


@pytest.mark.parametrize("size", [(65535, 65535), (32767, 32767), (2147483647, 2), (9000, 9000)])
def test_a_picture_of_absurd_size_is_refused(make_film: MakeFilm, size: tuple[int, int]) -> None:
    """Gigabytes for one picture are never allocated: a sentence instead, and in little memory."""
    film = make_film("film.avi", sound=False, extra=("-c:v", "rawvideo", "-pix_fmt", "yuv420p"), size="64x36")
    with pytest.raises(FilmError) as caught:
        probe(absurd_avi(film, width=size[0], height=size[1]))
    assert "absurd.avi" in caught.value.message


def test_a_cover_picture_that_is_a_bomb_is_not_decoded(make_film: MakeFilm) -> None:
    """A PNG that claims 60,000 x 60,000 pixels beside the film changes nothing about the film."""
    film = make_film()
    cover = film.with_name("cover.png")
    ffmpeg("-f", "lavfi", "-i", "color=red:size=64x64", "-frames:v", "1", cover)
    data = bytearray(cover.read_bytes())
    data[16:24] = struct.pack(">II", 60_000, 60_000)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    cover.write_bytes(data)
    both = film.with_name("both.mkv")
    ffmpeg("-i", film, "-c", "copy", "-attach", cover, "-metadata:s:t", "mimetype=image/png", both)
    code = (
        "import resource, sys; from pathlib import Path; from autoscore.stages.probe import probe; "
        "probe(Path(sys.argv[1])); print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    done = subprocess.run([sys.executable, "-c", code, both], capture_output=True, text=True, timeout=60, check=True)
    assert int(done.stdout) * (1 if sys.platform == "linux" else 1 / 1024) < 600_000  # KiB; one such picture is 14 GB


def test_hundreds_of_streams_are_refused(make_film: MakeFilm) -> None:
    """A film of more streams than anybody mixes is damaged or malicious."""
    film = make_film(seconds=1.2)
    many = film.with_name("many.mkv")
    maps = [word for _ in range(MOST_STREAMS + 20) for word in ("-map", "0:a")]
    ffmpeg("-i", film, "-map", "0:v", *maps, "-c", "copy", many)
    with pytest.raises(FilmError, match=r"many\.mkv claims 52\d streams"):
        open_film(many)


def test_an_absurd_length_is_refused(make_film: MakeFilm) -> None:
    """Time stamps that say centuries are no film of centuries."""
    film = make_film("film.mkv", sound=False, extra=(*H264, "-g", "10"), seconds=3)
    far = film.with_name("far.mkv")
    ffmpeg(
        "-i", film, "-c", "copy", "-bsf:v", "setts=pts=PTS+gte(N\\,50)*4000000000:dts=DTS+gte(N\\,50)*4000000000", far
    )
    with pytest.raises(FilmError, match=r"far\.mkv claims"):
        probe(far)


def test_sound_of_absurd_shape_is_left_out(make_film: MakeFilm) -> None:
    """Two hundred channels, or a sample rate of hundreds of megahertz: said, and the film goes on without it."""
    film = make_film("film.mkv", extra=(*H264, "-c:a", "pcm_s16le"))
    data = bytearray(film.read_bytes())
    at = data.find(b"\x9f\x81\x01", data.find(b"A_PCM"))
    assert at > 0
    data[at + 2] = 200
    odd = film.with_name("odd.mkv")
    odd.write_bytes(data)
    media = probe(odd)
    assert media.sound is None
    assert any("200 channels" in text for text in media.warnings)


def test_the_fence_holds_and_is_taken_down() -> None:
    """Inside it the process cannot take gigabytes; afterwards the limits are as before."""
    if sys.platform != "linux":
        pytest.skip("only Linux limits address space")
    import resource

    before = resource.getrlimit(resource.RLIMIT_AS)
    with opened.fenced(256 << 20), opened.fenced(), pytest.raises(MemoryError):
        bytearray(1 << 30)
    assert resource.getrlimit(resource.RLIMIT_AS) == before
    shutil.disk_usage(".")
