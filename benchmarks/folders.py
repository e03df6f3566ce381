"""Many films: throughput by films and workers, and what is left after kill -9 at random moments.

    python benchmarks/folders.py [--films 1,10,50] [--workers 1,2] [--kills 10] [--runs 1] [--seed 1] [--json FILE]

The films are cut from the project's samples, 5 to 9 s long, all different. Throughput: of a whole ``autoscore batch``
command, start-up included. The trial: at moments that a seeded generator chose, SIGKILL hits the command's process
alone, all its processes at once (as a power cut does), or one film's process; then the command is started again. At the
end every film must have been delivered exactly once (counted in the logs of the workspaces), every result must pass
``autoscore verify``, and no temporary file may be left.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from figures import Figure, figure, write

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = (("kite.mp4", 50.0), ("orbit.mp4", 30.0))
SHORTEST_S, LONGEST_S = 5.0, 9.0
LATEST_S = 8.0
"""Of a run of 50 films, which takes over a minute: so all kills find it at work."""
FASTER = 1.7
AUTOSCORE = (sys.executable, "-m", "autoscore")


def make_films(folder: Path, count: int, seed: int) -> None:
    """``count`` short films, each another cut from a sample; those that are there stay."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(seed)
    for number in range(count):
        sample, length_s = SAMPLES[number % len(SAMPLES)]
        lasts_s = chance.uniform(SHORTEST_S, LONGEST_S)
        start_s = chance.uniform(0.0, length_s - lasts_s)
        film = folder / f"part{number % 5}" / f"film {number:03}.mp4"
        if film.exists():
            continue
        film.parent.mkdir(exist_ok=True)
        subprocess.run(
            ["ffmpeg", "-v", "error", "-ss", f"{start_s:.3f}", "-i", str(ROOT / "samples" / sample),
             "-t", f"{lasts_s:.3f}", "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-c:a", "aac",
             str(film)],
            check=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip


def command(films: Path, out: Path, workers: int) -> list[str]:
    """The batch command that is measured."""
    return [*AUTOSCORE, "batch", str(films), "--out", str(out), "--workers", str(workers), "--quiet"]


def some_of(films: Path, count: int, into: Path) -> Path:
    """A folder with the first ``count`` films."""
    for film in sorted(films.rglob("*.mp4"))[:count]:
        place = into / film.relative_to(films)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(film, place)
    return into


def timed(films: Path, out: Path, workers: int) -> tuple[float, float]:
    """Wall and CPU seconds (with all that the command starts) of one batch command from nothing to all films."""
    shutil.rmtree(out, ignore_errors=True)
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command(films, out, workers), check=False, stdout=subprocess.DEVNULL)
    if done.returncode not in (0, 1):  # 1: a film failed, which the run itself has said
        raise SystemExit(f"autoscore batch ended with code {done.returncode}")
    wall_s, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall_s, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def throughput(films: Path, room: Path, counts: Sequence[int], workers: Sequence[int], runs: int) -> list[Figure]:
    """Seconds and CPU seconds a film for each number of films and workers, runs of different workers in turn."""
    found: list[Figure] = []
    for count in counts:
        folder = some_of(films, count, room / f"in-{count}")
        taken: dict[int, list[tuple[float, float]]] = {number: [] for number in workers}
        for _ in range(runs):
            for number in workers:
                taken[number].append(timed(folder, room / "out", number))
                print(f"{count} films, {number} workers: {taken[number][-1][0]:.1f} s", file=sys.stderr)
        for number in workers:
            name = f"{count} short film{'s' if count > 1 else ''}, {number} worker{'s' if number > 1 else ''}"
            found.append(figure(f"{name}: seconds a film", [wall / count for wall, _ in taken[number]], unit="s"))
            found.append(figure(f"{name}: CPU seconds a film", [cpu / count for _, cpu in taken[number]], unit="s"))
        if len(workers) > 1:
            low, high = workers[0], workers[-1]
            ratios = [one[0] / more[0] for one, more in zip(taken[low], taken[high], strict=True)]
            aim = f">= {FASTER}" if count == max(counts) else ""
            found.append(figure(f"{count} short films, {high} workers / {low} worker: throughput", ratios, aim=aim))
    return found


def killed(films: Path, out: Path, workers: int, kills: int, seed: int) -> tuple[list[Figure], dict[str, object]]:
    """The trial with SIGKILL: moments between 1 and LATEST_S after each start."""
    shutil.rmtree(out, ignore_errors=True)
    chance, moments, codes, hits = random.Random(seed), [], [], 0
    for _ in range(kills):
        moment_s, whom = chance.uniform(1.0, LATEST_S), chance.choice(("run", "all", "film"))
        run = subprocess.Popen(command(films, out, workers), stdout=subprocess.DEVNULL)
        try:
            run.wait(timeout=moment_s)
        except subprocess.TimeoutExpired:
            hits += 1
            below = descendants(run.pid)
            hit = {"run": [run.pid], "all": [run.pid, *below], "film": chance.sample(below, 1) if below else []}[whom]
            for pid in hit:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            if whom == "film":  # the run goes on without it; then it is killed too
                with suppress(subprocess.TimeoutExpired):
                    run.wait(timeout=3.0)
                run.kill()
            run.wait()
        moments.append({"after_s": round(moment_s, 2), "hit": whom})
        codes.append(run.returncode)
        print(
            f"killed ({whom}) after {moment_s:.1f} s: {len(list(out.rglob('*.scored.mp4')))} films there",
            file=sys.stderr,
        )
    while (
        last := subprocess.run(command(films, out, workers), check=False, stdout=subprocess.DEVNULL)
    ).returncode != 0:
        codes.append(last.returncode)
        if len(codes) > kills + 3:
            break
    # One more run finds nothing to do.
    again = subprocess.run([*command(films, out, workers)[:-1], "--json"], check=False, capture_output=True, text=True)
    records = [json.loads(line) for line in again.stdout.splitlines()]
    wanted = sorted(films.rglob("*.mp4"))
    results = [out / film.relative_to(films).with_suffix(".scored.mp4") for film in wanted]
    delivered = [_delivered(out / f"{film.relative_to(films)}.autoscore" / "run.log") for film in wanted]
    bad = [path.name for path in results if _verify(path) != 0]
    strays = [
        str(path.relative_to(out)) for path in out.rglob("*")
        if ".part" in path.name or path.name.endswith((".scratch", ".tmp", "lock"))
    ]  # fmt: skip
    count = len(wanted)
    found = [
        figure(f"{count} films, killed {kills} times: kills that found the run at work", hits, aim=f"= {kills}"),
        figure(f"{count} films, killed {kills} times: delivered exactly once", delivered.count(1), aim=f"= {count}"),
        figure(f"{count} films, killed {kills} times: results that pass verify", count - len(bad), aim=f"= {count}"),
        figure(f"{count} films, killed {kills} times: temporary files left", len(strays), aim="= 0"),
        figure(
            f"{count} films, killed {kills} times: nothing left to do afterwards",
            sum(record["status"] == "skipped" for record in records), aim=f"= {count}",
        ),
    ]  # fmt: skip
    more = {"moments_s": moments, "exit_codes": codes, "failed_verify": bad, "strays": strays, "delivered": delivered}
    return found, more


def descendants(pid: int) -> list[int]:
    """Processes below one, by /proc."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError):
            after = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            parents.setdefault(int(after[1]), []).append(int(stat.parent.name))
    found, waiting = [], [pid]
    while waiting:
        for child in parents.get(waiting.pop(), []):
            found.append(child)
            waiting.append(child)
    return found


def _delivered(log: Path) -> int:
    """How often a film was delivered."""
    try:
        return sum("deliver: done" in line for line in log.read_text(encoding="utf-8").splitlines())
    except OSError:
        return 0


def _verify(path: Path) -> int:
    return subprocess.run([*AUTOSCORE, "verify", str(path), "--quiet"], check=False, capture_output=True).returncode


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 1 when an aim of the trial is missed."""
    parser = argparse.ArgumentParser(description="Throughput over many films, and kill -9.")
    parser.add_argument("--films", default="1,10,50", help="numbers of films, none: no throughput")
    parser.add_argument("--workers", default="1,2")
    parser.add_argument("--kills", type=int, default=10, help="0: no trial")
    parser.add_argument("--kill-films", type=int, default=50)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--room", type=Path, help="where films and results go; a temporary folder by default")
    parser.add_argument("--json", type=Path, metavar="FILE")
    given = parser.parse_args(argv)
    counts = [int(text) for text in given.films.split(",") if text.strip().isdigit()]
    workers = [int(text) for text in given.workers.split(",")]
    room = given.room or Path(tempfile.mkdtemp(prefix="folders-"))
    os.environ.setdefault("PYTHONPATH", str(ROOT))
    figures: list[Figure] = []
    more: dict[str, object] = {}
    try:
        make_films(room / "films", max([*counts, given.kill_films if given.kills else 1]), given.seed)
        figures += throughput(room / "films", room, counts, workers, given.runs)
        if given.kills:
            folder = some_of(room / "films", given.kill_films, room / "in-killed")
            found, more = killed(folder, room / "out-killed", workers[-1], given.kills, given.seed)
            figures += found
    finally:
        if given.room is None:
            shutil.rmtree(room, ignore_errors=True)
    width = max((len(row.name) for row in figures), default=0)
    for row in figures:
        print(f"{row.name:{width}}  {row.value:10g} {row.unit:3} {row.aim}")
    if given.json:
        write(given.json, "films of 5 to 9 s cut from samples/", figures, more)
    return int(any(row.value != float(row.aim.removeprefix("= ")) for row in figures if row.aim.startswith("= ")))


if __name__ == "__main__":
    sys.exit(main())
