"""A disk that fills up at any stage: one sentence, exit code 1, nothing unfinished; with room again, a run goes on."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest
from conftest import Scored
from fault_rig import (
    STAGES,
    back_to,
    contents,
    finish,
    is_whole,
    output_of,
    said_once,
    small_disk,
    start,
    strays,
    workspace_of,
)
from stand_ins import Stages, score

from autoscore import cli
from autoscore.adapters import files
from autoscore.errors import StorageError


def goes_on(scored: Scored) -> None:
    assert cli.main(["score", str(scored.film), "--quiet"]) == 0
    assert contents(scored.film) == scored.undisturbed and strays(scored.film.parent) == []
    is_whole(scored.film)


@pytest.mark.parametrize(
    "code, step",
    [
        (errno.ENOSPC, 5),
        pytest.param(errno.ENOSPC, 1, marks=pytest.mark.slow),
        pytest.param(errno.EDQUOT, 3, marks=pytest.mark.slow),
    ],
)
def test_no_room_for_any_file(
    stages: Stages, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, step: int
) -> None:
    """With stand-in stages: each write in turn finds no room; a sentence, nothing unfinished, and the next goes on."""
    real, left = files.settle, [0]

    def settle(path: Path) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise OSError(code, os.strerror(code), str(path))
        real(path)

    monkeypatch.setattr(files, "settle", settle)
    at = 1
    while True:
        shutil.rmtree(workspace_of(small), ignore_errors=True)
        output_of(small).unlink(missing_ok=True)
        left[0] = at
        try:
            score(small)
        except StorageError:
            at += step
            assert strays(tmp_path) == []
            left[0] = 0
            score(small)
            assert strays(tmp_path) == [] and output_of(small).exists()
            continue
        break
    assert at > 20


def test_files_may_not_grow(fresh: Scored) -> None:
    """Where nothing can be mounted: a limit on the size of files stops a real run in a sentence, and it goes on."""
    resource = pytest.importorskip("resource")
    assert resource
    code = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))"
    got, err = finish(start("score", fresh.film, "-q", code=code))
    assert got == 1
    said_once(err, "cannot be written")
    assert strays(fresh.film.parent) == []
    assert not output_of(fresh.film).exists()


@pytest.mark.parametrize("size", ["12k", "24k", "100k"], ids=["probe", "analyze", "render"])
def test_full_workspace(fresh: Scored, tmp_path: Path, capfd: pytest.CaptureFixture[str], size: str) -> None:
    """The disk of the workspace fills up early or late: one sentence that names the disk, nothing unfinished."""
    with small_disk(tmp_path / "disk", size) as disk:
        code = cli.main(["score", str(fresh.film), "-q", "--workspace", str(disk / "ws")])
        assert code == 1
        said_once(capfd.readouterr().err, "no space left", "--workspace")
        assert strays(disk) == []
    assert not output_of(fresh.film).exists() and strays(tmp_path) == []


@pytest.mark.slow
@pytest.mark.parametrize("size", ["4k", "40k", "60k", "400k", "1200k", "2000k", "2600k", "3000k"])
def test_full_workspace_at_each_stage(
    fresh: Scored, tmp_path: Path, capfd: pytest.CaptureFixture[str], size: str
) -> None:
    """The same at more sizes; what was made until then is used when there is room."""
    with small_disk(tmp_path / "disk", size) as disk:
        assert cli.main(["score", str(fresh.film), "-q", "--workspace", str(disk / "ws")]) == 1
        said_once(capfd.readouterr().err, "no space left")
        assert strays(disk) == []
        if (disk / "ws").exists():
            shutil.copytree(disk / "ws", workspace_of(fresh.film))
    goes_on(fresh)


@pytest.mark.parametrize("size", ["4k", "100k"])
def test_full_output(scored: Scored, tmp_path: Path, capfd: pytest.CaptureFixture[str], size: str) -> None:
    """The disk of the finished film fills up while it is written: a sentence, no half film; elsewhere it goes on."""
    back_to(scored.film, "deliver")
    with small_disk(tmp_path / "disk", size) as disk:
        assert cli.main(["score", str(scored.film), "-q", "-o", str(disk / "out.mp4")]) == 1
        said_once(capfd.readouterr().err, "no space left", "--output")
        assert list(disk.iterdir()) == []
    goes_on(scored)


def test_full_temporary_folder(scored: Scored, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without room for temporary files and for what is remembered on this machine, a film is scored all the same."""
    back_to(scored.film, "render")
    with small_disk(tmp_path / "disk", "16k") as disk:
        (disk / "fill").write_bytes(b"x" * 12_000)
        code, err = finish(start("score", scored.film, "-q", TMPDIR=str(disk), AUTOSCORE_CACHE=str(disk / "cache")))
        assert code == 0, err
    (tmp_path / "disk").rmdir()
    assert strays(tmp_path) == [] and set(contents(scored.film)) == set(scored.undisturbed)


def test_a_stage_whose_disk_is_full_is_made_again(stages: Stages, small: Path) -> None:
    """With stand-in stages: the stage that finds the disk full and the later ones are made again, no earlier one."""
    for stage in ("analyze", "spot", "plan", "mix", "deliver"):
        shutil.rmtree(workspace_of(small), ignore_errors=True)
        stages.fail, stages.fail_in = OSError(errno.ENOSPC, "No space left on device"), stage
        with pytest.raises(StorageError, match="no space left"):
            score(small)
        stages.fail_in = ""
        stages.taken()
        again = score(small)
        made = [name for name, outcome in again.outcomes.items() if outcome.made]
        assert made == list(STAGES[STAGES.index(stage) :])
