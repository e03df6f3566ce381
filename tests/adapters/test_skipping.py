"""Which pictures are decoded, and that nothing is lost sight of by passing others over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_films import MakeFilm

from autoscore.adapters.decoders import opened_picture
from autoscore.adapters.excerpts import Excerpts
from autoscore.adapters.frames import Decoder
from autoscore.adapters.skipping import Picker, UnevenError
from autoscore.stages.probe import probe

X264 = ("-c:v", "libx264", "-bf", "3", "-g", "24", "-pix_fmt", "yuv420p")


@pytest.fixture
def film(make_film: MakeFilm) -> Path:
    """Four seconds with B-frames and a key frame every second."""
    return make_film(rate="24", seconds=4, sound=False, picture="testsrc2", size="320x180", extra=X264)


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv", "film.ts"])
def test_passed_over_frames_keep_their_place(make_film: MakeFilm, name: str) -> None:
    """Decoded or passed over, every frame has the index and time it has when all are decoded, and the same picture."""
    film = make_film(name, rate="24", seconds=4, sound=False, picture="testsrc2", size="320x180", extra=X264)
    video = probe(film).video
    every = list(Decoder(film, video))
    decoder = Decoder(film, video, pick="referenced")
    some = list(decoder)
    assert len(some) < len(every)
    for picture in some:
        assert picture.exact_s == every[picture.index].exact_s
        assert np.array_equal(picture.luma, every[picture.index].luma)
    seen = [at_s for picture in some for at_s in (*picture.passed_s, picture.exact_s)] + [*decoder.passed_at_end_s]
    assert seen == [picture.exact_s for picture in every]


def test_a_film_that_begins_in_the_middle(make_film: MakeFilm) -> None:
    """What comes before the first key frame of a recording counts neither as decoded nor as passed over."""
    film = make_film("film.ts", rate="24", seconds=4, sound=False, picture="testsrc2", size="320x180", extra=X264)
    cut = film.with_name("cut.ts")
    data = film.read_bytes()
    cut.write_bytes(data[len(data) // 3 // 188 * 188 :])
    video = probe(cut).video
    every = {picture.exact_s: picture for picture in Decoder(cut, video) if not picture.broken}
    some = list(Decoder(cut, video, pick="referenced"))
    assert some[0].index == 0
    assert 0 < len(some) < len(every)
    assert all(every[picture.exact_s].index == picture.index for picture in some)


def test_hevc_is_told_apart_as_well(make_film: MakeFilm) -> None:
    """In HEVC, too, unreferenced pictures are passed over and the others are what they were."""
    film = make_film(
        "film.mkv", rate="24", seconds=2, sound=False, picture="testsrc2", size="320x180",
        extra=("-c:v", "libx265", "-x265-params", "log-level=none:bframes=3:keyint=24", "-pix_fmt", "yuv420p"),
    )  # fmt: skip
    video = probe(film).video
    every = list(Decoder(film, video))
    some = list(Decoder(film, video, pick="referenced"))
    assert len(some) < 0.8 * len(every)
    assert all(np.array_equal(picture.luma, every[picture.index].luma) for picture in some)


def test_a_codec_that_tells_nothing_is_decoded_whole(make_film: MakeFilm) -> None:
    """Where packets cannot be told apart nothing is passed over."""
    film = make_film(rate="24", seconds=2, sound=False, extra=("-c:v", "mpeg4"))
    assert len(list(Decoder(film, probe(film).video, pick="referenced"))) == 48


def test_key_frames_alone(film: Path) -> None:
    """Picked by key frames, only they are decoded, and the size of each packet between is known."""
    decoder = Decoder(film, probe(film).video, pick="keys")
    assert [picture.index for picture in decoder] == [0, 24, 48, 72]
    assert decoder.picker is not None
    assert len(decoder.picker.sizes) == 96


def test_excerpts_hold_every_frame(film: Path) -> None:
    """A stretch that is looked at again has all its frames, wherever it begins, and they are the same pictures."""
    video = probe(film).video
    every = list(Decoder(film, video))
    decoder = Decoder(film, video, pick="keys")
    list(decoder)
    assert decoder.start_s is not None
    excerpts = Excerpts(film, video, decoder.start_s)
    for first, last in ((50, 60), (3, 9), (70, 95), (24, 24)):
        key = decoder.keys[first // 24]
        found = list(excerpts.between(every[first].exact_s, every[last].exact_s, key))
        assert [picture.exact_s for picture in found] == [picture.exact_s for picture in every[first : last + 1]]
        assert all(np.array_equal(a.luma, b.luma) for a, b in zip(found, every[first : last + 1], strict=True))
    with pytest.raises(UnevenError):
        list(excerpts.between(Fraction(1, 24), Fraction(2, 24), decoder.keys[3]))
    excerpts.close()


def test_excerpts_are_decoded_by_one_thread(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads that decode neighbouring frames conceal what is damaged differently each time; one does not."""
    threads: list[int] = []

    @contextmanager
    def noted(*args: Any) -> Iterator[tuple[Any, Any]]:
        with opened_picture(*args) as (container, stream):
            threads.append(stream.codec_context.thread_count)
            yield container, stream

    monkeypatch.setattr("autoscore.adapters.excerpts.opened_picture", noted)
    excerpts = Excerpts(film, probe(film).video, Fraction(0))
    with suppress(UnevenError):
        list(excerpts.between(Fraction(0), Fraction(0), 0))
    excerpts.close()
    assert threads == [1]


class Packet:
    """A packet as PyAV gives it: ``kind`` is the first byte of its only unit."""

    def __init__(self, stamp: int | None, kind: int, size: int, *, key: bool = False) -> None:
        self.pts = self.dts = stamp
        self.size, self.is_keyframe, self.is_discard = size, key, False
        self.data = bytearray(b"\x00\x00\x01" + bytes([kind]) + b"\x00" * 16)

    def __buffer__(self, _flags: int) -> Any:
        return memoryview(self.data)


KEY, REFERENCED, IDLE = 0x65, 0x41, 0x01


def picked(monkeypatch: pytest.MonkeyPatch, packets: list[Packet]) -> list[bool]:
    monkeypatch.setattr(Picker, "idle", lambda _self, packet: packet.data[3] == IDLE)
    picker = Picker("referenced", "h264", b"")
    return [fate == "decode" for packet in packets for _, fate in picker.fates(packet)]


def test_what_comes_before_a_large_packet_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before a referenced packet that is far larger than usual (a new picture) every frame is decoded, not only it."""
    usual = [Packet(0, KEY, 9000, key=True)]
    for stamp in range(2, 30, 2):
        usual += [Packet(stamp, REFERENCED, 1000), Packet(stamp - 1, IDLE, 300)]
    calm = picked(monkeypatch, [*usual, Packet(32, REFERENCED, 1100), Packet(31, IDLE, 300)])
    assert calm[-2:] == [True, False]
    assert sum(calm) == 16
    cut = picked(monkeypatch, [*usual, Packet(32, REFERENCED, 9000), Packet(31, IDLE, 300), Packet(33, IDLE, 300)])
    assert cut[-3:] == [True, True, False]
    flash = picked(monkeypatch, [*usual, Packet(32, REFERENCED, 1000), Packet(31, IDLE, 3000)])
    assert flash[-2:] == [True, True]


def test_packets_without_times_are_not_passed_over() -> None:
    """Without time stamps nobody can tell which frame is missing."""
    with pytest.raises(UnevenError):
        list(Picker("keys", "h264", b"").fates(Packet(None, KEY, 9000, key=True)))


@pytest.mark.parametrize(
    ("codec", "extradata", "data", "idle"),
    [
        ("h264", b"", b"\x00\x00\x00\x01\x09\xf0\x00\x00\x01\x01\x9a", True),
        ("h264", b"", b"\x00\x00\x00\x01\x09\xf0\x00\x00\x01\x41\x9a", False),
        ("h264", b"\x01\x64\x00\x28\xff\xe1\x00", b"\x00\x00\x00\x02\x06\x05\x00\x00\x00\x02\x01\x9a", True),
        ("h264", b"\x01\x64\x00\x28\xff\xe1\x00", b"\x00\x00\x00\x02\x65\x9a", False),
        ("hevc", b"", b"\x00\x00\x01\x00\x01\xd0", True),
        ("hevc", b"", b"\x00\x00\x01\x02\x01\xd0", False),
        ("hevc", b"", b"\x00\x00\x01\x26\x01\xd0", False),
        ("vp9", b"", b"\x00\x00\x01\x01\x01", False),
        ("h264", b"", b"", False),
        ("h264", b"\x01\x64\x00\x28\xff\xe1\x00", b"\xff\xff\xff\xff\x01", True),
    ],
)
def test_headers_tell_what_is_unreferenced(codec: str, extradata: bytes, data: bytes, idle: bool) -> None:
    """Units behind start codes and behind lengths are found, and only the standard's unreferenced ones are idle."""
    assert Picker("referenced", codec, extradata).idle(data) is idle
