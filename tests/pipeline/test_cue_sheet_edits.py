"""What a person changes in the cue sheet, and what new wishes do to it."""

from __future__ import annotations

from pathlib import Path

import pytest
from stand_ins import Stages, edit, score, sheet_of

from autoscore import pipeline
from autoscore.errors import ConflictError, CueSheetError, StorageError
from autoscore.model.brief import Brief
from autoscore.reports import foreseen, sheet_fact


def test_one_edited_cue_is_made_again_alone(stages: Stages, film: Path) -> None:
    """Another mood for one cue: what follows from it is derived, that cue is made again, and no other is touched."""
    score(film)
    stages.taken()
    folder = film.with_suffix(".autoscore") / "07-stems"
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}
    edit(film, "1M2 tense", "# heavier here\n1M2 heroic")
    result = score(film)
    assert stages.taken() == ["follow 1M2", "tempo 1M2", "compose 1M2", "render 1M2", "mix", "deliver"]
    assert result.outcomes["plan"].state == "edited"
    assert result.outcomes["compose"].made == ["1M2"]
    after = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}
    assert {name for name in after if after[name] != before.get(name)} == {"1M2.json", "1M2_strings.flac"}
    assert "D_major" in sheet_of(film).read_text()
    assert "# heavier here" in sheet_of(film).read_text()
    score(film)
    assert stages.taken() == []


def test_edits_add_up(stages: Stages, film: Path) -> None:
    """A second edit keeps the first, and only its own cue is made again."""
    score(film)
    edit(film, "1M2 tense", "1M2 heroic")
    score(film)
    stages.taken()
    edit(film, "1M3 tense", "1M3 horror")
    result = score(film)
    assert [call for call in stages.taken() if call.startswith("compose")] == ["compose 1M3"]
    assert result.plan is not None
    assert [cue.mood for cue in result.plan.cues] == ["tense", "heroic", "horror"]


def test_a_comment_is_no_edit(stages: Stages, film: Path) -> None:
    """A comment in the cue sheet makes nothing stale, and survives when the plan is made anew."""
    score(film)
    edit(film, "1M1", "# nice\n1M1")
    stages.taken()
    score(film)
    assert stages.taken() == []
    score(film, Brief(mood="heroic"))
    assert "plan" in stages.taken()
    assert "# nice" in sheet_of(film).read_text()


def test_a_muted_cue_is_not_made(stages: Stages, film: Path) -> None:
    """Muting a cue takes it and its stems out and leaves the others alone."""
    score(film)
    stages.taken()
    edit(film, "1M1 tense C_minor False", "1M1 tense C_minor True")
    result = score(film)
    assert stages.taken() == ["follow 1M1", "mix", "deliver"]
    assert not (result.workspace / "07-stems" / "1M1_strings.flac").exists()
    assert result.score is not None and [cue.cue_id for cue in result.score.cues] == ["1M2", "1M3"]


def test_edit_and_new_wishes_are_a_conflict(stages: Stages, film: Path) -> None:
    """An edited sheet and other wishes: the run stops and nothing changes; --keep and --redo each settle it."""
    score(film)
    edit(film, "1M2 tense", "1M2 heroic")
    score(film)
    text = sheet_of(film).read_text()
    with pytest.raises(ConflictError) as caught:
        score(film, Brief(mood="noir"))
    assert "--keep" in caught.value.hint and "--redo plan" in caught.value.hint
    assert sheet_of(film).read_text() == text
    kept = score(film, Brief(mood="noir"), keep=True)
    assert kept.plan is not None and [cue.mood for cue in kept.plan.cues] == ["tense", "heroic", "tense"]
    anew = score(film, Brief(mood="comedy"), redo=["plan"])
    assert anew.plan is not None and [cue.mood for cue in anew.plan.cues] == ["comedy"] * 3
    assert (anew.workspace / "cues.before-redo.toml").read_text() == text


def test_an_edited_sheet_takes_what_does_not_plan(stages: Stages, film: Path) -> None:
    """Another loudness target, or the film's own sound left out, leaves an edited sheet alone; the mix follows."""
    score(film)
    edit(film, "1M2 tense", "1M2 heroic")
    score(film)
    stages.taken()
    result = score(film, Brief(target="netflix", original=False))
    assert stages.taken() == ["mix", "deliver"]
    assert result.plan is not None and [cue.mood for cue in result.plan.cues] == ["tense", "heroic", "tense"]


def test_a_kept_sheet_says_which_wishes_it_passes_over(stages: Stages, film: Path) -> None:
    """--keep names every wish without effect, and the next run need not be told again."""
    score(film)
    edit(film, "1M2 tense", "1M2 heroic")
    kept = score(film, Brief(mood="noir", seed=7), keep=True)
    assert any("--mood noir" in text and "--seed 7" in text for text in kept.warnings)
    again = score(film)
    assert again.plan == kept.plan
    assert not any("--mood" in text for text in again.warnings)


def test_a_plan_made_anew_says_what_was_asked_before(stages: Stages, film: Path) -> None:
    """Leaving out a wish of the last run plans anew, and the run says so."""
    score(film, Brief(mood="noir"))
    result = score(film)
    assert any("--mood noir" in text for text in result.warnings)


def test_edit_and_another_film_are_a_conflict(stages: Stages, film: Path) -> None:
    """An edited sheet whose film was exchanged stops the run."""
    score(film)
    edit(film, "1M2 tense", "1M2 heroic")
    film.write_bytes(b"another film")
    stages.taken()
    with pytest.raises(ConflictError):
        score(film)
    assert stages.taken() == ["probe"]


def test_a_sheet_that_is_no_file_is_a_sentence(stages: Stages, film: Path) -> None:
    """A folder in the place of the cue sheet is named, and stays."""
    score(film)
    sheet_of(film).unlink()
    sheet_of(film).mkdir()
    for how in ({}, {"dry": True}, {"keep": True}):
        with pytest.raises(StorageError, match="no ordinary file"):
            score(film, **how)
    assert sheet_of(film).is_dir()


def test_a_draft_s_edited_sheet_becomes_a_final_s(stages: Stages, film: Path) -> None:
    """A final over a draft's edited sheet stops before it looks at the film; with --keep the edits stay, the rest is
    seen anew, once, and the sheet is a draft's no longer."""
    drafted = score(film, Brief(quality="draft"))
    assert drafted.plan is not None and drafted.plan.draft
    edit(film, "1M2 tense", "1M2 heroic")
    stages.taken()
    with pytest.raises(ConflictError):
        score(film)
    assert stages.taken() == []
    for how, state in (({}, "conflict"), ({"keep": True}, "edited"), ({"redo": ["plan"]}, "stale")):
        assert score(film, dry=True, **how).outcomes["plan"].state == state
    kept = score(film, keep=True)
    assert stages.taken()[:3] == ["analyze", "follow 1M2", "renewed"]  # what the stand-in spots is the same
    assert kept.plan is not None and not kept.plan.draft
    assert [cue.mood for cue in kept.plan.cues] == ["tense", "heroic", "tense"]
    assert "Looked at anew." in kept.warnings
    again = score(film)
    assert stages.taken() == [] and again.plan == kept.plan
    assert "Looked at anew." not in again.warnings


def test_a_dry_run_says_what_a_run_would_do_with_an_edited_sheet(stages: Stages, film: Path) -> None:
    """Before a final over a draft's edited sheet it says that the run would stop and how to go on, with --keep that
    hits follow, with --redo where the sheet goes; and nothing where the run just goes on."""
    score(film, Brief(quality="draft"))
    edit(film, "1M2 tense", "1M2 heroic")
    assert foreseen(score(film, Brief(quality="draft"), dry=True)) == ()
    (stops,) = foreseen(score(film, dry=True))
    assert "would stop" in stops and "--keep" in stops and "--redo plan" in stops and "draft" in stops
    assert "follow the final" in foreseen(score(film, dry=True, keep=True))[0]
    assert "set aside" in foreseen(score(film, dry=True, redo=["plan"]), ["plan"])[0]


def test_what_a_draft_s_sheet_is_stands_in_the_status(stages: Stages, film: Path) -> None:
    """Of a draft's sheet it says how many hits are the draft's, and once it was edited how they are renewed; of a
    final's nothing."""
    score(film, Brief(quality="draft"))
    assert "plans anew" in sheet_fact(pipeline.status(film))
    edit(film, "1M2 tense", "1M2 heroic")
    assert "0 of its hits" in sheet_fact(pipeline.status(film)) and "--keep" in sheet_fact(pipeline.status(film))
    score(film, keep=True)
    assert sheet_fact(pipeline.status(film)) == ""


def test_the_wishes_of_an_edited_sheet_stand(stages: Stages, film: Path) -> None:
    """After `--mood noir` and an edit, a run without wishes goes on with the sheet instead of calling it a conflict."""
    score(film, Brief(mood="noir", seed=5))
    edit(film, "1M2 noir", "1M2 heroic")
    stages.taken()
    result = score(film)
    assert [call for call in stages.taken() if call.startswith("compose")] == ["compose 1M2"]
    assert result.plan is not None and [cue.mood for cue in result.plan.cues] == ["noir", "heroic", "noir"]
    assert any("noir" in text for text in result.warnings)


def test_a_sheet_without_a_record_is_kept(stages: Stages, film: Path) -> None:
    """A lost or broken manifest does not cost a person's cue sheet."""
    score(film)
    edit(film, "1M2 tense", "1M2 heroic")
    (film.with_suffix(".autoscore") / "manifest.json").write_text("{ broken")
    result = score(film)
    assert result.plan is not None and [cue.mood for cue in result.plan.cues] == ["tense", "heroic", "tense"]
    assert any("manifest.json" in text for text in result.warnings)


def test_a_sheet_that_is_left_out_of_the_record_counts_as_edited(stages: Stages, film: Path) -> None:
    """A manifest that names all files but the sheet: it is kept, and other wishes are a conflict."""
    score(film)
    manifest = film.with_suffix(".autoscore") / "manifest.json"
    text = manifest.read_text()
    assert text.count('"cues.toml"') == 1
    manifest.write_text(text.replace('"cues.toml"', '"0"'))
    sheet = sheet_of(film).read_text()
    with pytest.raises(ConflictError, match="edited by hand"):
        score(film, Brief(mood="calm"))
    assert sheet_of(film).read_text() == sheet


def test_a_wrong_sheet_stops_before_anything_is_made(stages: Stages, film: Path) -> None:
    """A cue sheet that cannot be read is left as it is, and the output as well."""
    result = score(film)
    sheet_of(film).write_text("1M1 what\n")
    stages.taken()
    with pytest.raises(CueSheetError):
        score(film)
    assert stages.taken() == []
    film.write_bytes(b"another film")
    for keep in (False, True):
        with pytest.raises(CueSheetError):
            score(film, Brief(quality="draft"), keep=keep)
    assert stages.taken() == []
    assert sheet_of(film).read_text() == "1M1 what\n"
    assert result.output is not None and result.output.exists()
