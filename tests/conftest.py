"""What many tests need: small films with chosen content, made on the spot."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_films import MakeFilm, ffmpeg


@pytest.fixture
def make_film(tmp_path: Path) -> MakeFilm:
    """A function that makes a film: ``make_film(name, seconds=2, rate="25", size="160x90", sound=True, extra=())``."""

    def make(
        name: str = "film.mp4",
        *,
        seconds: float = 2.0,
        rate: str = "25",
        size: str = "160x90",
        sound: bool = True,
        picture: str = "testsrc2",
        extra: tuple[str, ...] = (),
    ) -> Path:
        film = tmp_path / name
        film.parent.mkdir(parents=True, exist_ok=True)
        inputs = ["-f", "lavfi", "-i", f"{picture}=size={size}:rate={rate}:duration={seconds}"]
        if sound:
            inputs += ["-f", "lavfi", "-i", f"sine=frequency=220:duration={seconds}:sample_rate=48000"]
        codec = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p") if not extra else ()
        ffmpeg(*inputs, *codec, *extra, film)
        return film

    return make
