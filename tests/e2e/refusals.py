"""What the end-to-end tests share: commands as a user types them, and what a refusal looks like."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

Run = Callable[..., tuple[int, str, str]]
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


def refused(run: Run, film: Path, code: int, *says: str, arguments: tuple[str | Path, ...] = ()) -> None:
    """Score ``film``: the exit code, one short sentence (and a hint), and a folder that looks as before."""
    before = {path: path.stat().st_mtime_ns for path in film.parent.rglob("*")}
    got, out, err = run("score", film, *arguments)
    assert got == code, err
    assert out == ""
    assert "Traceback" not in err
    lines = [line for line in err.splitlines() if line]
    assert 1 <= len(lines) <= 2 and lines[0].startswith("autoscore: ")
    for word in says:
        assert word.lower() in err.lower()
    assert {path: path.stat().st_mtime_ns for path in film.parent.rglob("*")} == before


def cut_short(film: Path, name: str, share: float) -> Path:
    data = film.read_bytes()
    short = film.with_name(name)
    short.write_bytes(data[: int(len(data) * share)])
    film.unlink()
    return short
