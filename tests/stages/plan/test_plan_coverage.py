"""What a wish for more or less music does, and what is said where it cannot be met."""

from __future__ import annotations

import planning_films as films
import pytest

from autoscore.model.brief import Brief
from autoscore.stages.plan import plan

SHORT = ((10.0, 0.3, 0.2, 0.5), (9.0, 0.8, 0.9, -0.6), (11.0, 0.4, 0.3, 0.4))


@pytest.mark.parametrize("coverage", [0.3, 0.5, 0.8, 1.0])
def test_coverage_does_not_change_the_mood_of_a_short_film(coverage: float) -> None:
    """However much of a short film has music, it is the music of the same mood."""
    spotting = films.film(*SHORT)
    usual = plan(films.media(30.0), spotting, Brief())
    asked = plan(films.media(30.0), spotting, Brief(coverage=coverage))
    assert asked.home_mood == usual.home_mood
    assert {cue.mood for cue in asked.cues} == {usual.home_mood}


def test_a_missed_coverage_is_told() -> None:
    """Where the plan has clearly more music than was asked for, it says how much and why; else nothing is said."""
    for coverage in (0.1, 0.3, 0.5, 0.7, 0.9, 1.0):
        found = plan(films.media(30.0), films.film(*SHORT), Brief(coverage=coverage))
        has = sum(cue.duration_s for cue in found.cues) / 30.0
        told = [line for line in found.advice if f"{coverage:.0%} were asked for" in line]
        assert bool(told) == (abs(has - coverage) > 0.1)
    assert not plan(films.media(30.0), films.film(*SHORT), Brief()).advice


def test_music_that_has_to_stay_out_is_the_reason() -> None:
    """Less than was asked for, because the film has its own music, is told so."""
    spotting = films.film(*SHORT, stay_out=((0.0, 18.0),))
    (line,) = plan(films.media(30.0), spotting, Brief(coverage=1.0)).advice
    assert "100% were asked for" in line and "the film has its own" in line
