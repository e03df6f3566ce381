"""The tests of taste over moods x seeds: the median of each check in each mood against its limits (craft guide 9)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from statistics import median

from figures import figure
from music_takes import Asked, Report, Scored, short, table

from autoscore.stages.compose.check.finding import Finding
from autoscore.stages.compose.check.table import checks, examine, limits
from autoscore.tables import mood as mood_row


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A check in a mood: its median over seeds and cues, and whether that lies inside the limits (None = no value)."""

    value: float | None
    low: float | None
    high: float | None
    share: float | None
    """Share of the scores that pass by themselves."""
    guide: tuple[float | None, float | None] = (None, None)
    """The craft guide's own limits."""

    @property
    def passed(self) -> bool | None:
        return _inside(self.value, self.low, self.high)

    @property
    def passed_guide(self) -> bool | None:
        return _inside(self.value, *self.guide)


def _inside(value: float | None, low: float | None, high: float | None) -> bool | None:
    if value is None or (low is None and high is None):
        return None
    return (low is None or value >= low - 1e-9) and (high is None or value <= high + 1e-9)


def findings(scored: Scored) -> list[Finding]:
    """Every symbolic finding of a take, cue by cue."""
    take = scored.take
    return [
        finding
        for cue, tempo, score in zip(take.plan.cues, take.tempo.cues, take.score.cues, strict=True)
        for finding in examine(cue, tempo, score, take.score.themes)
    ]


def _cell(
    found: list[Finding],
    limit: tuple[float | None, float | None],
    guide: tuple[float | None, float | None] | None = None,
) -> Cell:
    values = [f.value for f in found if f.value is not None]
    judged = [f.passed for f in found if f.passed is not None]
    return Cell(
        value=median(values) if values else None, low=limit[0], high=limit[1],
        share=sum(judged) / len(judged) if judged else None, guide=guide or limit,
    )  # fmt: skip


def _symbolic(scored: list[Scored]) -> dict[tuple[int, str], dict[str, Cell]]:
    by_check: dict[str, dict[str, list[Finding]]] = defaultdict(lambda: defaultdict(list))
    for one in scored:
        for finding in findings(one):
            by_check[finding.name][one.mood].append(finding)
    return {
        (check.number, check.name): {
            mood: _cell(found, limits(check, mood_row(mood)), limits(check, mood_row(mood), guide=True))
            for mood, found in by_check[check.name].items()
        }
        for check in checks()
    }


def _audible(scored: list[Scored], asked: Asked) -> dict[tuple[int, str], dict[str, Cell]]:
    from audio_checks import audio_checks

    rows: dict[tuple[int, str], dict[str, list[Finding]]] = defaultdict(lambda: defaultdict(list))
    for one in scored:
        if one.seed <= asked.audio_seeds:
            for row in audio_checks(one.take, asked.folder / "audio", one.name):
                found = Finding(
                    number=row.number, name=row.name, value=row.value, low=row.low, high=row.high, passed=row.passed
                )
                rows[row.number, f"{row.name} (audio)"][one.mood].append(found)
    return {
        key: {mood: _cell(found, (found[0].low, found[0].high)) for mood, found in by_mood.items()}
        for key, by_mood in sorted(rows.items())
    }


def _limit(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"{low:g}..{high:g}"
    return f">= {low:g}" if low is not None else f"<= {high:g}" if high is not None else "free"


def _row(number: int, name: str, by_mood: dict[str, Cell], asked: Asked) -> list[str]:
    cells = [by_mood.get(mood) for mood in asked.moods]
    judged = [c for c in cells if c is not None and c.passed is not None]
    usual = next((c for c in judged if (c.low, c.high) != c.guide), judged[0] if judged else None)
    if usual is None:
        return [f"{number} {name}", "free", "free", "-", *("-" for _ in cells)]
    shown = [
        "-" if c is None or c.passed is None else short(c.value) if c.passed else f"**{short(c.value)}**" for c in cells
    ]
    guide = "" if (usual.low, usual.high) == usual.guide else _limit(*usual.guide)
    count = f"{sum(bool(c.passed_guide) for c in judged)} of {len(judged)}"
    return [f"{number} {name}", _limit(usual.low, usual.high), guide, count, *shown]


def run(scored: list[Scored], asked: Asked) -> Report:
    """The table of checks; a cell in bold fails, a dash does not apply."""
    report = Report(title=f"Checks: median of {asked.seeds} seeds (audio: {asked.audio_seeds}), failing in bold")
    cells = _symbolic(scored)
    if asked.audio_seeds:
        cells |= _audible(scored, asked)
    ordered = sorted(cells.items(), key=lambda item: item[0][0])
    rows = [_row(number, name, by_mood, asked) for (number, name), by_mood in ordered]
    judged = [(name, mood, c) for (_, name), by in ordered for mood, c in by.items() if c.passed is not None]
    failing = [
        f"{name} in {mood}: {short(c.value)} ({_limit(c.low, c.high)})" for name, mood, c in judged if not c.passed
    ]
    by_guide = [(name, mood, c) for name, mood, c in judged if c.passed_guide is False]
    report.lines += [
        f"{len(judged) - len(failing)} of {len(judged)} pass at the median; by the craft guide's own numbers "
        f"{len(judged) - len(by_guide)} of {len(judged)}.",
        "",
    ]
    report.lines += table(["check", "limit", "guide", "pass guide", *(m[:5] for m in asked.moods)], rows)
    report.lines += ["", "Failing: " + ("; ".join(failing) or "none") + "."]
    report.figures = [
        figure("checks failing at the median of the seeds", len(failing), unit=f"of {len(judged)}", aim="0"),
    ]
    report.data = {
        "passed": len(judged) - len(failing), "applied": len(judged), "failing": failing,
        "failing_guide": [f"{name} in {mood}: {short(c.value)} ({_limit(*c.guide)})" for name, mood, c in by_guide],
        "median": {n: {m: c.value for m, c in by.items()} for (_, n), by in cells.items()},
        "share_passing": {n: {m: c.share for m, c in by.items()} for (_, n), by in cells.items()},
    }  # fmt: skip
    return report
