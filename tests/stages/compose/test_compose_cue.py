"""A whole cue: every mood, any length and metre, every hit, and an end that ends."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autoscore.model.score import CueScore, Note
from autoscore.stages.compose.check.hearing import attack_s
from autoscore.stages.compose.check.table import examine
from autoscore.stages.compose.orchestra.players import player
from autoscore.tables import mood_names

METRES = ("4/4", "3/4", "6/8", "5/4", "7/8", "2/4", "12/8")


def _notes(score: CueScore) -> list[Note]:
    return [n for p in score.parts for n in p.notes]


def _grave(one: Any, score: CueScore) -> list[str]:
    """Names of the faults that no score may have."""
    grave = {"out_of_range", "chords_on_solo", "past_the_end", "crowded_hits", "missed_hits"}
    return [f.name for f in examine(one.cue, one.tempo, score) if f.name in grave and f.passed is False]


def _blows(score: CueScore, hit_id: str) -> list[Note]:
    hit = next(h for h in score.hits if h.hit_id == hit_id)
    return [n for p in score.parts if p.id in hit.parts for n in p.notes if n.start_beats == hit.at_beats]


@pytest.mark.parametrize("name", mood_names())
def test_every_mood_gives_music_without_grave_faults(name: str, case: Callable) -> None:
    """Each mood composes a cue with two hard hits that shows no grave fault."""
    one = case(name, 45.0, hits=((16, "hard"), (24, "soft"), (36, "hard")))
    score = one.score()
    assert _grave(one, score) == []
    assert len(_notes(score)) >= 40
    assert len(score.sections) >= 2
    assert score.sections[-1].end_beats == one.tempo.length_beats


@pytest.mark.parametrize("name", mood_names())
def test_every_hard_hit_is_played_on_its_moment(name: str, case: Callable) -> None:
    """A hard hit has at least two loud strokes attacked within a millisecond of the picture."""
    one = case(name, 40.0, seed=5, hits=((8, "hard"), (17, "hard"), (28, "hard")))
    score = one.score()
    for hit in one.cue.hits:
        loud = [n for n in _blows(score, hit.id) if n.velocity >= 90]
        assert len(loud) >= 2, (name, hit.id)
        assert all(abs(attack_s(one.tempo, n) - hit.time_s) < 1e-3 for n in loud)


def test_a_hit_off_the_grid_is_played_in_absolute_time(case: Callable) -> None:
    """A hard hit without an anchor sounds at its film time all the same, by its notes' nudge."""
    one = case("tense", 30.0, hits=((Fraction(41, 4) + Fraction(1, 10), "hard"),))
    tempo = type(one.tempo)(
        cue_id="1M1", start_s=one.tempo.start_s, end_s=one.tempo.end_s, base_bpm=one.tempo.base_bpm,
        bars=one.tempo.bars, segments=one.tempo.segments, anchors=one.tempo.anchors[:1],
    )  # fmt: skip
    score = type(one)(cue=one.cue, tempo=tempo, themes=one.themes).score()
    loud = [n for n in _blows(score, "h0") if n.velocity >= 90]
    assert loud
    assert all(abs(attack_s(tempo, n) - one.cue.hits[0].time_s) < 1e-3 for n in loud)


def test_same_seed_same_notes_and_another_seed_other_notes(case: Callable) -> None:
    """The same cue gives the same score note for note; another seed gives another."""
    first, again, other = (case("heroic", seed=s).score() for s in (3, 3, 4))
    assert first == again
    assert _notes(first) != _notes(other)


def test_a_cue_does_not_depend_on_the_global_random_source(case: Callable) -> None:
    """Seeding or using the module's random source changes nothing."""
    one = case("mystery", 20.0)
    random.seed(1)
    first = one.score()
    random.seed(2)
    assert one.score() == first


@pytest.mark.parametrize("out_type", ["ring", "button", "fade", "segue", "stop"])
def test_an_ending_ends(out_type: str, case: Callable) -> None:
    """Nothing is attacked at the cue's end; a ring leaves 2.5 s, a button 0.8 s after the last attack."""
    one = case("triumph", 30.0, out_type=out_type)
    score = one.score()
    last = max(attack_s(one.tempo, n) for n in _notes(score))
    room = {"ring": 2.4, "button": 0.75}.get(out_type, 0.3)
    assert last <= one.cue.end_s - room
    held = max(one.tempo.seconds_at(n.start_beats + n.length_beats) for n in _notes(score))
    assert held <= one.cue.end_s + 1e-6
    assert held >= one.cue.end_s - (3.0 if out_type != "button" else 4.0)


def test_under_speech_the_lead_is_silent_and_nothing_is_busy(case: Callable) -> None:
    """No melody, counter-melody or motion begins while somebody speaks."""
    one = case("documentary", 60.0, speech=((0.3, 0.6),), intensities=(0.6, 0.6))
    score = one.score()
    span = one.cue.speech[0]
    for part in score.parts:
        if part.role in ("melody", "counter", "motion"):
            assert not [n for n in part.notes if span.start_s <= one.tempo.seconds_at(n.start_beats) < span.end_s]
    assert [n for p in score.parts if p.role in ("pad", "harmony") for n in p.notes]


def test_the_lead_is_called_melody_and_is_sung_by_one_voice(case: Callable) -> None:
    """The leading part's name holds "Melody", and where its player has one voice it never overlaps itself."""
    score = case("melancholic", 60.0).score()
    leads = [p for p in score.parts if p.name.startswith("Melody")]
    assert leads
    assert all(p.role == "melody" for p in leads)


def test_what_a_cue_goes_without_never_sounds(case: Callable) -> None:
    """Groups and instruments in ``without`` are in no part, not even for hits."""
    score = case("action", 30.0, hits=((16, "hard"),), without=("brass", "taiko")).score()
    assert {p.instrument for p in score.parts}.isdisjoint({"taiko"})
    assert not [p for p in score.parts if player(p.instrument).group == "brass"]


def test_more_intensity_more_parts(case: Callable) -> None:
    """A cue at full intensity has more parts sounding than the same cue at almost none."""
    quiet = case("heroic", 40.0, intensities=(0.1, 0.1)).score()
    loud = case("heroic", 40.0, intensities=(0.95, 0.95)).score()
    assert len(loud.parts) >= len(quiet.parts) + 5


def test_a_sustained_part_has_its_level_before_its_first_note(case: Callable) -> None:
    """Every part that swells has an expression event at the cue's start (some presets are silent without)."""
    for part in case("wonder", 40.0).score().parts:
        if not player(part.instrument).struck:
            assert any(c.kind == "expression" and c.at_beats == 0 for c in part.controls), part.id


def test_a_muted_cue_is_silent(case: Callable) -> None:
    """A muted cue has no parts."""
    one = case("vlog", 20.0)
    from dataclasses import replace

    assert type(one)(cue=replace(one.cue, muted=True), tempo=one.tempo, themes=one.themes).score().parts == ()


def test_who_has_no_tone_below_the_summit_keeps_its_own(case: Callable) -> None:
    """A piccolo that leads in a cue whose summit a bassoon sings stays in its range."""
    one = case("comedy", 43.0, metre="6/8", seed=0, treatment="none", key="C major", intensities=(0.0, 0.5))
    score = one.score()
    assert any(part.instrument == "piccolo" for part in score.parts)
    assert "out_of_range" not in _grave(one, score)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_cue_can_be_composed(data: st.DataObject, case: Callable) -> None:
    """Whatever the mood, length, metre, key, hits, speech, treatment and ends: every hard hit is played, every note is
    in its player's range, nothing sounds after the end, and the form covers all bars."""
    name = data.draw(st.sampled_from(mood_names()))
    seconds = data.draw(st.floats(3.0, 70.0))
    hits = data.draw(st.lists(st.tuples(st.integers(0, 240), st.sampled_from(["hard", "soft", "section"])), max_size=6))
    draft = case(name, seconds, metre=data.draw(st.sampled_from(METRES)))
    kept = sorted({Fraction(at, 2): klass for at, klass in hits if Fraction(at, 2) < draft.tempo.length_beats}.items())
    one = case(
        name, seconds, metre=draft.cue.metre, seed=data.draw(st.integers(0, 2**31)), hits=tuple(kept),
        in_type=data.draw(st.sampled_from(["hard", "sneak", "overlap"])),
        out_type=data.draw(st.sampled_from(["ring", "button", "fade", "segue", "stop"])),
        treatment=data.draw(st.sampled_from(["none", "fragment", "partial", "full", "altered", "climax", "echo"])),
        key=data.draw(st.sampled_from(["C major", "F# lydian", "Bb minor", "E phrygian", "A octatonic", "Eb dorian"])),
        intensities=tuple(data.draw(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=5))),
        speech=data.draw(st.sampled_from([(), ((0.0, 1.0),), ((0.2, 0.5),)])),
        sections=tuple(data.draw(st.lists(st.floats(0.05, 0.95), max_size=3))),
    )  # fmt: skip
    score = one.score()
    played = {h.hit_id for h in score.hits}
    assert {h.id for h in one.cue.hits if h.klass == "hard"} <= played
    for hit in one.cue.hits:
        if hit.klass == "hard":
            assert _blows(score, hit.id)
    assert _notes(score)
    assert [f for f in _grave(one, score) if f != "crowded_hits"] == []
    edges = [s.start_beats for s in score.sections] + [score.sections[-1].end_beats]
    assert edges[0] == 0
    assert edges == sorted(edges)
    assert all(a.end_beats == b.start_beats for a, b in zip(score.sections, score.sections[1:], strict=False))
    assert len({p.id for p in score.parts}) == len(score.parts)


@pytest.mark.slow
def test_a_cue_of_ten_minutes(case: Callable) -> None:
    """A very long cue is composed as well, keeps changing, and its parts stay in range."""
    one = case("documentary", 600.0, intensities=(0.2, 0.5, 0.3, 0.7, 0.4, 0.9, 0.3), sections=(0.2, 0.4, 0.6, 0.8))
    score = one.score()
    assert len(score.sections) >= 15
    assert _grave(one, score) == []
