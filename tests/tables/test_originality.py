"""Whether a tune is somebody else's: found wherever it is played, and nowhere by chance."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate

import pytest

from autoscore.model.score import Theme
from autoscore.stages.compose.themes.originality import is_too_close, shared_with
from autoscore.tables.originality import CHANCE, FILE, FOLDER, TOO_LONG, hashes, longest_shared


def onsets(lengths: list[float]) -> list[float]:
    return list(accumulate(lengths, initial=0.0))[: len(lengths)]


def test_the_table_is_small_and_names_its_source() -> None:
    """It stays under 2 MB and says what it was made from."""
    text = FOLDER.joinpath(FILE).read_text(encoding="utf-8")
    assert len(text.encode()) < 2_000_000
    assert "music21" in text[:200]


@pytest.fixture(scope="module")
def chorale() -> tuple[list[int], list[float]]:
    """Pitches and onsets of twenty notes from the middle of the soprano of a chorale in the corpus."""
    from music21 import corpus

    soprano = corpus.parse("bach/bwv66.6").parts[0].stripTies().flatten().notes
    notes = list(soprano)[3:23]
    return [note.pitch.midi for note in notes], [float(note.offset) for note in notes]


def test_a_known_tune_is_found_in_any_key_and_at_any_speed(chorale: tuple[list[int], list[float]]) -> None:
    """Twenty notes of a chorale are recognised as twenty notes, named, and found again higher and twice as fast."""
    pitches, beats = chorale
    plain = longest_shared(pitches, beats)
    assert plain.notes == len(pitches)
    assert plain.piece.endswith("(bach)")
    assert longest_shared([pitch + 5 for pitch in pitches], [at / 2 for at in beats]) == plain


def test_chance_is_not_taken_for_theft() -> None:
    """Of random walks none comes near the limit, and short runs name no piece."""
    rng = random.Random(4)
    for _ in range(60):
        pitches = list(accumulate(rng.choices([-4, -2, -1, 1, 2, 3, 5], k=31), initial=60))
        shared = longest_shared(pitches, onsets(rng.choices([0.5, 1.0, 1.5, 2.0], k=32)))
        assert shared.notes < TOO_LONG
        assert shared.piece == "" or shared.notes > CHANCE


@pytest.mark.parametrize("count", range(7))
def test_the_shortest_lines_share_nothing(count: int) -> None:
    """Six notes or fewer make no hash at all."""
    assert hashes(list(range(count)), [float(n) for n in range(count)]) == b"" or count > 6
    assert longest_shared(list(range(count)), [float(n) for n in range(count)]).notes in (0, 7)


def test_a_borrowed_theme_is_rejected(chorale: tuple[list[int], list[float]]) -> None:
    """A theme with twenty notes of the chorale is too close; with its first nine it is not."""
    pitches, beats = chorale
    lengths = tuple(Fraction(b - a) for a, b in zip(beats, [*beats[1:], beats[-1] + 1], strict=True))
    theme = Theme(
        id="main", metre="4/4", mode="minor", degrees=tuple(pitch - 66 for pitch in pitches), durations_beats=lengths,
        cell_notes=4, motif_notes=8, instrument="oboe",
    )  # fmt: skip
    assert is_too_close(theme)
    assert shared_with(theme).notes == len(pitches)
    assert not is_too_close(replace(theme, degrees=theme.degrees[:9], durations_beats=lengths[:9]))
