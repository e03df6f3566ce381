"""Gestures: devices by recipe, silence before the largest impact, hits that do not crowd each other, endings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest

from autoscore.model.score import CueScore
from autoscore.stages.compose import cue as cue_module
from autoscore.stages.compose.gestures.hits import mark_all
from autoscore.stages.compose.gestures.mark import Mark
from autoscore.stages.compose.gestures.strokes import EIGHTH, GAP_S, KINDS, Blow
from autoscore.stages.compose.gestures.weigh import limits
from autoscore.stages.compose.orchestra.players import player
from autoscore.stages.compose.values import Chord, Line, Setting, Strike, Tone
from autoscore.tables import mood, mood_names, read

LOUD = (0.7, 0.9, 0.95, 0.9)


class Marks:
    """What the last cue's hits were made from and what they became."""

    given: tuple[Any, ...] = ()
    marks: tuple[Mark, ...] = ()


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> Marks:
    found = Marks()

    def listening(*given: Any) -> tuple[Mark, ...]:
        found.given, found.marks = given, mark_all(*given)
        return found.marks

    monkeypatch.setattr(cue_module, "mark_all", listening)
    return found


def chord(start: int, root: int, *classes: int) -> Chord:
    return Chord(
        start_beats=Fraction(start), length_beats=Fraction(8), roman="", root=root, classes=(root, *classes), bass=root
    )


def blow(device: str, kind: str, setting: Setting, at: int, klass: str = "section") -> list[Tone]:
    """The tones of a recipe's stroke of that kind, from C major into F major."""
    row = next(s for s in read("transitions.toml")[device]["strokes"] if s["kind"] == kind)
    strike = Strike(
        id="x", at_beats=Fraction(at), time_s=setting.tempo.seconds_at(at), klass=klass, weight=0.9, device=device
    )
    struck = Blow(
        row=row,
        who=player(row["player"][0]),
        strike=strike,
        chord=chord(16, 5, 9, 0),
        before=chord(8, 0, 4, 7),
        force=0.9,
    )
    return KINDS[kind](setting, struck)


@pytest.fixture
def setting(marked: Marks, case: Callable) -> Setting:
    case("pastoral", 60.0, metre="4/4", key="C major").score()
    found: Setting = marked.given[0]
    return found


def test_every_device_is_used_by_a_mood() -> None:
    """Every recipe is a device of some mood, an ending, or one of the three that make hits audible."""
    liked = {d for name in mood_names() for row in [mood(name).devices] for d in (*row.hard, *row.section, *row.soft)}
    endings = {name for name, row in read("transitions.toml").items() if row["use"] == "ending"}
    assert endings == {"button", "break_off", "ring_out"}
    assert set(read("transitions.toml")) - liked == {"audible", "bright", "sharp"} | endings


CRAFT = [
    *("reverse_cymbal", "cymbal_swell", "timpani_roll", "string_riser", "synth_riser", "sub_drop", "stinger"),
    *("brass_stab", "harp_gliss", "string_run", "piano_mark", "bell_mark", "general_pause"),
    *("button", "break_off", "ring_out"),
    *("common_tone", "pad_bridge", "upbeat"),
]


@pytest.mark.parametrize("device", CRAFT)
def test_the_table_of_devices_is_whole(device: str) -> None:
    """Every device of the craft guide's table has a recipe."""
    assert device in read("transitions.toml")


def test_an_upbeat_is_one_to_four_eighths_by_step(setting: Setting) -> None:
    """A pickup climbs by steps on eighths up to the bar; before a hard hit it leaves a quarter of a second free."""
    tones = blow("upbeat", "pickup", setting, 16)
    assert 1 <= len(tones) <= 4
    assert [t.start_beats for t in tones] == [16 - i * EIGHTH for i in range(len(tones), 0, -1)]
    assert all(1 <= b.pitch - a.pitch <= 2 for a, b in pairwise(tones))
    assert all(b.stress > a.stress for a, b in pairwise(tones))
    hard = blow("upbeat", "pickup", setting, 16, "hard")
    assert all(setting.tempo.seconds_at(16) - setting.tempo.seconds_at(t.start_beats) >= GAP_S - 1e-6 for t in hard)


def test_a_common_tone_belongs_to_both_harmonies(setting: Setting) -> None:
    """The pivot is held for at least a beat before the seam and over it, on a tone of both chords."""
    (tone,) = blow("common_tone", "hold", setting, 16)
    assert tone.pitch % 12 == 0
    assert tone.start_beats <= 15
    assert tone.end_beats > 16


def test_a_tail_is_soft_and_comes_after(setting: Setting) -> None:
    """What stays after a stinger begins after it and is far softer than it."""
    tail = blow("stinger", "tail", setting, 16, "hard")
    blows = blow("stinger", "chord", setting, 16, "hard")
    assert tail
    assert all(t.start_beats > 16 for t in tail)
    assert max(t.stress for t in tail) < min(t.stress for t in blows) - 40


def _sounding_before(score: CueScore, at: Fraction) -> set[str]:
    edge = at - Fraction(1, 2)
    return {
        p.id
        for p in score.parts
        for n in p.notes
        if p.role != "hit" and n.start_beats < at and n.start_beats + n.length_beats > edge
    }


@pytest.mark.parametrize("name", ["heroic", "tense", "action", "documentary", "electronic"])
def test_silence_before_the_largest_impact(name: str, marked: Marks, case: Callable) -> None:
    """Everybody is silent for half a beat at least before the heaviest hit of a cue, and nothing leads in."""
    one = case(name, 60.0, hits=((24, "hard"), (48, "hard")), intensities=LOUD)
    heavy = replace(one.cue.hits[1], weight=1.0)
    cue = replace(one.cue, hits=(one.cue.hits[0], heavy))
    score = type(one)(cue=cue, tempo=one.tempo, themes=one.themes).score()
    assert _sounding_before(score, Fraction(48)) == set()
    (mark,) = [m for m in marked.marks if m.strike.id == heavy.id]
    assert mark.pause_beats >= 1
    assert all(t.start_beats >= 48 for line in mark.lines for t in line.tones)


def test_a_light_hit_gets_no_silence(marked: Marks, case: Callable) -> None:
    """No hit lighter than 0.8 silences everybody by its weight alone."""
    one = case("heroic", 60.0, hits=((24, "hard"), (48, "hard")), intensities=LOUD)
    hits = tuple(replace(h, weight=0.6, device="brass_stab") for h in one.cue.hits)
    type(one)(cue=replace(one.cue, hits=hits), tempo=one.tempo, themes=one.themes).score()
    assert all(m.pause_beats == 0 for m in marked.marks)


@pytest.mark.parametrize("climax", [True, False])
def test_everything_at_once_is_rare(climax: bool, marked: Marks, case: Callable) -> None:
    """All players accent a hit three times at most, and only in a cue that is the film's climax."""
    one = case("heroic", 90.0, hits=tuple((8 * i, "hard") for i in range(1, 12)), intensities=LOUD)
    hits = tuple(replace(h, device="tutti_chord" if i % 2 else "cymbal_crash") for i, h in enumerate(one.cue.hits))
    cue = replace(one.cue, hits=hits, is_climax=climax)
    type(one)(cue=cue, tempo=one.tempo, themes=one.themes).score()
    assert sum(m.tutti for m in marked.marks) == (limits()["most_tutti"] if climax else 0)


def test_hits_close_together_are_dry(marked: Marks, case: Callable) -> None:
    """Of two hits a fifth of a second apart the first is over before the second begins."""
    one = case("action", 40.0, hits=((Fraction(20), "hard"), (Fraction(41, 2), "hard")), intensities=LOUD)
    one.score()
    first, second = (m for m in marked.marks if m.strike.klass == "hard")
    ends = [t.end_beats for line in first.lines for t in line.tones if t.start_beats >= first.strike.at_beats]
    assert ends
    assert all(end < second.strike.at_beats for end in ends)
    assert all(t.start_beats >= second.strike.at_beats for line in second.lines for t in line.tones)


@pytest.mark.parametrize("name", mood_names())
def test_no_device_twice_running(name: str, marked: Marks, case: Callable) -> None:
    """Where compose chooses, two hits in a row never have the same device (silence excepted)."""
    hits = tuple((8 * i, ("hard", "section", "soft")[i % 3]) for i in range(1, 10))
    case(name, 90.0, hits=hits, intensities=LOUD).score()
    devices = [m.device for m in marked.marks if m.device not in ("none", "audible")]
    assert all(a != b for a, b in pairwise(devices)), devices


def test_a_bridge_holds_still(marked: Marks, case: Callable) -> None:
    """Before a change by pad bridge nothing is attacked for two seconds, and something goes on sounding."""
    one = case("documentary", 60.0, hits=((32, "section"),), intensities=(0.6, 0.6))
    cue = replace(one.cue, hits=tuple(replace(h, device="pad_bridge") for h in one.cue.hits))
    score = type(one)(cue=cue, tempo=one.tempo, themes=one.themes).score()
    moment = one.cue.hits[0].time_s
    notes = [n for p in score.parts if p.role != "hit" for n in p.notes]
    begins = [one.tempo.seconds_at(n.start_beats) for n in notes]
    assert not [b for b in begins if moment - 1.9 < b < moment - 0.05]
    assert [n for n in notes if n.start_beats < 30 and n.start_beats + n.length_beats > Fraction(31)]


def test_a_ring_is_let_go_from_the_top(case: Callable) -> None:
    """In a last chord that rings the lowest part is let go last."""
    one = case("romance", 40.0, out_type="ring", intensities=(0.5, 0.5))
    score = one.score()
    last = max(n.start_beats for p in score.parts if p.role != "hit" for n in p.notes)
    ends = sorted(
        (max(n.pitch for n in held), max(n.start_beats + n.length_beats for n in held))
        for p in score.parts
        if p.role not in ("hit", "percussion") and (held := [n for n in p.notes if n.start_beats == last])
    )
    assert len(ends) >= 3
    assert all(low >= high for (deep, low), (top, high) in pairwise(ends) if deep < top)
    assert ends[0][1] > ends[-1][1]


def test_a_button_is_the_root_alone(case: Callable) -> None:
    """A cue that ends on a button ends on the last chord's root in every part that has a pitch."""
    score = case("heroic", 40.0, out_type="button", intensities=(0.9, 0.9)).score()
    last = max(n.start_beats for p in score.parts if p.role in ("harmony", "bass", "melody") for n in p.notes)
    pitches = {
        n.pitch % 12
        for p in score.parts
        if p.role in ("harmony", "bass", "melody")
        for n in p.notes
        if n.start_beats == last
    }
    assert pitches == {score.chords[-1].pitch_classes[0]}


@pytest.mark.parametrize(("device", "instrument", "called"), [
    ("harp_gliss", "harp", "harp_gliss"), ("harp_gliss", "piano", "glissando"),
    ("timpani_roll", "taiko", "drum_roll"), ("general_pause", "piano", "general_pause"), ("bell_mark", "", "none"),
])  # fmt: skip
def test_a_device_is_called_after_those_who_play_it(device: str, instrument: str, called: str) -> None:
    """A hit that names a player is reported so where that player plays it, plainly where another does, as none where
    nobody does."""
    strike = Strike(id="h", at_beats=Fraction(8), time_s=4.0, klass="hard", weight=0.9, device=device)
    tone = Tone(start_beats=Fraction(8), length_beats=Fraction(1), pitch=60)
    lines = (Line(role="hit", name=device, tones=(tone,), instrument=instrument),) if instrument else ()
    assert Mark(strike=strike, device=device, lines=lines).called == called


def test_names_that_promise_a_player_have_a_plain_one() -> None:
    """Whoever a device's name promises may play it, and another name stands by for when they do not."""
    for name, row in read("transitions.toml").items():
        if "promises" in row:
            players = {key for stroke in row["strokes"] for key in stroke["player"]}
            assert set(row["promises"]) <= players and row["otherwise"], name
