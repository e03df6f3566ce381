"""What many tests need: small films with chosen content, made on the spot, and the command line as a function."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from small_films import MakeFilm, ffmpeg

# The same examples each time: what fails here fails elsewhere. For others: --hypothesis-profile=default.
settings.register_profile("same", derandomize=True, database=None)
settings.load_profile("same")


class Said:
    """What a command printed, and its exit code."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def document(self) -> Any:
        return json.loads(self.out)


@pytest.fixture(scope="session", autouse=True)
def signals_are_heard() -> None:
    """Tests in the background or under nohup ignore some, and so would the programs that they start."""
    for name, usual in (("SIGINT", signal.default_int_handler), ("SIGHUP", signal.SIG_DFL)):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, usual)


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


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    """A function from the words of a command to what it said: ``run("score", film, "--json").document``."""
    from autoscore import cli

    def call(*arguments: str | Path) -> Said:
        code = cli.main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Said(code, out, err)

    return call
