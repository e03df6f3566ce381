"""kill -9: nothing is lost, no child goes on, and the same command again ends where an undisturbed run does."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from fault_rig import (
    STAGES,
    Scored,
    back_to,
    commands_with,
    contents,
    dying,
    finish,
    is_whole,
    kill,
    output_of,
    said_once,
    start,
    strays,
    wait_for,
    workspace_of,
)

from autoscore import cli

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="kill -9 is a thing of POSIX")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")


def goes_on(scored: Scored) -> None:
    """The same command again: all is there as without any fault, and nothing else."""
    assert cli.main(["score", str(scored.film), "--quiet"]) == 0
    assert contents(scored.film) == scored.undisturbed
    assert strays(scored.film.parent) == []
    is_whole(scored.film)


def died_at_every_rename(folder: Path, step: int) -> int:
    driver = Path(__file__).with_name("deaths.py")
    command = [sys.executable, driver, folder, str(step)]
    paths = os.pathsep.join(map(str, driver.parents[:2]))
    environment = {**os.environ, "PYTHONPATH": paths}
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, env=environment)
    assert done.returncode == 0, done.stderr
    deaths = [json.loads(line) for line in done.stdout.splitlines()]
    for death in deaths:
        assert death["died"] == -signal.SIGKILL, death
        assert death["again"] == 0 and death["strays"] == [] and death["same"] and death["finished"], death
    return len(deaths)


def test_death_at_any_rename(tmp_path: Path) -> None:
    """With stand-in stages: dead before or after a rename, the next run completes, equal, and sweeps."""
    assert died_at_every_rename(tmp_path, 7) >= 16


@pytest.mark.slow
def test_death_at_every_rename(tmp_path: Path) -> None:
    """The same for every rename of a run."""
    assert died_at_every_rename(tmp_path, 1) >= 50


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_death_while_the_film_gets_its_name(scored: Scored, after: bool) -> None:
    """Just before and just after the finished film is renamed: the next run needs no --overwrite; no draft stays."""
    film = scored.film
    back_to(film, "deliver")
    assert finish(start("score", film, "-q", code=dying("film.scored.mp4", after=after)))[0] == -signal.SIGKILL
    assert output_of(film).exists() is after
    assert bool([name for name in strays(film.parent) if name.endswith(".part.mp4")]) is not after
    goes_on(scored)


SLOW_FFMPEG = """#!/bin/sh
for word; do case "$word" in file:*.part*) part="${word#file:}";; esac; done
[ -n "$part" ] || exit 0
while :; do echo more >> "$part"; sleep 0.02; done
"""


@pytest.fixture
def slow_ffmpeg(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an FFmpeg that writes and never ends."""
    tools = tmp_path_factory.mktemp("tools")
    (tools / "ffmpeg").write_text(SLOW_FFMPEG)
    (tools / "ffmpeg").chmod(0o755)
    return tools


@LINUX
def test_death_while_the_film_is_written(scored: Scored, tmp_path: Path, slow_ffmpeg: Path) -> None:
    """FFmpeg ends with a killed run, at once, and what it wrote is swept by the next."""
    film = scored.film
    back_to(film, "deliver")
    child = start("score", film, "-q", PATH=f"{slow_ffmpeg}:{os.environ['PATH']}")
    assert wait_for(lambda: list(film.parent.glob(".film.scored*part*")), child)
    part = next(film.parent.glob(".film.scored*part*"))
    kill(child)
    wait_for(lambda: not commands_with(str(tmp_path)), timeout_s=5)
    size = part.stat().st_size
    time.sleep(0.1)
    assert part.stat().st_size == size
    goes_on(scored)


@LINUX
def test_a_killed_ffmpeg_is_not_the_films_fault(scored: Scored, slow_ffmpeg: Path) -> None:
    """When somebody kills FFmpeg, that is said; the container is not blamed, and no stream is given up."""
    film = scored.film
    back_to(film, "deliver")
    child = start("score", film, "-q", PATH=f"{slow_ffmpeg}:{os.environ['PATH']}")
    assert wait_for(lambda: list(film.parent.glob(".film.scored*part*")), child)

    def all_killed() -> bool:  # the one that encodes may start later than the one that writes
        for pid in commands_with(str(slow_ffmpeg)):
            if pid != child.pid:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        return child.poll() is not None

    assert wait_for(all_killed)
    code, err = finish(child)
    assert code == 1
    said_once(err, "ffmpeg was stopped", "SIGKILL", "again")
    assert strays(film.parent) == [] and not output_of(film).exists()
    goes_on(scored)


@pytest.mark.slow
@pytest.mark.parametrize("stage", STAGES)
def test_death_at_a_stage_boundary(fresh: Scored, stage: str) -> None:
    """When a real stage has just begun: the next run makes only what is missing and ends equal."""
    code = (
        "import os, signal\nfrom autoscore import runner\nreal = runner.Runner.tell\n"
        "def tell(self, name, kind, **more):\n"
        f"    if name == {stage!r} and kind == 'start': os.kill(os.getpid(), signal.SIGKILL)\n"
        "    real(self, name, kind, **more)\nrunner.Runner.tell = tell\n"
    )
    assert finish(start("score", fresh.film, "-q", code=code))[0] == -signal.SIGKILL
    done = set(json.loads((workspace_of(fresh.film) / "manifest.json").read_text())["stages"])
    assert done == set(STAGES[: STAGES.index(stage)])
    goes_on(fresh)


@pytest.mark.slow
def test_deaths_at_random_moments(fresh: Scored) -> None:
    """Ten times in a row at moments by lot, each run going on from the one before; then one that is left alone."""
    chance = random.Random(7)
    for _ in range(10):
        child = start("score", fresh.film, "-q")
        time.sleep(chance.uniform(0.3, 5.0))
        kill(child)
    wait_for(lambda: not commands_with(str(fresh.film.parent)), timeout_s=5)
    goes_on(fresh)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_death_at_a_random_moment(fresh: Scored, seed: int) -> None:
    """One death anywhere in a run of real stages, by lot."""
    child = start("score", fresh.film, "-q")
    time.sleep(random.Random(seed).uniform(0.5, 6.0))
    kill(child)
    goes_on(fresh)
