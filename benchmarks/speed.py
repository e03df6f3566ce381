"""How fast autoscore is, as ratios that do not depend on the machine, and how much memory it takes.

    python benchmarks/speed.py [FILM] [--seconds 120] [--rounds 3] [--only analyze,draft] [--as-is] [--json OUT.json]

Metrics: the time of ``analyze``, ``score`` and ``score --quality draft`` / that of a plain decode, ``ffmpeg -threads 0
-i FILM -f null -``; the time of ``score`` / that of ``scenedetect detect-adaptive``; peak memory of the whole process
tree.

Film: FILM (the first clip of the shared folder, else the project's sample), scaled to 1080p H.264 (veryfast, CRF 20)
once and looped without coding it again; ``--as-is`` takes it as it is. The programs of a ratio run one after the
other, round by round; the ratio is taken within each round and the median of the rounds given, so that other work on
the machine falls on both alike. Beside wall time stands CPU time (user and system, of the program and what it
started): less disturbed by others, but blind to how well two cores are used. Every scoring starts from nothing; what
is kept of the SoundFonts for a machine is there after the first.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from figures import Figure, figure, write

ROOT = Path(__file__).resolve().parents[1]
POLL_S = 0.1
PROGRAMS = ("analyze", "score", "draft")
RATIOS = (
    ("analyze", "decode", 0.75), ("score", "detect_adaptive", 1.0), ("score", "decode", 1.2), ("draft", "decode", 0.15),
)  # fmt: skip
"""Program, what it is divided by, the most it should be."""
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


def commands(film: Path, place: Path) -> dict[str, list[str]]:
    """What is run; each scoring has a workspace of its own."""
    detect = shutil.which("scenedetect", path=str(Path(sys.executable).parent)) or "scenedetect"
    own = [sys.executable, "-m", "autoscore"]
    score = [*own, "score", str(film), "--quiet", "-o", str(place / "out.mp4"), "--overwrite", "--workspace"]
    return {
        "decode": ["ffmpeg", "-hide_banner", "-nostdin", "-v", "error", "-threads", "0", "-i", str(film), "-f", "null",
                   "-"],
        "detect_adaptive": [detect, "-q", "-i", str(film), "detect-adaptive"],
        "analyze": [*own, "analyze", str(film), "--quiet", "--workspace", str(place / "a")],
        "score": [*score, str(place / "s")],
        "draft": [*score, str(place / "d"), "--quality", "draft"],
    }  # fmt: skip


def measure(film: Path, scratch: Path, rounds: int, wanted: list[str]) -> dict[str, list[Run]]:
    """Runs of the programs that are wanted and of what they are compared with, one after the other in each round."""
    place = scratch / "round"
    compared = {per for program, per, _ in RATIOS if program in wanted}
    runs: dict[str, list[Run]] = {}
    for _round in range(rounds):
        place.mkdir()
        for name, command in commands(film, place).items():
            if name in wanted or name in compared:
                runs.setdefault(name, []).append(timed(command))
        shutil.rmtree(place)
    return runs


def figures_of(runs: dict[str, list[Run]]) -> list[Figure]:
    """Ratios of wall time with their spread, of CPU time, and peaks."""
    found = []
    for program, per, aim in RATIOS:
        if program in runs:
            for what, unit, said in (("wall_s", "wall", f"<= {aim:g}"), ("cpu_s", "CPU", "")):
                pairs = zip(runs[program], runs[per], strict=True)
                ratios = [getattr(own, what) / getattr(other, what) for own, other in pairs]
                found.append(figure(f"{program} / {per}", ratios, unit=unit, aim=said))
    for program in PROGRAMS:
        if program in runs:
            peaks = [run.peak_mb for run in runs[program]]
            found.append(figure(f"peak memory, {program}", peaks, unit="MB", aim=f"<= {MOST_MB:g}", digits=0))
    return found


def report(film: str, runs: dict[str, list[Run]], figures: list[Figure]) -> str:
    """Seconds and figures as Markdown."""
    lines = [
        film,
        "",
        "| program | wall s, median | wall s, least | CPU s, median | peak MB |",
        "|---|---|---|---|---|",
    ]
    for name, found in runs.items():
        wall = [run.wall_s for run in found]
        cpu_s, peak = statistics.median(run.cpu_s for run in found), max(run.peak_mb for run in found)
        lines.append(f"| {name} | {statistics.median(wall):.2f} | {min(wall):.2f} | {cpu_s:.2f} | {peak:.0f} |")
    lines += ["", "| figure | median | least | largest | aim |", "|---|---|---|---|---|"]
    lines += [f"| {f.name} | {f.value:g} {f.unit} | {f.low:g} | {f.high:g} | {f.aim} |" for f in figures]
    return "\n".join(lines)


def main() -> int:
    """Measures and prints Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("film", nargs="?", type=Path, help="any film; a shared clip or sample by default")
    parser.add_argument("--seconds", type=float, default=120.0, help="length of the 1080p film that is made of it")
    parser.add_argument("--as-is", action="store_true", help="measure with the film itself")
    parser.add_argument("--rounds", type=int, default=3, help="how often everything is run")
    parser.add_argument("--only", default=",".join(PROGRAMS), help="programs, separated by commas")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    asked = parser.parse_args()
    source, wanted = asked.film or default_film(), asked.only.split(",")
    if unknown := [name for name in wanted if name not in PROGRAMS]:
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(PROGRAMS)}")
    with tempfile.TemporaryDirectory(prefix="autoscore-speed-") as name:
        scratch = Path(name)
        film, said = source, f"{source.name} as it is"
        if not asked.as_is:
            once, film = scratch / "once.mp4", scratch / "film.mp4"
            make_film(source, once)
            loop(once, asked.seconds, film)
            said = f"{source.name}, 1920x1080 H.264, {asked.seconds:g} s"
        runs = measure(film, scratch, asked.rounds, wanted)
    figures = figures_of(runs)
    print(report(said, runs, figures))
    if asked.json:
        kept = {name: [asdict(run) for run in found] for name, found in runs.items()}
        write(asked.json, f"{said}, {asked.rounds} rounds", figures, {"programs": kept})
    return 0


if __name__ == "__main__":
    sys.exit(main())
