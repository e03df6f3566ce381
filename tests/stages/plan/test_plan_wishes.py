"""The words of a brief: what is understood, and how misunderstandings are told."""

from __future__ import annotations

import pytest

from autoscore.errors import BriefError
from autoscore.model.brief import Brief
from autoscore.stages.plan.lexicon import mood_called
from autoscore.stages.plan.wishes import read_words, wishes_of
from autoscore.tables import mood_names


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


def test_all_unknown_words_are_named_at_once() -> None:
    """Nobody has to run a brief four times to learn that four of its words are not known: words, what cannot be left
    out, mood, palette and key are all told together."""
    with pytest.raises(BriefError) as caught:
        wishes_of(Brief(words="scarry, xyzzyq, no tense, bagpipez", mood="tens", palette="orchestra", key="H minor"))
    for word in ("scarry", "xyzzyq", "no tense", "bagpipez", "tens", "orchestra", "H"):
        assert f'"{word}"' in caught.value.message or word == "H"
    assert "H" in caught.value.message
    assert "scary for scarry" in caught.value.hint and "orchestral" in caught.value.hint


def test_who_plays_for_an_instrument_that_is_not_here_is_told() -> None:
    """A word that stands for another instrument is in the wishes, with who plays instead; one that is there is not."""
    assert read_words("ukulele, piano").absent == (("ukulele", "a nylon-string guitar"),)
    assert wishes_of(Brief(words="no ukulele")).absent == ()


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
        (Brief(words="120 bpm", tempo_bpm=90), "Keep"),
        (Brief(words="D minor", key="E minor"), "Keep"),
        (Brief(words="minor key", key="E major"), "Keep"),
    ],
)
def test_options_are_checked_like_words(brief: Brief, hint: str) -> None:
    """Unknown or contradictory options get the same kind of answer."""
    with pytest.raises(BriefError) as caught:
        wishes_of(brief)
    assert hint in caught.value.message + caught.value.hint


@pytest.mark.parametrize(("word", "mood"), [("sad", "melancholic"), ("Sad", "melancholic"), ("fairy tale", "wonder")])
def test_a_mood_may_be_asked_for_by_its_words(word: str, mood: str) -> None:
    """--mood takes the words that `moods` lists, as a brief does."""
    assert wishes_of(Brief(mood=word)).moods == (mood,)


def test_filler_words_are_passed_over() -> None:
    """Words that carry no wish do not stand in the way of those that do."""
    said = read_words("Please give me lots of strings with a very sad piano, thank you, that would be really great")
    assert said.moods == ("melancholic",)
    assert len(said.featured) == 2


def test_option_and_words_that_agree_are_one_wish() -> None:
    """Saying the same thing twice is no contradiction; --mood comes before other moods."""
    wishes = wishes_of(Brief(words="tense wonder 120 bpm D minor", mood="wonder", tempo_bpm=120, key="D minor"))
    assert wishes.moods == ("wonder", "tense")
    assert wishes.tempo_bpm == 120


@pytest.mark.parametrize("name", mood_names())
def test_every_mood_can_be_asked_for(name: str) -> None:
    """Each mood is reached by its name as an option and in the brief."""
    assert wishes_of(Brief(mood=name)).moods == (name,)
    assert read_words(f"something {name}, please").moods[0] == name


@pytest.mark.parametrize(
    ("text", "mood", "palette"),
    [
        ("upbeat corporate", "vlog", None),
        ("sad piano", "melancholic", None),
        ("epic trailer", "heroic", "hybrid"),
        ("chill lofi beats 80bpm", "lofi", None),
        ("8-bit", "electronic", "chiptune"),
        ("sad 8-bit", "melancholic", "chiptune"),
        ("jazz", "noir", None),
        ("dark synthwave", "tense", None),
        ("background music for a tutorial", "documentary", None),
        ("energetic gym workout", "vlog", None),
        ("relaxing meditation", "pastoral", None),
        ("spooky halloween", "mystery", None),
        ("heartwarming family video", "romance", None),
        ("celtic", "pastoral", "acoustic"),
    ],
)
def test_words_people_write_for_videos(text: str, mood: str, palette: str | None) -> None:
    """The first word of a mood is the home mood; a style brings its palette where none is named."""
    wishes = read_words(text)
    assert wishes.moods[0] == mood
    assert wishes.palette == palette


def test_numbers_and_keys_in_other_words() -> None:
    """A range of tempi is its middle; a key without a mode is major unless the brief says otherwise."""
    assert read_words("130-140 bpm").tempo_bpm == 135
    assert read_words("tempo 90").tempo_bpm == 90
    assert str(read_words("in the key of G").key) == "G major"
    assert str(read_words("key of G, minor").key) == "G minor"


def test_less_of_a_mood_word_is_no_mood() -> None:
    """ "less intense" asks for quieter music, not for action; a mood that is refused is said so in its own words."""
    wishes = read_words("less intense, not too loud, no vocals")
    assert wishes.moods == ()
    assert wishes.intensity_shift < 0
    assert wishes.without == ("choir",)
    with pytest.raises(BriefError, match='"not sad"'):
        read_words("not sad")


def test_a_misspelt_mood_is_met_with_the_nearest() -> None:
    """A mood with a slip of the pen is refused with the word that was meant, in the sentence itself."""
    with pytest.raises(BriefError, match=r'^There is no mood "sadd"; did you mean sad\?$'):
        mood_called("sadd")
    with pytest.raises(BriefError, match=r'^There is no mood "qqqq"\.$'):
        mood_called("qqqq")
