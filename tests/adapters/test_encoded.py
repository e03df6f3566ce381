"""Sound that is encoded apart from the film comes into it as if it had been encoded there."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from small_films import MakeFilm

from autoscore.adapters import encoded, mux, sound
from autoscore.adapters.copied import read_packets
from autoscore.adapters.growing import CAN_FOLLOW, BrokenOffError, Growing
from autoscore.adapters.tracks import Plan, plan
from autoscore.errors import StorageError
from autoscore.stages.probe import probe
from autoscore.tables.containers import containers

SECONDS = 2.0
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac")
VP8 = ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8")


def mix_at(path: Path, seconds: float = SECONDS) -> Path:
    rng = np.random.default_rng(1)
    samples = np.convolve(rng.standard_normal(round(seconds * 48_000)), [0.3, 0.25, 0.2, 0.1], "same")
    sound.write_file(path, [(0.2 * samples[:, None].repeat(2, 1)).astype(np.float32)])
    return path


def plan_of(film: Path, start_s: float = 0.0) -> Plan:
    return plan(probe(film), sound_start_s=start_s, output=film, keep_original=False)


@pytest.mark.parametrize("suffix", sorted(suffix for row in containers() if row.apart for suffix in row.suffixes[:1]))
@pytest.mark.parametrize("start_s", [0.0, -0.05])
def test_the_packets_are_those_of_a_film_encoded_in_one_go(
    make_film: MakeFilm, tmp_path: Path, suffix: str, start_s: float
) -> None:
    """In every container that takes its sound from apart: the same packets, at the same time, of the same codec."""
    film = make_film(f"film{suffix}", seconds=SECONDS, extra=VP8 if suffix == ".webm" else H264)
    mix, media = mix_at(tmp_path / "mix.flac"), probe(film)
    encoded.encode(mix, plan_of(film, start_s), tmp_path / "sound.nut")
    found, places = [], []
    for name, track, apart in (("at_once", mix, False), ("apart", tmp_path / "sound.nut", True)):
        output = tmp_path / f"{name}{suffix}"
        mux.finish(film, media, track, sound_start_s=start_s, output=output, keep_original=False, is_encoded=apart)
        packets = read_packets(output)
        assert packets.sound is not None
        found.append((packets.sound.codec, packets.sound.sha256, packets.sound.count, packets.video.sha256))
        places.append(packets.sound.first_s - packets.video.first_s)
        assert packets.duration_s == pytest.approx(media.duration_s, abs=0.05)
    assert found[0] == found[1]
    # Encoded in one go, Opus comes early by its pre-skip (see test_mux); apart it does not.
    assert places[1] - places[0] == pytest.approx(0.0065 if suffix == ".webm" else 0.0, abs=0.0006)


def follow(mix: Path, wanted: Plan, part: Path, target: Path, *, whole: bool) -> None:
    """Encodes ``mix`` while it appears as ``part``."""
    data = mix.read_bytes()
    part.touch()
    growing = Growing(part)
    reader = growing.open()

    def write() -> None:
        with part.open("r+b", buffering=0) as file:
            for at in range(0, len(data) if whole else len(data) // 2, 10_000):
                file.write(data[at : at + 10_000])
        growing.end(whole=whole)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        encoded.encode(reader, wanted, target)
    finally:
        writer.join()


@pytest.mark.skipif(not CAN_FOLLOW, reason="open files are not handed over there")
def test_a_mix_that_is_being_written_gives_the_same_bytes(make_film: MakeFilm, tmp_path: Path) -> None:
    """Encoded while it grows, or from the whole file: there is no difference."""
    film = make_film(seconds=SECONDS, extra=H264)
    mix, wanted = mix_at(tmp_path / "mix.flac"), plan_of(film)
    encoded.encode(mix, wanted, tmp_path / "after.nut")
    follow(mix, wanted, tmp_path / "part", tmp_path / "along.nut", whole=True)
    assert (tmp_path / "along.nut").read_bytes() == (tmp_path / "after.nut").read_bytes()


@pytest.mark.skipif(not CAN_FOLLOW, reason="open files are not handed over there")
def test_a_mix_that_is_broken_off_is_no_sound(make_film: MakeFilm, tmp_path: Path) -> None:
    """FFmpeg would fill up with silence; that it was not all is told."""
    film = make_film(seconds=SECONDS, extra=H264)
    mix = mix_at(tmp_path / "mix.flac")
    with pytest.raises(BrokenOffError):
        follow(mix, plan_of(film), tmp_path / "part", tmp_path / "along.nut", whole=False)


def test_a_film_is_written_with_sound_that_still_comes(make_film: MakeFilm, tmp_path: Path) -> None:
    """Written along with the encoding, or when that is done: the same bytes."""
    film = make_film(seconds=SECONDS, extra=H264)
    media, nut = probe(film), tmp_path / "sound.nut"
    encoded.encode(mix_at(tmp_path / "mix.flac"), plan_of(film), nut)
    growing = Growing(nut)
    threading.Timer(0.3, lambda: growing.end(whole=True)).start()
    for name, track in (("along", growing), ("after", nut)):
        mux.finish(
            film, media, track, sound_start_s=0.0, output=tmp_path / f"{name}.mp4", keep_original=False, is_encoded=True
        )  # fmt: skip
    assert (tmp_path / "along.mp4").read_bytes() == (tmp_path / "after.mp4").read_bytes()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device")
def test_a_full_disk_is_told_of_the_workspace(make_film: MakeFilm, tmp_path: Path) -> None:
    """Not by the passing name, and with the option that moves it."""
    wanted = plan_of(make_film(seconds=SECONDS, extra=H264))
    with pytest.raises(StorageError, match=r"no space left to write sound\.nut") as told:
        encoded.encode(mix_at(tmp_path / "mix.flac"), wanted, Path("/dev/full"), named=tmp_path / "sound.nut")
    assert "--workspace" in told.value.hint and "--output" not in told.value.hint
