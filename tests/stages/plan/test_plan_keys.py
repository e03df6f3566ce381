"""The key plan over a film."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planning_films import media, random_film

from autoscore.model.brief import Brief
from autoscore.model.cues import Cue, CuePlan
from autoscore.model.spotting import Spotting
from autoscore.stages.plan import plan
from autoscore.stages.plan.keys import RELATED, below_ceiling, home_key, key_plan
from autoscore.stages.plan.wishes import Wishes
from autoscore.tables import read
from autoscore.tables.keys import Key, parse_key, third_of


def planned(spotting: Spotting, brief: Brief) -> CuePlan:
    """The plan of a made-up film."""
    return plan(media(spotting.duration_s), spotting, brief)


def film_of(
    count: int, gap_s: float, *, mood: str = "heroic", climax: int = -1, arousal: float = 0.5, valence: float = 0.4
) -> list[Cue]:
    """So many cues of 60 s, ``gap_s`` apart."""
    one = planned(random_film(1), Brief(mood=mood)).cues[0]
    return [
        replace(
            one, id=f"1M{n + 1}", start_s=n * (60.0 + gap_s), end_s=n * (60.0 + gap_s) + 60.0, mood=mood,
            arousal=arousal, valence=valence, is_climax=n == climax,
        )
        for n in range(count)
    ]  # fmt: skip


def steps(cues: list[Cue], seed: int, home: str = "D major", home_mood: str = "heroic") -> list[int]:
    """The plan as semitones above home."""
    key = parse_key(home)
    found = key_plan(cues, key, home_mood, Wishes(), lambda cue_id: random.Random(f"{seed}:{cue_id}"))
    return [(k.pitch_class - key.pitch_class) % 12 for k, _ in found]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), film_seed=st.integers(0, 50))
def test_no_close_neighbour_is_unprepared(seed: int, film_seed: int) -> None:
    """Cues less than 20 s apart never lie a semitone or a tritone apart, also not around the climax or at the end."""
    cues = planned(random_film(film_seed), Brief(seed=seed)).cues
    for before, after in pairwise(cues):
        if after.start_s - before.end_s < 20:
            step = (parse_key(after.key).pitch_class - parse_key(before.key).pitch_class) % 12
            assert step in RELATED or ((after.is_climax or before.is_climax) and step in (2, 10))


@pytest.mark.parametrize("gap_s", [5.0, 30.0])
def test_the_plan_begins_and_ends_at_home_and_goes_away_between(gap_s: float) -> None:
    """First and last cue are at home, the climax at most three semitones above, and other keys are heard between."""
    heard = set()
    for seed in range(8):
        found = steps(film_of(9, gap_s, climax=6), seed)
        heard |= set(found)
        assert found[0] == found[-1] == 0
        assert found[6] in (0, 1, 2, 3)
        assert len(set(found)) >= 2
    assert len(heard) >= 4


def test_a_threat_is_far_from_home_where_silence_prepares_it() -> None:
    """Horror cues in a heroic film may stand a tritone or a semitone from home, but only between long silences."""
    far = set(read("planning.toml")["keys"]["far"])
    cues = [replace(c, mood="horror", valence=-0.8) if n in (2, 4) else c for n, c in enumerate(film_of(7, 30.0))]
    heard = Counter(s for seed in range(12) for n, s in enumerate(steps(cues, seed)) if n in (2, 4))
    assert any(heard[s] for s in far)
    close = [replace(c, start_s=n * 65.0, end_s=n * 65.0 + 60.0) for n, c in enumerate(cues)]
    assert all(s not in (6, 1) for seed in range(12) for s in steps(close, seed))


def test_excited_acts_are_raised() -> None:
    """The excited cues of later acts stand on raised keys more often than the calm ones."""

    def raised(arousal: float) -> int:
        cues = film_of(10, 30.0, arousal=arousal)
        return sum(s in (2, 3) for seed in range(10) for s in steps(cues, seed)[3:-1])

    assert raised(0.8) > raised(0.3)


def test_a_minor_film_that_ends_well_ends_in_major() -> None:
    """The last cue of a minor film turns to the parallel major where its mood has one and its valence is bright."""
    cues = film_of(3, 30.0, mood="documentary", valence=0.5)
    key = parse_key("A minor")
    found = key_plan(cues, key, "documentary", Wishes(), random.Random)
    assert third_of(found[-1][0].mode) == "major"
    dark = [replace(c, valence=-0.3) for c in cues]
    assert third_of(key_plan(dark, key, "documentary", Wishes(), random.Random)[-1][0].mode) == "minor"


def test_a_wished_key_holds_all_through() -> None:
    """Who asks for a key gets it in every cue."""
    wishes = Wishes(key=Key(tonic="G", pitch_class=7, mode="minor"))
    found = key_plan(film_of(5, 5.0), wishes.key or parse_key("C major"), "heroic", wishes, random.Random)
    assert {k.pitch_class for k, _ in found} == {7}


@pytest.mark.parametrize("mood_name", ["heroic", "romance", "horror", "lofi"])
def test_home_lies_under_the_leads_ceiling_more_often_than_by_chance(mood_name: str) -> None:
    """Over many seeds the home keys leave the top of a tune nearer the lead's ceiling than an even choice would."""
    tonics = [parse_key(f"{t} major").pitch_class for t in read("planning.toml")["keys"]["tonics"]]
    even = sum(below_ceiling(t, mood_name) for t in tonics) / len(tonics)
    chosen = [home_key(mood_name, 0.0, Wishes(), random.Random(seed)).pitch_class for seed in range(400)]
    assert sum(below_ceiling(t, mood_name) for t in chosen) / len(chosen) < even
    assert len(set(chosen)) >= 5


def test_a_segue_knows_the_key_it_leads_to() -> None:
    """A cue that goes on into the next one names its key; any other cue names none."""
    heard = 0
    for number in range(30):
        cues = planned(random_film(number), Brief(seed=number)).cues
        for before, after in pairwise(cues):
            heard += before.out_type == "segue"
            assert before.next_key == (after.key if before.out_type == "segue" else "")
    assert heard


@settings(max_examples=40, deadline=None)
@given(film_seed=st.integers(0, 10**6), seed=st.integers(0, 10**6))
def test_only_the_home_key_is_called_that(film_seed: int, seed: int) -> None:
    """A cue on home's tonic in another mode does not say that it stands in the film's home key."""
    plan_ = planned(random_film(film_seed), Brief(seed=seed))
    for cue in plan_.cues:
        assert not cue.reasons["key"].startswith("the film's home key") or cue.key == plan_.home_key, cue.reasons
