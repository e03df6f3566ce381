"""What is said of the next step: commands that can be typed as they stand, and the cause of a conflict."""

from __future__ import annotations

import shlex
from pathlib import Path
from types import SimpleNamespace

import pytest

from autoscore.errors import AutoscoreError, ConflictError
from autoscore.hints import explained, score_command
from autoscore.model.brief import Brief


@pytest.mark.parametrize("name", ["-holiday.mp4", "a b.mp4", "it's.mp4", "🎬.mp4"])
def test_a_command_can_be_typed(tmp_path: Path, name: str) -> None:
    """Whatever the film is called, the shell and the parser read its name as a file's."""
    words = shlex.split(score_command(Path(name), Brief(), Path(name).absolute().with_suffix(".autoscore")))
    assert len(words) == 3
    assert not words[2].startswith("-")
    assert Path(words[2]) == Path(name)


def test_a_conflict_of_draft_and_final_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cause stands in the sentence; where there is no such cause the sentence stays as it is, as the hint does."""
    receipts = {"draft": SimpleNamespace(quality="draft"), "final": SimpleNamespace(quality="final")}

    def read(path: Path) -> SimpleNamespace:
        if path.parent.name not in receipts:
            raise AutoscoreError("no receipt")
        return receipts[path.parent.name]

    monkeypatch.setattr("autoscore.stages.deliver.read_receipt", read)
    error = ConflictError("The sheet was edited.", "Keep it with --keep.")
    told = explained(error, tmp_path / "draft", Brief())
    assert told.message.startswith("The sheet was edited. It was edited on a draft, and this is to be a final")
    assert told.hint == error.hint
    for before, quality in (("final", "final"), ("draft", "draft"), ("none", "final")):
        assert explained(error, tmp_path / before, Brief(quality=quality)).message == error.message
    assert "edited on a final" in explained(error, tmp_path / "final", Brief(quality="draft")).message
