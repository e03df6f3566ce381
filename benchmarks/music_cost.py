"""What composing costs: processor time of compose for a take, in percent of the film's length, one core."""

from __future__ import annotations

from statistics import median

from figures import figure
from music_takes import Asked, Report, Scored, table

MOST_PERCENT = 3.0


def run(scored: list[Scored], asked: Asked) -> Report:
    """Median and worst by mood."""
    percent = {
        mood: [100.0 * s.take.composing_s / s.take.media.duration_s for s in scored if s.mood == mood]
        for mood in asked.moods
    }
    every = [v for values in percent.values() for v in values]
    report = Report(title=f"Cost of composing a take, percent of the film's length (limit {MOST_PERCENT:g})")
    report.lines += [f"Median {median(every):.2f} %, worst {max(every):.2f} % over {len(every)} films.", ""]
    report.lines += table(
        ["mood", "median", "worst"], [[m, f"{median(v):.2f}", f"{max(v):.2f}"] for m, v in percent.items()]
    )
    report.figures = [figure("composing, share of the film's length", every, unit="%", aim=f"< {MOST_PERCENT:g}")]
    report.data = {"median": median(every), "worst": max(every), "by_mood": {m: median(v) for m, v in percent.items()}}
    return report
