"""The mutation table: every mutation of every mood's first score must fail a check that the score passes."""

from __future__ import annotations

import random

from figures import figure
from music_mutations import MUTATIONS
from music_takes import Asked, Report, Scored, short, table

from autoscore.stages.compose.check.table import examine

SHOWN = 3


def caught(scored: Scored, name: str) -> list[str]:
    """The checks that fail on the mutated score and pass on the score, the furthest outside first."""
    take = scored.take
    cue, tempo = max(zip(take.plan.cues, take.tempo.cues, strict=True), key=lambda pair: pair[0].duration_s)
    score = next(s for s in take.score.cues if s.cue_id == cue.id)
    fine = {f.name for f in examine(cue, tempo, score, take.score.themes) if f.passed}
    spoilt = MUTATIONS[name](score, tempo, random.Random(scored.seed))
    found = [f for f in examine(cue, tempo, spoilt, take.score.themes) if f.passed is False and f.name in fine]
    return [f"{f.name} {short(f.value)}" for f in sorted(found, key=lambda f: -f.excess)]


def run(scored: list[Scored], _asked: Asked) -> Report:
    """What notices each mutation, by mood."""
    first = [s for s in scored if s.seed == 1]
    report = Report(title="Mutations: the checks that notice (seed 1)")
    missed = []
    rows = []
    for name in MUTATIONS:
        row = []
        for one in first:
            found = caught(one, name)
            row.append(", ".join(found[:SHOWN]) or "**missed**")
            if not found:
                missed.append(f"{name} in {one.mood}")
        rows.append((name, row))
    every = len(MUTATIONS) * len(first)
    report.lines += [
        f"{every - len(missed)} of {every} are noticed." + (f" Missed: {'; '.join(missed)}." if missed else "")
    ]
    report.lines += [
        "",
        *table(["mood", *(n for n, _ in rows)], [[s.mood, *(r[i] for _, r in rows)] for i, s in enumerate(first)]),
    ]
    report.figures = [figure("mutations that no check notices", len(missed), unit=f"of {every}", aim="0")]
    report.data = {"noticed": every - len(missed), "of": every, "missed": missed}
    return report
