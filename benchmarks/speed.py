"""How fast autoscore is, as ratios that do not depend on the machine, and how much memory it takes.

    python benchmarks/speed.py [FILM] [--seconds 120] [--rounds 3] [--longer 0] [--only analyze] [--json OUT.json]

Metrics: analyze time / plain ``ffmpeg -threads 0 -i FILM -f null -`` decode time; score time / ``scenedetect
detect-adaptive`` time; peak memory of the whole process tree while scoring. ``--longer 1200`` also scores a film of so
many seconds once: flat means that its peak is about the same.

Film: FILM (the first clip of the shared folder, else the project's sample), scaled to 1080p H.264 (veryfast, CRF 20)
once and looped without coding it again. The programs of a ratio run one after the other, round by round; the ratio is
taken within each round and the median of the rounds given, so that other work on the machine falls on both alike.
Beside wall time stands CPU time (user and system, of the program and what it started): less disturbed by others, but
blind to how well two cores are used. Every scoring starts from nothing; measured presets of the SoundFonts are known
after the first.
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
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
POLL_S = 0.1
RATIOS = {"analyze": ("decode", 1.2), "score": ("detect_adaptive", 1.5)}
"""Program -> (what it is divided by, the most it should be)."""
MOST_MB = 700.0


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of a program: wall and CPU seconds, peak memory of the process tree."""

    wall_s: float
    cpu_s: float
    peak_mb: float


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


def timed(command: list[str]) -> Run:
    """Runs a command with all that it starts. A failure ends the benchmark."""
    with tempfile.TemporaryFile() as said:
        started = time.perf_counter()
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT)
        peak = 0.0
        while True:
            pid, status, usage = os.wait4(child.pid, os.WNOHANG)
            if pid:
                break
            peak = max(peak, sum(resident_mb(pid) for pid in children(child.pid)))
            time.sleep(POLL_S)
        wall_s = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            said.seek(0)
            text = said.read().decode(errors="replace")[-2000:]
            if "was written, but" not in text:  # a film out of tolerance took its time as well: told, not hidden
                sys.exit(f"{' '.join(command)} failed ({child.returncode}):\n{text}")
            print(text, file=sys.stderr)
    return Run(wall_s=wall_s, cpu_s=usage.ru_utime + usage.ru_stime, peak_mb=peak)


def make_film(source: Path, target: Path, *, width: int = 1920, height: int = 1080) -> None:
    """``source`` scaled to ``width`` x ``height`` at its own rate."""
    size = f"{width}:{height}"
    picture = f"scale={size}:force_original_aspect_ratio=decrease,pad={size}:-1:-1,setsar=1"
    subprocess.run(
        ["ffmpeg", "-hide_banner", "-nostdin", "-v", "error", "-y", "-i", str(source), "-vf", picture,
         "-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p", "-c:a", "aac", "-ac", "2",
         "-sn", "-dn",
         "-map", "0:v:0", "-map", "0:a:0?", "-t", "300", str(target)],
        check=True,
    )  # fmt: skip


def loop(film: Path, seconds: float, target: Path) -> None:
    """``film`` over and over for ``seconds``, its packets copied."""
    subprocess.run(
        ["ffmpeg", "-hide_banner", "-nostdin", "-v", "error", "-y", "-stream_loop", "-1", "-i", str(film), "-t",
         f"{seconds}", "-c", "copy", str(target)],
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


def score_command(film: Path, place: Path) -> list[str]:
    return [sys.executable, "-m", "autoscore", "score", str(film), "--workspace", str(place / "s"), "--quiet", "-o",
            str(place / "out.mp4")]  # fmt: skip


def measure(film: Path, scratch: Path, rounds: int, programs: list[str]) -> dict[str, list[Run]]:
    """Runs of each program and of what it is divided by, pair by pair in each round."""
    detect = shutil.which("scenedetect", path=str(Path(sys.executable).parent)) or "scenedetect"
    place = scratch / "round"
    commands = {
        "decode": ["ffmpeg", "-hide_banner", "-nostdin", "-v", "error", "-threads", "0", "-i", str(film), "-f", "null",
                   "-"],
        "analyze": [sys.executable, "-m", "autoscore", "analyze", str(film), "--workspace", str(place / "a"),
                    "--quiet"],
        "detect_adaptive": [detect, "-q", "-i", str(film), "detect-adaptive"],
        "score": score_command(film, place),
    }  # fmt: skip
    runs: dict[str, list[Run]] = {}
    for _round in range(rounds):
        place.mkdir()
        for program in programs:
            for name in (RATIOS[program][0], program):
                runs.setdefault(name, []).append(timed(commands[name]))
        shutil.rmtree(place)
    return runs


def ratio(runs: dict[str, list[Run]], program: str, what: str) -> float:
    """Median over the rounds of ``program``'s wall_s or cpu_s in units of what it is compared with."""
    pairs = zip(runs[program], runs[RATIOS[program][0]], strict=True)
    return round(statistics.median(getattr(own, what) / getattr(other, what) for own, other in pairs), 3)


def report(document: dict[str, Any]) -> str:
    """The figures as Markdown."""
    lines = [
        f"Film: {document['film']}, 1920x1080 H.264, {document['seconds']:g} s; {document['rounds']} rounds.",
        f"Machine: {document['machine']}; load before {document['load_before']}, after {document['load_after']}.",
        "",
        "| program | wall s, median | wall s, least | CPU s, median | peak MB |",
        "|---|---|---|---|---|",
    ]
    for name, found in document["programs"].items():
        wall = [run["wall_s"] for run in found]
        cpu_s, peak = statistics.median(run["cpu_s"] for run in found), max(run["peak_mb"] for run in found)
        lines.append(f"| {name} | {statistics.median(wall):.2f} | {min(wall):.2f} | {cpu_s:.2f} | {peak:.0f} |")
    lines += ["", "| figure | wall | CPU | aim |", "|---|---|---|---|"]
    for program, figure in document["ratios"].items():
        lines.append(
            f"| {program} / {figure['per']} | {figure['wall']:.2f} | {figure['cpu']:.2f} | {figure['aim']:g} |"
        )
    for seconds, peak in document["peak_mb"].items():
        lines.append(f"| peak MB, {seconds} s scored | {peak:.0f} | | {MOST_MB:g} |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("film", nargs="?", type=Path, help="any film; a shared clip or sample by default")
    parser.add_argument("--seconds", type=float, default=120.0, help="length of the 1080p film that is made of it")
    parser.add_argument("--rounds", type=int, default=3, help="how often everything is run")
    parser.add_argument("--longer", type=float, default=0.0, help="also the peak memory of a film of so many seconds")
    parser.add_argument("--only", choices=list(RATIOS), help="only this ratio")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    arguments = parser.parse_args()
    source = arguments.film or default_film()
    programs = [arguments.only] if arguments.only else list(RATIOS)
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="autoscore-speed-") as name:
        scratch = Path(name)
        once, film = scratch / "once.mp4", scratch / "film.mp4"
        make_film(source, once)
        loop(once, arguments.seconds, film)
        runs = measure(film, scratch, arguments.rounds, programs)
        peaks = {}
        if "score" in runs:
            peaks[f"{arguments.seconds:g}"] = max(run.peak_mb for run in runs["score"])
        if arguments.longer:
            loop(once, arguments.longer, film)
            peaks[f"{arguments.longer:g}"] = timed(score_command(film, scratch)).peak_mb
    document = {
        "film": source.name,
        "seconds": arguments.seconds,
        "rounds": arguments.rounds,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "load_before": round(before, 1),
        "load_after": round(os.getloadavg()[0], 1),
        "programs": {name: [asdict(run) for run in found] for name, found in runs.items()},
        "ratios": {
            program: {
                "per": RATIOS[program][0],
                "wall": ratio(runs, program, "wall_s"),
                "cpu": ratio(runs, program, "cpu_s"),
                "aim": RATIOS[program][1],
            }
            for program in programs
        },
        "peak_mb": {seconds: round(peak, 1) for seconds, peak in peaks.items()},
    }
    print(report(document))
    if arguments.json:
        arguments.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
