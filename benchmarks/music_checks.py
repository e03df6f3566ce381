"""The tests of taste over moods x seeds: the median of each check in each mood against its limits (craft guide 9)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from statistics import median

from music_takes import Asked, Report, Scored, figure, table

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

    @property
    def passed(self) -> bool | None:
        if self.value is None or (self.low is None and self.high is None):
            return None
        return (self.low is None or self.value >= self.low - 1e-9) and (
            self.high is None or self.value <= self.high + 1e-9
        )


def findings(scored: Scored) -> list[Finding]:
    """Every symbolic finding of a take, cue by cue."""
    take = scored.take
    return [
        finding
        for cue, tempo, score in zip(take.plan.cues, take.tempo.cues, take.score.cues, strict=True)
        for finding in examine(cue, tempo, score, take.score.themes)
    ]


def _cell(found: list[Finding], low: float | None, high: float | None) -> Cell:
    values = [f.value for f in found if f.value is not None]
    judged = [f.passed for f in found if f.passed is not None]
    return Cell(
        value=median(values) if values else None, low=low, high=high,
        share=sum(judged) / len(judged) if judged else None,
    )  # fmt: skip


def _symbolic(scored: list[Scored]) -> dict[tuple[int, str], dict[str, Cell]]:
    by_check: dict[str, dict[str, list[Finding]]] = defaultdict(lambda: defaultdict(list))
    for one in scored:
        for finding in findings(one):
            by_check[finding.name][one.mood].append(finding)
    return {
        (check.number, check.name): {
            mood: _cell(found, *limits(check, mood_row(mood))) for mood, found in by_check[check.name].items()
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
        key: {mood: _cell(found, found[0].low, found[0].high) for mood, found in by_mood.items()}
        for key, by_mood in sorted(rows.items())
    }


def _limit(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"{low:g}..{high:g}"
    return f">= {low:g}" if low is not None else f"<= {high:g}" if high is not None else "free"


def run(scored: list[Scored], asked: Asked) -> Report:
    """The table of checks; a cell in bold fails, a dash does not apply."""
    report = Report(title=f"Checks: median of {asked.seeds} seeds (audio: {asked.audio_seeds}), failing in bold")
    cells = _symbolic(scored)
    if asked.audio_seeds:
        cells |= _audible(scored, asked)
    rows, failing, asked_for, passed = [], [], 0, 0
    for (number, name), by_mood in sorted(cells.items(), key=lambda item: item[0][0]):
        shown = []
        usual = next((_limit(c.low, c.high) for c in by_mood.values()), "")
        for mood in asked.moods:
            cell = by_mood.get(mood)
            if cell is None or cell.passed is None:
                shown.append("-")
                continue
            asked_for += 1
            passed += cell.passed
            shown.append(figure(cell.value) if cell.passed else f"**{figure(cell.value)}**")
            if not cell.passed:
                failing.append(f"{name} in {mood}: {figure(cell.value)} ({_limit(cell.low, cell.high)})")
        rows.append([f"{number} {name}", usual, *shown])
    report.lines += [f"{passed} of {asked_for} checks pass at the median.", ""]
    report.lines += table(["check", "limit", *(m[:5] for m in asked.moods)], rows)
    report.lines += ["", "Failing: " + ("; ".join(failing) if failing else "none") + "."]
    report.data = {
        "passed": passed, "applied": asked_for, "failing": failing,
        "median": {n: {m: c.value for m, c in by.items()} for (_, n), by in cells.items()},
        "share_passing": {n: {m: c.share for m, c in by.items()} for (_, n), by in cells.items()},
    }  # fmt: skip
    return report
