"""Results that follow one another: which may be replaced, and how a draft and its final are told apart."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from stand_ins import Stages, edit, score

from autoscore import pipeline, reports
from autoscore.errors import UsageError
from autoscore.model.brief import Brief


def test_what_a_draft_does_not_hand_over_does_not_stay(stages: Stages, film: Path, tmp_path: Path) -> None:
    """Notes of another score would lie beside the draft's; a film delivered elsewhere and what a person wrote stay."""
    area = tmp_path / "film.autoscore"
    score(film, output=tmp_path / "one.mp4")
    score(film, Brief(quality="draft"), output=tmp_path / "two.mp4")
    assert (area / "score.mid").exists()
    assert not (area / "score_quantised.mid").exists()
    assert (tmp_path / "one.mp4").exists()
    score(film, output=tmp_path / "three.mp4")
    (area / "score_quantised.mid").write_text("by hand")
    score(film, Brief(quality="draft"), output=tmp_path / "four.mp4", redo=["deliver"])
    assert (area / "score_quantised.mid").read_text() == "by hand"


def test_a_draft_tells_how_its_final_keeps_what_it_chose(stages: Stages, film: Path, tmp_path: Path) -> None:
    """Home key and players, and the place of the output; a mood where all cues have it, not that it is a draft."""

    def told(brief: Brief, **how: Path) -> dict[str, object]:
        result = score(film, brief, **how)
        result.mix = None  # its loudness is read from a receipt, which the stand-in does not write
        return reports.delivery_facts(result)

    found = told(Brief(quality="draft"), output=tmp_path / "my film.mp4")
    assert "another mood, key, tempo or players" in str(found["quality"])
    command = str(found["final"])
    assert command.startswith(f"autoscore score {film} --mood tense --key 'C minor' --palette orchestral --output '")
    assert "--quality" not in command
    edit(film, "1M2 tense", "1M2 heroic")
    assert "--mood" not in str(told(Brief(quality="draft"))["final"])
    film.with_suffix(".autoscore").rename(tmp_path / "away")
    asked = Brief(quality="draft", mood="noir", key="D minor", seed=3)
    command = str(told(asked)["final"])
    assert "--mood noir" in command and "--key 'D minor'" in command and "--seed 3" in command
    assert "--output" not in command
    assert not {"final", "quality"} & set(told(Brief()))


def test_a_result_of_ours_is_made_anew_unasked(stages: Stages, film: Path) -> None:
    """An edited cue, then a draft, then a final, then one elsewhere and back: each replaces the one before it."""
    ways = (Brief(), Brief(quality="draft"), Brief())
    output = film.with_name("film.scored.mp4")
    pipeline.run(film, Brief())
    edit(film, "1M2 tense", "1M2 heroic")
    before = output.read_text()
    pipeline.run(film, Brief())
    assert output.read_text() != before
    for brief in ways:
        pipeline.run(film, brief, redo=["plan"])
    pipeline.run(film, Brief(seed=3), output=film.with_name("other.mp4"))
    pipeline.run(film, Brief(seed=4))
    assert film.read_bytes() == b"film"


@pytest.mark.parametrize("change", ["written", "exchanged", "linked", "another workspace", "no workspace"])
def test_a_result_that_is_no_longer_ours_stays(stages: Stages, film: Path, tmp_path: Path, change: str) -> None:
    """A finished film that a person changed or exchanged, or that another workspace made, needs --overwrite."""
    result = pipeline.run(film, Brief())
    output, workspace = result.output, None
    assert output is not None
    if change == "written":
        output.write_text(output.read_text()[::-1])
    elif change == "exchanged":
        output.with_name("new.mp4").write_text("graded")
        output.with_name("new.mp4").replace(output)
    elif change == "linked":
        output.rename(tmp_path / "archive.mp4")
        output.symlink_to(tmp_path / "archive.mp4")
    elif change == "another workspace":
        workspace = tmp_path / "second"
    else:
        shutil.rmtree(result.workspace)
    before = output.read_text()
    stages.taken()
    with pytest.raises(UsageError, match="exists already"):
        pipeline.run(film, Brief(seed=2), output=output, workspace=workspace)
    assert output.read_text() == before and stages.taken() == []
