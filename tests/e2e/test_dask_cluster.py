"""A real Dask cluster: three worker processes, one of them killed in the middle of its film."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_films import ffmpeg

pytestmark = pytest.mark.slow

CLUSTER = """
import json, sys
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=3, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        pids = [worker.pid for worker in cluster.workers.values()]
        print(json.dumps({"address": cluster.scheduler_address, "pids": pids}), flush=True)
        sys.stdin.read()
"""
FILMS = 6


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[int]]]:
    """Address of a scheduler, and the processes of its workers."""
    (tmp_path / "cluster.py").write_text(CLUSTER)
    env = os.environ | {"TMPDIR": str(tmp_path / "tmp")}
    (tmp_path / "tmp").mkdir()
    with subprocess.Popen(
        [sys.executable, str(tmp_path / "cluster.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, env=env, cwd=tmp_path,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        yield said["address"], said["pids"]
        process.communicate(timeout=60)


def _film(path: Path, seconds: float) -> None:
    """Two pictures that change at half of it, with a quiet tone."""
    half = f"{seconds / 2}"
    ffmpeg(
        "-f", "lavfi", "-i", f"testsrc=size=192x108:rate=24:duration={half}",
        "-f", "lavfi", "-i", f"smptebars=size=192x108:rate=24:duration={half}",
        "-f", "lavfi", "-i", f"sine=frequency=220:duration={seconds}",
        "-filter_complex", "[0:v][1:v]concat=n=2:v=1:a=0[v];[2:a]volume=-30dB[a]", "-map", "[v]", "-map", "[a]",
        "-pix_fmt", "yuv420p", path,
    )  # fmt: skip


def _batch(films: Path, out: str, address: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "autoscore", "batch", f"file://{films}", "--out", out, "--cluster", address, "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_a_killed_worker_loses_no_film_and_none_is_done_twice(
    tmp_path: Path, cluster: tuple[str, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All films are done, each once; each result passes verify; nothing unfinished is left; then nothing is to do."""
    monkeypatch.setenv("AUTOSCORE_CACHE", str(tmp_path / "cache"))
    address, pids = cluster
    films, out = tmp_path / "films", tmp_path / "out"
    films.mkdir()
    for i in range(FILMS):
        _film(films / f"{i}.mp4", 4 + i / 2)
    with _batch(films, f"file://{out}", address) as run:
        time.sleep(8)  # each worker has a film in hand
        os.kill(pids[0], signal.SIGKILL)
        told, said = run.communicate(timeout=300)
    records = [json.loads(line) for line in told.splitlines()]
    assert run.returncode == 0, (records, said)
    assert sorted((record["film"], record["status"]) for record in records) == [
        (f"{i}.mp4", "done") for i in range(FILMS)
    ]
    ledger = [json.loads(line) for line in (out / "ledger.jsonl").read_text().splitlines()]
    assert sorted(record["film"] for record in ledger) == [f"{i}.mp4" for i in range(FILMS)]
    for i in range(FILMS):
        checked = [sys.executable, "-m", "autoscore", "verify", str(out / f"{i}.scored.mp4")]
        subprocess.run(checked, check=True, stdout=subprocess.DEVNULL)
    assert [path.name for path in out.rglob("*") if ".part" in path.name] == []
    with _batch(films, f"file://{out}", address) as again:
        told, said = again.communicate(timeout=120)
    assert {json.loads(line)["status"] for line in told.splitlines()} == {"skipped"}, said
    left = [path for path in (tmp_path / "tmp").rglob("*") if path.is_file() and path.suffix in (".mp4", ".flac")]
    assert left == [], "films were left on the workers' disks"


def test_nobody_at_the_address_is_one_sentence(tmp_path: Path) -> None:
    """The address, what is wrong and what to do; exit code 2."""
    _film(tmp_path / "a.mp4", 2)
    run = subprocess.run(
        [sys.executable, "-m", "autoscore", "batch", str(tmp_path), "--out", str(tmp_path / "out"), "--cluster",
         "tcp://127.0.0.1:1"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 2
    assert "No Dask scheduler answers at tcp://127.0.0.1:1" in run.stderr
    assert "Traceback" not in run.stderr
