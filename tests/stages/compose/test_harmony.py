"""Keys, roman numerals, progressions and voicings."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from autoscore.stages.compose.form.ending import plan_ending
from autoscore.stages.compose.form.phrases import shape
from autoscore.stages.compose.harmony.keys import parse_key
from autoscore.stages.compose.harmony.progressions import progress
from autoscore.stages.compose.harmony.roman import parse_roman
from autoscore.stages.compose.harmony.rows import rows_in
from autoscore.stages.compose.setting import read_setting
from autoscore.tables import mood, mood_names


@pytest.mark.parametrize(
    ("text", "classes", "bass"),
    [
        ("I", (0, 4, 7), 0),
        ("bVI", (8, 0, 3), 8),
        ("iv", (5, 8, 0), 5),
        ("V7", (7, 11, 2, 5), 7),
        ("iiø", (2, 5, 8, 0), 2),
        ("#ivo7", (6, 9, 0, 3), 6),
        ("Imaj9", (0, 4, 7, 11, 2), 0),
        ("Vsus4", (7, 0, 2), 7),
        ("bII/1", (1, 5, 8), 0),
        ("V/7", (7, 11, 2), 11),
        ("v/b7", (7, 10, 2), 10),
        ("imaj7", (0, 3, 7, 11), 0),
    ],
)
def test_numerals(text: str, classes: tuple[int, ...], bass: int) -> None:
    """A numeral of the grammar names these pitch classes over the tonic C."""
    numeral = parse_roman(text)
    assert (numeral.classes, numeral.bass) == (classes, bass)


@pytest.mark.parametrize("text", ["", "H", "VIII", "Ifoo", "12"])
def test_nonsense_numerals_are_refused(text: str) -> None:
    """What is no numeral is a ValueError, not a chord."""
    with pytest.raises(ValueError, match=r"roman|quality"):
        parse_roman(text)


@pytest.mark.parametrize("name", mood_names())
def test_all_numerals_of_the_moods_are_understood(name: str) -> None:
    """Every progression, cadence and ending of the tables parses."""
    harmony = mood(name).harmony
    for row in (*harmony.progressions, *harmony.cadences, harmony.ending):
        for numeral in row:
            assert len(parse_roman(numeral).classes) >= 2


def test_keys() -> None:
    """Tonic and mode give pitch classes."""
    assert parse_key("D minor").classes() == (2, 4, 5, 7, 9, 10, 0)
    assert parse_key("F lydian").tonic == 5
    with pytest.raises(ValueError, match="key"):
        parse_key("H minor")


def test_rows_follow_the_third_of_the_key() -> None:
    """Minor keys take rows with i, major keys rows with I; where none fits the tonic chord changes."""
    rows = (("i", "bVI"), ("I", "IV"), ("ii9", "V13"))
    assert rows_in(parse_key("C minor"), rows) == (("i", "bVI"), ("ii9", "V13"))
    assert rows_in(parse_key("C major"), (("i", "bVI"),)) == (("I", "bVI"),)


@pytest.mark.parametrize("name", mood_names())
def test_chords_cover_the_cue_and_change_at_hard_hits(name: str, case: Callable) -> None:
    """Chords follow each other without gaps from 0 to the end, and the last one begins with the ending."""
    one = case(name, 40.0, hits=((18, "hard"),))
    setting = read_setting(one.cue, one.tempo)
    ending = plan_ending(setting)
    chords = progress(setting, shape(setting), ending)
    assert chords[0].start_beats == 0
    assert all(a.end_beats == b.start_beats for a, b in pairwise(chords))
    assert chords[-1].start_beats == ending.at_beats
    assert chords[-1].end_beats == setting.end_beats
    # Either a chord begins on the hit, or the harmony that surrounds it was too short to be cut.
    assert any(c.start_beats == 18 for c in chords) or any(c.start_beats < 18 < c.end_beats for c in chords)
