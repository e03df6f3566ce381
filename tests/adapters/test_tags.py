"""The comment in a film's tags: what a person wrote stays, and an earlier score's facts make room."""

from __future__ import annotations

from pathlib import Path

from autoscore.adapters.tags import MARK, comment_of, with_facts


def test_a_persons_comment_stays() -> None:
    """Facts go behind what is there; scoring a scored film does not pile them up."""
    once = with_facts("Shot in Ghent", f"{MARK} 0.1, seed 1")
    assert once == f"Shot in Ghent | {MARK} 0.1, seed 1"
    assert with_facts(once, f"{MARK} 0.2, seed 5") == f"Shot in Ghent | {MARK} 0.2, seed 5"
    assert with_facts("", f"{MARK} 0.1") == f"{MARK} 0.1"


def test_what_is_no_film_has_no_comment(tmp_path: Path) -> None:
    """A file that cannot be read has none; it is somebody else's to complain."""
    (tmp_path / "a.mp4").write_bytes(b"no film")
    assert comment_of(tmp_path / "a.mp4") == ""
    assert comment_of(tmp_path / "none.mp4") == ""
