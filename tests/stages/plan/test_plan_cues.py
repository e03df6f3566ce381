"""The cue plan: where music plays, what it is like, and that it is always sound."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planning_films import film, media, random_film

from autoscore.model.brief import Brief
from autoscore.model.cues import CuePlan
from autoscore.model.spotting import Spotting
from autoscore.model.time import Span, seconds_to_frame
from autoscore.stages.plan import plan
from autoscore.stages.plan.hits import limits, names, sort_hits
from autoscore.stages.plan.keys import RELATED
from autoscore.tables import mood, read
from autoscore.tables.keys import parse_key, third_of

RATES = [Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(24000, 1001), Fraction(60)]
CALM, FIGHT, JOY = (40.0, 0.15, 0.12, 0.5), (40.0, 0.95, 0.95, -0.2), (40.0, 0.8, 0.85, 0.85)


def planned(spotting: Spotting, brief: Brief | None = None, rate: Fraction = Fraction(24)) -> CuePlan:
    return plan(media(spotting.duration_s, rate), spotting, brief or Brief())


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), rate=st.sampled_from(RATES), coverage=st.sampled_from([None, 0.3, 0.6, 1.0]))
def test_every_plan_is_sound(seed: int, rate: Fraction, coverage: float | None) -> None:
    """For any film: cues in order, on frames, inside the film, out of stay-out spans, with all that is in them."""
    spotting = random_film(seed, rate)
    result = planned(spotting, Brief(coverage=coverage), rate)
    last = 0.0
    ids = [cue.id for cue in result.cues]
    assert len(ids) == len(set(ids))
    for cue in result.cues:
        assert last - 1e-9 <= cue.start_s < cue.end_s <= spotting.duration_s + 1e-9
        last = cue.end_s
        frame = seconds_to_frame(cue.start_s, rate)
        assert cue.start_s == pytest.approx(float(frame / rate), abs=1e-12)
        for span in spotting.stay_out:
            assert cue.overlap_s(span) <= 2 / rate
        row = mood(cue.mood)
        assert row.tempo.min_bpm <= cue.tempo_bpm <= row.tempo.max_bpm
        assert parse_key(cue.key).mode in read("modes.toml")
        assert cue.metre in row.tempo.metres
        assert cue.dynamics[0].time_s == cue.start_s
        assert cue.dynamics[-1].time_s == cue.end_s
        assert all(a.time_s < b.time_s for a, b in pairwise(cue.dynamics))
        assert all(0 <= p.intensity <= 1 for p in cue.dynamics)
        assert all(cue.start_s < t < cue.end_s for t in cue.sections_s)
        assert all(b - a >= 5.9 for a, b in pairwise(cue.sections_s))
        assert all(cue.start_s - 1e-6 <= h.time_s < cue.end_s for h in cue.hits)
        hard = [h.time_s for h in cue.hits if h.klass == "hard"]
        assert all(b - a >= 2.5 - 1e-6 for a, b in pairwise(hard))
        assert all(a.device != b.device or a.device == "none" for a, b in pairwise(cue.hits))
        assert all(h.klass != "ignored" for h in cue.hits)
    marked = {h.time_s for cue in result.cues for h in cue.hits}
    passed = {h.time_s for h in result.ignored_hits}
    assert marked | passed == {h.time_s for h in spotting.hits}


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_same_film_and_seed_give_the_same_plan(seed: int) -> None:
    """Planning is a function of its inputs, and another seed gives other cue seeds."""
    spotting = random_film(seed)
    assert planned(spotting) == planned(spotting)
    other = planned(spotting, Brief(seed=2))
    assert all(a.seed != b.seed for a, b in zip(planned(spotting).cues, other.cues, strict=False))


def test_five_seconds_get_one_cue() -> None:
    """A film of five seconds is one cue, as long as the film."""
    result = planned(film((5.0, 0.4, 0.4, 0.1)))
    assert [(c.start_s, c.end_s) for c in result.cues] == [(0.0, 5.0)]


def test_a_trailer_is_one_cue() -> None:
    """A minute of fast cutting is one piece of music, not a patchwork."""
    stretches = [(8.0, 0.2, 0.3, -0.3), (10.0, 0.5, 0.5, 0.2), (12.0, 0.9, 0.9, -0.2), (20.0, 0.6, 0.5, 0.4)]
    assert len(planned(film(*stretches)).cues) == 1


def test_a_silent_film_is_scored_throughout() -> None:
    """Where nobody speaks music carries the film: at least 85 % of it (craft guide 1.4)."""
    result = planned(film(*[CALM, FIGHT, CALM, JOY] * 3))
    assert sum(c.duration_s for c in result.cues) >= 0.85 * result.duration_s


@pytest.mark.parametrize("coverage", [0.2, 0.4, 0.6, 0.8])
def test_coverage_is_kept(coverage: float) -> None:
    """--coverage is reached within a tenth of the film's length."""
    speech = tuple((t + 1.0, t + 5.0) for t in range(0, 470, 8))
    spotting = film(*[CALM, FIGHT, CALM, JOY] * 3, speech=speech)
    result = planned(spotting, Brief(coverage=coverage))
    assert sum(c.duration_s for c in result.cues) / 480 == pytest.approx(coverage, abs=0.1)
    assert all(c.duration_s >= 11.9 for c in result.cues)
    assert all(b.start_s - a.end_s >= 3.9 or a.out_type == "segue" for a, b in pairwise(result.cues))


def test_no_coverage_is_no_music() -> None:
    """--coverage 0 gives a plan without cues, and says so."""
    result = planned(film(CALM, FIGHT), Brief(coverage=0.0))
    assert result.cues == ()
    assert any("no cue" in line for line in result.advice)


def test_long_music_passes_on_at_scenes() -> None:
    """Continuous music is cut into cues of at most four minutes, joined by segues at scene boundaries."""
    spotting = film(*[(50.0, 0.4, 0.4, 0.1)] * 20)
    result = planned(spotting)
    assert all(cue.duration_s <= 240 for cue in result.cues)
    starts = {scene.start_s for scene in spotting.scenes}
    assert len(result.cues) > 3
    for before, after in pairwise(result.cues):
        assert before.out_type == "segue"
        assert after.in_type == "overlap"
        assert after.start_s in starts


def test_moods_follow_the_picture_within_one_family() -> None:
    """Excited dark scenes and calm bright ones differ in mood, tempo and intensity."""
    result = planned(film(*[CALM, FIGHT] * 4))
    moods = {cue.mood for cue in result.cues}
    assert len(moods) >= 2
    fight = max(result.cues, key=lambda c: c.arousal)
    calm = min(result.cues, key=lambda c: c.arousal)
    assert fight.tempo_bpm > calm.tempo_bpm
    assert max(p.intensity for p in fight.dynamics) > max(p.intensity for p in calm.dynamics)
    assert sum(cue.is_climax for cue in result.cues) == 1
    assert next(cue for cue in result.cues if cue.is_climax).theme.treatment == "climax"


def test_brief_mood_holds_for_all_cues() -> None:
    """A mood that is asked for is used everywhere; two are shared out by the picture."""
    spotting = film(*[CALM, FIGHT] * 4)
    assert {c.mood for c in planned(spotting, Brief(mood="noir")).cues} == {"noir"}
    assert {c.mood for c in planned(spotting, Brief(words="pastoral, action")).cues} == {"pastoral", "action"}


def test_themes_grow_and_come_home() -> None:
    """The main theme is heard early, is whole at the climax, and the film ends with it, in the home key's tonic."""
    calm, rise, peak = (60.0, 0.2, 0.3, 0.2), (60.0, 0.5, 0.5, 0.1), (60.0, 0.9, 0.9, 0.0)
    result = planned(film(calm, rise, calm, rise, peak, *[calm] * 4), Brief(coverage=1.0))
    assert result.cues[0].theme.theme == "main"
    assert result.cues[-1].theme.treatment == "echo"
    home = parse_key(result.home_key).pitch_class
    assert parse_key(result.cues[0].key).pitch_class == home
    assert parse_key(result.cues[-1].key).pitch_class == home


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), film_seed=st.integers(0, 50))
def test_neighbouring_keys_are_related(seed: int, film_seed: int) -> None:
    """Cues that follow closely are a fifth or a mediant apart; the climax and the way home are free."""
    cues = planned(random_film(film_seed), Brief(seed=seed)).cues
    for before, after in pairwise(cues[:-1]):
        if after.start_s - before.end_s < 20 and not after.is_climax and not before.is_climax:
            step = parse_key(after.key).pitch_class - parse_key(before.key).pitch_class
            assert step % 12 in RELATED


def test_wishes_reach_the_cues() -> None:
    """Key, tempo, mode, palette, players and loudness of a brief are in every cue."""
    spotting = film(*[CALM, FIGHT] * 4)
    brief = Brief(words="tense, quiet, strings-only, cello, no percussion, 3/4", key="F# minor", tempo_bpm=77)
    result = planned(spotting, brief)
    for cue in result.cues:
        assert cue.key == "F# minor"
        assert cue.tempo_bpm == 77
        assert cue.metre == "3/4"
        assert cue.palette == "strings"
        assert cue.featured in {("cellos",), ("solo_cello",)}
        assert cue.without == ("percussion",)
        assert max(p.intensity for p in cue.dynamics) <= 0.6
    major = planned(spotting, Brief(words="major key"))
    assert {third_of(parse_key(c.key).mode) for c in major.cues} == {"major"}


def test_last_attack_leaves_room_for_the_tail() -> None:
    """No hard hit in the last 2.5 s of a film that rings out (craft guide 8.6)."""
    spotting = film((60.0, 0.6, 0.6, -0.4), hits=((30.0, "hard", 0.8), (58.5, "hard", 1.0)))
    result = planned(spotting, Brief(mood="melancholic"))
    assert [h.time_s for h in result.cues[0].hits if h.klass == "hard"] == [30.0]
    assert any(h.time_s == 58.5 and "end" in h.reason for h in result.ignored_hits)


def test_hard_hits_keep_to_the_moods_rate() -> None:
    """More hard hits than a mood bears become soft or are passed by, lightest first, with a reason."""
    hits = tuple((float(t), "hard", 0.3 + 0.6 * (t % 7) / 7) for t in range(4, 170, 3))
    spotting = film((180.0, 0.6, 0.5, -0.4), hits=hits, shots_per_scene=30)  # type: ignore[arg-type]
    cue = planned(spotting, Brief(mood="melancholic")).cues[0]
    hard = [h for h in cue.hits if h.klass == "hard"]
    assert len(hard) <= round(mood("melancholic").spotting.hard_hits_per_min * cue.duration_s / 60)
    assert min(h.weight for h in hard) >= max(h.weight for h in cue.hits if h.klass == "soft") - 0.35
    assert all(h.reason for h in cue.hits)


def test_flat_pictures_still_get_an_arch() -> None:
    """A picture in which nothing happens gets music that swells and recedes, not a drone."""
    levels = [p.intensity for p in planned(film((70.0, 0.05, 0.05, 0.0))).cues[0].dynamics]
    assert max(levels) >= 0.3
    assert levels.index(max(levels)) not in (0, len(levels) - 1)


def test_one_film_differs_from_another() -> None:
    """The key is not the same for every film of one seed."""
    spotting = film(CALM)
    films = {plan(media(40.0, name=f"{n}.mp4"), spotting, Brief()).home_key for n in range(12)}
    assert len(films) > 2


def test_spotting_without_beats_is_planned() -> None:
    """Spotting that found nothing still gives a plan."""
    bare = replace(film(CALM), scenes=(), beats=(), hits=(), intensity=())
    assert len(planned(bare).cues) == 1


def test_long_music_breathes() -> None:
    """In any four minutes of continuous music there are six seconds with next to nothing."""
    result = planned(film(*[(50.0, 0.6, 0.6, 0.1), (40.0, 0.8, 0.8, -0.2)] * 8))
    assert sum(c.duration_s for c in result.cues) > 700
    thin, run = [0.0], 0
    for second in range(int(result.duration_s)):
        cue = next((c for c in result.cues if c.start_s <= second < c.end_s), None)
        run = run + 1 if cue is None or cue.intensity_at(float(second)) <= 0.15 else 0
        if run >= 6:
            thin.append(float(second))
    assert max(b - a for a, b in pairwise([*thin, result.duration_s])) <= 250


def test_credits_are_a_cue_of_their_own() -> None:
    """Credits get the home mood, the theme and an even line, whatever rolls there; they are not the climax."""
    scenes = (CALM, FIGHT, CALM, FIGHT, (90.0, 0.95, 0.95, -0.8))
    spotting = film(*scenes)
    start_s = spotting.scenes[-1].start_s
    rolling = replace(spotting, credits=(Span(start_s=start_s, end_s=spotting.duration_s),))
    last = planned(rolling).cues[-1]
    assert last.start_s == pytest.approx(start_s, abs=0.1)
    assert last.title.startswith("End credits")
    assert last.mood == planned(rolling).home_mood
    assert not last.is_climax
    assert max(p.intensity for p in last.dynamics) < max(p.intensity for p in planned(spotting).cues[-1].dynamics)


def test_black_and_lettering_do_not_make_the_mood() -> None:
    """A bright film between long dark titles is planned as a bright film."""
    titles = film((30.0, 0.1, 0.1, -0.7), (40.0, 0.6, 0.7, 0.5), (30.0, 0.1, 0.1, -0.7))
    beats = tuple(replace(b, seen=1.0 if b.valence > 0 else 0.0) for b in titles.beats)
    home = planned(replace(titles, beats=beats)).home_mood
    assert mood(home).valence > 0
    assert mood(home).valence >= mood(planned(titles).home_mood).valence


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_heavy_hits_get_heavy_devices(seed: int) -> None:
    """No hard hit of more than 0.8 is left to a bell, a pluck or a piano."""
    light = {"bell_mark", "pizz_hit", "piano_mark", "none"}
    for cue in planned(random_film(seed)).cues:
        for hit in cue.hits:
            assert not (hit.klass == "hard" and hit.weight > 0.8 and hit.device in light)


def test_devices_are_spread() -> None:
    """In a long cue with many hits no device takes more than half of its class."""
    hits = tuple((5.0 + 6.0 * n, "hard" if n % 2 else "soft", 0.6 + 0.02 * n) for n in range(15))
    result = planned(film((100.0, 0.5, 0.5, 0.2), hits=hits), Brief(mood="wonder"))
    for klass in ("hard", "soft"):
        devices = [h.device for c in result.cues for h in c.hits if h.klass == klass]
        assert len(devices) >= 5
        assert max(devices.count(d) for d in devices) <= (len(devices) + 1) // 2


def test_a_cue_that_sneaks_in_is_not_struck_at_once() -> None:
    """A hard hit soon after a soft entry is only leaned on; the same hit later, or after a hard entry, stays hard."""
    span, point = Span(start_s=10.0, end_s=70.0), film((60.0, 0.5, 0.5, 0.0), hits=((12.0, "hard", 0.9),)).hits
    for in_type, start_s, klass in (("sneak", 10.0, "soft"), ("sneak", 5.0, "hard"), ("hard", 10.0, "hard")):
        bounds = limits(replace(span, start_s=start_s), 100.0, in_type, "ring", 200.0)  # type: ignore[arg-type]
        kept, _ = sort_hits(list(point), replace(span, start_s=start_s), 6.0, bounds)
        assert [found.klass for found, _ in kept] == [klass]


def test_ids_of_hits_go_on() -> None:
    """Names are given in order."""
    found = names("1M1")
    assert [next(found), next(found)] == ["1M1-01", "1M1-02"]
