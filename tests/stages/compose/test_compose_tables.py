"""What the moods ask of the composer's tables is there."""

from __future__ import annotations

import pytest

from autoscore.stages.compose.gestures.strokes import KINDS
from autoscore.stages.compose.orchestra.players import player
from autoscore.tables import mood, mood_names, read


@pytest.mark.parametrize("name", mood_names())
def test_a_mood_names_only_what_exists(name: str) -> None:
    """Figures, grooves, melody styles, devices and players of each mood are rows of their tables."""
    row = mood(name)
    assert set(row.texture.motion_figures) <= set(read("figures.toml"))
    assert row.texture.groove in read("percussion.toml")["grooves"]
    assert row.melody.style in read("melodies.toml")
    assert {*row.devices.hard, *row.devices.section, *row.devices.soft} <= set(read("transitions.toml"))
    for role in ("lead", "harmony", "bass", "motion", "colour", "counter", "percussion"):
        for key in getattr(row.texture, role):
            assert player(key).low < player(key).high


def test_recipes_name_strokes_and_players_that_exist() -> None:
    """Every stroke of transitions.toml has a known kind and known players."""
    for name, row in read("transitions.toml").items():
        for stroke in row["strokes"]:
            assert stroke["kind"] in KINDS, name
            for key in stroke["player"]:
                assert key == "any" or player(key).name


def test_grooves_have_six_levels_of_sixteenths() -> None:
    """Each groove has levels 0 to 5, each lane a known sound and a pattern of 16 sixteenths."""
    table = read("percussion.toml")
    for name, row in table["grooves"].items():
        assert len(row["lanes"]) == 6, name
        for lane in (lane for level in row["lanes"] for lane in level):
            sound, pattern = lane.split()
            assert sound in table["sounds"]
            assert pattern == "@" or (len(pattern) == 16 and set(pattern) <= set("Xxo."))
        assert all(len(accents) == 16 and set(accents) <= set("X.") for accents in row["accents"]), name


def test_melody_rhythms_are_bars_of_sixteenths() -> None:
    """Each rhythm of melodies.toml has 16 places of x, - and . and begins no hold after a rest."""
    for name, row in read("melodies.toml").items():
        for pattern in row["rhythms"]:
            assert len(pattern) == 16, (name, pattern)
            assert set(pattern) <= set("x-.")
            assert ".-" not in pattern, (name, pattern)
