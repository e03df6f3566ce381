"""The command line as a user and a script see it: exit codes, one sentence, one JSON document."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autoscore import __version__, cli, pipeline
from autoscore.commands.meant import OPTIONS
from autoscore.errors import StorageError, ToleranceError
from autoscore.model.brief import TARGETS, Brief
from autoscore.tables import mood_names

COMMANDS = ("score", "plan", "analyze", "status", "verify", "export", "doctor", "moods", "takes", "soundfonts")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(run: Any, command: str) -> None:
    """`autoscore COMMAND --help` says what it is for and that it can speak JSON."""
    said = run(command, "--help")
    assert said.code == 0
    assert "--json" in said.out
    assert not said.err


def test_every_wish_has_an_option_with_the_words_and_default_of_the_brief() -> None:
    """Help and default of each option are those of model/brief.py, and no wish is without an option."""
    parameters = {p.name: p for p in cli.typer.main.get_command(cli.app).commands["score"].params}  # type: ignore[attr-defined]
    for name, field in Brief.__dataclass_fields__.items():
        option = parameters[name]
        assert option.help == field.metadata["help"]
        assert option.default == field.default


@pytest.mark.parametrize(
    "arguments, says",
    [
        (["score"], "FILM"),
        (["scor", "x.mp4"], "scor"),
        (["score", "x.mp4", "--moood", "tense"], "--moood"),
        (["score", "none.mp4"], "none.mp4"),
        (["score", "none.mp4", "--seed", "many"], "--seed"),
        (["score", "none.mp4", "--coverage", "2"], "Coverage must"),
        (["score", "none.mp4", "--coverage", "nan"], "Coverage must"),
        (["score", "none.mp4", "--tempo", "500"], "Tempo must"),
        (["score", "none.mp4", "--target", "moon"], "moon"),
        (["score", "none.mp4", "--redo", "everything"], "everything"),
        (["score", "."], "`autoscore batch . --out DIR`"),
        (["score", "s3://bucket/none.mp4"], "s3://bucket/none.mp4 is an address"),
        (["verify", "s3://bucket/none.mp4"], "s3://bucket/none.mp4 is an address"),
        (["verify", "none.mp4"], "none.mp4"),
        (["analyze", "none.mp4"], "none.mp4"),
        (["plan", "none.mp4"], "none.mp4"),
        (["status", "none.mp4"], "none.mp4"),
        (["score", ""], "The name of the film is empty."),
        (["score", "a.mp4", "b.mp4"], "`autoscore batch FILM FILM ... --out DIR` scores several."),
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_usage_errors(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], says: str,
                      as_json: bool) -> None:  # fmt: skip
    """What cannot be meant gives exit 2, one sentence that names it, and with --json one document."""
    monkeypatch.chdir(tmp_path)
    said = run(*arguments, *(["--json"] if as_json else []))
    assert said.code == 2
    assert says in said.err
    assert said.err.startswith("autoscore: ") and "Traceback" not in said.err
    assert len(said.err.splitlines()) <= 2
    assert list(tmp_path.iterdir()) == []
    if as_json:
        assert said.document["exit_code"] == 2 and says in f"{said.document['error']} {said.document['hint']}"
    else:
        assert said.out == ""


def test_a_name_that_looks_like_an_option_is_told_how_to_be_written(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`-holiday.mp4` is a film where it is one; of an option that is none nothing of the kind is said."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "-holiday.mp4").touch()
    said = run("score", "-holiday.mp4")
    assert said.code == 2
    assert "./-holiday.mp4" in said.err
    assert "./" not in run("score", "none.mp4", "-x").err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["score", "none.mp4", "--draft"], "--quality draft"),
        (["score", "none.mp4", "--out", "x.mp4"], "--output"),
        (["batch", "none", "--output", "x"], "--out "),
        (["export", "none.mp4", "-o", "x"], "--to "),
        (["score", "none.mp4", "--force"], "--overwrite"),
        (["score", "none.mp4", "--moods", "tense"], "--mood?"),
        (["score", "none.mp4", "--stems"], "`autoscore export`"),
        (["none.mp4"], "`autoscore score none.mp4`"),
        (["."], "`autoscore batch . --out DIR`"),
        (["check", "none.mp4"], "`autoscore verify`"),
        (["score", "none.mp4", "new.mp4"], "--output new.mp4"),
    ],
)
def test_what_was_meant(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], says: str) -> None:
    """Of an option, a command or a name in a wrong place the hint names the right thing, and no guess stands beside."""
    monkeypatch.chdir(tmp_path)
    said = run(*words)
    sentence, hint = said.err.splitlines()
    assert (said.code, said.out) == (2, "")
    assert says in hint
    assert "Possible" not in sentence and "Did you mean" not in sentence


def test_an_option_is_not_hinted_at_where_it_is_none(run: Any) -> None:
    """`moods` writes no film: there --draft is just unknown, and every option that a hint names is one somewhere."""
    assert "--quality" not in run("moods", "--draft").err
    helped = "".join(run(name, "--help").out for name in ("score", "batch", "export", "analyze", "status", "takes"))
    assert [name for name in OPTIONS if name.split()[0] not in helped] == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["batch", "x", "--out", "y", "--workers", "0"], "--workers takes a number from 1 up."),
        (["batch", "x", "--out", "y", "--time-limit", "-1"], "--time-limit takes a number from 0 up."),
        (["watch", "x", "--out", "y", "--settled", "-1"], "--settled takes a number from 0 up."),
    ],
)
def test_a_number_that_is_too_small(run: Any, words: list[str], says: str) -> None:
    """The sentence says what would do."""
    said = run(*words)
    assert (said.code, said.err.splitlines()[0]) == (2, f"autoscore: {says}")


def test_wrong_wishes_are_told_before_any_work(run: Any, tmp_path: Path) -> None:
    """An unknown mood, key, palette or word is exit 2 with something nearer, before the film is opened."""
    film = tmp_path / "film.mp4"
    film.write_bytes(b"never opened")
    for option, value, near in (
        ("--mood", "herioc", "heroic"), ("--brief", "tensse", "tense"), ("--key", "H minor", ""),
        ("--palette", "orchestrl", "orchestral"),
    ):  # fmt: skip
        said = run("score", film, option, value)
        assert said.code == 2, said.err
        assert near in said.err
        assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"]


def test_version(run: Any) -> None:
    """--version names the version."""
    assert run("--version").out == f"autoscore {__version__}\n"


def test_moods(run: Any) -> None:
    """`moods` lists every table, as text and as JSON."""
    text = run("moods")
    assert text.code == 0
    assert all(name in text.out for name in mood_names())
    assert [mood["name"] for mood in run("moods", "--json").document["moods"]] == list(mood_names())


def test_module_runs() -> None:
    """`python -m autoscore` is the same program."""
    done = subprocess.run(
        [sys.executable, "-m", "autoscore", "--version"], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == f"autoscore {__version__}"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell: str) -> None:
    """The shell can ask for a completion script and complete a command's name."""
    asked = {
        "_AUTOSCORE_COMPLETE": f"complete_{shell}",
        "_TYPER_COMPLETE_ARGS": "autoscore ana",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        "COMP_WORDS": "autoscore ana",
        "COMP_CWORD": "1",
        "PATH": "/usr/bin:/bin",
    }
    program = [sys.executable, "-c", "from autoscore.__main__ import entry; entry()"]
    done = subprocess.run(program, env=asked, capture_output=True, text=True, timeout=60)
    assert "analyze" in done.stdout


@pytest.mark.parametrize(
    "error, code, says",
    [
        (StorageError("The disk is full.", "Free some."), 1, "The disk is full."),
        (ToleranceError("Out of tolerance."), 1, "Out of tolerance."),
        (KeyboardInterrupt(), 130, "Stopped"),
        (RuntimeError("what is\nthis"), 3, "RuntimeError: what is this"),
        (RecursionError(), 3, "no mistake of yours: RecursionError.\n"),
        (OverflowError("int too large."), 3, "no mistake of yours: OverflowError: int too large.\n"),
        (MemoryError(), 1, "There is not enough memory.\n"),
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_one_boundary(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, says: str, as_json: bool
) -> None:
    """Whatever a stage raises becomes its exit code and a sentence; a bug names the file with its traceback."""

    def fail(*_arguments: Any, **_how: Any) -> None:
        raise error

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(pipeline, "run", fail)
    said = run("score", "film.mp4", *(["--json"] if as_json else []))
    assert said.code == code
    assert says in said.err and "Traceback" not in said.err
    if as_json and code != 130:
        assert said.document["exit_code"] == code
    if code == 3:
        (log,) = tmp_path.glob("autoscore-crash-*.log")
        assert "Traceback" in log.read_text()
        assert str(log) in said.err and "run the same command again" in said.err.lower()


def test_a_bug_inside_a_run_keeps_its_log(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The traceback of a bug is in the workspace's run.log, and the message names it."""
    film = tmp_path / "film.mp4"
    film.write_bytes(b"x")

    def fail(_film: Path) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("autoscore.stages.probe.probe", fail)
    said = run("analyze", film)
    log = tmp_path / "film.autoscore" / "run.log"
    assert said.code == 3
    assert str(log) in said.err
    assert "ZeroDivisionError: oh" in log.read_text()
    assert not (tmp_path / "film.autoscore" / "lock").exists()


def test_targets_are_listed_in_help(run: Any) -> None:
    """The help of --target names every target."""
    words = run("score", "--help").out.split()
    assert all(any(target in word for word in words) for target in TARGETS)
