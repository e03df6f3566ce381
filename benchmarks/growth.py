"""How time and memory grow with the length of a film, and whether its music still has a form.

    python benchmarks/growth.py [FILM] [--minutes 1,5,20,60] [--rounds 1] [--json OUT.json]

Metrics, for films of each length: score time (wall and CPU) and time per minute of film, peak memory of the whole
process tree, size of the workspace's JSON, run.log and sound per minute, how many cues there are and in how many of
them the main theme is heard. Linearity is the time per minute of the longest film over that of the 5-minute one (aim:
0.9 to 1.1), flatness the peak of the longest over that of the 5-minute one (aim: up to 1.1, and below 700 MB).

Film: FILM (a shared clip, else the project's sample) scaled to 854x480 H.264 once and looped without coding it again.
Every scoring starts from nothing; measured presets and decoded samples of the SoundFonts are known after the first, so
a short film is scored once before anything is measured.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from figures import Figure, figure, write
from speed import MOST_MB, Run, commands, default_film, loop, make_film, timed

LENGTHS_MIN = (1.0, 5.0, 20.0, 60.0)
BASE_MIN = 5.0
SOUND = (".flac",)


@dataclass(frozen=True, kw_only=True)
class Grown:
    """What scoring a film of ``minutes`` took, and what its workspace holds (bytes)."""

    minutes: float
    runs: tuple[Run, ...]
    json_bytes: int
    log_bytes: int
    sound_bytes: int
    cues: int
    with_theme: int

    @property
    def wall_s(self) -> float:
        return min(run.wall_s for run in self.runs)

    @property
    def cpu_s(self) -> float:
        return min(run.cpu_s for run in self.runs)

    @property
    def peak_mb(self) -> float:
        return max(run.peak_mb for run in self.runs)


def statements(workspace: Path) -> tuple[int, int]:
    """(cues that sound, cues in which the main theme is heard) by the plan."""
    from autoscore import artifacts
    from autoscore.model.cues import CuePlan

    text = (workspace / "04-plan.json").read_text(encoding="utf-8")
    cues = [cue for cue in artifacts.load(CuePlan, text).cues if not cue.muted]
    return len(cues), sum("main" in json.dumps(artifacts.plain(cue.theme)) for cue in cues)


def grown(film: Path, minutes: float, rounds: int, place: Path) -> Grown:
    """Scores ``film`` ``rounds`` times from nothing and looks at the last workspace."""
    runs = []
    for _round in range(rounds):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        runs.append(timed(commands(film, place)["score"]))
    workspace = place / "s"

    def size(*suffixes: str) -> int:
        return sum(path.stat().st_size for path in workspace.rglob("*") if path.suffix in suffixes)

    cues, with_theme = statements(workspace)
    return Grown(
        minutes=minutes, runs=tuple(runs), json_bytes=size(".json"), log_bytes=size(".log"), sound_bytes=size(*SOUND),
        cues=cues, with_theme=with_theme,
    )  # fmt: skip


def figures_of(found: list[Grown]) -> list[Figure]:
    """The figures that stand in the table of all benchmarks."""
    rows = []
    for one in found:
        name = f"{one.minutes:g} min of 480p"
        rows.append(figure(f"{name}: score time per minute", [r.wall_s / one.minutes for r in one.runs], unit="s"))
        rows.append(figure(f"{name}: CPU time per minute", [r.cpu_s / one.minutes for r in one.runs], unit="s"))
        rows.append(
            figure(f"{name}: peak memory", [r.peak_mb for r in one.runs], unit="MB", aim=f"<= {MOST_MB:g}", digits=0)
        )
    base = next((one for one in found if one.minutes == BASE_MIN), found[0])
    last = found[-1]
    if last is not base:
        name = f"{last.minutes:g} min / {base.minutes:g} min"
        for what in ("wall_s", "cpu_s"):
            ratio = (getattr(last, what) / last.minutes) / (getattr(base, what) / base.minutes)
            rows.append(figure(f"{name}: {what[:-2]} time per minute", ratio, aim="0.9 to 1.1"))
        rows.append(figure(f"{name}: peak memory", last.peak_mb / base.peak_mb, aim="<= 1.1"))
    return rows


def report(found: list[Grown], rows: list[Figure]) -> str:
    """All of it as Markdown."""
    lines = [
        "| film, min | wall s | CPU s | wall s a minute | CPU s a minute | peak MB | JSON kB a minute | run.log kB | "
        "sound MB a minute | cues | with the main theme |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for one in found:
        per = one.minutes
        lines.append(
            f"| {per:g} | {one.wall_s:.1f} | {one.cpu_s:.1f} | {one.wall_s / per:.2f} | {one.cpu_s / per:.2f} | "
            f"{one.peak_mb:.0f} | {one.json_bytes / 1e3 / per:.0f} | {one.log_bytes / 1e3:.1f} | "
            f"{one.sound_bytes / 1e6 / per:.1f} | {one.cues} | {one.with_theme} |"
        )
    lines += ["", "| figure | value | aim |", "|---|---|---|"]
    lines += [f"| {row.name} | {row.value:g} {row.unit} | {row.aim} |" for row in rows if " / " in row.name]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("film", nargs="?", type=Path, help="any film; a shared clip or sample by default")
    parser.add_argument("--minutes", default=",".join(f"{m:g}" for m in LENGTHS_MIN), help="lengths, with commas")
    parser.add_argument("--rounds", type=int, default=1, help="how often each film is scored")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    arguments = parser.parse_args()
    source = arguments.film or default_film()
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="autoscore-growth-") as name:
        scratch = Path(name)
        once, film = scratch / "once.mp4", scratch / "film.mp4"
        make_film(source, once, width=854, height=480)
        loop(once, 20.0, film)
        grown(film, 1 / 3, 1, scratch / "round")
        found = []
        for minutes in sorted(float(word) for word in arguments.minutes.split(",")):
            loop(once, minutes * 60.0, film)
            found.append(grown(film, minutes, arguments.rounds, scratch / "round"))
            print(report(found, []), file=sys.stderr)
    rows = figures_of(found)
    print(f"Film: {source.name}, 854x480 H.264, looped. Load before {before:.1f}, after {os.getloadavg()[0]:.1f}.\n")
    print(report(found, rows))
    if arguments.json:
        write(arguments.json, f"{source.name}, 854x480 H.264, looped", rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
