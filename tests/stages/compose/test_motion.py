"""The motion layer: sections in one rhythm, out of the melody's way, that rest now and then."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest

from autoscore.model.tempo import Bar
from autoscore.stages.compose import cue as cue_module
from autoscore.stages.compose.lines.figures import figure, read_figures, tokens
from autoscore.stages.compose.lines.motion import CLEARANCE, REST_EVERY, motion
from autoscore.stages.compose.lines.pulse import accents, groove_row, placed
from autoscore.stages.compose.values import Line
from autoscore.tables import mood_names, read

FULL = (0.5, 0.7, 0.9, 0.8)


class Heard:
    """What one step of a cue was given and what it gave."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str, step: Callable[..., tuple[Line, ...]]) -> None:
        self.given: tuple[Any, ...] = ()
        self.lines: tuple[Line, ...] = ()

        def listening(*given: Any) -> tuple[Line, ...]:
            self.given, self.lines = given, step(*given)
            return self.lines

        monkeypatch.setattr(cue_module, name, listening)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    return Heard(monkeypatch, "motion", motion)


@pytest.mark.parametrize("name", ["heroic", "action", "comedy", "triumph"])
def test_sections_move_in_one_rhythm(name: str, heard: Heard, case: Callable) -> None:
    """Where several sections carry the figure, three of four attacks are common to at least two of them."""
    case(name, 60.0, intensities=FULL).score()
    _, phrases, *_ = heard.given
    shared = total = 0
    for phrase in phrases:
        at: dict[Fraction, set[str]] = defaultdict(set)
        for line in heard.lines:
            for tone in line.tones:
                if phrase.start_beats <= tone.start_beats < phrase.end_beats:
                    at[tone.start_beats].add(line.instrument)
        if len({key for keys in at.values() for key in keys}) > 1:
            shared += sum(len(keys) > 1 for keys in at.values())
            total += len(at)
    assert total
    assert shared >= 0.75 * total


@pytest.mark.parametrize("name", mood_names())
def test_the_melody_has_its_octave_to_itself(name: str, heard: Heard, case: Callable) -> None:
    """At 80 % of the melody's attacks at least, no tone of the motion layer sounds within four semitones of it."""
    case(name, 60.0, intensities=FULL).score()
    lead = [t for line in heard.given[5] for t in line.tones]
    moving = [t for line in heard.lines for t in line.tones]
    near = [
        any(m.start_beats <= t.start_beats < m.end_beats and abs(m.pitch - t.pitch) < CLEARANCE for m in moving)
        for t in lead
    ]
    assert sum(near) <= 0.2 * len(near)


@pytest.mark.parametrize("name", ["heroic", "electronic", "documentary"])
def test_a_figure_rests_a_bar_in_sixteen(name: str, heard: Heard, case: Callable) -> None:
    """However long a cue, a figure does not go on for more than fifteen bars without a bar of rest."""
    case(name, 120.0, intensities=(0.8, 0.8)).score()
    setting = heard.given[0]
    moving = {setting.bar_index(t.start_beats) for line in heard.lines for t in line.tones}
    run = longest = 0
    for index in range(len(setting.bars)):
        run = run + 1 if index in moving else 0
        longest = max(longest, run)
    assert 0 < longest < REST_EVERY


def test_nothing_moves_under_speech(heard: Heard, case: Callable) -> None:
    """No tone of the layer begins while somebody speaks."""
    case("documentary", 60.0, intensities=FULL, speech=((0.3, 0.6),)).score()
    setting = heard.given[0]
    assert heard.lines
    assert not [t for line in heard.lines for t in line.tones if setting.spoken(t.start_beats)]


def test_a_cell_is_kept_and_answered() -> None:
    """Three bars of a phrase have one pattern, the fourth another; a bar of its own length is preferred."""
    row = figure("repeated_8ths", ())
    four, three = (Bar(number=1, start_beats=Fraction(0), numerator=n, denominator=4) for n in (4, 3))
    assert len(tokens(row, four, 0)) == 8
    assert len(tokens(row, three, 0)) == 6
    assert tokens(row, four, 0) != tokens(row, four, 1)


def test_the_themes_head_becomes_a_figure(case: Callable) -> None:
    """An ostinato made from a theme has the theme's motif rhythm in its first notes."""
    theme = case("heroic", 30.0).themes[0]
    row = figure("theme_ostinato", (theme,))
    assert len(row.bars) == 1
    slots = [i for i, token in enumerate(row.bars[0]) if token != "."]
    first, second = theme.durations_beats[:2]
    assert slots[0] == 0
    ratio = Fraction(slots[1] - slots[0]) / Fraction(first * 4)
    assert ratio in (1, Fraction(1, 2), Fraction(1, 4))
    assert len(slots) >= 3 or second == 0


def test_figures_are_whole_rows() -> None:
    """Every figure has a known scoring and tokens of chord tones, n, r and rests only."""
    for name, row in read_figures().items():
        assert row["scoring"] in ("section", "parallel", "solo"), name
        for pattern in row["patterns"]:
            for token in pattern.split():
                for part in token.lstrip(">").split("+"):
                    assert part in (".", "n", "r") or part.isdigit(), (name, token)


@pytest.mark.parametrize("metre", [(4, 4), (3, 4), (6, 8), (5, 4), (7, 8), (2, 4)])
def test_accents_begin_with_the_downbeat(metre: tuple[int, int], heard: Heard, case: Callable) -> None:
    """In any metre the shared accents lie inside the bar, the downbeat first."""
    case("action", 30.0, intensities=FULL).score()
    setting, phrases, *_ = heard.given
    bar = Bar(number=1, start_beats=Fraction(0), numerator=metre[0], denominator=metre[1])
    for phrase in phrases:
        found = accents(setting, phrase, bar)
        assert found[0] == 0
        assert list(found) == sorted(set(found))
        assert all(at < bar.length_beats for at in found)


def test_accents_change_from_phrase_to_phrase(heard: Heard, case: Callable) -> None:
    """Neighbouring phrases of full intensity do not share their accents where the groove has several maps."""
    case("action", 60.0, intensities=(0.9, 0.9)).score()
    setting, phrases, *_ = heard.given
    maps = [accents(setting, p, p.bars[0]) for p in phrases]
    assert all(a != b for a, b in pairwise(maps))
    assert len(groove_row(setting)["accents"]) > 1


def test_moods_differ_in_figures_and_grooves() -> None:
    """No two moods have the same first figure and the same groove."""
    seen = {}
    for name in mood_names():
        row = read(f"moods/{name}.toml")["texture"]
        key = (row["motion_figures"][0], row["groove"])
        assert key not in seen, (name, seen.get(key))
        seen[key] = name


def test_compound_beats_take_their_places_in_three() -> None:
    """In 6/8 a pattern's beats are dotted quarters, each with a long, two shorts and a last sixteenth."""
    bar = Bar(number=1, start_beats=Fraction(0), numerator=6, denominator=8)
    assert [at for at, _ in placed("x.x.x.x.x.x.x.x.", bar)] == [0, 1, Fraction(3, 2), Fraction(5, 2)]
