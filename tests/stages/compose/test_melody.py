"""The leading line: it comes back, breathes, peaks once, and keeps its motifs whole."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest

from autoscore.model.score import CueScore, Note
from autoscore.stages.compose.harmony.rows import build
from autoscore.stages.compose.lines.fit import Wish, hangs, tendencies
from autoscore.stages.compose.lines.imitation import canon
from autoscore.stages.compose.lines.place import Range
from autoscore.stages.compose.lines.units import Memory, sing
from autoscore.stages.compose.orchestra.layers import Cast
from autoscore.stages.compose.setting import read_setting
from autoscore.stages.compose.themes.similarity import HEARD, heard_in, of_theme, recalled, tune
from autoscore.stages.compose.values import Key, Line, Phrase, Tone

C_MAJOR = Key(tonic=0, mode="major", scale=(0, 2, 4, 5, 7, 9, 11))
A_MINOR = Key(tonic=9, mode="harmonic_minor", scale=(0, 2, 3, 5, 7, 8, 11))
MOODS = ["heroic", "tense", "lofi", "horror", "documentary", "romance"]


def _lead(score: CueScore) -> list[Note]:
    """The notes of the melody, of those that begin together the highest."""
    tops: dict[Fraction, Note] = {}
    for part in score.parts:
        if part.role == "melody":
            for n in part.notes:
                if n.start_beats not in tops or n.pitch > tops[n.start_beats].pitch:
                    tops[n.start_beats] = n
    return [tops[at] for at in sorted(tops)]


def _wishes(steps: list[list[int]], romans: list[str]) -> list[Wish]:
    wishes = []
    for bar, (inside, roman) in enumerate(zip(steps, romans, strict=True)):
        chord = build(roman, C_MAJOR, Fraction(4 * bar), Fraction(4))
        for i, step in enumerate(inside):
            length = Fraction(4, len(inside))
            wishes.append(
                Wish(start_beats=4 * bar + i * length, length_beats=length, pitch=C_MAJOR.pitch(step, 60),
                     strength=3 if i == 0 else 2, chord=chord, step=step, unit=bar)
            )  # fmt: skip
    return wishes


def _moves(pitches: tuple[int, ...]) -> list[int]:
    return [b - a for a, b in pairwise(pitches)]


WHERE = Range(centre=60, low=50, high=84)


def test_a_motif_moves_as_a_unit() -> None:
    """The same motif over I, IV and I has the same intervals all three times, at heights that suit the chords."""
    pitches = sing(_wishes([[0, 2, 1, 2]] * 3, ["I", "IV", "I"]), C_MAJOR, WHERE, Memory())
    shapes = [_moves(pitches[i : i + 4]) for i in (0, 4, 8)]
    assert shapes[0] == shapes[2]
    assert all((a > 0) == (b > 0) for a, b in zip(shapes[0], shapes[1], strict=True))
    assert pitches[8] % 12 in (0, 4, 7)


def test_what_was_sung_is_sung_again() -> None:
    """A bend that was made once is remembered: the motif returns as it was heard, not as it was written."""
    memory = Memory()
    first = sing(_wishes([[0, 1, 2, 4]], ["ii"]), C_MAJOR, WHERE, memory)
    again = sing(_wishes([[0, 1, 2, 4]], ["ii"]), C_MAJOR, WHERE, memory)
    assert _moves(first) == _moves(again)


def test_long_notes_belong_to_their_chord() -> None:
    """A note of a whole bar is a chord tone, whatever step was wished for."""
    for step in range(7):
        for roman in ("I", "ii", "IV", "V", "vi"):
            wish = _wishes([[step]], [roman])
            (pitch,) = sing(wish, C_MAJOR, WHERE, Memory())
            assert pitch % 12 in wish[0].chord.classes


@pytest.mark.parametrize("seed", range(6))
def test_a_leading_tone_is_led_on(seed: int) -> None:
    """Over V7 - I a line that has a price for hanging tones leaves neither the leading tone nor the seventh behind."""
    rng = random.Random(seed)
    steps = [[rng.randrange(0, 7) for _ in range(3)] for _ in range(8)]
    wishes = _wishes(steps, ["V7", "I"] * 4)
    pitches = sing(wishes, C_MAJOR, WHERE, Memory(), hanging=4.5)
    for (left, a), (right, b) in pairwise(zip(wishes, pitches, strict=True)):
        assert not hangs(left.chord, a, right.chord, b, C_MAJOR)


def test_a_dominant_knows_what_wants_to_move() -> None:
    """In C the B of G7 rises and its F falls; G7sus4 and F have nothing that must, E7 only where the key is A minor."""
    five, late, four, away = (build(r, C_MAJOR, Fraction(0), Fraction(4)) for r in ("V7", "V7sus4", "IV", "III7"))
    assert tendencies(five, C_MAJOR) == {11: (1,), 5: (-1, -2)}
    assert tendencies(late, C_MAJOR) == tendencies(four, C_MAJOR) == {}
    assert tendencies(away, C_MAJOR) == {}
    assert tendencies(replace(away, key=A_MINOR), C_MAJOR) == {8: (1,), 2: (-1, -2)}


def test_a_range_is_kept() -> None:
    """No note leaves the player's range, and an empty range is an error."""
    narrow = Range(centre=60, low=59, high=67)
    pitches = sing(_wishes([[0, 9, -5, 3]] * 2, ["I", "V"]), C_MAJOR, narrow, Memory())
    assert all(59 <= p <= 67 for p in pitches)
    with pytest.raises(ValueError, match="nothing can be sung"):
        sing(_wishes([[0]], ["I"]), C_MAJOR, Range(centre=60, low=70, high=60), Memory())


@pytest.mark.parametrize("mood", MOODS)
def test_the_theme_is_stated_and_recalled(case: Callable, mood: str) -> None:
    """A cue that tells the theme whole states it recognisably, and much of its melody recalls it."""
    one = case(mood, 75.0)
    line = tune(_lead(one.score()))
    theme = of_theme(one.themes[0])
    assert heard_in(theme, line) >= HEARD
    found = recalled(line, [theme])
    assert sum(found) >= 0.4 * len(found)


@pytest.mark.parametrize("mood", ["heroic", "romance", "pastoral", "wonder"])
def test_one_highest_note_and_breath(case: Callable, mood: str) -> None:
    """The highest written note comes at most twice, a tenth of the melody is silence, nobody sings for nine seconds."""
    one = case(mood, 75.0)
    notes = _lead(one.score())
    top = max(n.pitch for n in notes)
    assert sum(n.pitch == top for n in notes) <= 2
    spans = [n.length_beats for n in notes]
    gaps = [max(Fraction(0), b.start_beats - a.start_beats - a.length_beats) for a, b in pairwise(notes)]
    assert sum(gaps) >= Fraction(1, 10) * (sum(spans) + sum(gaps))
    since = notes[0].start_beats
    for (a, b), gap in zip(pairwise(notes), gaps, strict=True):
        end = a.start_beats + a.length_beats
        assert one.tempo.seconds_at(end) - one.tempo.seconds_at(since) <= 10.5
        since = b.start_beats if gap >= Fraction(1, 4) else since


def test_the_quietest_cue_still_tells_its_theme(case: Callable) -> None:
    """Where no layer of melody would sound, one phrase sings all the same."""
    one = case("melancholic", 60.0, intensities=(0.05, 0.1, 0.1, 0.05))
    assert heard_in(of_theme(one.themes[0], one.themes[0].motif_notes), tune(_lead(one.score()))) >= HEARD


def test_nothing_is_sung_under_speech(case: Callable) -> None:
    """The lead attacks nothing while somebody speaks."""
    one = case("romance", 60.0, speech=((0.3, 0.6),))
    start, end = one.cue.start_s + 18.0, one.cue.start_s + 36.0
    assert not [n for n in _lead(one.score()) if start + 0.1 < one.tempo.seconds_at(n.start_beats) < end - 0.1]


def _phrase(bars: tuple, function: str) -> Phrase:
    end = bars[-1].start_beats + bars[-1].length_beats
    return Phrase(index=0, function=function, bars=bars, start_beats=Fraction(0), end_beats=end, intensity=0.8,
                  rise=0.2, cadence="open")  # fmt: skip


def test_a_canon_follows_a_bar_later(case: Callable) -> None:
    """In a development the counter player sings what the lead sang, one bar later and lower."""
    one = case("heroic", 40.0, key="C major", metre="4/4")
    setting = read_setting(one.cue, one.tempo)
    bars = setting.bars[:8]
    chords = tuple(build("I", setting.key, b.start_beats, b.length_beats) for b in bars)
    pattern = (72, 76, 74, 72)
    tones = tuple(
        Tone(start_beats=b.start_beats + i, length_beats=Fraction(1), pitch=p)
        for b in bars
        for i, p in enumerate(pattern)
    )
    lead = Line(role="melody", name="lead", tones=tones, instrument="trumpet")
    cast = Cast(layers=("lead", "counter"), lead="trumpet", doubling="", octave="", counter="cellos", harmony=(),
                pad="", bass=(), motion=(), colour="", percussion=())  # fmt: skip
    line = canon(setting, _phrase(bars, "development"), cast, chords, (lead,), Fraction(64))
    assert line is not None and line.role == "counter"
    assert line.tones[0].start_beats == 4 and max(t.end_beats for t in line.tones) <= 32
    assert _moves(tuple(t.pitch for t in line.tones[:4])) == _moves(pattern)
    assert max(t.pitch for t in line.tones) < 72
    assert canon(setting, _phrase(bars, "A"), cast, chords, (lead,), Fraction(64)) is None
