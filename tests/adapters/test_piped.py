"""Reading a sound track through an FFmpeg of its own."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from autoscore.adapters import piped, sound
from autoscore.adapters.piped import OddSoundError, read_pieces
from autoscore.model.media import AudioStream, FilmDigest, Media, VideoStream

RATE = 48_000
"""Matroska rounds to a millisecond, so that of 4,800 samples each is exact."""
Pieces = list[tuple[float, int]]


def track_of(path: Path, pieces: Pieces, *, channels: int = 2, codec: str = "pcm_s16le", broken: bool = False) -> Media:
    """A film whose sound is noise in (time in s, samples) pieces, of which one packet may be broken."""
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[channels]
    rng = np.random.default_rng(1)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=RATE, layout=layout)
        stream.time_base = Fraction(1, RATE)
        for start_s, count in pieces:
            whole = (rng.normal(0.0, 3000.0, (count, channels))).astype(np.int16)
            for first in range(0, count, 4800):
                part = np.ascontiguousarray(whole[first : first + 4800]).reshape(1, -1)
                frame = av.AudioFrame.from_ndarray(part, format="s16", layout=layout)
                frame.sample_rate, frame.pts, frame.time_base = RATE, round(start_s * RATE) + first, Fraction(1, RATE)
                for packet in stream.encode(frame):
                    container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    if broken:
        data = bytearray(path.read_bytes())
        data[len(data) // 2 : len(data) // 2 + 3000] = bytes(3000)
        path.write_bytes(data)
    end_s = max(at_s + count / RATE for at_s, count in pieces)
    heard = AudioStream(
        index=0, codec=codec, rate_hz=RATE, channels=channels, layout=layout, start_s=pieces[0][0], duration_s=end_s
    )
    return Media(
        name=path.name,
        digest=FilmDigest(size_bytes=1, mtime_ns=1, head_tail_sha256="0"),
        container="matroska",
        duration_s=end_s,
        video=VideoStream(index=1, codec="h264", width=64, height=64, rate=Fraction(25), start_s=0.0, duration_s=end_s),
        audio=(heard,),
    )


def both(path: Path, media: Media, **wishes: float) -> tuple[np.ndarray, np.ndarray]:
    """The track in the two ways: through the pipe alone, and frame by frame."""
    track = media.audio[0]
    piped_ = list(read_pieces(path, media, track, **{"channels": 2, "piece_s": 0.7, "start_s": 0.0, **wishes}))  # type: ignore[arg-type]
    blocks = list(sound.read_blocks(path, media, **{"channels": 2, "block_s": 0.7, **wishes}))  # type: ignore[arg-type]
    return np.concatenate(piped_), np.concatenate([block.samples for block in blocks])


@pytest.mark.parametrize(
    ("pieces", "channels", "rate_hz", "start_s"),
    [
        ([(0.0, 3 * RATE)], 2, RATE, 0.0),
        ([(0.0, 3 * RATE)], 1, RATE, 0.5),
        ([(0.25, 2 * RATE)], 6, RATE, -0.5),
        ([(0.0, RATE), (2.5, RATE), (9.0, RATE)], 2, RATE, 0.0),
        ([(0.0, RATE), (50_000.0, RATE)], 2, RATE, 0.0),
    ],
    ids=["whole", "mono, begun later", "5.1, late", "with gaps", "a clock that jumps"],
)
def test_the_pipe_gives_what_frames_give(
    tmp_path: Path, pieces: Pieces, channels: int, rate_hz: int, start_s: float
) -> None:
    """A track in order has the same samples in both ways, wherever it begins and whatever is missing in it."""
    media = track_of(tmp_path / "a.mka", pieces, channels=channels)
    through, frames = both(tmp_path / "a.mka", media, rate_hz=rate_hz, start_s=start_s)
    assert through.shape == frames.shape
    assert np.abs(through - frames).max() < 1e-6
    assert np.abs(through).max() > 0.05


@pytest.mark.parametrize("rate_hz", [44_100, 16_000])
def test_the_pipe_gives_other_rates(tmp_path: Path, rate_hz: int) -> None:
    """At another rate both ways give the same length, and what lies behind a gap in its place."""
    media = track_of(tmp_path / "a.mka", [(0.0, 2 * RATE), (3.0, RATE)])
    through, frames = both(tmp_path / "a.mka", media, rate_hz=rate_hz)
    assert abs(len(through) - len(frames)) < 50
    for at_s in (1.99, 3.01):
        place = round(at_s * rate_hz)
        assert np.sqrt(np.mean(through[place - 150 : place + 150] ** 2)) > 0.02
    hole = through[round(2.05 * rate_hz) : round(2.95 * rate_hz)]
    assert np.abs(hole).max() == 0.0


def test_a_broken_track_is_read_on_frame_by_frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where FFmpeg complains the pipe is left, and the blocks are those that frames give, broken packets counted."""
    media = track_of(tmp_path / "a.mka", [(0.0, 6 * RATE)], codec="flac", broken=True)
    with pytest.raises(OddSoundError):
        list(read_pieces(tmp_path / "a.mka", media, media.audio[0], rate_hz=RATE, channels=2, piece_s=0.5, start_s=0.0))
    found = []
    for longest_s in (0.0, 1e9):
        monkeypatch.setattr(sound, "_LONG_S", longest_s)
        found.append(list(sound.read_blocks(tmp_path / "a.mka", media, rate_hz=RATE, block_s=0.5, apart=True)))
    assert sum(block.bad_packets for block in found[0]) == sum(block.bad_packets for block in found[1]) > 0
    assert np.allclose(*(np.concatenate([block.samples for block in one]) for one in found), atol=1e-6)


def test_channels_that_change_are_mixed_down_by_our_own_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A recording that goes from stereo to 5.1, or back, is as loud in both ways: FFmpeg would mix otherwise."""
    for begins, goes_on in ((2, 6), (6, 2)):
        first = track_of(tmp_path / "first.ts", [(1.0, 2 * RATE)], channels=begins, codec="ac3")
        track_of(tmp_path / "second.ts", [(3.0, 2 * RATE)], channels=goes_on, codec="ac3")
        film = tmp_path / f"{begins}.ts"
        film.write_bytes((tmp_path / "first.ts").read_bytes() + (tmp_path / "second.ts").read_bytes())
        with av.open(str(film)) as container:
            layout = container.streams.audio[0].layout.name
        media = replace(first, audio=(replace(first.audio[0], layout=layout, duration_s=4.0),))
        found = []
        for longest_s in (0.0, 1e9):
            monkeypatch.setattr(sound, "_LONG_S", longest_s)
            blocks = sound.read_blocks(film, media, rate_hz=RATE, start_s=1.0, apart=True)
            found.append(np.concatenate([block.samples for block in blocks]))
        assert len(found[0]) == len(found[1]) > 3.5 * RATE
        assert np.abs(found[0] - found[1]).max() < 1e-4


def test_a_layout_says_nothing_else_in_the_graph(tmp_path: Path) -> None:
    """A name with labels of its own, which come from the file, is not handed to FFmpeg."""
    media = track_of(tmp_path / "a.mka", [(0.0, RATE)])
    track = replace(media.audio[0], layout="stereo,volume=9")
    with pytest.raises(OddSoundError) as caught:
        list(read_pieces(tmp_path / "a.mka", media, track, rate_hz=RATE, channels=2, piece_s=1.0, start_s=0.0))
    assert "labels of its own" in str(caught.value.__cause__)


def test_a_clock_that_goes_back_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two recordings in one file, the second on a clock that begins anew, all is heard in both ways."""
    parts = []
    for number in range(2):
        media = track_of(tmp_path / f"{number}.ts", [(0.0, 3 * RATE)], codec="mp2")
        parts.append((tmp_path / f"{number}.ts").read_bytes())
    film = tmp_path / "a.ts"
    film.write_bytes(b"".join(parts))
    with av.open(str(film)) as container:
        packet = next(container.demux(audio=0))
        assert packet.pts is not None and packet.time_base is not None
        begins_s = float(packet.pts * packet.time_base)
    media = replace(
        media, video=replace(media.video, start_s=begins_s), audio=(replace(media.audio[0], duration_s=6.0),)
    )
    found = []
    for longest_s in (0.0, 1e9):
        monkeypatch.setattr(sound, "_LONG_S", longest_s)
        found.append(np.concatenate([b.samples for b in sound.read_blocks(film, media, rate_hz=RATE, apart=True)]))
    assert len(found[0]) == len(found[1]) > 5.9 * RATE
    assert np.abs(found[0] - found[1]).max() < 1e-4


def test_a_track_that_is_not_where_it_was_is_odd(tmp_path: Path) -> None:
    """A first sample far from where the film was found to have it is not believed."""
    media = track_of(tmp_path / "a.mka", [(0.0, RATE)])
    moved = track_of(tmp_path / "b.mka", [(1.0, RATE)])
    with pytest.raises(OddSoundError):
        list(read_pieces(tmp_path / "b.mka", media, media.audio[0], rate_hz=RATE, channels=2, piece_s=1.0, start_s=0.0))
    assert moved.audio[0].start_s == 1.0


def test_who_stops_early_leaves_no_program_behind(tmp_path: Path) -> None:
    """The first piece alone may be taken; FFmpeg has then ended."""
    from autoscore.adapters import process

    media = track_of(tmp_path / "a.mka", [(0.0, 8 * RATE)])
    some = read_pieces(tmp_path / "a.mka", media, media.audio[0], rate_hz=RATE, channels=2, piece_s=0.1, start_s=0.0)
    assert len(next(some)) == round(0.1 * RATE)
    some.close()  # type: ignore[attr-defined]
    assert not process._running


def test_strange_numbers_do_not_get_out() -> None:
    """What is no number is silence, and nothing is louder than a sound track may be."""
    piece = np.array([[np.nan, 1.0], [np.inf, -9.0]], np.float32)
    assert np.array_equal(piped._bounded(piece), np.array([[0.0, 1.0], [8.0, -8.0]], np.float32))
