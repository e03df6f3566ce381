"""A finished film of ours is known as one when it is given to be scored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from small_films import MakeFilm, ffmpeg

from autoscore.adapters.tags import MARK
from autoscore.placing import scored_before


def tagged(film: Path, name: str, comment: str) -> Path:
    """A copy with a comment."""
    copy = film.with_name(name)
    ffmpeg("-i", film, "-c", "copy", "-metadata", f"comment={comment}", copy)
    return copy


def test_a_finished_film_of_ours_is_told(make_film: MakeFilm) -> None:
    """By its tags, whatever it is called now; another film's comment says nothing, nor does a film that is none."""
    film = make_film(seconds=0.4)
    assert scored_before(film) == ()
    assert scored_before(tagged(film, "theirs.mp4", "Music: autoharp")) == ()
    (said,) = scored_before(tagged(film, "renamed.mp4", f"Rome, 2024 | {MARK} 0.1, seed 1"))
    assert said.startswith("renamed.mp4 already has autoscore's music")
    assert "Score the original instead." in said
    broken = film.with_name("broken.mp4")
    broken.write_bytes(b"no film")
    assert scored_before(broken) == ()


def test_the_original_is_named_where_the_receipt_says_it(run: Any, make_film: MakeFilm, monkeypatch: Any) -> None:
    """The note stands on stderr of the command, once, with the film that is to be scored instead."""
    film = tagged(make_film(seconds=1.2), "a.scored.mp4", f"{MARK} 0.1")
    monkeypatch.setattr("autoscore.placing.source_of", lambda film: Path("a.mp4"))
    said = run("analyze", film)
    assert said.code == 0, said.err
    assert said.err.count("already has autoscore's music") == 1
    assert "Score the original, a.mp4, instead." in said.err
