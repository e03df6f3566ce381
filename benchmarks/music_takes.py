"""Scores for the music benchmark: moods x seeds composed once, their MIDI written; and what its parts report."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from figures import Figure
from studio import Take, compose_film, write_midi

ABBREVIATED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One made-up film in one mood with one seed."""

    mood: str
    seed: int
    take: Take
    midi: Path

    @property
    def name(self) -> str:
        return f"{self.mood}-{self.seed}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line wants. ``audio_seeds`` 0: nothing is rendered."""

    moods: tuple[str, ...]
    seeds: int
    audio_seeds: int
    jobs: int
    folder: Path


@dataclass(slots=True, kw_only=True)
class Report:
    """One part's Markdown lines, what it found out, and the figures that stand for it among all benchmarks."""

    title: str
    lines: list[str] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)
    figures: list[Figure] = field(default_factory=list)


def _compose(job: tuple[str, int, Path]) -> Scored:
    mood, seed, folder = job
    take = compose_film(mood, seed)
    return Scored(mood=mood, seed=seed, take=take, midi=write_midi(take, folder / "midi" / f"{mood}-{seed}"))


def compose_all(asked: Asked) -> list[Scored]:
    """Every mood with every seed, in that order."""
    jobs = [(mood, seed, asked.folder) for mood in asked.moods for seed in range(1, asked.seeds + 1)]
    if asked.jobs == 1:
        return [_compose(job) for job in jobs]
    with ProcessPoolExecutor(asked.jobs) as pool:
        return list(pool.map(_compose, jobs))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table; the first column is left-aligned, the others right-aligned."""
    return [
        f"| {' | '.join(head)} |",
        f"|{'|'.join('---' if i == 0 else '--:' for i in range(len(head)))}|",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


def short(value: float | None) -> str:
    """A figure with three significant digits; a dash for nothing."""
    if value is None:
        return "-"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
