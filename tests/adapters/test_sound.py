"""Reading a film's sound on film time, and sound files."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoscore.adapters.channels import downmix_matrix
from autoscore.adapters.sound import SoundWriter, file_info, read_file, read_stream, write_file
from autoscore.errors import FilmError, StorageError

RATE = 44_100
CLICKS_S = (0.5, 1.25, 2.0)


def clicks(seconds: float = 2.5) -> np.ndarray:
    sound = np.zeros(round(seconds * RATE), np.float32)
    for time_s in CLICKS_S:
        sound[round(time_s * RATE) : round(time_s * RATE) + 40] = 0.5
    return sound


def mux(path: Path, pieces: list[tuple[int, np.ndarray]], codec: str = "pcm_s16le") -> Path:
    """A mono track from (pts in samples, samples) pieces."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=RATE, layout="mono")
        stream.time_base = Fraction(1, RATE)
        for pts, samples in pieces:
            whole = np.clip(samples * 32767, -32768, 32767).astype(np.int16)
            for first in range(0, len(whole), 1024):
                frame = av.AudioFrame.from_ndarray(whole[None, first : first + 1024], format="s16", layout="mono")
                frame.sample_rate, frame.pts, frame.time_base = RATE, pts + first, Fraction(1, RATE)
                container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def read(path: Path, **wishes: object) -> np.ndarray:
    blocks = list(read_stream(path, rate_hz=48_000, channels=1, **wishes))  # type: ignore[arg-type]
    return np.concatenate([b.samples[:, 0] for b in blocks]) if blocks else np.zeros(0, np.float32)


def onsets(sound: np.ndarray) -> list[float]:
    loud = np.flatnonzero(np.abs(sound) > 0.2)
    starts = [i for n, i in enumerate(loud) if n == 0 or i - loud[n - 1] > 1000]
    return [float(i) / 48_000 for i in starts]


def test_clicks_keep_their_time(tmp_path: Path) -> None:
    """A click lies at its own time after resampling, to a tenth of a millisecond."""
    sound = read(mux(tmp_path / "a.mka", [(0, clicks())]))
    assert onsets(sound) == pytest.approx(CLICKS_S, abs=1e-4)


def test_film_time_starts_at_the_picture(tmp_path: Path) -> None:
    """What is before the first picture frame is left out, and times count from it."""
    path = mux(tmp_path / "a.mka", [(0, clicks())])
    assert onsets(read(path, film_start_s=0.75)) == pytest.approx([0.5, 1.25], abs=1e-4)
    assert onsets(read(path, film_start_s=0.75, start_s=-0.75)) == pytest.approx(CLICKS_S, abs=1e-4)


def test_late_sound_is_preceded_by_silence(tmp_path: Path) -> None:
    """A track that starts after the picture keeps its place."""
    path = mux(tmp_path / "a.mka", [(RATE // 2, clicks())])
    assert onsets(read(path)) == pytest.approx([t + 0.5 for t in CLICKS_S], abs=1.1e-3)


def test_gap_in_time_stamps_is_silence(tmp_path: Path) -> None:
    """Sound after a hole in the track stays where its time stamps say."""
    path = mux(tmp_path / "a.mka", [(0, clicks()), (5 * RATE, clicks())])
    assert onsets(read(path)) == pytest.approx([*CLICKS_S, *(t + 5 for t in CLICKS_S)], abs=1.1e-3)


def test_broken_packets_are_counted_and_silent(tmp_path: Path) -> None:
    """Packets that cannot be decoded are counted, and what follows keeps its time."""
    good, bad = mux(tmp_path / "good.mka", [(0, clicks(4.0))], "flac"), tmp_path / "bad.mka"
    with av.open(str(good)) as source, av.open(str(bad), "w") as target:
        stream = target.add_stream_from_template(source.streams.audio[0])
        for number, packet in enumerate(source.demux(source.streams.audio[0])):
            if packet.dts is None:
                continue
            if 7 <= number < 10:
                broken = av.Packet(b"\x00" * 40)
                broken.pts, broken.dts, broken.time_base = packet.pts, packet.dts, packet.time_base
                broken.duration = packet.duration
                packet = broken
            packet.stream = stream
            target.mux(packet)
    blocks = list(read_stream(bad, rate_hz=48_000, channels=1))
    assert sum(b.bad_packets for b in blocks) == 3
    sound = np.concatenate([b.samples[:, 0] for b in blocks])
    assert len(sound) == pytest.approx(4 * 48_000, abs=10)
    assert set(np.round(onsets(sound), 2)) <= set(CLICKS_S)


@settings(max_examples=12, deadline=None)
@given(block_s=st.floats(0.01, 3.0), start_s=st.floats(-1.0, 1.0), length_s=st.floats(0.0, 4.0))
def test_blocks_join_to_the_same_sound(
    tmp_path_factory: pytest.TempPathFactory, block_s: float, start_s: float, length_s: float
) -> None:
    """Block length changes nothing but the blocks; start and end are exact to the sample."""
    path = tmp_path_factory.getbasetemp() / "joined.mka"
    if not path.exists():
        mux(path, [(0, clicks())])
    end_s = start_s + length_s
    blocks = list(read_stream(path, rate_hz=48_000, channels=2, block_s=block_s, start_s=start_s, end_s=end_s))
    whole = list(read_stream(path, rate_hz=48_000, channels=2, block_s=60.0, start_s=start_s, end_s=end_s))
    count = round(length_s * 48_000)
    assert sum(len(b.samples) for b in blocks) == count == sum(len(b.samples) for b in whole)
    if count:
        assert np.array_equal(np.concatenate([b.samples for b in blocks]), whole[0].samples)
        assert blocks[0].start_s == start_s


def test_unlabelled_six_channels_are_taken_as_5_1() -> None:
    """Without channel names six channels mix down as 5.1, without the low-frequency channel, and cannot clip."""
    matrix = downmix_matrix(["NONE"] * 6, 2)
    assert np.array_equal(matrix, downmix_matrix(["FL", "FR", "FC", "LFE", "BL", "BR"], 2))
    assert np.all(matrix[3] == 0)
    assert matrix[2, 0] / matrix[0, 0] == pytest.approx(10 ** (-3 / 20), rel=5e-3)
    assert np.all(matrix.sum(axis=0) <= 1.0 + 1e-6)


@given(count=st.integers(1, 24), channels=st.sampled_from([1, 2]))
def test_no_layout_can_clip(count: int, channels: int) -> None:
    """Full scale in every channel stays within full scale, whatever the layout."""
    assert np.all(downmix_matrix(["NONE"] * count, channels).sum(axis=0) <= 1.0 + 1e-6)


def test_text_named_like_a_film_is_refused(tmp_path: Path) -> None:
    """A file that is no film gives one sentence."""
    path = tmp_path / "film.mp4"
    path.write_text("no film")
    with pytest.raises(FilmError, match=r"film\.mp4"):
        read(path)


@pytest.mark.parametrize("name", ["a.flac", "a.wav"])
def test_written_sound_is_read_back_and_repeats_itself(tmp_path: Path, name: str) -> None:
    """24 bits survive, and the same sound twice gives the same bytes."""
    sound = np.random.default_rng(1).uniform(-1, 1, (9000, 2)).astype(np.float32)
    assert write_file(tmp_path / name, [sound[:4000], sound[4000:]]) == 9000
    first = (tmp_path / name).read_bytes()
    write_file(tmp_path / name, [sound])
    assert (tmp_path / name).read_bytes() == first
    blocks = list(read_file(tmp_path / name, block_s=0.05, start_frame=100, frames=5000))
    assert np.abs(np.concatenate([b.samples for b in blocks]) - sound[100:5100]).max() < 2**-22
    assert file_info(tmp_path / name) == (9000, 48_000, 2)


def test_failed_writing_leaves_nothing(tmp_path: Path) -> None:
    """An exception while writing removes the unfinished file and keeps an older one."""
    write_file(tmp_path / "a.wav", [np.zeros((10, 2), np.float32)])
    with pytest.raises(KeyError), SoundWriter(tmp_path / "a.wav") as writer:
        writer.write(np.ones((10, 2), np.float32))
        raise KeyError
    assert [p.name for p in tmp_path.iterdir()] == ["a.wav"]
    with pytest.raises(StorageError), SoundWriter(tmp_path / "gone" / "a.wav"):
        pass
