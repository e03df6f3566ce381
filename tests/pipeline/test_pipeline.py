"""Reuse, resume and refusals, with tiny stages in the place of the real ones."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from stand_ins import CUES, EVERYTHING, Stages, edit, score, sheet_of

from autoscore import pipeline
from autoscore.adapters.locks import held
from autoscore.errors import BusyError, ConflictError, StorageError, UsageError
from autoscore.model.brief import Brief
from autoscore.model.events import Event
from autoscore.model.score import Score
from autoscore.model.tempo import TempoMap


def test_a_second_run_makes_nothing(stages: Stages, film: Path) -> None:
    """Everything is made once, in order; the same call again reuses all of it and leaves the output alone."""
    first = score(film)
    assert stages.taken() == EVERYTHING
    assert {outcome.state for outcome in first.outcomes.values()} == {"missing"}
    before = first.output.stat().st_mtime_ns if first.output else 0
    second = score(film)
    assert stages.taken() == []
    assert {outcome.state for outcome in second.outcomes.values()} == {"fresh"}
    assert second.output is not None and second.output.stat().st_mtime_ns == before
    assert second.plan == first.plan and second.stems == first.stems and second.score == first.score


def test_samples_are_let_go_of_after_playing(stages: Stages, film: Path) -> None:
    """Once for all cues of a run, also where a later cue fails; not at all where nothing was played."""
    stages.fail, stages.fail_in = KeyboardInterrupt(), "render 1M2"
    with pytest.raises(KeyboardInterrupt):
        score(film)
    assert stages.released == 1
    stages.fail_in = ""
    score(film)
    assert stages.released == 2
    score(film)
    assert stages.released == 2


@pytest.mark.parametrize("fail_in", ["analyze", "plan", "tempo 1M2", "compose 1M2", "render 1M2", "mix", "deliver"])
def test_a_stopped_run_goes_on_where_it_was(stages: Stages, film: Path, fail_in: str) -> None:
    """Ctrl-C anywhere: no lock and no unfinished file is left, and the next run makes only what is missing."""
    stages.fail, stages.fail_in = KeyboardInterrupt(), fail_in
    with pytest.raises(KeyboardInterrupt):
        score(film)
    done = stages.taken()
    folder = film.with_suffix(".autoscore")
    assert not [path for path in folder.rglob("*") if "part" in path.name or path.name == "lock"]
    assert not film.with_name("film.scored.mp4").exists()
    stages.fail_in = ""
    result = score(film)
    cheap = {f"{stage} {cue}" for stage in ("tempo", "compose") for cue in CUES}
    assert [call for call in done + stages.taken() if call not in cheap] == [c for c in EVERYTHING if c not in cheap]
    assert result.output is not None and result.output.exists()


def test_nothing_is_left_of_a_film_that_cannot_be_read(stages: Stages, film: Path) -> None:
    """When the very first stage fails, the folder that was made for it goes away again."""
    stages.fail, stages.fail_in = UsageError("no film"), "probe"
    with pytest.raises(UsageError):
        score(film)
    assert sorted(path.name for path in film.parent.iterdir()) == ["film.mp4"]


def test_a_full_disk_is_a_sentence(stages: Stages, film: Path) -> None:
    """ENOSPC from anywhere inside a stage becomes a StorageError, and the stage counts as missing."""
    stages.fail, stages.fail_in = OSError(28, "No space left on device"), "mix"
    with pytest.raises(StorageError, match="no space left"):
        score(film)
    stages.fail_in = ""
    stages.taken()
    score(film)
    assert stages.taken() == ["mix", "deliver"]


def test_a_stem_changed_by_hand_is_kept(stages: Stages, film: Path) -> None:
    """A stem that a person exchanged is mixed as it is; when its cue changes too, that is a conflict."""
    result = score(film)
    stem = result.workspace / "07-stems" / "1M2_strings.flac"
    stem.write_text("played by a person")
    stages.taken()
    again = score(film)
    assert stages.taken() == ["mix", "deliver"]
    assert again.outcomes["render"].state == "edited"
    assert again.output is not None and "played by a person" in again.output.read_text()
    edit(film, "1M2 tense", "1M2 heroic")
    with pytest.raises(ConflictError, match="1M2"):
        score(film)
    assert stem.read_text() == "played by a person"


def test_a_lost_stem_is_made_again(stages: Stages, film: Path) -> None:
    """A file that is gone is missing, whatever the manifest says."""
    result = score(film)
    (result.workspace / "07-stems" / "1M3_strings.flac").unlink()
    stages.taken()
    score(film)
    assert stages.taken() == ["render 1M3"]


def test_other_mixes_do_not_compose_again(stages: Stages, film: Path) -> None:
    """--no-original is looked at again by spotting, but the same plan is not composed again; fonts only play anew."""
    score(film)
    stages.taken()
    score(film, Brief(original=False))
    assert stages.taken() == ["spot", "mix", "deliver"]
    score(film, Brief(original=False, soundfont="other"))
    assert stages.taken() == [f"render {cue}" for cue in CUES]


def test_another_seed_makes_other_themes(stages: Stages, film: Path) -> None:
    """The seed reaches the theme book and every cue."""
    one = score(film)
    two = score(film, Brief(seed=2))
    assert one.score is not None and two.score is not None
    assert one.score.themes != two.score.themes
    assert two.outcomes["compose"].made == list(CUES)


def test_a_dry_run_writes_nothing(stages: Stages, film: Path) -> None:
    """--dry-run tells what would be made, cue by cue, and touches no file."""
    fresh = score(film, dry=True)
    assert [path.name for path in film.parent.iterdir()] == ["film.mp4"]
    assert {outcome.state for outcome in fresh.outcomes.values()} == {"missing"}
    score(film)
    edit(film, "1M2 tense", "1M2 heroic")
    stages.taken()
    before = {path: path.stat().st_mtime_ns for path in film.parent.rglob("*")}
    found = score(film, dry=True)
    assert {path: path.stat().st_mtime_ns for path in film.parent.rglob("*")} == before
    assert [call for call in stages.taken() if not call.startswith("follow")] == []
    assert found.outcomes["plan"].state == "edited"
    assert found.outcomes["tempo"].todo == ["1M2"]
    assert found.outcomes["deliver"].state == "stale"


def test_status_asks_with_the_wishes_of_the_last_run(stages: Stages, film: Path) -> None:
    """After a run with wishes and an output of one's own, status says that all is up to date."""
    other = film.with_name("elsewhere.mp4")
    score(film, Brief(mood="noir", original=False), output=other)
    found = pipeline.status(film)
    assert {outcome.state for outcome in found.outcomes.values()} == {"fresh"}
    assert found.output == other


def test_until_stops(stages: Stages, film: Path) -> None:
    """`until="plan"` ends at the cue sheet."""
    result = pipeline.run(film, Brief(), until="plan")
    assert stages.taken() == ["probe", "analyze", "spot", "plan"]
    assert sheet_of(film).exists() and result.output is None


def test_events_tell_the_run(stages: Stages, film: Path) -> None:
    """Every stage starts and is done, progress never runs backwards, and warnings come once."""
    events: list[Event] = []
    score(film, on_event=events.append)
    assert [event.stage for event in events if event.kind == "start"] == list(pipeline.NAMES)
    assert [event.stage for event in events if event.kind == "done"] == list(pipeline.NAMES)
    assert [event.text for event in events if event.kind == "warning"] == ["A lesser font."]
    for name in pipeline.NAMES:
        shares = [event.fraction for event in events if event.stage == name and event.kind == "progress"]
        assert shares == sorted(shares) and all(0 <= share <= 1 for share in shares)


def test_a_second_process_has_to_wait(stages: Stages, film: Path) -> None:
    """A workspace that somebody holds is not entered; a lock file that nobody holds any more is taken over."""
    result = score(film)
    lock = result.workspace / "lock"
    with held(lock), pytest.raises(BusyError, match=f"Another run .*{os.getpid()}"):
        score(film)
    for left in (f"{os.uname().nodename} 1", f"{os.uname().nodename} 999999999", ""):
        lock.write_text(left)
        score(film)
        assert not lock.exists()


def test_what_a_crash_left_is_swept(stages: Stages, film: Path) -> None:
    """Unfinished files of a killed run are removed by the next one; other people's files are not."""
    folder = score(film).workspace
    (folder / ".08-mix.flac.part").write_text("half")
    (folder / ".part-render").mkdir()
    (folder / ".part-render" / "x.flac").write_text("half")
    (folder / "notes.txt").write_text("mine")
    score(film)
    names = {path.name for path in folder.iterdir()}
    assert not [name for name in names if "part" in name]
    assert "notes.txt" in names


def test_a_folder_that_is_not_ours_is_not_swept(stages: Stages, film: Path, tmp_path: Path) -> None:
    """A folder given with --workspace may hold other things; they stay."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / ".download.part").write_text("theirs")
    score(film, workspace=folder)
    assert (folder / ".download.part").read_text() == "theirs"


def test_a_run_ends_with_what_people_look_at(stages: Stages, film: Path) -> None:
    """Every stage in ENDS can be the last; another is refused before anything is done, not after the work."""
    for name in pipeline.ENDS:
        assert next(reversed(pipeline.run(film, Brief(), until=name).outcomes)) == name
    for name in set(pipeline.NAMES) - set(pipeline.ENDS):
        calls = list(stages.calls)
        with pytest.raises(ValueError, match=name):
            pipeline.run(film, Brief(), until=name)
        assert stages.calls == calls


def test_films_of_one_stem_have_their_own_workspaces(stages: Stages, film: Path) -> None:
    """a.mp4 and a.mov side by side do not overwrite each other's work."""
    one = score(film)
    other = film.with_suffix(".mov")
    other.write_bytes(b"other")
    two = score(other)
    assert one.workspace != two.workspace
    assert json.loads((one.workspace / "manifest.json").read_text())["film"] == "film.mp4"


def test_a_closed_folder_sends_the_work_here(
    stages: Stages, film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the film's folder cannot be written, workspace and result go to the current folder, and that is said."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr("autoscore.workspace.writable", lambda folder: folder == here)
    result = score(film)
    assert result.workspace == here / "film.autoscore"
    assert result.output == here / "film.scored.mp4"
    assert any("current folder" in text for text in result.warnings)


def test_a_name_that_cannot_be_kept_becomes_matroska(stages: Stages, film: Path) -> None:
    """A container that cannot be written gives an .mkv, and that is said; music alone is a WAV file."""
    odd = film.rename(film.with_suffix(".rm"))
    result = score(odd)
    assert result.output is not None and result.output.name == "film.scored.mkv"
    assert any("Matroska" in text for text in result.warnings)
    alone = score(odd, Brief(music_only=True))
    assert alone.output is not None and alone.output.name == "film.score.wav"


@pytest.mark.parametrize("target", ["film.mp4", "link.mp4", "sub", "none/out.mp4", "out.xyz", "out", "there.mp4"])
def test_outputs_that_are_refused(stages: Stages, film: Path, target: str) -> None:
    """The film itself or a link to it, a folder, a missing folder, an unknown kind, an existing file: all refused."""
    (film.parent / "sub").mkdir()
    (film.parent / "there.mp4").write_text("precious")
    (film.parent / "link.mp4").hardlink_to(film)
    with pytest.raises(UsageError):
        pipeline.run(film, Brief(), output=film.parent / target)
    assert stages.taken() == []
    assert film.read_bytes() == b"film" and (film.parent / "there.mp4").read_text() == "precious"
    assert not film.with_suffix(".autoscore").exists()


def test_values_read_back_are_what_was_made(stages: Stages, film: Path) -> None:
    """A resumed run sees exactly the values of the run that made them, whole numbers in float fields included."""
    first = score(film)
    second = score(film)
    assert isinstance(first.analysis and first.analysis.duration_s, float)
    assert (first.media, first.analysis, first.tempo, first.mix) == (
        second.media, second.analysis, second.tempo, second.mix,
    )  # fmt: skip
    assert isinstance(second.score, Score) and isinstance(second.tempo, TempoMap)
