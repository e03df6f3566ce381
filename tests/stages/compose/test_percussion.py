"""Percussion: by level, on the common accents, in the chord's key, never all the way to the end of a fade."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from autoscore.stages.compose import cue as cue_module
from autoscore.stages.compose.lines.percussion import level, percussion
from autoscore.stages.compose.lines.pulse import accents, groove_row, placed
from autoscore.stages.compose.values import Line, chord_at
from autoscore.tables import read


class Drums:
    """What percussion was given and what it wrote, in the last cue composed."""

    given: tuple[Any, ...] = ()
    lines: tuple[Line, ...] = ()

    def bars(self) -> dict[int, int]:
        """Strokes in each bar."""
        setting = self.given[0]
        counts: dict[int, int] = dict.fromkeys(range(len(setting.bars)), 0)
        for line in self.lines:
            for tone in line.tones:
                counts[setting.bar_index(tone.start_beats)] += 1
        return counts


@pytest.fixture
def drums(monkeypatch: pytest.MonkeyPatch) -> Drums:
    found = Drums()

    def listening(*given: Any) -> tuple[Line, ...]:
        found.given, found.lines = given, percussion(*given)
        return found.lines

    monkeypatch.setattr(cue_module, "percussion", listening)
    return found


def test_levels_follow_intensity() -> None:
    """Six levels, none at silence, the highest only near full intensity (craft guide 5.5)."""
    assert [level(i) for i in (0.0, 0.2, 0.4, 0.6, 0.8, 0.9)] == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("name", ["heroic", "action", "electronic", "vlog", "lofi", "triumph"])
def test_more_intensity_more_strokes(name: str, drums: Drums, case: Callable) -> None:
    """A bar at full intensity has more strokes than one at a third of it."""
    case(name, 40.0, intensities=(0.35, 0.35)).score()
    calm = sum(drums.bars().values())
    case(name, 40.0, intensities=(0.95, 0.95)).score()
    assert sum(drums.bars().values()) > 1.3 * calm


def test_the_bar_after_a_heavy_hit_is_calmer(drums: Drums, case: Callable) -> None:
    """The bar that follows a heavy hit has fewer strokes than the same bar of the same cue without the hit."""
    case("action", 30.0, hits=((16, "hard"),), intensities=(0.8, 0.8)).score()
    setting = drums.given[0]
    marked = drums.bars()
    phrases, casts, chords, ending = drums.given[1:]
    plain = percussion(replace(setting, strikes=()), phrases, casts, chords, ending)
    index = setting.bar_index(Fraction(16)) + 1
    without = sum(setting.bar_index(t.start_beats) == index for line in plain for t in line.tones)
    assert marked[index] < without


@pytest.mark.parametrize("name", ["heroic", "tense", "triumph"])
def test_timpani_play_the_chords_root(name: str, drums: Drums, case: Callable) -> None:
    """Every stroke of the timpani is the root of the chord under it."""
    case(name, 60.0, intensities=(0.9, 0.9)).score()
    chords = drums.given[3]
    strokes = [t for line in drums.lines if line.instrument == "timpani" for t in line.tones]
    assert strokes
    assert all(t.pitch % 12 == chord_at(chords, t.start_beats).root for t in strokes)


def test_low_drums_keep_to_the_common_accents(drums: Drums, case: Callable) -> None:
    """Outside turns and fills the lowest drum strikes only where the whole accompaniment has its accents."""
    case("heroic", 60.0, intensities=(0.6, 0.6)).score()
    setting, phrases, *_ = drums.given
    keys = read("percussion.toml")["sounds"]["deep"]
    for phrase in phrases:
        for number, bar in enumerate(phrase.bars):
            if number % 4 == 3 or bar is phrase.bars[-1]:
                continue
            shared = {bar.start_beats + at for at in accents(setting, phrase, bar)}
            low = [
                t.start_beats
                for line in drums.lines
                for t in line.tones
                if keys.get(line.instrument) == t.pitch and setting.bar_index(t.start_beats) + 1 == bar.number
            ]
            assert set(low) <= shared


def test_drums_thin_out_in_a_fade(drums: Drums, case: Callable) -> None:
    """While a cue fades, its drums fall silent by strokes, not by loudness alone."""
    case("electronic", 40.0, out_type="fade", intensities=(0.9, 0.9)).score()
    setting, ending = drums.given[0], drums.given[4]
    counts = drums.bars()
    since = setting.bar_index(ending.fade_from_beats)
    before = max(counts[i] for i in range(since - 2, since))
    assert all(n <= before / 2 for i, n in counts.items() if i > since)


@pytest.mark.parametrize("name", ["action", "documentary", "vlog", "heroic", "electronic"])
def test_drums_make_room_for_speech(name: str, drums: Drums, case: Callable) -> None:
    """Where somebody speaks all through a bar, its drums are at the first level at most."""
    case(name, 60.0, intensities=(0.9, 0.9), speech=((0.2, 0.7),)).score()
    setting = drums.given[0]
    most = max(
        len([at for lane in row for at in placed(lane.split()[1], setting.bars[0])])
        for row in groove_row(setting)["lanes"][:2]
    )
    counts = drums.bars()
    for index, bar in enumerate(setting.bars):
        last = bar.start_beats + bar.length_beats - Fraction(1, 24)
        if setting.spoken(bar.start_beats) and setting.spoken(last):
            assert counts[index] <= most


def test_backbeats_are_late_where_the_groove_is(drums: Drums, case: Callable) -> None:
    """Lo-fi's snare on two and four comes 12 ms late; its kick does not."""
    case("lofi", 40.0, intensities=(0.6, 0.6)).score()
    snare = read("percussion.toml")["sounds"]["snare"]["standard_kit"]
    late = {t.nudge_ms for line in drums.lines for t in line.tones if t.pitch == snare and t.stress >= 0}
    others = {t.nudge_ms for line in drums.lines for t in line.tones if t.pitch != snare}
    assert 12.0 in late
    assert others == {0.0}
