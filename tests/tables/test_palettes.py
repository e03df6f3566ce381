"""Palettes of the tables, and files of one's own."""

from __future__ import annotations

import pytest

from autoscore.model.palette import PALETTE_ROLES
from autoscore.tables.palettes import palette, palette_names, parse_palette

MINE = """
title = "Two friends"
lead = ["oboe", "oboe"]
harmony = ["piano"]
bass = ["cellos"]
motion = ["piano"]
"""


@pytest.mark.parametrize("name", palette_names())
def test_rows_of_the_table_keep_the_rules_of_a_file(name: str) -> None:
    """Every palette of the table would be accepted as a user's file, and every role but percussion has players."""
    row = palette(name)
    assert row.title
    assert all(row.players(role) for role in PALETTE_ROLES if role != "percussion")


def test_a_file_of_ones_own_becomes_a_strict_palette() -> None:
    """A user's lists alone decide: groups follow from them, doubles fall away, the name is made of the file's."""
    row = parse_palette(MINE, "My Band 2")
    assert (row.name, row.title, row.strict) == ("my_band_2", "Two friends", True)
    assert row.lead == ("oboe",)
    assert row.groups == ("winds", "keys", "strings")
    assert row.instruments == ("oboe", "piano", "cellos")


def test_a_table_in_the_file_names_the_palette() -> None:
    """One [name] table is as good as keys at top level."""
    assert parse_palette("[duo]" + MINE, "file").name == "duo"


def test_own_palettes_come_before_the_tables() -> None:
    """A user's palette of a known name is the user's."""
    mine = parse_palette("[jazz]" + MINE, "x")
    assert palette("jazz", (mine,)) is mine
    assert palette("jazz").title != mine.title
    with pytest.raises(KeyError):
        palette("no such thing")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (MINE.replace('"oboe", "oboe"', '"oboo"'), "did you mean oboe"),
        (MINE + 'leed = ["flute"]', "did you mean lead"),
        (MINE.replace('["cellos"]', '["standard_kit"]'), "standard_kit cannot play bass"),
        (MINE.replace('bass = ["cellos"]', ""), "nobody plays bass"),
        (MINE.replace('["piano"]', '"piano"'), "list of names"),
        (MINE + 'groups = ["string"]', "did you mean strings"),
        (MINE + "strict = 1", "true or false"),
        ("[a]" + MINE + "[b]" + MINE, "holds 2 palettes"),
        ("lead = [", "not TOML"),
        ("", "nobody plays"),
    ],
)
def test_a_bad_file_is_told_in_one_sentence(text: str, said: str) -> None:
    """What is wrong and what may have been meant, on one line."""
    with pytest.raises(ValueError, match=r".") as told:
        parse_palette(text, "mine")
    assert said in str(told.value)
    assert "\n" not in str(told.value)
