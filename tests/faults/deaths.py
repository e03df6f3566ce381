"""Runs with stand-in stages that die, each at another moment, and the runs after them: one JSON line a death.

    python deaths.py FOLDER [STEP]      only every STEP-th moment, and the last twelve

Every file gets its name by a rename, so the moments are just before and just after each of them. Forked, so that what
kills a run is kill -9 and nothing else; this process itself stays without threads. Needs the folders of the tests on
PYTHONPATH.
"""

from __future__ import annotations

import json
import os
import pathlib
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from fault_rig import contents, output_of, strays
from stand_ins import install

from autoscore import pipeline
from autoscore.model.brief import Brief


def tell(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def run(film: Path, die_at: int = -1) -> int:
    """One run in a process of its own; before the ``die_at``-th rename (counted in halves: odd = after it) it dies."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    real, done = pathlib.Path.replace, [0]

    def replace(self: Path, target: Path) -> Path:
        if done[0] == die_at:
            os.kill(os.getpid(), signal.SIGKILL)
        moved = real(self, target)
        if done[0] + 1 == die_at:
            os.kill(os.getpid(), signal.SIGKILL)
        done[0] += 2
        return moved

    pathlib.Path.replace = replace  # type: ignore[method-assign,assignment]
    try:
        pipeline.run(film, Brief())
        (film.parent.parent / "renames").write_text(str(done[0] // 2))
        os._exit(0)
    except BaseException as error:
        tell({"error": repr(error)})
        os._exit(1)


def main(folder: Path, step: int) -> None:
    install(pytest.MonkeyPatch())
    calm = folder / "calm" / "film.mp4"
    calm.parent.mkdir()
    calm.write_bytes(b"film")
    os.utime(calm, (1, 1))
    assert run(calm) == 0
    wanted, renames = contents(calm), int((folder / "renames").read_text())
    for moment in range(2 * renames):
        if moment % step and moment < 2 * renames - 12:
            continue
        film = folder / f"{moment}" / "film.mp4"
        film.parent.mkdir()
        film.write_bytes(b"film")
        os.utime(film, (1, 1))
        died, again = run(film, moment), run(film)
        told = {
            "moment": moment, "died": died, "again": again, "strays": strays(film.parent),
            "same": contents(film) == wanted, "finished": output_of(film).exists(),
        }  # fmt: skip
        tell(told)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
