"""Musicality: our medians beside what human pieces measure, and how much of each score lies inside the human range.

Data: ../shared/data/human_ranges.json (data set "ensemble", windows of 90 s); measures: ../shared/tools/musicality.py.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from figures import figure
from music_human import SHARED, tool, why_not
from music_takes import Asked, Report, Scored, short, table

WINDOW_S = 90
DATASET = "ensemble"
WANTED_MEDIAN, WANTED_P10 = 0.93, 0.82


@cache
def human_ranges() -> dict[str, Any]:
    whole = json.loads((SHARED / "data" / "human_ranges.json").read_text(encoding="utf-8"))
    here = whole["by_window"].get(f"{WINDOW_S:g}", whole)
    ranges: dict[str, Any] = here["datasets"].get(DATASET) or here["ensemble"]
    return ranges


@cache
def _models() -> Any:
    return json.loads(gzip.decompress((SHARED / "data" / "models.json.gz").read_bytes()))


def measured(path: Path) -> dict[str, Any]:
    """Every measure of one MIDI file, and ``_judge`` against the human ranges."""
    found: dict[str, Any] = tool().evaluate(path, WINDOW_S, _models())
    found["_judge"] = tool().judge(found, human_ranges())
    return found


def measure_all(paths: Sequence[Path], jobs: int) -> list[dict[str, Any]]:
    if jobs == 1:
        return [measured(path) for path in paths]
    with ProcessPoolExecutor(jobs) as pool:
        return list(pool.map(measured, paths))


def run(scored: list[Scored], asked: Asked) -> Report:
    """core_inside by mood, what lies outside, and our medians beside human p10/p50/p90."""
    chosen = [s for s in scored if s.seed <= 4]
    report = Report(title=f"Musicality: {len(chosen)} scores, window {WINDOW_S} s, against {DATASET}")
    if reason := why_not():
        report.lines.append(f"Left out: {reason}.")
        return report
    results = measure_all([s.midi for s in chosen], asked.jobs)
    inside = [float(r["_judge"]["core_inside"]) for r in results]
    p10 = float(np.percentile(inside, 10))
    report.lines += [
        f"core_inside: median {median(inside):.3f} (wanted {WANTED_MEDIAN}, the human median), "
        f"p10 {p10:.3f} (wanted {WANTED_P10}), lowest {min(inside):.3f}.",
        "",
    ]
    by_mood = {m: [v for s, v in zip(chosen, inside, strict=True) if s.mood == m] for m in asked.moods}
    report.lines += table(
        ["mood", "median", "lowest", "outside (scores)"],
        [[m, f"{median(v):.2f}", f"{min(v):.2f}", _outside(m, chosen, results)] for m, v in by_mood.items()],
    )
    report.lines += ["", *_measures(chosen, results, asked)]
    report.figures = [
        figure("core_inside, scores", inside, aim=f">= {WANTED_MEDIAN}"),
        figure("core_inside, 10th percentile", p10, aim=f">= {WANTED_P10}"),
    ]
    report.data = {
        "core_inside": {"median": median(inside), "p10": p10, "by_mood": {m: median(v) for m, v in by_mood.items()}},
        "outside": dict(Counter(k for r in results for k in r["_judge"]["outside"]).most_common()),
        "scores": {s.name: v for s, v in zip(chosen, inside, strict=True)},
    }
    return report


def _outside(mood: str, chosen: list[Scored], results: list[dict[str, Any]]) -> str:
    core = {name for name, (kind, _) in tool().METRICS.items() if kind == "core"}
    count = Counter(
        name
        for s, r in zip(chosen, results, strict=True)
        if s.mood == mood
        for name in r["_judge"]["outside"]
        if name in core
    )
    return ", ".join(f"{name} {n}" for name, n in count.most_common(8))


def _measures(chosen: list[Scored], results: list[dict[str, Any]], asked: Asked) -> list[str]:
    ranges = human_ranges()
    rows = []
    for name, (kind, _) in tool().METRICS.items():
        if name not in ranges:
            continue
        human = ranges[name]
        values = [r[name] for r in results if r[name] is not None]
        low = sum(name in r["_judge"]["outside"] and r[name] < human["p5"] for r in results)
        high = sum(name in r["_judge"]["outside"] and r[name] > human["p95"] for r in results)
        moods = [
            median(v) if (v := _of(mood, name, chosen, results)) else None
            for mood in asked.moods
        ]  # fmt: skip
        rows.append([
            f"{name} ({kind})", *(short(human[p]) for p in ("p10", "p50", "p90")),
            short(median(values)) if values else "-", f"{low}", f"{high}", *(short(m) for m in moods),
        ])  # fmt: skip
    head = ["measure", "human p10", "p50", "p90", "ours p50", "too low", "too high", *(m[:5] for m in asked.moods)]
    return table(head, rows)


def _of(mood: str, name: str, chosen: list[Scored], results: list[dict[str, Any]]) -> list[float]:
    return [r[name] for s, r in zip(chosen, results, strict=True) if s.mood == mood and r[name] is not None]
