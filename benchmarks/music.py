"""The music, measured: tests of taste, human ranges, moods told apart, distances, cost, mutations, a long film.

Metric: what each part's module says at its head (music_checks, music_ranges, music_moods, music_distance, music_cost,
music_spoilt, music_long). Data: made-up films (studio.py), 16 moods x seeds; human figures from ../shared/data, where
it is there. Deterministic: the same code gives the same figures, but for those of cost.

    python benchmarks/music.py [--only checks,musicality,moods,distance,cost,mutations,long] [--moods heroic,lofi]
                               [--seeds 8] [--audio-seeds 0] [--jobs 1] [--out FILE.md] [--json FILE.json]
"""

from __future__ import annotations

import argparse
import importlib
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from figures import write
from music_takes import Asked, Report, compose_all

from autoscore.tables import mood_names

PARTS = {
    "checks": "music_checks", "musicality": "music_ranges", "moods": "music_moods", "distance": "music_distance",
    "cost": "music_cost", "mutations": "music_spoilt", "long": "music_long",
}  # fmt: skip
ALONE = ("distance", "long")
"""Parts that compose their own films."""


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(PARTS), help="parts, separated by commas")
    parser.add_argument("--moods", default=",".join(mood_names()))
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--audio-seeds", type=int, default=0, help="render so many seeds of each mood; 0 = no sound")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "autoscore-music")
    parser.add_argument("--out", type=Path, help="write the Markdown here as well")
    parser.add_argument("--json", type=Path, help="write the figures here")
    asked = parser.parse_args(arguments)
    unknown = [p for p in asked.only.split(",") if p not in PARTS] + [
        m for m in asked.moods.split(",") if m not in mood_names()
    ]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}")
    return asked


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the parts that are asked for and prints Markdown."""
    asked = _asked(arguments)
    parts = asked.only.split(",")
    wanted = Asked(
        moods=tuple(asked.moods.split(",")), seeds=asked.seeds, audio_seeds=min(asked.seeds, asked.audio_seeds),
        jobs=asked.jobs, folder=asked.folder,
    )  # fmt: skip
    scored = compose_all(wanted) if any(p not in ALONE for p in parts) else []
    reports: dict[str, Report] = {}
    written: list[str] = []
    for part in parts:
        report = importlib.import_module(PARTS[part]).run(scored, wanted)
        reports[part] = report
        lines = [f"## {report.title}", "", *report.lines, ""]
        written += lines
        print("\n".join(lines), flush=True)
    if asked.out:
        asked.out.write_text("\n".join(written), encoding="utf-8")
    if asked.json:
        found = {part: report.data for part, report in reports.items()}
        measured = [one for report in reports.values() for one in report.figures]
        write(asked.json, f"{len(wanted.moods)} moods x {asked.seeds} seeds, made-up films", measured, found)


if __name__ == "__main__":
    main()
