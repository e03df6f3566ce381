"""Hits are heard: what a hard hit is made of, and the room that everything else leaves it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from autoscore.model.audio import RATE_HZ
from autoscore.model.score import CueScore, Note, Part
from autoscore.model.tempo import CueTempo
from autoscore.stages.compose import compose_cue
from autoscore.stages.compose.orchestra.players import player
from autoscore.stages.deliver.onsets import AFTER_S, BEFORE_S, strongest_onset
from autoscore.stages.deliver.tolerance import within
from autoscore.stages.mix.music import lay_music
from autoscore.stages.mix.scratch import Scratch
from autoscore.stages.render import FontSet, find_fonts, render_cue
from autoscore.tables import mood_names, read

HITS = ((8, "hard"), (17, "hard"), (28, "hard"))
LOUD = (0.9, 0.95, 1.0, 0.95)
SEARCH_S = 0.15


def bright_players() -> set[str]:
    return {key for row in read("transitions.toml").values() for s in row["strokes"] if s.get("bright")
            for key in s["player"]}  # fmt: skip


def start_s(tempo: CueTempo, note: Note) -> float:
    return tempo.seconds_at(note.start_beats) + note.nudge_ms / 1000.0


def end_s(tempo: CueTempo, note: Note) -> float:
    return tempo.seconds_at(note.start_beats + note.length_beats) + note.release_ms / 1000.0


def notes(score: CueScore, *, hits: bool) -> Iterator[tuple[Part, Note]]:
    return ((part, note) for part in score.parts if (part.role == "hit") == hits for note in part.notes)


@pytest.mark.parametrize("name", mood_names())
@pytest.mark.parametrize("intensities", [LOUD, (0.2, 0.3, 0.2)])
def test_every_hard_hit_has_a_bright_stroke(name: str, intensities: tuple[float, ...], case: Callable) -> None:
    """Whatever the mood's device, at least two struck instruments play the hit, one of them bright; all exactly."""
    one = case(name, 40.0, seed=3, hits=HITS, intensities=intensities)
    score, bright = one.score(), bright_players()
    for hit in one.cue.hits:
        struck = {p.instrument for p, n in notes(score, hits=True)
                  if abs(start_s(one.tempo, n) - hit.time_s) < 1e-3 and player(p.instrument).struck}  # fmt: skip
        assert struck & bright, (hit.id, struck)
        assert len([n for p, n in notes(score, hits=True) if abs(start_s(one.tempo, n) - hit.time_s) < 1e-3]) >= 2


@pytest.mark.parametrize("name", mood_names())
def test_the_texture_breathes_before_a_hard_hit(name: str, case: Callable) -> None:
    """Nothing but what leads to the hit sounds in its last tenth of a second, so that the hit begins something."""
    one = case(name, 40.0, seed=4, hits=HITS, intensities=LOUD)
    for hit in one.cue.hits:
        for part, note in notes(one.score(), hits=False):
            begins, ends = start_s(one.tempo, note), end_s(one.tempo, note)
            held = begins < hit.time_s - 0.1 and ends > hit.time_s - 0.1
            crowding = hit.time_s - 0.2 < begins < hit.time_s - 0.05
            assert not held and not crowding, (part.id, hit.time_s - begins, hit.time_s - ends)


def test_chords_go_on_after_the_breath(case: Callable) -> None:
    """A hit does not leave a hole behind: the held harmony is struck again with it."""
    one = case("heroic", 40.0, seed=4, hits=((17, "hard"),), intensities=LOUD)
    moment = one.cue.hits[0].time_s
    with_it = [p.role for p, n in notes(one.score(), hits=False) if abs(start_s(one.tempo, n) - moment) < 0.05]
    assert {"harmony", "bass"} <= set(with_it)


@pytest.mark.parametrize("name", ["tense", "electronic", "comedy", "lofi"])
def test_the_pulse_stops_round_a_hit_between_the_beats(name: str, case: Callable) -> None:
    """Where a hit falls off the grid, nothing else is attacked from a quarter of a second before to a good while after
    it, save what is struck together with it."""
    one = case(name, 40.0, seed=2, hits=((Fraction(83, 4) + Fraction(1, 11), "hard"),), intensities=LOUD)
    free = CueTempo(**{f: getattr(one.tempo, f) for f in one.tempo.__slots__} | {"anchors": one.tempo.anchors[:1]})
    score = type(one)(cue=one.cue, tempo=free, themes=one.themes).score()
    moment = one.cue.hits[0].time_s
    near = [start_s(free, n) - moment for _, n in notes(score, hits=False)]
    assert not [d for d in near if -0.22 < d < 0.27 and abs(d) > 2e-3]
    assert any(abs(start_s(free, n) - moment) < 1e-3 for _, n in notes(score, hits=True))


@pytest.fixture(scope="module")
def fonts() -> FontSet:
    return find_fonts(None)


@pytest.mark.slow
@pytest.mark.parametrize("name", mood_names())
def test_hard_hits_are_heard_on_their_moment(name: str, case: Callable, fonts: FontSet, tmp_path: Path) -> None:
    """Played and mixed, the loudest texture of any mood lets every hard hit be heard within -20..+40 ms."""
    seed = hashlib.sha256(name.encode()).digest()[0]
    # The last hit is near the end, where music fades.
    one = case(name, 24.0, seed=seed, hits=((0, "hard"), (8, "hard"), (13, "hard"), (22, "hard")), in_type="sneak",
               out_type="fade", intensities=LOUD)  # fmt: skip
    stems = render_cue(one.score(), one.tempo, fonts, tmp_path)
    film_s = one.cue.end_s + 1.0
    with Scratch(tmp_path / "music", round(film_s * RATE_HZ)) as track, ThreadPoolExecutor(2) as pool:
        list(lay_music([(one.cue, stems.stems)], tmp_path, track, 0.0, film_s, pool))
        for hit in one.cue.hits:
            first_s = hit.time_s - SEARCH_S - BEFORE_S
            length = round((2 * SEARCH_S + BEFORE_S + AFTER_S) * RATE_HZ)
            sound = track.read(round(first_s * RATE_HZ), length).mean(axis=0).astype(np.float64)
            onset = strongest_onset(
                sound, RATE_HZ, start_s=first_s, from_s=hit.time_s - SEARCH_S, to_s=hit.time_s + SEARCH_S
            )
            assert onset is not None, hit.id
            assert within(1000.0 * (onset.time_s - hit.time_s)), (hit.id, onset)


def test_a_hit_that_is_not_played_as_planned_says_why(case: Callable) -> None:
    """A device whose players are left out is called what is heard, with the reason; one that is played has none; a
    soft hit that nobody marks is listed with its reason."""
    one = case("action", 40.0, seed=3, hits=HITS, intensities=LOUD)
    asked = ("drum_fill", *("tutti_chord",) * (len(one.cue.hits) - 1))
    hits = tuple(replace(hit, device=device) for hit, device in zip(one.cue.hits, asked, strict=True))
    soft = replace(hits[-1], klass="soft", device="none")
    cue = replace(one.cue, hits=(*hits[:-1], soft), without=("percussion",))
    score = compose_cue(cue, one.tempo, one.themes)
    first, *others = score.hits
    assert first.device == "accent" and first.why == "drum_fill was planned: its players are left out here (without)"
    assert all(hit.device == "tutti_chord" and not hit.why for hit in others if hit.hit_id != soft.id)
    assert set(score.passed) == {soft.id} and score.passed[soft.id]
