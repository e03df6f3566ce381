"""Chords before they stand in a cue: graphs, walks, ideas, cadences, basses and dress."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest

from autoscore.stages.compose.harmony.cadence import choose_cadence, kind_of, weight_of
from autoscore.stages.compose.harmony.dress import dressed
from autoscore.stages.compose.harmony.graph import common_tones, fluent, graph
from autoscore.stages.compose.harmony.idea import make_idea, reharmonised, theme_romans, walk
from autoscore.stages.compose.harmony.inversions import inverted
from autoscore.stages.compose.harmony.keys import parse_key
from autoscore.stages.compose.harmony.pedals import foreign, stretch
from autoscore.stages.compose.harmony.profile import key_correlation, key_fit
from autoscore.stages.compose.harmony.roman import parse_roman
from autoscore.stages.compose.harmony.rows import build, over, tonic
from autoscore.stages.compose.values import generator
from autoscore.tables import mood, mood_names

TONAL = [name for name in mood_names() if mood(name).harmony.style != "chromatic"]


def test_pedals_have_strangers_over_them() -> None:
    """A pedal lasts two to eight bars and has at least two chords that do not contain it, or there is none."""
    two = Fraction(2)
    assert stretch(["I", "vi", "IV", "I"], [two] * 4) is None
    assert stretch(["I", "II", "bVII", "I"], [two] * 4) == (0, 4)
    found = stretch(["II", "bVII"] * 4, [two] * 8)
    assert found and (found[1] - found[0]) * two <= 8
    assert foreign("V", 0) and not foreign("IV", 0)


def test_cadences_have_kinds_and_weights() -> None:
    """Each formula is of the kind that its last chords make, and the guide's order of liking holds."""
    kinds = {
        ("ii", "V7", "I"): "authentic", ("bVI", "bVII", "I"): "heroic", ("bVII", "i"): "modal", ("IV", "I"): "plagal",
        ("IV", "V7sus4"): "half", ("V", "vi"): "deceptive", ("IV", "bVI"): "slip",
    }  # fmt: skip
    assert {formula: kind_of(formula) for formula in kinds} == kinds
    assert weight_of(("ii", "V7", "I")) > weight_of(("bVII", "i")) > weight_of(("IV", "I")) > weight_of(("V", "vi"))
    rng = generator(1, "cadence")
    formulas = (("V7", "I"), ("IV", "I"), ("IV", "V7sus4"))
    assert {choose_cadence(formulas, rng, closed=True, authentic=False) for _ in range(20)} == {("IV", "I")}
    assert {choose_cadence(formulas, rng, closed=False, authentic=True) for _ in range(20)} == {("IV", "V7sus4")}


@pytest.mark.parametrize("name", mood_names())
def test_a_walk_takes_only_steps_of_the_graph(name: str) -> None:
    """Every step of a walk is an edge of the mood's graph or continues one of its rows; colours come one at a time."""
    harmony = mood(name).harmony
    map_ = graph(harmony, parse_key(f"C {harmony.modes[0]}"))
    rows = {(a, b) for row in map_.rows for a, b in pairwise(row)}
    for seed in range(4):
        chords = walk(map_, 12, generator(seed, name))
        assert len(chords) == 12
        for a, b in pairwise(chords):
            known = b in map_.opening.get(a, {}) or b in map_.travel.get(a, {}) or (a, b) in rows
            assert known or a not in map_.travel, (a, b)
        assert sum(c in map_.colours for c in chords) <= 1


def test_colours_share_a_tone_with_their_neighbours() -> None:
    """A borrowed chord or mediant is joined only to chords with which it has a tone in common."""
    for name in TONAL:
        harmony = mood(name).harmony
        map_ = graph(harmony, parse_key(f"C {harmony.modes[0]}"))
        for colour in map_.colours:
            assert all(common_tones(colour, other) for other in map_.travel.get(colour, {}))


def test_dominants_lead_on() -> None:
    """In functional moods a dominant hardly ever goes back to a subdominant."""
    assert fluent("V7", "IV", "functional") < 0.1 < fluent("V7", "vi", "functional")
    for name in ("comedy", "romance", "triumph", "pastoral"):
        map_ = graph(mood(name).harmony, parse_key("C major"))
        steps = [p for seed in range(12) for p in pairwise(walk(map_, 10, generator(seed, "lead", name)))]
        after = [b for a, b in steps if parse_roman(a).root == 7]
        assert sum(parse_roman(b).root in (2, 5) for b in after) <= 0.15 * len(after)


def test_a_mode_is_heard_early() -> None:
    """A lydian, mixolydian or phrygian idea has a chord with the tone of its mode in its first half."""
    for name, key in (("wonder", "C lydian"), ("heroic", "C mixolydian"), ("tense", "C phrygian")):
        tone = {"C lydian": 6, "C mixolydian": 10, "C phrygian": 1}[key]
        heard = 0
        for seed in range(10):
            romans = theme_romans(mood(name).harmony, parse_key(key), generator(seed, name))
            assert len(romans) == 8
            heard += any(tone in parse_roman(r).classes for r in romans[:5])
        assert heard >= 8, name


def test_the_best_idea_is_chosen() -> None:
    """Of many walks the idea has at least three chords, a centre, and begins where it was told to."""
    for name in TONAL:
        harmony = mood(name).harmony
        key = parse_key(f"C {harmony.modes[0]}")
        idea = make_idea(graph(harmony, key), key, 8, generator(3, name), start=graph(harmony, key).home)
        assert len(idea) == 8 and tonic(idea[0])
        assert 3 <= len(set(idea)) <= 7
        assert key_fit(list(idea), key) >= 0.65


def test_another_light_on_the_same_way() -> None:
    """Reharmonising keeps the first half and the goal, and changes something between."""
    map_ = graph(mood("romance").harmony, parse_key("C major"))
    idea = ("I", "iii", "IV", "iv", "I", "vi7", "ii7", "V7sus4")
    found = [reharmonised(idea, map_, generator(seed, "light")) for seed in range(6)]
    for light in found:
        assert light[:4] == idea[:4] and light[-2:] == idea[-2:]
    assert any(light != idea for light in found)


def test_basses_make_a_line() -> None:
    """Between roots a third where it makes the bass go by step; goals, pedals and given basses stay as they are."""
    key = parse_key("C major")
    romans = ("I", "V", "vi", "IV", "V", "I")
    chords = [build(r, key, Fraction(4 * i), Fraction(4)) for i, r in enumerate(romans)]
    fixed = [True, False, True, False, False, True]
    found = inverted(chords, fixed, 0.4, key)
    assert found[1].roman == "V/7" and found[1].bass == 11
    assert [c.root for c in found] == [c.root for c in chords]
    assert all(a.bass == b.bass for a, b, held in zip(chords, found, fixed, strict=True) if held)
    assert [c.bass for c in inverted(chords, [True] * 6, 0.4, key)] == [c.root for c in chords]


def test_dress_stays_in_the_key() -> None:
    """Only plain triads away from the tonic are dressed, with tones of the key, the same chord always alike."""
    key = parse_key("C major")
    for seed in range(20):
        for roman in ("IV", "vi", "iii", "V", "bVI"):
            found = dressed(roman, key, ("add9", "maj7", "7", "6"), generator(seed, roman))
            added = set(parse_roman(found).classes) - set(parse_roman(roman).classes)
            assert added <= set(key.scale)
            assert found == dressed(roman, key, ("add9", "maj7", "7", "6"), generator(seed, roman))
        assert dressed("I", key, ("add9",), generator(seed)) == "I"
        assert dressed("V7", key, ("add9",), generator(seed)) == "V7"


def test_key_profiles() -> None:
    """A key's own triads fit a key; all twelve tones evenly fit none."""
    key = parse_key("C major")
    assert key_fit(["I", "IV", "V", "I"], key) > 0.85
    assert key_correlation([1.0] * 12) == 0.0
    assert over("IV", 0) == "IV/1" and over("IV/3", 5) == "IV"
