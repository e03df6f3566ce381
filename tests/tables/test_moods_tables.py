"""The musical tables: complete, spelt right, and agreeing with each other."""

from __future__ import annotations

import pytest

from autoscore.model.score import GROUPS
from autoscore.stages.compose.harmony.roman import parse_roman
from autoscore.tables import mood, mood_names, read
from autoscore.tables.keys import key_on, parse_key, third_of

ASKED = {
    "tense", "heroic", "melancholic", "wonder", "romance", "horror", "comedy", "action", "mystery", "triumph",
    "pastoral", "noir", "vlog", "lofi", "documentary", "electronic",
}  # fmt: skip
ROLES = ("lead", "harmony", "bass", "motion", "colour", "counter", "percussion")
DYNAMICS = ("ppp", "pp", "p", "mp", "mf", "f", "ff", "fff")


def test_all_sixteen_moods_are_there() -> None:
    """Every mood of the craft guide has its file."""
    assert set(mood_names()) == ASKED


def test_a_mood_word_belongs_to_one_mood_only() -> None:
    """A word in a brief never means two moods."""
    words = [word for name in mood_names() for word in mood(name).words]
    assert len(words) == len(set(words))


@pytest.mark.parametrize("name", sorted(ASKED))
def test_mood_is_complete(name: str) -> None:
    """Ranges are ranges, lists are long enough, and every name in a mood exists in its own table."""
    row, instruments = mood(name), read("instruments.toml")
    assert row.tempo.min_bpm < row.tempo.prefer_bpm < row.tempo.max_bpm
    assert -1 <= row.valence <= 1
    assert 0 <= row.arousal <= 1
    assert 0 < row.spotting.coverage <= 1
    assert len(row.harmony.progressions) >= 3
    assert len(row.harmony.cadences) >= 2
    assert set(row.harmony.modes) <= set(read("modes.toml"))
    assert DYNAMICS.index(row.dynamics.floor) < DYNAMICS.index(row.dynamics.ceiling)
    assert row.palette in read("palettes.toml")
    for role in ROLES:
        players = getattr(row.texture, role)
        assert players or role == "percussion"
        assert set(players) <= set(instruments), role
    assert len(set(row.devices.hard)) >= 3, "two hits in a row never share a device"


@pytest.mark.parametrize("name", sorted(ASKED))
def test_every_chord_of_a_mood_can_be_read(name: str) -> None:
    """The grammar of tables/README.md and the composer's parser agree on every chord."""
    harmony = mood(name).harmony
    for row in (*harmony.progressions, *harmony.cadences, harmony.ending):
        for chord in row:
            assert parse_roman(chord)


@pytest.mark.parametrize("name", sorted(ASKED))
def test_a_mood_has_progressions_for_each_of_its_thirds(name: str) -> None:
    """Whatever mode of the mood a cue is in, a progression fits its third."""
    harmony = mood(name).harmony
    for third in {third_of(mode) for mode in harmony.modes}:
        tonic = "I" if third == "major" else "i"
        fits = [
            row for row in harmony.progressions if not any(_degree(c) == ("i" if tonic == "I" else "I") for c in row)
        ]
        assert fits, third


def _degree(chord: str) -> str:
    head = chord.split("/")[0]
    return "".join(c for c in head if c in "ivIV") if head[0] not in "b#" else ""


def test_every_palette_can_play_every_mood() -> None:
    """In each palette somebody plays each role but percussion, by the rule of tables/README.md."""
    instruments = read("instruments.toml")
    for palette, row in read("palettes.toml").items():
        assert set(row["groups"]) <= set(GROUPS)
        assert set(row["without"]) <= set(instruments)
        for role in ROLES:
            assert set(row[role]) <= set(instruments)
            assert role == "percussion" or row[role]
            for player in row[role]:
                assert instruments[player]["group"] in row["groups"], (palette, role, player)
                assert player not in row["without"], (palette, role, player)


def test_planning_knows_every_mood() -> None:
    """Each mood has its row of kin, and kin are moods."""
    rows = read("planning.toml")["moods"]
    assert set(rows) == ASKED
    for name, row in rows.items():
        assert set(row["kin"]) <= ASKED - {name}


def test_instrument_words_name_instruments() -> None:
    """Each instrument word of a brief leads to instruments and groups that exist."""
    words, instruments = read("words.toml"), read("instruments.toml")
    for names in words["instruments"].values():
        assert set(names) <= set(instruments)
    for names in words["groups"].values():
        assert set(names) <= {*instruments, *GROUPS}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("D minor", "D minor"),
        ("f# lydian", "F# lydian"),
        ("B♭ harmonic minor", "Bb harmonic_minor"),
        ("A aeolian", "A minor"),
        ("C ionian", "C major"),
        ("E flat major", "Eb major"),
    ],
)
def test_keys_are_read_as_people_write_them(text: str, wanted: str) -> None:
    """Spellings of tonics and modes lead to one form."""
    assert str(parse_key(text)) == wanted


@pytest.mark.parametrize("text", ["", "H minor", "minor", "D", "D mnor", "D#b minor", "4"])
def test_what_is_not_a_key_is_refused(text: str) -> None:
    """Anything but a tonic and a mode is an error, not a guess."""
    with pytest.raises(ValueError, match=r"key|mode"):
        parse_key(text)


def test_every_key_reads_back() -> None:
    """The program's own spelling of each key is one it reads."""
    for pitch_class in range(12):
        for mode in read("modes.toml"):
            key = key_on(pitch_class, mode)
            assert parse_key(str(key)) == key


def test_third_names() -> None:
    """The third of a mode agrees with its scale (a scale with both counts as minor)."""
    for name, row in read("modes.toml").items():
        assert third_of(name) == ("minor" if 3 in row["scale"] else "major")
