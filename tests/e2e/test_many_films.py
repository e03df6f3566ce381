"""Folders of real films: killed, run twice at once, interrupted, as a series."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_films import MakeFilm

pytestmark = pytest.mark.slow

AUTOSCORE = [sys.executable, "-m", "autoscore"]


def start(folder: Path, out: Path, *more: str) -> subprocess.Popen[str]:
    command = [*AUTOSCORE, "batch", str(folder), "--out", str(out), "--json", *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def end(run: subprocess.Popen[str]) -> tuple[int, dict[str, str], str]:
    """Exit code, status of each film, stderr."""
    out, err = run.communicate(timeout=300)
    records = [json.loads(line) for line in out.splitlines()]
    return run.returncode, {record["film"]: record["status"] for record in records}, err


def batch(folder: Path, out: Path, *more: str) -> tuple[int, dict[str, str], str]:
    return end(start(folder, out, *more))


def strays(out: Path) -> list[str]:
    return [p.name for p in out.rglob("*") if ".part" in p.name or p.name.endswith(("lock", ".scratch"))]


def delivered(out: Path, name: str) -> int:
    """How often a film was delivered."""
    return (out / f"{name}.autoscore" / "run.log").read_text().count("deliver: done")


@pytest.fixture
def films(make_film: MakeFilm) -> Path:
    for number, name in enumerate(("a b.mp4", "sub/ç.mkv", "sub/-c.mp4")):
        made = make_film(f"films/{name}", seconds=2.0 + 0.4 * number)
    return made.parents[1]


def test_a_folder_with_a_bad_film(films: Path, tmp_path: Path) -> None:
    """All but the bad one are done, with their folders; a second run has nothing to do, and every result verifies."""
    (films / "bad.mp4").write_bytes(b"no film" * 1000)
    wanted = {"a b.mp4": "done", "bad.mp4": "failed", "sub/-c.mp4": "done", "sub/ç.mkv": "done"}
    code, found, _ = batch(films, tmp_path / "out")
    assert (code, found) == (1, wanted)
    code, found, err = batch(films, tmp_path / "out")
    assert (code, set(found.values())) == (1, {"skipped", "failed"})
    assert "--retry-failed" in err
    for result in ("a b.scored.mp4", "sub/-c.scored.mp4", "sub/ç.scored.mkv"):
        done = subprocess.run([*AUTOSCORE, "verify", "--quiet", str(tmp_path / "out" / result)], check=False)
        assert done.returncode == 0, result
    assert not strays(tmp_path / "out")


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
@pytest.mark.parametrize("after_s", [2.5, 6.0])
def test_kill_9_loses_nothing(films: Path, tmp_path: Path, after_s: float) -> None:
    """Whenever the run is killed: its films' processes end too, and the next run delivers each film exactly once."""
    run = start(films, tmp_path / "out")
    time.sleep(after_s)
    run.kill()
    run.communicate()
    code, found, err = batch(films, tmp_path / "out")
    assert code == 0, err
    assert set(found.values()) <= {"done", "skipped"}
    code, found, _ = batch(films, tmp_path / "out")
    assert (code, set(found.values())) == (0, {"skipped"})
    assert [delivered(tmp_path / "out", name) for name in found] == [1, 1, 1]
    assert not strays(tmp_path / "out")


def test_two_runs_at_once_share_the_work(films: Path, tmp_path: Path) -> None:
    """Neither fails, and no film is delivered twice."""
    runs = [start(films, tmp_path / "out", "--workers", "1") for _ in range(2)]
    ended = [end(run) for run in runs]
    assert [code for code, _, _ in ended] == [0, 0], ended
    code, found, _ = batch(films, tmp_path / "out")
    assert (code, set(found.values())) == (0, {"skipped"})
    assert [delivered(tmp_path / "out", name) for name in found] == [1, 1, 1]


@pytest.mark.skipif(os.name == "nt", reason="signals are others there")
def test_ctrl_c_stops_cleanly(films: Path, tmp_path: Path) -> None:
    """Exit code 130, a sentence, no half-written file, no lock and no process left."""
    run = start(films, tmp_path / "out")
    deadline = time.monotonic() + 60
    while not any((tmp_path / "out").rglob("01-media.json")) and time.monotonic() < deadline:
        time.sleep(0.01)
    run.send_signal(signal.SIGINT)
    code, _, err = end(run)
    assert code == 130, err
    assert "run the same command again" in err
    assert not strays(tmp_path / "out")


def test_a_series_shares_its_main_theme(films: Path, tmp_path: Path) -> None:
    """One main theme, mood and palette in all films; a film that comes later has it too."""
    late = films / "sub" / "-c.mp4"
    aside = tmp_path / "c.mp4"
    late.rename(aside)
    assert batch(films, tmp_path / "out", "--series")[0] == 0
    shared = (tmp_path / "out" / "series.toml").read_text()
    aside.rename(late)
    code, found, _ = batch(films, tmp_path / "out", "--series")
    assert (code, found["sub/-c.mp4"], found["a b.mp4"]) == (0, "done", "skipped")
    assert (tmp_path / "out" / "series.toml").read_text() == shared
    themes, plans = set(), set()
    for score in (tmp_path / "out").rglob("06-score.json"):
        main = json.loads(score.read_text())["themes"][0]
        themes.add(str((main["degrees"], main["durations_beats"], main["romans"])))
        plan = json.loads(score.with_name("04-plan.json").read_text())
        plans.add((plan["home_mood"], plan["palette"], plan["home_key"], plan["identity"]))
    assert len(themes) == len(plans) == 1
    assert f'identity = "{plans.pop()[3]}"' in shared
