"""A run over a folder: only what is missing is made, and everything is said once."""

from __future__ import annotations

import threading
from dataclasses import asdict
from pathlib import Path

import pytest
from stand_in_place import Studio

from autoscore.batch import finished, folder, naming
from autoscore.batch.folder import Summary
from autoscore.batch.job import FINISHED, FilmJob, FilmRecord
from autoscore.batch.ledger import Ledger
from autoscore.editing import SHEET
from autoscore.errors import AutoscoreError, BusyError, ConflictError, FilmError, StorageError, UsageError
from autoscore.model.brief import Brief


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    found = Studio(tmp_path)
    found.lay("a.mp4", "b.mp4", "c.mp4")
    return found


def outcome(summary: Summary) -> dict[str, str]:
    return {record.film: record.status for record in summary.records}


def test_a_second_run_has_nothing_to_do(studio: Studio) -> None:
    """Done once, skipped afterwards with what is known of them; the ledger does not grow."""
    assert outcome(studio.run()) == {"a.mp4": "done", "b.mp4": "done", "c.mp4": "done"}
    lines = Ledger(studio.out).path.read_text()
    summary = studio.run()
    assert (set(outcome(summary).values()), studio.scored) == ({"skipped"}, [])
    assert all(record.loudness_lufs == -14.0 for record in summary.records)
    assert Ledger(studio.out).path.read_text() == lines


@pytest.mark.parametrize(
    "change", ["film", "wish", "output gone", "output touched", "cue sheet", "ledger gone", "area"]
)
def test_only_what_is_missing_is_made(studio: Studio, change: str) -> None:
    """What a film is made from decides: the ledger may be lost, and so may the workspace of a finished film."""
    studio.run()
    brief, wanted = Brief(), ["b.mp4"]
    if change == "film":
        (studio.films / "b.mp4").write_bytes(b"another cut")
    elif change == "wish":
        brief, wanted = Brief(seed=2), ["a.mp4", "b.mp4", "c.mp4"]
    elif change == "output gone":
        (studio.out / "b.scored.mp4").unlink()
    elif change == "output touched":
        (studio.out / "b.scored.mp4").write_bytes(b"half of it")
    elif change == "cue sheet":
        (studio.out / "b.mp4.autoscore" / SHEET).write_text("# cues, changed by hand")
    elif change == "ledger gone":
        Ledger(studio.out).path.unlink()
        wanted = []
    else:
        for path in (studio.out / "b.mp4.autoscore").iterdir():
            path.unlink()
        (studio.out / "b.mp4.autoscore").rmdir()
        wanted = []
    studio.run(brief)
    assert sorted(studio.scored) == wanted


def test_a_film_that_failed_waits_until_asked_or_changed(studio: Studio) -> None:
    """It is said each time and counts as failed, but is not tried: unless --retry-failed, or it is another film now."""
    studio.fails["b.mp4"] = FilmError("b.mp4 is no film")
    assert outcome(studio.run())["b.mp4"] == "failed"
    summary = studio.run()
    assert (outcome(summary)["b.mp4"], studio.scored) == ("failed", [])
    assert "--retry-failed" in summary.of("failed")[0].hint
    studio.run(retry_failed=True)
    assert studio.scored == ["b.mp4"]
    studio.fails.clear()
    (studio.films / "b.mp4").write_bytes(b"mended")
    assert outcome(studio.run())["b.mp4"] == "done"


@pytest.mark.parametrize("error", [StorageError("disk full"), UsageError("exists already")])
def test_a_failure_of_the_surroundings_is_tried_again(studio: Studio, error: AutoscoreError) -> None:
    """A full disk has space again, a file that is in the way is taken away: no --retry-failed needed."""
    studio.fails["b.mp4"] = error
    studio.run()
    studio.fails.clear()
    assert outcome(studio.run())["b.mp4"] == "done"
    assert studio.scored == ["b.mp4"]


def test_one_bad_film_harms_no_other(studio: Studio) -> None:
    """Nor does an executor that loses its worker."""
    studio.fails = {"a.mp4": RuntimeError("worker lost"), "b.mp4": FilmError("bad")}
    assert outcome(studio.run()) == {"a.mp4": "failed", "b.mp4": "failed", "c.mp4": "done"}


def test_fail_fast_begins_nothing_new(studio: Studio) -> None:
    """What is in work is ended; the rest is named as left. A failure of an earlier run stops nothing."""
    studio.lay(*(f"d{n}.mp4" for n in range(20)))
    studio.fails["a.mp4"] = FilmError("bad")
    summary = studio.run(fail_fast=True)
    assert 1 <= len(studio.scored) <= 5
    assert len(summary.left) == 23 - len(summary.records)
    summary = studio.run(fail_fast=True)
    assert not summary.left
    assert outcome(summary)["a.mp4"] == "failed"


def test_a_dry_run_writes_nothing(studio: Studio) -> None:
    """It says what would be done, and that is what is done then."""
    studio.run()
    (studio.out / "b.scored.mp4").unlink()
    before = sorted(path.relative_to(studio.out) for path in studio.out.rglob("*"))
    lines = Ledger(studio.out).path.read_text()
    assert outcome(studio.run(dry=True)) == {"a.mp4": "skipped", "b.mp4": "todo", "c.mp4": "skipped"}
    assert studio.scored == []
    assert sorted(path.relative_to(studio.out) for path in studio.out.rglob("*")) == before
    assert Ledger(studio.out).path.read_text() == lines


def test_a_dry_run_says_why(studio: Studio) -> None:
    """New, changed, edited, gone, or other wishes: what is found in the workspace."""
    studio.run()
    (studio.out / "a.scored.mp4").unlink()
    (studio.films / "b.mp4").write_bytes(b"another cut")
    (studio.out / "c.mp4.autoscore" / SHEET).write_text("# cues, changed by hand")
    studio.lay("d.mp4")
    assert {record.film: record.reason for record in studio.run(dry=True).records} == {
        "a.mp4": "Its result is missing.",
        "b.mp4": "The film changed.",
        "c.mp4": "The cue sheet was edited.",
        "d.mp4": "It is new.",
    }
    edited = studio.run(Brief(seed=2), dry=True).records[2].reason
    assert edited.startswith("Other wishes. Its cue sheet was edited: ") and "--keep" in edited


def test_a_dry_run_leaves_alone_what_failed_before(studio: Studio) -> None:
    """A film that a run would not try again fails nothing in a dry run: it is skipped, and why and how to have it tried
    is said; with --retry-failed it is to do. The run itself still tells the failure."""
    studio.fails["a.mp4"] = FilmError("a.mp4 is empty")
    studio.run()
    summary = studio.run(dry=True)
    assert outcome(summary) == {"a.mp4": "skipped", "b.mp4": "skipped", "c.mp4": "skipped"}
    record = summary.films["a.mp4"]
    assert record.reason == "It failed before and has not changed: a.mp4 is empty."
    assert "--retry-failed" in record.hint and record.fault == "film"
    assert outcome(studio.run(dry=True, retry_failed=True))["a.mp4"] == "todo"
    assert outcome(studio.run())["a.mp4"] == "failed"


def test_other_soundfonts_make_nothing_anew(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is finished stands, and it is said, in a dry run too; what is made then is made with the new ones."""
    monkeypatch.setattr(finished, "fonts", lambda wanted: "poor" if wanted is None else "own")
    studio.run()
    monkeypatch.setattr(finished, "fonts", lambda wanted: "better")
    for dry in (True, False):
        studio.notes = []
        summary = studio.run(dry=dry)
        assert studio.scored == []
        assert {record.reason for record in summary.of("skipped")} == {finished.OTHER_FONTS}
        assert [note.split(" finished")[0] for note in studio.notes] == ["3 films are"]
    (studio.out / "b.scored.mp4").unlink()
    studio.run()
    assert studio.scored == ["b.mp4"]
    assert {record.film: record.reason for record in studio.run().records}["b.mp4"] == FINISHED


def test_hints_name_the_options_of_many_films(studio: Studio) -> None:
    """A batch has no --output."""
    studio.fails["a.mp4"] = UsageError("It exists.", "Add --overwrite to replace it, or name another with --output.")
    hints = [record.hint for record in studio.run().of("failed")]
    assert hints == ["Add --overwrite to replace it, or name another folder with --out."]


def test_a_sheet_that_was_edited_may_be_kept(studio: Studio) -> None:
    """A conflict's hint names what a batch can do; with --keep every job says so."""
    studio.fails["a.mp4"] = ConflictError("It was edited.", "Keep it with --keep, or drop the edits with --redo plan.")
    seen: list[bool] = []
    studio.before = lambda job: seen.append(job.keep)
    hints = [record.hint for record in studio.run().of("failed")]
    assert hints == ["Keep it with --keep, or delete it to have it made anew."]
    studio.run(keep=True)
    assert seen == [False, False, False, True]


def test_a_film_that_another_run_has_is_come_back_to(studio: Studio) -> None:
    """First it is left to that run; at the end it is looked at again: done by then, or gone on with."""
    turns: list[str] = []

    def busy(job: FilmJob) -> None:
        turns.append(job.name)
        studio.fails.pop("b.mp4", None)
        if turns.count("b.mp4") == 1:
            studio.fails["b.mp4"] = BusyError("another run")

    studio.before = busy
    assert outcome(studio.run()) == {"a.mp4": "done", "b.mp4": "done", "c.mp4": "done"}
    assert len(studio.said) == 3


def test_a_film_that_stays_busy_is_left_to_the_other_run(studio: Studio) -> None:
    """That is no failure, and it is tried by the next run."""
    studio.fails["b.mp4"] = BusyError("another run")
    summary = studio.run()
    record = next(record for record in summary.records if record.film == "b.mp4")
    assert (record.status, record.fault) == ("skipped", "busy")
    assert "another run" in record.reason
    studio.fails.clear()
    assert outcome(studio.run())["b.mp4"] == "done"


def test_what_a_film_may_take_comes_from_the_place(studio: Studio) -> None:
    """Threads and limits travel in the job."""
    seen: list[FilmJob] = []
    studio.before = seen.append
    studio.run(limit_s=60.0)
    assert {(job.threads, job.limit_s, job.stall_s) for job in seen} == {(1, 60.0, folder.STALL_S)}
    assert all(job.wishes == asdict(Brief()) for job in seen)


def test_only_our_own_results_are_replaced(studio: Studio) -> None:
    """A file of somebody else's at the result's place may not be overwritten unless that is said."""
    studio.out.mkdir()
    (studio.out / "a.scored.mp4").write_bytes(b"theirs")
    seen: dict[str, bool] = {}
    studio.before = lambda job: seen.update({job.name: job.overwrite})
    studio.run()
    assert seen == {"a.mp4": False, "b.mp4": False, "c.mp4": False}
    studio.run(Brief(seed=2))
    assert set(seen.values()) == {True}
    assert not any(job for job in naming.jobs([], "o", Brief()))


def test_a_ledger_that_cannot_be_written_stops_nothing(studio: Studio) -> None:
    """The films are what matters: it is said, and they are done."""
    studio.out.mkdir()
    (studio.out / "ledger.jsonl").mkdir()
    assert set(outcome(studio.run()).values()) == {"done"}
    assert any("ledger" in note for note in studio.notes)


def test_an_interrupt_says_what_is_left(studio: Studio) -> None:
    """Ctrl-C in the middle: the films that are done stay done, the others are named."""
    hold = threading.Event()

    def interrupted(record: FilmRecord) -> None:
        hold.set()
        raise KeyboardInterrupt

    studio.before = lambda job: None if job.name == "a.mp4" else (hold.wait(10), None)[1]
    studio.ended = interrupted  # type: ignore[method-assign]
    summary = studio.run()
    assert summary.interrupted
    assert len(summary.records) == 1
    assert len(summary.left) == 2
    assert Ledger(studio.out).last().keys() == {summary.records[0].film}


def test_a_place_for_results_is_checked_first(tmp_path: Path) -> None:
    """A file in the way is told before any work; a missing folder is made."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="is a file"):
        folder.prepare(tmp_path / "file")
    folder.prepare(tmp_path / "new" / "deep")
    assert (tmp_path / "new" / "deep").is_dir()
