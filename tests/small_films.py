"""FFmpeg by hand, for the films that tests make."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

MakeFilm = Callable[..., Path]


def ffmpeg(*arguments: str | Path) -> None:
    """Run FFmpeg quietly; a failure fails the test."""
    command = ["ffmpeg", "-hide_banner", "-nostdin", "-v", "error", "-y", "-threads", "1", *map(str, arguments)]
    subprocess.run(command, check=True, timeout=60)
