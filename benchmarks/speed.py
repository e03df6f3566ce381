"""How fast autoscore is, as ratios that do not depend on the machine, and how much memory it takes.

    python benchmarks/speed.py [FILM] [--seconds 60] [--rounds 3] [--json OUT.json]

Metrics: analyze time / plain ``ffmpeg -i FILM -f null -`` decode time; score time / ``scenedetect detect-adaptive``;
peak memory of the whole process tree, for the film and for one half as long (flat means that it does not grow).
Film: FILM (the first clip of the shared folder, else the project's sample), scaled to 1080p and looped into a temporary
file of ``--seconds``. The programs run one after the other, round by round, and the median of each is taken, so that
other work on the machine falls on all alike.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
POLL_S = 0.05
AIMS = {"analyze_per_decode": 1.2, "score_per_detect_adaptive": 1.5, "peak_mb": 700.0}


def children(pid: int) -> set[int]:
    """``pid`` and everything it started, from /proc; only itself where there is no /proc."""
    found = {pid}
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*") if Path("/proc/self").exists() else ():
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(entry.name)] = int(fields[1])
    grown = True
    while grown:
        more = {child for child, parent in parents.items() if parent in found} - found
        grown = bool(more)
        found |= more
    return found


def resident_mb(pid: int) -> float:
    """Proportional (where known, else resident) memory of a process, MB; 0 when it is gone."""
    for name, key in (("smaps_rollup", "Pss:"), ("status", "VmRSS:")):
        try:
            for line in (Path("/proc") / str(pid) / name).read_text().splitlines():
                if line.startswith(key):
                    return int(line.split()[1]) / 1000
        except (OSError, IndexError, ValueError):
            continue
    return 0.0


def timed(command: list[str]) -> tuple[float, float]:
    """Wall seconds and peak memory (MB) of a command with all its children. A failure ends the benchmark."""
    with tempfile.TemporaryFile() as said:
        started = time.perf_counter()
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT)
        peak = 0.0
        while child.poll() is None:
            peak = max(peak, sum(resident_mb(pid) for pid in children(child.pid)))
            time.sleep(POLL_S)
        seconds = time.perf_counter() - started
        if child.returncode != 0:
            said.seek(0)
            text = said.read().decode(errors="replace")[-2000:]
            if "was written, but" not in text:  # a film out of tolerance took its time as well: told, not hidden
                sys.exit(f"{' '.join(command)} failed ({child.returncode}):\n{text}")
            print(text, file=sys.stderr)
    return seconds, peak


def make_film(source: Path, seconds: float, target: Path) -> None:
    """``source`` looped to ``seconds`` and scaled to 1920x1080 at its own rate."""
    picture = "scale=1920:1080:force_original_aspect_ratio=decrease,pad=1920:1080:-1:-1,setsar=1"
    subprocess.run(
        ["ffmpeg", "-hide_banner", "-nostdin", "-v", "error", "-y", "-stream_loop", "-1", "-i", str(source), "-t",
         f"{seconds}", "-vf", picture, "-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p",
         "-c:a", "aac", "-ac", "2", "-sn", "-dn", str(target)],
        check=True,
    )  # fmt: skip


def default_film() -> Path:
    """A shared clip with many cuts, else a sample of the project."""
    choices = [
        ROOT.parent / "shared" / "clips" / "sintel_trailer_720p.mp4",
        *sorted((ROOT / "samples").glob("*.mp4")),
    ]
    for choice in choices:
        if choice.exists():
            return choice
    sys.exit("There is no film to measure with; name one.")


def measure(film: Path, scratch: Path, rounds: int) -> dict[str, dict[str, float]]:
    """Median seconds and highest memory of each program over interleaved rounds."""
    python = sys.executable
    detect = shutil.which("scenedetect", path=str(Path(python).parent)) or "scenedetect"
    runs: dict[str, list[tuple[float, float]]] = {
        name: [] for name in ("decode", "analyze", "detect_adaptive", "score")
    }
    for number in range(rounds):
        place = scratch / f"round{number}"
        commands = {
            "decode": ["ffmpeg", "-hide_banner", "-nostdin", "-v", "error", "-i", str(film), "-f", "null", "-"],
            "analyze": [python, "-m", "autoscore", "analyze", str(film), "--workspace", str(place / "a"), "--quiet"],
            "detect_adaptive": [detect, "-q", "-i", str(film), "detect-adaptive"],
            "score": [python, "-m", "autoscore", "score", str(film), "--workspace", str(place / "s"), "--quiet",
                      "-o", str(place / "out.mp4")],
        }  # fmt: skip
        place.mkdir()
        for name, command in commands.items():
            runs[name].append(timed(command))
        shutil.rmtree(place)
    return {
        name: {
            "seconds": round(statistics.median(s for s, _ in found), 3),
            "peak_mb": round(max(m for _, m in found), 1),
        }
        for name, found in runs.items()
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("film", nargs="?", type=Path, help="any film; a shared clip or sample by default")
    parser.add_argument("--seconds", type=float, default=60.0, help="length of the 1080p film that is made of it")
    parser.add_argument("--rounds", type=int, default=3, help="how often everything is run")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    arguments = parser.parse_args()
    source = arguments.film or default_film()
    with tempfile.TemporaryDirectory(prefix="autoscore-speed-") as name:
        scratch = Path(name)
        full, half = scratch / "full.mp4", scratch / "half.mp4"
        make_film(source, arguments.seconds, full)
        make_film(source, arguments.seconds / 2, half)
        found = measure(full, scratch, arguments.rounds)
        _seconds, half_mb = timed(
            [sys.executable, "-m", "autoscore", "score", str(half), "--workspace", str(scratch / "half"), "--quiet"]
        )
    figures = {
        "analyze_per_decode": round(found["analyze"]["seconds"] / found["decode"]["seconds"], 3),
        "score_per_detect_adaptive": round(found["score"]["seconds"] / found["detect_adaptive"]["seconds"], 3),
        "peak_mb": found["score"]["peak_mb"],
    }
    print(f"Film: {source.name}, 1920x1080, {arguments.seconds:g} s; {arguments.rounds} rounds, medians.")
    print(f"Machine: {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}.\n")
    print("| program | seconds | peak MB |\n|---|---|---|")
    for program, row in found.items():
        print(f"| {program} | {row['seconds']:.2f} | {row['peak_mb']:.0f} |")
    print("\n| figure | measured | aim |\n|---|---|---|")
    for figure, value in figures.items():
        print(f"| {figure} | {value:.2f} | {AIMS[figure]:g} |")
    print(f"| peak MB of a film half as long | {half_mb:.0f} | about the same |")
    document = {
        "film": source.name, "seconds": arguments.seconds, "rounds": arguments.rounds, "programs": found,
        "figures": figures, "aims": AIMS, "half_length_peak_mb": round(half_mb, 1),
    }  # fmt: skip
    print(f"\n{json.dumps(document)}")
    if arguments.json:
        arguments.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
