"""Whose music it is: each film its own by default, films of one identity related, a tune brought along at home."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from planning_films import film, media

from autoscore.model.brief import Brief
from autoscore.model.cues import CuePlan, OwnTheme
from autoscore.model.media import FilmDigest
from autoscore.model.palette import Palette
from autoscore.model.score import ThemeNote
from autoscore.stages.compose import theme_book
from autoscore.stages.plan import plan
from autoscore.stages.plan.keys import mode_for
from autoscore.tables import mood
from autoscore.tables.keys import parse_key, third_of

SPOTTING = film((40.0, 0.3, 0.3, 0.2), (50.0, 0.9, 0.8, 0.3), (40.0, 0.2, 0.2, 0.2))
TUNE = OwnTheme(
    title="waltz", metre="3/4", key="G minor",
    notes=tuple(ThemeNote(start_beats=Fraction(n), length_beats=Fraction(1), pitch=67 + n % 5) for n in range(12)),
)  # fmt: skip


def planned(content: str = "one film", tune: OwnTheme | None = None, **wishes: object) -> CuePlan:
    known = media(SPOTTING.duration_s)
    known = replace(known, digest=FilmDigest(size_bytes=1, mtime_ns=1, head_tail_sha256=content))
    return plan(known, SPOTTING, Brief(**wishes), tune)  # type: ignore[arg-type]


def test_two_films_never_get_the_same_music() -> None:
    """The same pictures in another file have another identity, other cue seeds and other themes."""
    one, other = planned("one film"), planned("another film")
    assert one.identity != other.identity
    assert not {cue.seed for cue in one.cues} & {cue.seed for cue in other.cues}
    alike = replace(other, home_key=one.home_key)  # even in the same key
    assert theme_book(one)[0].degrees != theme_book(alike)[0].degrees


def test_films_of_one_identity_share_their_themes() -> None:
    """With the same word the same themes, in a file that is not the same; with another word or seed others."""
    one, recut = planned("first cut", identity="my series"), planned("second cut", identity="my series")
    assert theme_book(one) == theme_book(recut)
    assert one.home_key == recut.home_key
    assert one.identity == "my series"
    assert theme_book(planned("first cut", identity="my series", seed=2))[0].degrees != theme_book(one)[0].degrees


def test_a_film_stays_what_it_was() -> None:
    """The same file and wishes give the same plan."""
    assert planned() == planned()


def test_a_tune_brings_its_key_and_metre() -> None:
    """Home key and metre are the tune's, unless the brief says otherwise; the main theme is the tune."""
    with_tune = planned(tune=TUNE)
    assert with_tune.own_theme == TUNE
    assert with_tune.home_key == "G minor"
    assert {cue.metre for cue in with_tune.cues} == {"3/4"}
    assert with_tune.cues[0].reasons["metre"] == "the metre of your theme"
    assert planned(tune=TUNE, key="D major").home_key == "D major"
    book = theme_book(with_tune)
    assert book[0].metre == "3/4"
    assert theme_book(with_tune, take=2)[0].degrees == book[0].degrees


@pytest.mark.parametrize("key", ["G minor", "G major"])
@pytest.mark.parametrize("mood_name", ["heroic", "horror", "documentary"])
def test_a_tune_keeps_its_third(key: str, mood_name: str) -> None:
    """Every cue that states the tune has its third, whatever the mood likes, unless a mode is wished; it says so."""
    third = key.split()[1]
    found = planned(tune=replace(TUNE, key=key), mood=mood_name)
    stating = [cue for cue in found.cues if cue.theme.theme == "main"]
    assert stating
    assert all(third_of(parse_key(cue.key).mode) == third for cue in stating)
    assert all(cue.reasons["key"].endswith(f"{third} like your theme") for cue in stating)
    wished = planned(tune=replace(TUNE, key=key), mood=mood_name, words="lydian")
    assert {parse_key(cue.key).mode for cue in wished.cues} == {"lydian"}
    assert all("you asked for" in cue.reasons["key"] for cue in wished.cues)


def test_a_tunes_mode_gives_way_to_a_likelier_one_with_its_third() -> None:
    """A mood that does not know the tune's mode, but one with its third, has that one."""
    assert mode_for("noir", -0.3, parse_key("D minor")) in mood("noir").harmony.modes
    assert mode_for("tense", -0.9, parse_key("D minor")) == "minor"
    assert mode_for("heroic", 0.5, parse_key("D minor")) == "minor"


def test_a_palette_of_ones_own_reaches_every_cue() -> None:
    """Cues that play by the user's palette carry it, so that each can be composed by itself."""
    own = Palette(
        name="trio", title="Trio", groups=("keys", "strings"), lead=("violin",), harmony=("piano",), bass=("cellos",),
        motion=("piano",), strict=True,
    )  # fmt: skip
    found = plan(media(SPOTTING.duration_s), SPOTTING, Brief(palette="trio.toml"), None, own)
    assert found.palette == "trio" and found.own_palette == own
    assert all(cue.palette == "trio" and cue.own_palette == own for cue in found.cues)
