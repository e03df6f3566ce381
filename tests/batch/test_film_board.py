"""What a person sees of a run over many films, and what a program reads."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from autoscore.batch import minding
from autoscore.batch.folder import Summary
from autoscore.batch.job import FilmJob, FilmRecord
from autoscore.batch.nursery import Nursery
from autoscore.cli import main
from autoscore.commands.film_board import BEGINS, FilmBoard, sentence, share, total
from autoscore.model.events import Event
from autoscore.placing import SCORED_BEFORE
from autoscore.verbs import STAGES


def summary(*records: FilmRecord, left: Sequence[str] = ()) -> Summary:
    return Summary(films={record.film: record for record in records}, left=list(left))


DONE = FilmRecord(film="a.mp4", status="done", seconds=12.4, loudness_lufs=-14.04, worst_hit_ms=2.6)
FAILED = FilmRecord(film="b.mp4", status="failed", reason="It is no film.", exit_code=1)


def test_sentences() -> None:
    """One line a film: how long, how loud, how exact; or why not."""
    assert sentence(DONE) == "done     a.mp4  12 s, -14.0 LUFS, hits within 3 ms"
    assert sentence(FAILED) == "failed   b.mp4: It is no film."
    named = replace(FAILED, film="sub/b.mp4", reason="b.mp4 is no film.")
    assert sentence(named) == "failed   sub/b.mp4 is no film."
    assert sentence(FilmRecord(film="c\udcff", status="todo", output="o")) == "to do    c? -> o"


def test_the_total() -> None:
    """Every film is in the sum, those that were not come to as well."""
    assert total(summary(DONE, FAILED, left=["c", "d"])) == "4 films: 1 done, 1 failed, 2 left."
    assert total(summary(DONE)) == "1 film: 1 done."


def test_a_dry_run_tells_every_film(capsys: pytest.CaptureFixture[str]) -> None:
    """Also one with nothing to do, with the reason; of one that failed before the next step, and the sum tells it."""
    before = replace(FAILED, status="skipped", fault="film", reason="It failed before.", hint="Try again.")
    finished = DONE.stands("a.mp4")
    for dry in (True, False):
        board = FilmBoard(dry=dry)
        board.expect(2)
        board.ended(finished)
        board.ended(before)
        lines = capsys.readouterr().err.splitlines()
        assert lines[-1] == "[2/2] skipped  b.mp4: It failed before. Try again."
        assert lines[:-1] == (["[1/2] skipped  a.mp4: It is finished."] if dry else [])
    assert total(summary(finished, before)) == "2 films: 2 skipped (1 of them failed before)."


def test_a_draft_is_called_one() -> None:
    """In the line of its film and in the sum; a final is not."""
    draft = replace(DONE, quality="draft")
    assert sentence(draft) == "done     a.mp4  draft, 12 s, -14.0 LUFS, hits within 3 ms"
    other = replace(draft, film="c.mp4")
    assert total(summary(draft, FAILED)) == "2 films: 1 done as draft, 1 failed."
    assert total(summary(draft, other)) == "2 films: 2 done as drafts."
    assert total(summary(draft.stands("a.mp4"))) == "1 film: 1 skipped."
    assert total(summary(DONE, other)) == "2 films: 2 done (1 of them as draft)."


def test_shares_grow_to_the_end() -> None:
    """Every stage has its part of the bar, in order, and the last one ends at 1."""
    assert [*BEGINS][:-1] == [stage.name for stage in STAGES]
    ends = [share(Event(stage=stage.name, kind="done")) for stage in STAGES]
    begins = [share(Event(stage=stage.name, kind="start")) for stage in STAGES]
    assert begins == [0.0, *ends[:-1]]
    assert ends[-1] == 1.0
    assert ends == sorted(ends)


def test_lines_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Plain lines with a count on stderr; films with nothing to do only when asked for. One that ends
    again, as in a watched folder, is not counted again."""
    with FilmBoard().showing() as board:
        board.expect(3)
        board.ended(DONE)
        board.ended(FilmRecord(film="s.mp4", status="skipped", reason="It is finished."))
        board.ended(FAILED)
        board.ended(DONE)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [f"[1/3] {sentence(DONE)}", f"[3/3] {sentence(FAILED)}", f"[3/3] {sentence(DONE)}"]


def test_what_is_to_be_known_of_a_film(capsys: pytest.CaptureFixture[str]) -> None:
    """With --verbose all of it; without, only that a film has our music already, since that is seldom meant."""
    record = replace(DONE, warnings=("The frame rate varies.", f"a.mp4 {SCORED_BEFORE}."))
    FilmBoard().ended(record)
    assert capsys.readouterr().err.splitlines()[1:] == [f"note: a.mp4 {SCORED_BEFORE}."]
    FilmBoard(verbose=True).ended(record)
    assert "note: The frame rate varies." in capsys.readouterr().err.splitlines()
    FilmBoard(verbose=True).ended(record.stands("a.mp4"))
    assert "note" not in capsys.readouterr().err


@pytest.mark.parametrize("words", [(), ("--json",), ("--quiet",)])
def test_a_run_that_is_stopped_says_so_in_one_line(
    stand_ins: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """What is done, what is left and how to go on; nothing about it on stdout, and exit code 130."""
    (stand_ins / "ok.mp4").write_bytes(b"x")
    found = replace(summary(DONE, left=["b", "c"]), interrupted=True)
    monkeypatch.setattr("autoscore.batch.folder.run", lambda *_words: found)
    assert main(["batch", str(stand_ins), "--out", str(stand_ins.parent / "out"), *words]) == 130
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "autoscore: Stopped with 1 done, 2 left; run the same command again to go on.\n"


def test_bars_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """One for all and one for each film in work; names with brackets are no markup."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with FilmBoard().showing() as board:
        board.expect(2)
        job = FilmJob(film="", output="", workspace="", name="[red]a.mp4")
        board.heard(job, Event(stage="render", kind="progress", fraction=0.5))
        assert len(board._tasks) == 1
        board.ended(FilmRecord(film=job.name, status="done"))
        assert not board._tasks
    assert "[red]a.mp4" in capsys.readouterr().err


@pytest.fixture
def stand_ins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder with films; the processes that score them are stand-ins."""
    command = (sys.executable, "-S", str(Path(__file__).with_name("stand_in_child.py")))
    monkeypatch.setattr("autoscore.batch.place.Nursery", partial(Nursery, command=command))
    monkeypatch.setattr("autoscore.batch.folder.check", lambda _brief: None)
    films = tmp_path / "films"
    films.mkdir()
    return films


def test_json_is_a_record_a_line(stand_ins: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing else on stdout, and nothing at all on stderr."""
    for name in ("ok.mp4", "other.mp4"):
        (stand_ins / name).write_bytes(b"x")
    code = main(["batch", str(stand_ins), "--out", str(stand_ins.parent / "out"), "--json", "--workers", "1"])
    said = capsys.readouterr()
    records = [json.loads(line) for line in said.out.splitlines()]
    assert code == 0
    assert [(record["film"], record["status"]) for record in records] == [("ok.mp4", "done"), ("other.mp4", "done")]
    assert said.err == ""


def test_a_folder_is_watched_once(stand_ins: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--once ends when what is there is done."""
    (stand_ins / "ok.mp4").write_bytes(b"x")
    (stand_ins / "no.mp4.part").write_bytes(b"x")
    out = stand_ins.parent / "out"
    command = ["watch", str(stand_ins), "--out", str(out), "--once", "--settled", "0"]
    code = main([*command, "--json"])
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert code == 0
    assert [(record["film"], record["status"]) for record in records] == [("ok.mp4", "done")]
    assert (out / "ledger.jsonl").is_file()
    (stand_ins / "empty.mp4").touch()
    assert main(command) == 0
    assert "note: Left, being empty, closed to us or not yet downloaded: empty.mp4." in capsys.readouterr().err


@pytest.mark.parametrize("command", [("batch",), ("watch", "--once", "--settled", "0")])
def test_a_series_that_is_not_asked_for_is_mentioned(
    stand_ins: Path, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    """Its file is there and not heeded: a note says so, and the run goes on."""
    (stand_ins / "ok.mp4").write_bytes(b"x")
    out = stand_ins.parent / "out"
    out.mkdir()
    (out / "series.toml").write_text('identity = "ours"')
    assert main([command[0], str(stand_ins), "--out", str(out), *command[1:]]) == 0
    said = capsys.readouterr().err
    assert "without --series" in said
    assert "Ctrl-C" not in said


def test_quiet_says_the_results_names(stand_ins: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing else: no count, no progress, and no name of what failed."""
    board = FilmBoard(quiet=True)
    board.ended(FilmRecord(film="a.mp4", status="done", output="out/a.scored.mp4"))
    board.ended(FilmRecord(film="b.mp4", status="failed", fault="film", output="out/b.scored.mp4"))
    board.note("Something.")
    said = capsys.readouterr()
    assert (said.out, said.err) == ("out/a.scored.mp4\n", "")
    (stand_ins / "ok.mp4").write_bytes(b"x")
    assert main(["batch", str(stand_ins), "--out", str(stand_ins.parent / "out"), "-q"]) == 0
    said = capsys.readouterr()
    assert "1 film" not in said.out
    assert said.err == ""


def test_a_file_for_the_results_is_refused_in_a_dry_run_too(
    stand_ins: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As in the real run, and nothing is said about a ledger."""
    (stand_ins / "ok.mp4").write_bytes(b"x")
    (stand_ins.parent / "out").write_text("a file")
    assert main(["batch", str(stand_ins), "--out", str(stand_ins.parent / "out"), "--dry-run"]) == 2
    said = capsys.readouterr()
    assert "is a file, not a folder" in said.err
    assert "ledger" not in said.err
    assert said.out == ""


def test_where_nothing_was_done_no_results_are_promised(
    stand_ins: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder of which every film fails, now or before, has no results to be looked for."""
    (stand_ins / "bad.mp4").write_bytes(b"x")
    monkeypatch.setattr("autoscore.batch.naming.jobs", _renamed(stand_ins))
    for _again in range(2):
        main(["batch", str(stand_ins), "--out", str(stand_ins.parent / "out")])
        said = capsys.readouterr().out
        assert said.startswith("1 film: 1 ")
        assert "results" not in said


def test_failures_are_told_at_the_end(
    stand_ins: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The number of them, a sentence each with the next step, and exit code 1; and where those are that were done."""
    (stand_ins / "ok.mp4").write_bytes(b"x")
    (stand_ins / "bad.mp4").write_bytes(b"x")
    monkeypatch.setattr("autoscore.batch.naming.jobs", _renamed(stand_ins))
    code = main(["batch", str(stand_ins), "--out", str(stand_ins.parent / "out")])
    said = capsys.readouterr()
    assert code == 1
    assert said.out == f"2 films: 1 done, 1 failed.\nThe results are in {stand_ins.parent / 'out'}.\n"
    assert "1 of 2 films failed:" in said.err
    assert "Segmentation of the film failed" in said.err.splitlines()[-1]
    assert "--retry-failed" in said.err.splitlines()[-1]


def _renamed(folder: Path) -> object:
    names = {"bad.mp4": "crash", "ok.mp4": "ok"}

    def jobs(found: list[object], out: str, _brief: object) -> list[FilmJob]:
        return [
            FilmJob(film=one.path, output=f"{out}/{one.name}", workspace=f"{out}/w", name=names[one.name])  # type: ignore[attr-defined]
            for one in found
        ]

    return jobs


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["batch", "--out", "o"], "No film is named"),
        (["batch", "none", "--out", "o"], "no file or folder none"),
        (["batch", "empty", "--out", "o"], "no film in empty"),
        (["batch", "empty"], "--out"),
        (["batch", "empty", "--list", "none", "--out", "o"], "no list none"),
        (["batch", "empty", "--out", "o", "--mood", "x", "--workers", "0"], "--workers"),
        (["watch", "none", "--out", "o"], "not a folder"),
    ],
)
def test_what_cannot_be_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """Exit code 2, one sentence, and no folder is made."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    assert main(arguments) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "o").exists()


def test_a_wish_that_is_not_understood_is_said_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not once for each film, and before any work."""
    for name in ("a.mp4", "b.mp4"):
        (tmp_path / name).write_bytes(b"x")
    assert main(["batch", str(tmp_path), "--out", str(tmp_path / "out"), "--mood", "gloomily"]) == 2
    assert capsys.readouterr().err.count("gloomily") == 1
    assert not (tmp_path / "out").exists()


def test_the_command_of_a_child_does_not_trust_the_folder() -> None:
    """A module of the same name in the current folder is not imported."""
    assert "-P" in minding.COMMAND
