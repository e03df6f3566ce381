"""The words of a brief: what is understood, and how misunderstandings are told."""

from __future__ import annotations

import pytest

from autoscore.errors import BriefError
from autoscore.model.brief import Brief
from autoscore.stages.plan.wishes import read_words, wishes_of


def test_the_example_of_the_manual_is_understood() -> None:
    """ "tense, orchestral, 120 bpm, minor key" is a mood, a palette, a tempo and a mode."""
    wishes = read_words("tense, orchestral, 120 bpm, minor key")
    assert wishes.moods == ("tense",)
    assert wishes.palette == "orchestral"
    assert wishes.tempo_bpm == 120
    assert wishes.mode == "minor"
    assert wishes.key is None


def test_sentences_are_understood_as_well() -> None:
    """Articles and small words are passed over; "a minor key" is a mode, "A minor" a key."""
    wishes = read_words("Some quiet, melancholic music in a minor key with solo cello and no drums, please")
    assert wishes.moods == ("melancholic",)
    assert wishes.mode == "minor"
    assert wishes.key is None
    assert wishes.featured == (("solo_cello",),)
    assert wishes.without == ("percussion",)
    assert wishes.intensity_ceiling < 1
    assert str(read_words("epic, A minor").key) == "A minor"
    assert str(read_words("in f# dorian").key) == "F# dorian"


def test_negation_reaches_over_or() -> None:
    """ "no drums or brass" leaves out both, and what comes after a comma is wanted again."""
    wishes = read_words("no drums or brass, piano")
    assert wishes.without == ("percussion", "brass")
    assert wishes.featured == (("piano",),)


def test_words_of_two_parts() -> None:
    """A word with a hyphen in the tables is found with a blank too."""
    assert read_words("lo fi").moods == ("lofi",)
    assert read_words("very slow").tempo_share == 0.0
    assert read_words("string quartet").palette == "strings"


@pytest.mark.parametrize(
    ("text", "word", "hint"),
    [
        ("scarry", "scarry", "scary"),
        ("tense, orchestrel", "orchestrel", "orchestral"),
        ("melancolic strings", "melancolic", "melancholic"),
        ("xyzzyq", "xyzzyq", "understood"),
    ],
)
def test_unknown_words_are_named_with_suggestions(text: str, word: str, hint: str) -> None:
    """An unknown word is an error of usage that names the word and what may have been meant."""
    with pytest.raises(BriefError) as caught:
        read_words(text)
    assert word in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "text",
    [
        "120 bpm, 90 bpm",
        "slow, fast",
        "slow, 160 bpm",
        "quiet and loud",
        "sparse, dense",
        "major minor",
        "D minor, E minor",
        "D minor, major key",
        "orchestral, synths",
        "3/4, 4/4",
        "900 bpm",
        "no tense",
    ],
)
def test_contradictions_are_refused(text: str) -> None:
    """Two wishes that cannot both be met are an error, not a choice made in silence."""
    with pytest.raises(BriefError):
        read_words(text)


@pytest.mark.parametrize(
    ("brief", "hint"),
    [
        (Brief(mood="tens"), "tense"),
        (Brief(palette="orchestra"), "orchestral"),
        (Brief(key="D mnor"), "minor"),
        (Brief(words="120 bpm", tempo_bpm=90), "keep"),
        (Brief(words="D minor", key="E minor"), "keep"),
        (Brief(words="minor key", key="E major"), "keep"),
    ],
)
def test_options_are_checked_like_words(brief: Brief, hint: str) -> None:
    """Unknown or contradictory options get the same kind of answer."""
    with pytest.raises(BriefError) as caught:
        wishes_of(brief)
    assert hint in caught.value.message + caught.value.hint


def test_option_and_words_that_agree_are_one_wish() -> None:
    """Saying the same thing twice is no contradiction; --mood comes before other moods."""
    wishes = wishes_of(Brief(words="tense wonder 120 bpm D minor", mood="wonder", tempo_bpm=120, key="D minor"))
    assert wishes.moods == ("wonder", "tense")
    assert wishes.tempo_bpm == 120
