"""The one decode: order, times, size, rotation and damage."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from small_films import MakeFilm

from autoscore.adapters.frames import Decoder
from autoscore.adapters.pictures import AREA_PX, small_size
from autoscore.model.media import VideoStream
from autoscore.stages.probe import probe


def stream(width: int, height: int, **more: object) -> VideoStream:
    return VideoStream(
        index=0, codec="h264", width=width, height=height, rate=Fraction(25), start_s=0.0, duration_s=1.0, **more
    )  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("width", "height"), [(1920, 1080), (3840, 1600), (1080, 1920), (720, 576), (161, 91), (16, 16)]
)
def test_small_frames_keep_the_shape(width: int, height: int) -> None:
    """Small frames are even, at most AREA_PX pixels or so, and as wide for their height as the film."""
    small = small_size(stream(width, height))
    assert all(n % 2 == 0 and n >= 32 for n in small)
    assert small[0] * small[1] <= 1.1 * AREA_PX
    if min(width, height) > 64:
        assert small[0] / small[1] == pytest.approx(width / height, rel=0.06)


def test_every_frame_once_with_exact_times(make_film: MakeFilm) -> None:
    """All frames come in order, with times that are exact fractions of the rate."""
    film = make_film(
        rate="30000/1001", seconds=2, sound=False, extra=("-c:v", "libx264", "-bf", "3", "-pix_fmt", "yuv420p")
    )
    pictures = list(Decoder(film, probe(film).video))
    assert [p.index for p in pictures] == list(range(60))
    assert [p.exact_s for p in pictures] == [Fraction(1001 * i, 30000) for i in range(60)]


@pytest.mark.parametrize("kind", ["yuv420p", "yuv422p10le", "yuv444p", "gray", "rgb24"])
def test_levels_do_not_depend_on_the_pixel_format(tmp_path: Path, kind: str) -> None:
    """Black is 0, white 255 and grey in between, in every pixel format and range."""
    codec = {"gray": "ffv1", "rgb24": "ffv1"}.get(kind, "libx264")
    for colour, expected in (("black", 0), ("white", 255), ("0x808080", 128)):
        film = tmp_path / f"{kind}_{expected}.mkv"
        subprocess.run(
            ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", f"color=c={colour}:s=320x180:d=1.2:r=10",
             "-c:v", codec, "-pix_fmt", "bgr0" if kind == "rgb24" else kind, str(film)],
            check=True, timeout=60,
        )  # fmt: skip
        picture = next(iter(Decoder(film, probe(film).video)))
        assert float(picture.luma.mean()) == pytest.approx(expected, abs=4)
        assert picture.bgr().reshape(-1, 3).mean(axis=0) == pytest.approx([expected] * 3, abs=5)


def test_rotated_films_come_upright(make_film: MakeFilm) -> None:
    """Frames of a rotated film look as a player shows it."""
    film = make_film(size="320x180", picture="testsrc", seconds=1.5, sound=False)
    turned = film.with_name("turned.mov")
    run = ["ffmpeg", "-v", "error", "-y", "-i", str(film)]
    subprocess.run([*run, "-c", "copy", "-metadata:s:v:0", "rotate=90", str(turned)], check=True, timeout=60)
    shown = film.with_name("shown.mkv")
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-i", str(turned), "-c:v", "ffv1", str(shown)], check=True, timeout=60
    )
    ours = next(iter(Decoder(turned, probe(turned).video))).luma
    player = next(iter(Decoder(shown, probe(shown).video))).luma
    assert ours.shape == player.shape
    assert ours.shape[0] > ours.shape[1]
    assert np.abs(ours.astype(int) - player.astype(int)).mean() < 4


def test_damage_in_the_middle_does_not_end_the_film(make_film: MakeFilm) -> None:
    """Frames after a damaged stretch are still decoded, and the damage is counted."""
    film = make_film(
        "film.mkv", seconds=6, sound=False, size="320x180", extra=("-c:v", "libx264", "-g", "10", "-bf", "0")
    )
    data = bytearray(film.read_bytes())
    middle = len(data) // 2
    rng = np.random.default_rng(1)
    data[middle : middle + 3000] = rng.integers(0, 256, 3000, dtype=np.uint8).tobytes()
    film.write_bytes(bytes(data))
    decoder = Decoder(film, probe(film).video)
    pictures = list(decoder)
    assert pictures[-1].time_s > 5.5
    assert decoder.bad_frames > 0
    assert all(a.exact_s < b.exact_s for a, b in pairwise(pictures))
