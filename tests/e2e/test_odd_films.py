"""Odd films that are films: analysed, and what is odd is said."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from refusals import H264, Run, cut_short
from small_films import MakeFilm, ffmpeg

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
