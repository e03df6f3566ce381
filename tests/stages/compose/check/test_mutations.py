"""A spoilt score must fail a check that the score passes: no check is there for show."""

from __future__ import annotations

import random
import sys
from functools import cache
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[4] / "benchmarks"))
from music_mutations import MUTATIONS, transposed
from studio import Take, compose_film

from autoscore.stages.compose.check.table import examine

MOODS = ("heroic", "melancholic", "lofi", "horror")


@cache
def _take(mood: str) -> Take:
    return compose_film(mood, 1)


def _noticed(take: Take, name: str) -> set[str]:
    cue, tempo, score = take.plan.cues[0], take.tempo.cues[0], take.score.cues[0]
    fine = {f.name for f in examine(cue, tempo, score, take.score.themes) if f.passed}
    spoilt = MUTATIONS[name](score, tempo, random.Random(1))
    return fine & {f.name for f in examine(cue, tempo, spoilt, take.score.themes) if f.passed is False}


@pytest.mark.parametrize("name", MUTATIONS)
@pytest.mark.parametrize("mood", MOODS)
def test_a_mutation_is_noticed(mood: str, name: str) -> None:
    """Each way to spoil a score fails at least one check that the score passes."""
    assert _noticed(_take(mood), name)


@pytest.mark.parametrize("role", ["melody", "harmony", "bass", "motion"])
def test_whichever_part_is_a_semitone_off(role: str) -> None:
    """The part a semitone off is noticed, be it the melody, the harmony, the bass or the motion."""
    take = _take("heroic")
    cue, tempo, score = take.plan.cues[0], take.tempo.cues[0], take.score.cues[0]
    before = {f.name for f in examine(cue, tempo, score, take.score.themes) if f.passed}
    wrong = max((p for p in score.parts if p.role == role), key=lambda p: len(p.notes))
    after = examine(cue, tempo, transposed(score, wrong.id), take.score.themes)
    assert before & {f.name for f in after if f.passed is False}
