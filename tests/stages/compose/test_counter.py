"""The counter-melody: it leaves the melody room, goes against it and answers it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest

from autoscore.stages.compose import cue as cue_module
from autoscore.stages.compose.lines.counter import FARTHEST, NEAREST, counter
from autoscore.stages.compose.values import Line, Tone

FULL = (0.6, 0.75, 0.9, 0.8)
MOODS = ("heroic", "romance", "melancholic", "triumph", "vlog", "comedy", "noir")


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch, case: Callable) -> Callable[..., list[tuple[Tone, Tone, list[Tone]]]]:
    """Cues' counter tones, each with the melody's tone before or at its attack and the melody."""
    calls: list[tuple[tuple[Any, ...], tuple[Line, ...]]] = []

    def listening(*given: Any) -> tuple[Line, ...]:
        calls.append((given, counter(*given)))
        return calls[-1][1]

    monkeypatch.setattr(cue_module, "counter", listening)

    def play(name: str, seeds: range = range(1, 4)) -> list[tuple[Tone, Tone, list[Tone]]]:
        found = []
        for seed in seeds:
            calls.clear()
            case(name, 60.0, seed=seed, intensities=FULL).score()
            given, lines = calls[-1]
            lead = sorted((t for line in given[4] for t in line.tones), key=lambda t: t.start_beats)
            for tone in (t for line in lines for t in line.tones):
                before = [t for t in lead if t.start_beats <= tone.start_beats]
                if before:
                    found.append((tone, before[-1], lead))
        return found

    return play


def _moves(found: list[tuple[Tone, Tone, list[Tone]]]) -> Iterator[tuple[int, int]]:
    for (a, sung_a, lead_a), (b, sung_b, lead_b) in pairwise(found):
        if lead_a == lead_b and 0 < b.start_beats - a.start_beats <= 4 and b.pitch != a.pitch:
            yield b.pitch - a.pitch, sung_b.pitch - sung_a.pitch


@pytest.mark.parametrize("name", MOODS)
def test_it_moves_where_the_melody_holds(name: str, played: Callable) -> None:
    """At least 65 % of its attacks fall where the melody holds a tone or rests."""
    found = played(name)
    assert len(found) >= 10
    assert sum(sung.start_beats < tone.start_beats for tone, sung, _ in found) >= 0.65 * len(found)


@pytest.mark.parametrize("name", MOODS)
def test_it_goes_against_the_melody(name: str, played: Callable) -> None:
    """At least 70 % of its moves are contrary or oblique to the melody's."""
    moves = list(_moves(played(name)))
    assert sum(own * sung <= 0 for own, sung in moves) >= 0.7 * len(moves)


@pytest.mark.parametrize("name", ["heroic", "romance", "melancholic", "triumph"])
def test_it_keeps_its_distance(name: str, played: Callable) -> None:
    """Under a sounding melody it lies 5 to 14 semitones away two times in three, and never within a third in the rest
    of them more often than one time in eight."""
    away = [abs(tone.pitch - sung.pitch) for tone, sung, _ in played(name) if sung.end_beats > tone.start_beats]
    assert sum(NEAREST <= a <= FARTHEST for a in away) >= 0.6 * len(away)
    assert sum(a < 3 for a in away) <= len(away) / 8


def test_a_silence_is_answered_with_the_head() -> None:
    """Where the melody is silent for two beats or more, its head comes back in the counter-melody's rhythm."""
    from autoscore.stages.compose.lines.counter import _answers

    class Eight:
        bars = (type("B", (), {"length_beats": Fraction(4)})(),)
        start_beats = Fraction(0)

    rhythm = (Fraction(0), Fraction(1), Fraction(3, 2))
    song = [
        Tone(start_beats=at, length_beats=Fraction(1, 2), pitch=p) for at, p in zip(rhythm, (60, 64, 67), strict=True)
    ]
    song.append(Tone(start_beats=Fraction(10), length_beats=Fraction(2), pitch=62))
    answers = _answers(song, Eight(), Fraction(16))  # type: ignore[arg-type]
    assert answers[0][:2] == (Fraction(2), Fraction(10))
    assert answers[0][2] == [(Fraction(2), 0), (Fraction(3), 4), (Fraction(7, 2), 7)]


def test_it_is_softer_than_the_melody(played: Callable) -> None:
    """Every tone carries less stress than the melody's plain tones."""
    assert all(tone.stress < 0 for tone, _, _ in played("heroic", range(1, 2)))
