"""Takes are judged by what can be measured, and ranked so that the first ones differ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from autoscore.model.cues import Cue, CuePlan, in_take, seed_of
from autoscore.model.score import Score
from autoscore.model.takes import Takes
from autoscore.model.tempo import TempoMap
from autoscore.stages.compose import compose_cue, theme_book
from autoscore.stages.compose.takes import rank_takes


def plan_of(cue: Cue) -> CuePlan:
    return CuePlan(
        film="film.mp4", rate=Fraction(24), duration_s=cue.end_s, seed=1, home_mood=cue.mood, home_key=cue.key,
        palette=cue.palette, cues=(cue,), identity="here",
    )  # fmt: skip


@pytest.fixture(scope="module")
def plan_and_scores(case: Callable[..., Any]) -> tuple[CuePlan, TempoMap, dict[int, Score]]:
    """Two takes of one heroic cue with one hard hit, composed once for all tests."""
    made = case("heroic", 24.0, hits=((16, "hard"),))
    plan, tempo = plan_of(made.cue), TempoMap(cues=(made.tempo,))
    scores = {}
    for number in (1, 2):
        book = theme_book(plan, take=number)
        cue = compose_cue(in_take(made.cue, number), made.tempo, book)
        scores[number] = Score(seed=1, themes=book, cues=(cue,))
    return plan, tempo, scores


def ranked(found: tuple[CuePlan, TempoMap, dict[int, Score]], **scores: Score) -> Takes:
    plan, tempo, made = found
    return rank_takes(plan, tempo, {**made, **{int(n.removeprefix("take")): s for n, s in scores.items()}})


def test_takes_differ_and_the_first_is_the_plans(plan_and_scores: tuple[CuePlan, TempoMap, dict[int, Score]]) -> None:
    """Take 1 is the cue as it was planned; another take has other themes and other notes."""
    plan, _, scores = plan_and_scores
    assert in_take(plan.cues[0], 1) == plan.cues[0]
    assert in_take(plan.cues[0], 2).seed != plan.cues[0].seed
    assert scores[1].themes[0].degrees != scores[2].themes[0].degrees
    assert scores[1].cues != scores[2].cues
    takes = ranked(plan_and_scores)
    assert sorted(take.number for take in takes.takes) == [1, 2]
    assert [take.rank for take in takes.takes] == [1, 2]
    assert all(0.2 < take.distance <= 1.0 for take in takes.takes)
    assert all(0.0 <= mark <= 1.0 for t in takes.takes for mark in (t.worth, t.hits, t.clean, t.form, t.critic))


def test_missed_hits_put_a_take_last(plan_and_scores: tuple[CuePlan, TempoMap, dict[int, Score]]) -> None:
    """A take whose hit is not played ranks behind the same take with it."""
    score = plan_and_scores[2][1]
    cue = score.cues[0]
    late = tuple(
        replace(part, notes=tuple(n for n in part.notes if not 15 <= n.start_beats < 18)) for part in cue.parts
    )
    deaf = replace(score, cues=(replace(cue, parts=late),))
    takes = {take.number: take for take in ranked(plan_and_scores, take3=deaf).takes}
    assert takes[1].hits == 1.0
    assert takes[3].hits == 0.0
    assert takes[3].rank == 3
    assert takes[3].nearest == 1


def test_a_copy_comes_after_something_new(plan_and_scores: tuple[CuePlan, TempoMap, dict[int, Score]]) -> None:
    """Of three takes of which two are the same, the copies are not ranked side by side in front."""
    first = ranked(plan_and_scores).takes[0].number
    copy = plan_and_scores[2][first]
    takes = ranked(plan_and_scores, take3=copy).takes
    assert {takes[0].number, takes[1].number} != {first, 3}
    assert next(take for take in takes if take.number == 3).distance == 0.0


def test_seeds_follow_from_their_purpose_alone(case: Callable[..., Any]) -> None:
    """The same words give the same seed for ever, other words another one."""
    assert seed_of("film", 1, "1M1") == seed_of("film", "1", "1M1") == 552402078
    assert len({in_take(case("tense").cue, number).seed for number in range(1, 17)}) == 16
