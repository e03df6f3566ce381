"""Takes of one plan, judged and ranked: first how they keep to the picture and to taste, then how they differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from autoscore.model.cues import CuePlan, in_take
from autoscore.model.score import CueScore, Note, Score
from autoscore.model.takes import Take, Takes
from autoscore.model.tempo import TempoMap
from autoscore.stages.compose.check.finding import Finding
from autoscore.stages.compose.check.table import examine
from autoscore.stages.compose.harmony.keys import parse_key
from autoscore.stages.compose.themes.similarity import Tune, of_theme, similarity
from autoscore.tables import read

EARLIEST_S, LATEST_S = -0.020, 0.040
"""A hit is on its picture when something is attacked this near to it (craft guide 1.5)."""
_GRAM = 5
_THEME_NOTES = 8
_CENTRE = 67


@dataclass(frozen=True, slots=True, kw_only=True)
class _Marks:
    number: int
    hits: float
    findings: tuple[Finding, ...]
    themes: float
    grams: frozenset[tuple[int, ...]]
    tune: Tune
    theme: tuple[int, ...]


def rank_takes(plan: CuePlan, tempo: TempoMap, scores: Mapping[int, Score]) -> Takes:
    """``scores`` (take -> all cues in that take) judged, best first.

    Ranking is greedy by worth and distance together (maximal marginal relevance, Carbonell and Goldstein 1998): the
    best comes first, then each time the best of those that are unlike the ones before it.
    """
    row = read("taste.toml")["takes"]
    marks = [_marks(plan, tempo, number, score) for number, score in sorted(scores.items())]
    critics = [mark.themes for mark in marks]
    low, high = min(critics), max(critics)
    judged: list[Take] = []
    for mark in marks:
        apart = {other.number: _apart(mark, other) for other in marks if other is not mark}
        nearest = min(apart, key=lambda n: (apart[n], n), default=0)
        found = {
            "hits": mark.hits,
            "clean": _passed(mark.findings),
            "form": _passed([finding for finding in mark.findings if finding.number in row["form"]]),
            "critic": (mark.themes - low) / (high - low) if high > low else 1.0,
        }
        failed = Counter(finding.name for finding in mark.findings if finding.passed is False)
        judged.append(
            Take(
                number=mark.number,
                rank=0,
                worth=round(sum(row["worth"][name] * value for name, value in found.items()), 4),
                distance=round(apart.get(nearest, 1.0), 4),
                nearest=nearest,
                faults=tuple(name for name, _ in sorted(failed.items(), key=lambda item: (-item[1], item[0]))),
                theme=mark.theme,
                **{name: round(value, 4) for name, value in found.items()},
            )
        )
    by_number = {mark.number: mark for mark in marks}
    heard = tuple(cue.cue_id for cue in tempo.cues)
    return Takes(film=plan.film, home_key=plan.home_key, cues=heard, takes=_ranked(judged, by_number, row["variety"]))


def _ranked(takes: list[Take], marks: Mapping[int, _Marks], variety: float) -> tuple[Take, ...]:
    left: list[Take] = list(takes)
    ranked: list[Take] = []
    while left:

        def wanted(take: Take) -> tuple[float, int]:
            apart = min((_apart(marks[take.number], marks[other.number]) for other in ranked), default=1.0)
            return (1.0 - variety) * take.worth + variety * apart, -take.number

        best = max(left, key=wanted)
        left.remove(best)
        ranked.append(replace(best, rank=len(ranked) + 1))
    return tuple(ranked)


def _marks(plan: CuePlan, tempo: TempoMap, number: int, score: Score) -> _Marks:
    cues = {cue.id: in_take(cue, number) for cue in plan.cues}
    findings: list[Finding] = []
    kept: list[bool] = []
    grams: set[tuple[int, ...]] = set()
    for cue_score in score.cues:
        cue, clock = cues[cue_score.cue_id], tempo.of(cue_score.cue_id)
        findings += examine(cue, clock, cue_score, score.themes)
        attacks = [clock.seconds_at(n.start_beats) + n.nudge_ms / 1000.0 for p in cue_score.parts for n in p.notes]
        hard = [hit.time_s for hit in cue.hits if hit.klass == "hard" and hit.id not in clock.demoted]
        kept += [any(EARLIEST_S <= at - time_s <= LATEST_S for at in attacks) for time_s in hard]
        grams |= _grams(cue_score)
    main = score.themes[0] if score.themes else None
    tonic = parse_key(plan.home_key).pitch(0, _CENTRE)
    return _Marks(
        number=number,
        hits=sum(kept) / len(kept) if kept else 1.0,
        findings=tuple(findings),
        themes=sum(theme.score for theme in score.themes) / max(1, len(score.themes)),
        grams=frozenset(grams),
        tune=of_theme(main) if main else Tune(pairs=()),
        theme=tuple(tonic + degree for degree in main.degrees[:_THEME_NOTES]) if main else (),
    )


def _passed(findings: list[Finding] | tuple[Finding, ...]) -> float:
    said = [finding.passed for finding in findings if finding.passed is not None]
    return sum(said) / len(said) if said else 1.0


def _grams(score: CueScore) -> set[tuple[int, ...]]:
    """Runs of intervals and lengths (in 1/12 beats) of the melody, in any key."""
    notes: list[Note] = []
    for part in score.parts:
        if part.role == "melody":
            notes += part.notes
    notes.sort(key=lambda note: (note.start_beats, -note.pitch))
    line = [note for i, note in enumerate(notes) if i == 0 or note.start_beats > notes[i - 1].start_beats]
    moves = [(b.pitch - a.pitch, round(12 * float(b.start_beats - a.start_beats))) for a, b in pairwise(line)]
    return {tuple(value for move in moves[i : i + _GRAM] for value in move) for i in range(len(moves) - _GRAM + 1)}


def _apart(a: _Marks, b: _Marks) -> float:
    """How little two takes have in common, 0..1: half their melodies, half their main themes."""
    return round(0.5 * _distance(a.grams, b.grams) + 0.5 * (1.0 - similarity(a.tune, b.tune)), 6)


def _distance(a: frozenset[tuple[int, ...]], b: frozenset[tuple[int, ...]]) -> float:
    """1 minus the share of the shorter melody's runs that the other has too."""
    return 1.0 - len(a & b) / min(len(a), len(b)) if a and b else 1.0
