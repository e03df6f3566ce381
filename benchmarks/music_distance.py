"""How far scores are from each other: overlaps of two films, and of one film with other seeds, beside human pairs.

Measures: ../shared/tools/musicality.py --compare; limits: 99th percentile of pairs of different human pieces
(../shared/data/human_ranges.json, "pairs").
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from figures import figure
from music_human import SHARED, tool, why_not
from music_takes import Asked, Report, Scored, short, table
from studio import compose_film, compose_spotted, film, write_midi

from autoscore.model.brief import Brief

FILMS = 6
DEFAULTS = "different films, default settings"
MELODIC = ("melody_5gram", "longest_match")


def limits() -> dict[str, float]:
    pairs = json.loads((SHARED / "data" / "human_ranges.json").read_text(encoding="utf-8"))["pairs"]
    return {name: float(q["p99"]) for name, q in pairs["human_different"].items()}


def _compare(midis: Sequence[Path]) -> list[dict[str, float]]:
    measure = tool()
    return [measure.compare(a, b) for a, b in combinations(midis, 2)]


def _default_films(folder: Path, moods: Sequence[str]) -> list[Path]:
    """Different pictures of every temper, scored with default settings: what the picture alone asks for."""
    found = []
    for number in range(FILMS):
        media, spotting = film(number, moods[(3 * number) % len(moods)])
        found.append(write_midi(compose_spotted(media, spotting, Brief()), folder / f"default-{number}"))
    return found


def _same_mood(folder: Path, mood: str) -> list[Path]:
    """Different pictures in one and the same mood, with the default seed."""
    found = []
    for number in range(FILMS):
        media, spotting = film(number, mood)
        found.append(write_midi(compose_spotted(media, spotting, Brief(mood=mood)), folder / f"{mood}-film{number}"))
    return found


def _same_film(folder: Path, mood: str, seeds: int) -> list[Path]:
    return [write_midi(compose_film(mood, s, number=0), folder / f"{mood}-seed{s}") for s in range(1, seeds + 1)]


def _row(name: str, found: list[dict[str, float]], bounds: dict[str, float], report: Report) -> list[str]:
    shown = [name, f"{len(found)}"]
    figures: dict[str, Any] = {}
    for key, bound in bounds.items():
        values = [f[key] for f in found]
        over = sum(v > bound + 1e-9 for v in values)
        figures[key] = {"median": float(np.median(values)), "max": max(values), "over": over}
        shown.append(
            f"{short(float(np.median(values)))} / {short(max(values))}" + (f" (**{over} over**)" if over else "")
        )
    report.data[name] = figures
    return shown


def run(_scored: list[Scored], asked: Asked) -> Report:
    """Median / largest overlap of each group of pairs; how many pairs are over the human 99th percentile."""
    report = Report(title="Distances: median / largest overlap of pairs")
    if reason := why_not():
        report.lines.append(f"Left out: {reason}.")
        return report
    bounds, folder = limits(), asked.folder / "distance"
    rows = [["human 99th percentile", "", *(short(b) for b in bounds.values())]]
    rows.append(_row(DEFAULTS, _compare(_default_films(folder, asked.moods)), bounds, report))
    for mood in asked.moods[:: max(1, len(asked.moods) // 4)]:
        rows.append(_row(f"different films, all {mood}", _compare(_same_mood(folder, mood)), bounds, report))
        rows.append(
            _row(
                f"one {mood} film, {asked.seeds} seeds", _compare(_same_film(folder, mood, asked.seeds)), bounds, report
            )
        )
    report.figures = [
        figure(f"{key}, overlap of different films, largest", report.data[DEFAULTS][key]["max"], aim=f"<= {bound:.3g}")
        for key, bound in bounds.items()
    ]
    report.lines += table(["pairs", "n", *bounds], rows)
    report.lines += ["", f"One film with other seeds is asked for {' and '.join(MELODIC)} only."]
    return report
