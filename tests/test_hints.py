"""What is said of the next step: commands that can be typed as they stand, and the cause of a conflict."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from stand_ins import Stages

from autoscore import artifacts
from autoscore.errors import ConflictError
from autoscore.hints import explained, score_command
from autoscore.model.brief import Brief
from autoscore.model.spotting import Spotting


@pytest.mark.parametrize("name", ["-holiday.mp4", "a b.mp4", "it's.mp4", "🎬.mp4"])
def test_a_command_can_be_typed(tmp_path: Path, name: str) -> None:
    """Whatever the film is called, the shell and the parser read its name as a file's."""
    words = shlex.split(score_command(Path(name), Brief(), Path(name).absolute().with_suffix(".autoscore")))
    assert len(words) == 3
    assert not words[2].startswith("-")
    assert Path(words[2]) == Path(name)


def test_a_conflict_of_draft_and_final_is_explained(tmp_path: Path) -> None:
    """The cause stands in the sentence, and what becomes of the changes under it; where there is no such cause both
    stay as they are. A draft that was only planned is a draft."""
    film, made = tmp_path / "film.mp4", Stages()
    film.write_bytes(b"film")
    spotting = Spotting(duration_s=30.0, scenes=(), beats=(), hits=())
    for name in ("draft", "final"):
        (tmp_path / name).mkdir()
        plan = replace(made.plan(made.probe(film), spotting, Brief()), draft=name == "draft")
        (tmp_path / name / "04-plan.json").write_text(artifacts.dump(plan))
    error = ConflictError("The sheet was edited.", "Keep it with --keep.")
    told = explained(error, tmp_path / "draft", Brief())
    assert told.message.startswith("The sheet was edited. It was edited on a draft, and this is to be a final")
    assert "hits that you did not touch follow the final" in told.hint and "--redo plan" in told.hint
    for before, quality in (("final", "final"), ("draft", "draft"), ("none", "final")):
        assert explained(error, tmp_path / before, Brief(quality=quality)) is error
    assert "edited on a final" in explained(error, tmp_path / "final", Brief(quality="draft")).message
