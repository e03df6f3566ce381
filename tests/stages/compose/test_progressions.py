"""Progressions: graphs, ideas, harmonic rhythm, keys inside a cue, pedals, cadences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from statistics import mean, median, pstdev

import pytest

from autoscore.stages.compose.form.ending import plan_ending
from autoscore.stages.compose.form.phrases import shape
from autoscore.stages.compose.harmony.cadence import choose_cadence, kind_of, weight_of
from autoscore.stages.compose.harmony.dress import dressed
from autoscore.stages.compose.harmony.graph import common_tones, fluent, graph
from autoscore.stages.compose.harmony.idea import make_idea, reharmonised, theme_romans, walk
from autoscore.stages.compose.harmony.inversions import inverted
from autoscore.stages.compose.harmony.keys import parse_key
from autoscore.stages.compose.harmony.pedals import foreign, stretch
from autoscore.stages.compose.harmony.profile import key_correlation, key_fit
from autoscore.stages.compose.harmony.progressions import progress
from autoscore.stages.compose.harmony.roman import parse_roman
from autoscore.stages.compose.harmony.rows import build, moved, over, tonic
from autoscore.stages.compose.setting import read_setting
from autoscore.stages.compose.values import Chord, Phrase, Setting, generator
from autoscore.tables import mood, mood_names

ARCH = (0.25, 0.4, 0.5, 0.45, 0.6, 0.95, 0.5, 0.3)
TONAL = [name for name in mood_names() if mood(name).harmony.style != "chromatic"]


def harmony_of(
    case: Callable, name: str, seconds: float = 100.0, **wishes: object
) -> tuple[Setting, tuple[Phrase, ...], tuple[Chord, ...]]:
    """A cue's setting, phrases and chords."""
    one = case(name, seconds, intensities=ARCH, **wishes)
    setting = read_setting(one.cue, one.tempo)
    phrases = shape(setting)
    return setting, phrases, progress(setting, phrases, plan_ending(setting), one.themes)


def inside(chords: tuple[Chord, ...], phrase: Phrase) -> list[Chord]:
    """The chords that begin in a phrase."""
    return [c for c in chords if phrase.start_beats <= c.start_beats < phrase.end_beats]


@pytest.mark.parametrize("name", mood_names())
def test_numerals_tell_the_truth_in_the_cues_key(name: str, case: Callable) -> None:
    """Wherever a cue has moved to, each chord's numeral, read in the cue's own key, names its tones and its bass."""
    for seed in (1, 2):
        setting, _, chords = harmony_of(case, name, seed=seed)
        for chord in chords:
            numeral = build(chord.roman, setting.key, chord.start_beats, chord.length_beats)
            assert (numeral.classes, numeral.bass) == (chord.classes, chord.bass), chord.roman


@pytest.mark.parametrize(
    ("roman", "steps", "found"),
    [("V7", 3, "bVII7"), ("I/3", 8, "bVI/1"), ("iv", 7, "i"), ("bII", 6, "V"), ("iiø", 3, "ivø"), ("V/7", 8, "bIII/5")],
)
def test_a_numeral_elsewhere_has_a_name_at_home(roman: str, steps: int, found: str) -> None:
    """A chord of another key is called by its name at home."""
    assert moved(roman, steps) == found
    assert {(c + steps) % 12 for c in parse_roman(roman).classes} == set(parse_roman(found).classes)


@pytest.mark.parametrize("name", mood_names())
def test_harmony_is_neither_stuck_nor_random(name: str, case: Callable) -> None:
    """No cycle of four chords more than three times in a row; some four to ten chords in sixteen bars; a phrase's
    chords establish a key (tonal moods)."""
    counts: list[int] = []
    clear: list[float] = []
    for seed in (1, 2):
        setting, phrases, chords = harmony_of(case, name, seed=seed)
        romans = [c.roman for c in chords]
        for i in range(len(romans) - 15):
            four = romans[i : i + 4]
            assert len(set(four)) == 1 or romans[i : i + 16] != four * 4
        for first in range(0, max(1, len(setting.bars) - 15), 4):
            last = setting.bars[min(first + 15, len(setting.bars) - 1)]
            start, end = setting.bars[first].start_beats, last.start_beats + last.length_beats
            counts.append(len({c.classes for c in chords if start <= c.start_beats < end}))
        for phrase in phrases:
            found = inside(chords, phrase)
            if len(found) > 1:
                lengths = [float(c.length_beats) for c in found]
                clear.append(key_fit([c.roman for c in found], setting.key, lengths))
    assert 4 <= median(counts) <= 11
    if name in TONAL:
        assert median(clear) >= 0.75


@pytest.mark.parametrize("name", mood_names())
def test_long_and_short_chords_alternate(name: str, case: Callable) -> None:
    """The lengths of a cue's chords vary by a third of their mean or more; none is too short for an ear."""
    spread = []
    for seed in (1, 2, 3):
        setting, _, chords = harmony_of(case, name, seed=seed)
        lengths = [float(c.length_beats) for c in chords[:-1]]
        spread.append(pstdev(lengths) / mean(lengths))
        for chord in chords[:-1]:
            seconds = setting.tempo.seconds_at(chord.end_beats) - setting.tempo.seconds_at(chord.start_beats)
            assert seconds >= 0.45
    assert median(spread) >= 0.33


def test_what_returns_has_its_harmony_again(case: Callable) -> None:
    """A third statement begins with the same chords at the same distance as the first."""
    compared = 0
    for name in ("heroic", "vlog", "comedy", "triumph"):
        for seed in (1, 2):
            _, phrases, chords = harmony_of(case, name, 150.0, seed=seed)
            same = [p for p in phrases if p.function == "A" and p.statement in (0, 2) and len(p.bars) >= 6]
            if len(same) < 2:
                continue
            heads = [
                [(c.root, c.classes, c.start_beats - p.start_beats) for c in inside(chords, p)][:2] for p in same[:2]
            ]
            assert heads[0][0] == heads[1][0]
            compared += heads[0] == heads[1]
    assert compared >= 2


def test_contrasts_go_elsewhere_and_come_back(case: Callable) -> None:
    """In moods with regions some contrasts stand in a key of their own, and every cue ends in its own key."""
    away = 0
    for name in ("heroic", "wonder", "action", "comedy", "vlog"):
        for seed in (1, 2):
            setting, phrases, chords = harmony_of(case, name, 130.0, seed=seed)
            assert chords[-1].key is None
            for phrase in phrases:
                for chord in inside(chords, phrase):
                    if chord.key is not None:
                        assert phrase.function in ("B", "development")
                        assert chord.key.tonic != setting.key.tonic
                        away += 1
    assert away > 10


def test_the_way_back_stands_on_the_dominant(case: Callable) -> None:
    """A retransition holds the dominant under chords that do not contain it, and ends on it."""
    heard = 0
    for name in ("heroic", "triumph", "romance", "wonder", "melancholic"):
        setting, phrases, _ = harmony_of(case, name, 60.0)
        longest = max(phrases[:-1], key=lambda p: len(p.bars))
        back = replace(longest, function="retransition", cadence="open", intensity=0.5)
        chords = progress(setting, tuple(back if p is longest else p for p in phrases), plan_ending(setting))
        found = inside(chords, back)
        dominant = (setting.key.tonic + 7) % 12
        assert found[-1].root == dominant
        if found[0].pedal:
            heard += 1
            assert {c.bass for c in found} == {dominant}
            assert sum(dominant not in c.classes for c in found) >= 2
    assert heard


def test_pedals_have_strangers_over_them() -> None:
    """A pedal lasts two to eight bars and has at least two chords that do not contain it, or there is none."""
    two = Fraction(2)
    assert stretch(["I", "vi", "IV", "I"], [two] * 4) is None
    assert stretch(["I", "II", "bVII", "I"], [two] * 4) == (0, 4)
    found = stretch(["II", "bVII"] * 4, [two] * 8)
    assert found and (found[1] - found[0]) * two <= 8
    assert foreign("V", 0) and not foreign("IV", 0)


def test_the_last_chord_leads_into_the_next_cue(case: Callable) -> None:
    """A cue that goes on into the next one ends on the dominant of the key that follows."""
    one = case("heroic", 40.0, key="C major", out_type="segue")
    for key, pitch_class in (("Eb major", 10), ("A minor", 4)):
        setting = read_setting(replace(one.cue, next_key=key), one.tempo)
        last = progress(setting, shape(setting), plan_ending(setting))[-1]
        assert last.root == pitch_class


def test_full_closes_are_rationed(case: Callable) -> None:
    """Inside a cue a dominant goes home at a phrase's end only in moods that have it so, never twice in a minute."""
    for name in mood_names():
        setting, phrases, chords = harmony_of(case, name, 140.0)
        closes = []
        for phrase in phrases[:-1]:
            last = inside(chords, phrase)[-2:]
            if len(last) == 2 and kind_of(tuple(c.roman for c in last)) == "authentic" and last[-1].key is None:
                closes.append(setting.tempo.seconds_at(phrase.end_beats))
        assert mood(name).harmony.authentic or not closes, name
        assert all(b - a >= 60.0 for a, b in pairwise(closes))


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


def test_horror_hardly_moves(case: Callable) -> None:
    """Horror has long chords, few of them, a tone held below them for most of the time, and clusters that resolve."""
    shares, clusters = [], 0
    for seed in (1, 2, 3):
        setting, _, chords = harmony_of(case, "horror", 120.0, seed=seed)
        seconds = [setting.tempo.seconds_at(c.end_beats) - setting.tempo.seconds_at(c.start_beats) for c in chords]
        assert median(seconds) >= 3.0
        held: dict[int, float] = {}
        for chord in chords:
            held[chord.bass] = held.get(chord.bass, 0.0) + float(chord.length_beats)
        shares.append(max(held.values()) / sum(held.values()))
        for a, b in pairwise(chords):
            clusters += a.cluster
            assert not (a.cluster and b.cluster)
    assert median(shares) >= 0.5
    assert clusters
