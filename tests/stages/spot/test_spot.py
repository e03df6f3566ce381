"""Spotting on analyses made by hand: what must hold for any film, and what a composer expects of a known one."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoscore.model.analysis import Analysis, Card, Curves, Cut, Gradual, Shot, SoundEvent, SpeechSpan
from autoscore.model.brief import Brief
from autoscore.model.media import FilmDigest, Media, VideoStream
from autoscore.model.spotting import SPOT_RATE_HZ, Spotting
from autoscore.model.time import Span
from autoscore.stages.spot import spot

RATE = Fraction(24)


def media(duration_s: float) -> Media:
    picture = VideoStream(index=0, codec="h264", width=64, height=36, rate=RATE, start_s=0.0, duration_s=duration_s)
    digest = FilmDigest(size_bytes=1, mtime_ns=1, head_tail_sha256="")
    return Media(name="f.mp4", digest=digest, container="mp4", duration_s=duration_s, video=picture)


def look(place: int, size: int = 8) -> tuple[float, ...]:
    vector = np.full(size, 0.12)
    vector[place % size] = 1.0
    return tuple(float(v) for v in vector / np.linalg.norm(vector))


def film(
    shots: list[tuple[float, int]],
    *,
    motion: list[tuple[float, float]] | None = None,
    loudness: float | None = None,
    speech: tuple[SpeechSpan, ...] = (),
    music: tuple[Span, ...] = (),
    hits: tuple[SoundEvent, ...] = (),
    gradual: tuple[Gradual, ...] = (),
) -> Analysis:
    """A film of (length in s, place) shots; ``motion`` is (from second, value) steps; brightness follows the place."""
    starts = [0]
    for length, _ in shots:
        starts.append(starts[-1] + round(length * RATE))
    duration_s = starts[-1] / 24
    count = math.ceil(duration_s * 10)
    curve = np.full(count, 0.05)
    for since, value in motion or []:
        curve[int(since * 10) :] = value
    bright = np.full(count, 0.4)
    for (_, place), first, last in zip(shots, starts[:-1], starts[1:], strict=True):
        bright[int(first / 2.4) : int(last / 2.4) + 1] = 0.35 + 0.05 * (place % 4)
    level = () if loudness is None else tuple(np.full(count, loudness).tolist())
    return Analysis(
        duration_s=duration_s,
        frame_count=starts[-1],
        cuts=tuple(
            Cut(frame=f, time_s=f / 24)
            for f in starts[1:-1]
            if not any(g.start_frame <= f <= g.end_frame for g in gradual)
        ),
        shots=tuple(
            Shot(index=i, start_frame=a, end_frame=b, start_s=a / 24, end_s=b / 24, look=look(place))
            for i, ((_, place), a, b) in enumerate(zip(shots, starts[:-1], starts[1:], strict=True))
        ),
        curves=Curves(
            motion=tuple(curve.tolist()), brightness=tuple(bright.tolist()), contrast=(0.4,) * count,
            saturation=(0.3,) * count, warmth=(0.0,) * count, loudness_lufs=level,
        ),
        speech=speech, music=music, hits=hits, gradual=gradual, loudness_lufs=loudness,
    )  # fmt: skip


def spotted(analysis: Analysis, **wishes: object) -> Spotting:
    return spot(media(analysis.duration_s), analysis, Brief(**wishes))  # type: ignore[arg-type]


@pytest.mark.parametrize("returns", [False, True])
def test_only_the_last_change_of_picture_is_called_that(returns: bool) -> None:
    """A cut is called the last change of picture where nothing changes after it, and not where the picture fades in
    later."""
    fade = Gradual(kind="fade_in", start_frame=900, end_frame=912, start_s=37.5, end_s=38.0)
    analysis = film([(12.0, 0), (12.0, 1), (10.0, 2), (8.0, 3)], gradual=(fade,) if returns else ())
    called = [hit.time_s for hit in spotted(analysis).hits if "last change of picture" in hit.reason]
    assert called == ([] if returns else [34.0])


def check(analysis: Analysis, result: Spotting) -> None:
    """What holds for every film."""
    end_s = analysis.duration_s
    assert result.scenes[0].index == 0
    for chain in (result.scenes, result.beats):
        assert chain[0].start_s == 0.0
        assert chain[-1].end_s == pytest.approx(end_s)
        assert all(a.end_s == pytest.approx(b.start_s) for a, b in pairwise(chain))
    frames = {hit.frame for hit in result.hits}
    assert all(cut.frame in frames for cut in analysis.cuts)
    assert all(hit.reason for hit in result.hits)
    assert all("not marked" in hit.reason for hit in result.hits if hit.klass == "ignored")
    assert len({hit.id for hit in result.hits}) == len(result.hits)
    assert [h.frame for h in result.hits] == sorted(h.frame for h in result.hits)
    assert all(0.0 <= h.weight <= 1.0 and 0.0 <= h.time_s <= end_s for h in result.hits)
    hard = [h.time_s for h in result.hits if h.klass == "hard"]
    assert all(b - a >= 2.5 - 1e-6 for a, b in pairwise(hard))
    for span in result.speech:
        assert not [h for h in result.hits if span.start_s <= h.time_s < span.end_s and h.klass in ("hard", "soft")]
    for stay in result.stay_out:
        assert all(h.klass == "ignored" for h in result.hits if stay.start_s <= h.time_s < stay.end_s)
    count = max(1, math.ceil(end_s * SPOT_RATE_HZ - 1e-6))
    assert len(result.intensity) == len(result.arousal) == len(result.valence) == count
    assert all(0.0 <= v <= 1.0 for v in (*result.intensity, *result.arousal))
    assert all(-1.0 <= v <= 1.0 for v in result.valence)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_laws_hold_for_any_film(data: st.DataObject) -> None:
    """Scenes and beats tile the film, every cut has a reasoned hit point, hard hits keep apart and out of speech."""
    lengths = data.draw(st.lists(st.floats(0.05, 40.0), min_size=1, max_size=40))
    rng = random.Random(data.draw(st.integers(0, 99)))
    shots = [(max(1 / 24, length), rng.randrange(4)) for length in lengths]
    total = sum(length for length, _ in shots)
    times = sorted(rng.uniform(0, total) for _ in range(2 * rng.randrange(5)))
    talk = [SpeechSpan(start_s=a, end_s=b) for a, b in zip(times[::2], times[1::2], strict=True)]
    noise = [(t, rng.uniform(0, 2)) for t in times]
    hits = tuple(SoundEvent(time_s=t, frame=int(t * 24), strength_db=rng.uniform(10, 40)) for t in times)
    loudness = rng.choice([None, -20.0])
    analysis = film(shots, motion=noise, loudness=loudness, speech=tuple(talk), hits=hits if loudness else ())
    result = spotted(analysis)
    check(analysis, result)
    assert result == spotted(analysis)


def test_a_bare_film_of_one_shot_and_no_sound() -> None:
    """With no curves, shots or sound there is one quiet scene and no hit."""
    analysis = Analysis(duration_s=5.0, frame_count=120)
    result = spotted(analysis)
    check(analysis, result)
    assert len(result.scenes) == len(result.beats) == 1
    assert result.hits == ()
    assert 0.1 < result.beats[0].intensity < 0.35


def test_a_still_picture_is_not_blown_up() -> None:
    """The faint noise of a still picture stays nearly flat in intensity."""
    noise = np.random.default_rng(2).uniform(0, 0.004, 900)
    analysis = Analysis(duration_s=90.0, frame_count=2160, curves=Curves(motion=tuple(noise.tolist())))
    intensity = spotted(analysis).intensity
    assert max(intensity) - min(intensity) < 0.1


def test_a_chase_is_more_intense_than_what_surrounds_it() -> None:
    """Fast cutting with strong motion stands out, begins a scene, and its first frame is the heaviest hit."""
    shots = [(8.0, 0)] * 4 + [(1.5, 1), (1.5, 2)] * 8 + [(9.0, 3)] * 4
    chase = (32.0, 56.0)
    analysis = film(shots, motion=[(0, 0.05), (32, 1.2), (56, 0.05)])
    result = spotted(analysis)
    check(analysis, result)
    inside = [v for i, v in enumerate(result.intensity) if chase[0] + 2 < i / 2 < chase[1] - 2]
    outside = [v for i, v in enumerate(result.intensity) if i / 2 < chase[0] - 2 or i / 2 > chase[1] + 2]
    assert min(inside) > 0.6 > 0.4 > max(outside)
    assert any(abs(s.start_s - chase[0]) < 0.01 for s in result.scenes)
    best = max((h for h in result.hits), key=lambda h: h.weight)
    assert best.klass == "hard"
    assert best.time_s == pytest.approx(chase[0], abs=0.01)


def test_a_run_of_short_shots_is_scored_as_pulse() -> None:
    """Inside a fast run at most every fourth cut is marked; the others say why not."""
    shots = [(8.0, 0)] + [(1.0, 1 + i % 5) for i in range(16)] + [(8.0, 7)]
    result = spotted(film(shots, motion=[(0, 0.3)]))
    inside = [h for h in result.hits if 8.5 < h.time_s < 23.5]
    assert len(inside) == 15
    assert sum(h.klass != "ignored" for h in inside) <= 4
    assert any("score the pulse" in h.reason for h in inside)


def test_shot_reverse_shot_dialogue_is_not_hit() -> None:
    """Cuts between two speakers are let pass."""
    shots = [(3.0, i % 2) for i in range(12)]
    talk = tuple(SpeechSpan(start_s=3 * i + 0.3, end_s=3 * i + 2.8) for i in range(12))
    result = spotted(film(shots, speech=talk))
    assert sum(h.klass in ("hard", "soft") for h in result.hits) <= 3
    assert len(result.scenes) == 1


def test_places_are_recognised_when_they_return() -> None:
    """Scenes in the same place share its number; another place has another."""
    shots = [(5.0, 0)] * 4 + [(5.0, 1)] * 4 + [(5.0, 0)] * 4 + [(5.0, 2)] * 4
    scenes = spotted(film(shots)).scenes
    assert [s.start_s for s in scenes] == [0.0, 20.0, 40.0, 60.0]
    assert [s.place for s in scenes] == [0, 1, 0, 2]


def test_a_fade_through_black_makes_a_scene_and_a_reveal() -> None:
    """After black the picture's return is marked on the frame where half of it is there."""
    gradual = (
        Gradual(kind="fade_out", start_frame=456, end_frame=479, start_s=19.0, end_s=479 / 24),
        Gradual(kind="fade_in", start_frame=480, end_frame=503, start_s=20.0, end_s=503 / 24),
    )
    analysis = film([(5.0, 0)] * 4 + [(5.0, 1)] * 4, gradual=gradual)
    hits = {h.frame: h for h in spotted(analysis).hits}
    assert hits[491].klass in ("hard", "section")
    assert "returns from black" in hits[491].reason


def test_cards_are_hit_where_they_appear() -> None:
    """Each card on its own frame, not where the black before it begins; what brings it is no moment beside it."""
    gradual = (
        Gradual(kind="dissolve", start_frame=940, end_frame=1010, start_s=940 / 24, end_s=1010 / 24),
        Gradual(kind="fade_out", start_frame=1087, end_frame=1134, start_s=1087 / 24, end_s=1134 / 24),
    )
    frames = ((960, 980, 1000, 1110), (1140, 1140, 1140, 1230), (1230, 1230, 1230, 1320))
    titles = tuple(Card(start_frame=a, frame=b, full_frame=c, end_frame=d, time_s=b / 24) for a, b, c, d in frames)
    plain = film([(40.0, 0), (7.0, 1), (10.0, 2)], gradual=gradual)
    analysis = replace(plain, cuts=(), cards=titles)
    hits = {hit.frame: hit for hit in spotted(analysis).hits}
    assert {980, 1140, 1230} <= {frame for frame, hit in hits.items() if hit.source == "title"}
    assert hits[1140].klass == "hard"
    assert 975 not in hits
    assert not any(1111 <= frame < 1140 for frame in hits)
    assert "last" not in hits[1087].reason


def test_only_what_is_last_is_called_last() -> None:
    """The film's last change is where its last card goes, if nothing comes after; then it is told of no other."""
    titles = (Card(start_frame=240, frame=240, full_frame=240, end_frame=300, time_s=10.0),)
    ending = film([(10.0, 0), (5.0, 1)])
    told = [hit for hit in spotted(replace(ending, cuts=(), cards=titles)).hits if "the last change" in hit.reason]
    assert [(hit.frame, hit.source) for hit in told] == [(300, "end")]
    going_on = film([(10.0, 0), (2.5, 1), (2.0, 0), (3.0, 1)])
    told = [hit for hit in spotted(replace(going_on, cards=titles)).hits if "the last change" in hit.reason]
    assert [(hit.frame, hit.source) for hit in told] == [(348, "cut")]


def test_own_music_below_half_is_left_alone() -> None:
    """The score stays out of the film's own music, unless the film's sound is left out."""
    music = (Span(start_s=10.0, end_s=30.0),)
    analysis = film([(5.0, i % 3) for i in range(16)], loudness=-20.0, music=music)
    result = spotted(analysis)
    check(analysis, result)
    assert result.own_music_share == pytest.approx(0.25)
    assert len(result.stay_out) == 1
    assert result.stay_out[0].overlap_s(music[0]) == 20.0
    assert spotted(analysis, original=False).stay_out == ()


def test_a_film_scored_all_through_gets_advice() -> None:
    """Where half or more has music the whole is scored and --no-original advised."""
    analysis = film([(5.0, i % 3) for i in range(8)], loudness=-20.0, music=(Span(start_s=0.0, end_s=35.0),))
    result = spotted(analysis)
    assert result.stay_out == ()
    assert "--no-original" in result.advice[0]
    assert spotted(analysis, music_only=True).advice == ()


def test_variable_rate_times_are_kept() -> None:
    """Hit times are those of the film's own frames, not of a constant rate."""
    analysis = film([(5.0, 0), (5.0, 1)])
    times = tuple(n / 24 + (0.01 if n % 2 else 0.0) for n in range(analysis.frame_count))
    event = SoundEvent(time_s=7.06, frame=0, strength_db=30.0)
    varied = Analysis(
        duration_s=10.0, frame_count=240, cuts=analysis.cuts, shots=analysis.shots, curves=analysis.curves,
        hits=(event,), frame_times_s=times, loudness_lufs=-20.0,
    )  # fmt: skip
    hit = next(h for h in spotted(varied).hits if h.source == "sound")
    assert hit.time_s == times[hit.frame] <= 7.06 < times[hit.frame + 1]


@pytest.mark.slow
def test_a_long_film_of_two_thousand_shots() -> None:
    """Two hours with 2,000 shots keep all laws and make scenes of sensible length."""
    rng = random.Random(4)
    shots = [(rng.uniform(1.0, 6.2), (i // 12) % 7) for i in range(2000)]
    analysis = film(shots, loudness=-23.0)
    result = spotted(analysis)
    check(analysis, result)
    assert 10.0 < analysis.duration_s / len(result.scenes) < 90.0
    assert {s.place for s in result.scenes} == set(range(7))
