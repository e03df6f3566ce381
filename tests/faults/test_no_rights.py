"""Folders and workspaces that may not be written or read: one sentence, nothing lost, and with the right it goes on."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fault_rig import Scored, back_to, contents, output_of, said_once, strays, workspace_of
from plain_user import autoscore, give_away, take_back

from autoscore import cli

pytestmark = pytest.mark.skipif(
    os.name != "posix" or (os.geteuid() == 0 and sys.platform != "linux"),
    reason="only Linux takes root's rights away, and Windows has no such rights of files",
)


@pytest.fixture(autouse=True)
def all_is_given_back(tmp_path: Path) -> Iterator[None]:
    """So that the folder can be removed."""
    yield
    for folder, _below, names in os.walk(tmp_path, topdown=True):
        take_back(Path(folder), *(Path(folder, name) for name in names))


def goes_on(scored: Scored) -> None:
    assert cli.main(["score", str(scored.film), "--quiet"]) == 0
    assert contents(scored.film) == scored.undisturbed and strays(scored.film.parent) == []


def test_a_read_only_output_folder(scored: Scored, tmp_path: Path) -> None:
    """--output in a folder that may not be written: told before the work, exit 1; elsewhere the run completes."""
    back_to(scored.film, "render")
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(0o555)
    code, err = autoscore("score", scored.film, "-q", "-o", closed / "out.mp4")
    assert code == 1
    said_once(err, "permission", str(closed), "--output")
    assert list(closed.iterdir()) == [] and not (workspace_of(scored.film) / "08-mix.flac").exists()
    closed.rmdir()
    goes_on(scored)


def test_a_film_in_a_read_only_folder(fresh: Scored, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A film on a disk that may only be read is scored into the current folder, and a note says so."""
    here = tmp_path_factory.mktemp("here")
    fresh.film.parent.chmod(0o555)
    code, err = autoscore("score", fresh.film, cwd=here)
    assert code == 0, err
    assert "cannot be written, so files go to the current folder" in err
    assert [path.name for path in fresh.film.parent.iterdir()] == ["film.mp4"]
    assert {"film.scored.mp4", "film.autoscore"} <= {path.name for path in here.iterdir()} and strays(here) == []


def test_a_film_and_a_current_folder_that_are_read_only(fresh: Scored) -> None:
    """Where nothing may be written: exit 1, and the sentence names --workspace."""
    fresh.film.parent.chmod(0o555)
    code, err = autoscore("score", fresh.film, "-q", cwd=fresh.film.parent)
    assert code == 1
    said_once(err, "nor the current folder can be written", "--workspace")
    assert [path.name for path in fresh.film.parent.iterdir()] == ["film.mp4"]
    fresh.film.parent.chmod(0o755)
    goes_on(fresh)


@pytest.mark.parametrize("stage", ["analyze", "mix"])
def test_a_read_only_workspace(scored: Scored, stage: str) -> None:
    """A workspace that may be read but not written: exit 1, it is named; made writable, the run goes on in it."""
    workspace = workspace_of(scored.film)
    back_to(scored.film, stage)
    before = contents(scored.film)
    workspace.chmod(0o555)
    code, err = autoscore("score", scored.film, "-q")
    assert code == 1
    said_once(err, "permission", str(workspace), "--workspace")
    assert contents(scored.film) == before and not output_of(scored.film).exists()
    workspace.chmod(0o755)
    goes_on(scored)


def test_a_workspace_of_somebody_else(scored: Scored) -> None:
    """Another user's workspace is not written: exit 1, it is named; with --workspace or once it is ours, it goes on."""
    workspace = workspace_of(scored.film)
    back_to(scored.film, "render")
    theirs = [workspace, *workspace.rglob("*")]
    give_away(*theirs)
    code, err = autoscore("score", scored.film, "-q")
    assert code == 1
    said_once(err, "permission", str(workspace), "--workspace")
    take_back(*theirs)
    goes_on(scored)


def test_a_workspace_that_may_not_be_looked_into(scored: Scored) -> None:
    """A workspace that is closed altogether: exit 1, it is named, no traceback."""
    workspace = workspace_of(scored.film)
    back_to(scored.film, "render")
    workspace.chmod(0)
    code, err = autoscore("score", scored.film, "-q")
    assert code == 1
    said_once(err, "permission", str(workspace))
    workspace.chmod(0o755)
    goes_on(scored)


@pytest.mark.parametrize("name", ["02-analysis.json", "cues.toml", "manifest.json", "06-score.json"])
def test_a_file_of_the_workspace_that_may_not_be_read(scored: Scored, name: str) -> None:
    """One closed file: it is named or made again, never a traceback; and opened again, the run completes."""
    back_to(scored.film, "render")
    file = workspace_of(scored.film) / name
    file.chmod(0)
    code, err = autoscore("score", scored.film, "-q")
    assert code in (0, 1) and "Traceback" not in err
    if code:
        said_once(err, "permission", name)
    if file.stat().st_mode & 0o777 == 0:
        file.chmod(0o644)
    output_of(scored.film).unlink(missing_ok=True)
    goes_on(scored)


def test_a_temporary_folder_that_is_closed(scored: Scored, tmp_path: Path) -> None:
    """TMPDIR and the cache where nothing may be written: the film is scored all the same."""
    back_to(scored.film, "render")
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(0o555)
    code, err = autoscore("score", scored.film, "-q", TMPDIR=str(closed), AUTOSCORE_CACHE=str(closed / "cache"))
    assert code == 0, err
    closed.rmdir()
    assert contents(scored.film).keys() == scored.undisturbed.keys()
