"""Names of notes as keys want them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoscore.adapters.spelling import spelled

_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


@given(pitch=st.integers(0, 127), fifths=st.integers(-7, 7), minor=st.booleans())
def test_a_name_means_its_note(pitch: int, fifths: int, minor: bool) -> None:
    """Letter, sign and octave give the note back, with one sign at most."""
    name, octave = spelled(pitch, fifths, minor)
    sign = name.count("#") - name.count("-")
    assert abs(sign) <= 1
    assert _LETTERS[name[0]] + sign + 12 * (octave + 1) == pitch


@pytest.mark.parametrize(
    ("pitch", "fifths", "minor", "name"),
    [(61, -1, True, "C#4"), (61, -5, False, "D-4"), (66, 2, False, "F#4"), (70, -3, True, "B-4"), (68, 0, True, "G#4"),
     (68, 0, False, "A-4"), (59, -3, True, "B3"), (71, -6, False, "C-5")],
)  # fmt: skip
def test_notes_are_spelt_by_the_key(pitch: int, fifths: int, minor: bool, name: str) -> None:
    """Scale notes and leading notes have the names that players expect."""
    spelt, octave = spelled(pitch, fifths, minor)
    assert f"{spelt}{octave}" == name
