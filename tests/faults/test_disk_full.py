"""A disk that fills up at any stage: one sentence, exit code 1, nothing unfinished; with room again, a run goes on."""

from __future__ import annotations

import errno
import json
import os
import shutil
from pathlib import Path

import pytest
from fault_rig import (
    STAGES,
    Scored,
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
    """A limit on the size of files, which programs that are started inherit, stops a real run in a sentence."""
    code = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))"
    got, err = finish(start("score", fresh.film, "-q", code=code))
    assert got == 1
    said_once(err, str(fresh.film.parent), "cannot be written")
    assert strays(fresh.film.parent) == []
    assert not output_of(fresh.film).exists()


def full_at(stage: str, scored: Scored, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A workspace on a disk that is full when ``stage`` begins; with room again, the run goes on from there."""
    back_to(scored.film, stage)
    with small_disk(tmp_path / "disk", 16_000) as disk:
        workspace = disk.folder / "ws"
        shutil.move(workspace_of(scored.film), workspace)
        with disk.full(but_kb=8 if stage != "spot" else 4):
            assert cli.main(["score", str(scored.film), "-q", "--workspace", str(workspace)]) == 1
        said_once(capfd.readouterr().err, *disk.says)
        assert strays(disk.folder) == [] and not output_of(scored.film).exists()
        done = set(json.loads((workspace / "manifest.json").read_text(encoding="utf-8"))["stages"])
        assert set(STAGES[: STAGES.index(stage)]) <= done < set(STAGES)
        shutil.move(workspace, workspace_of(scored.film))
    goes_on(scored)


@pytest.mark.parametrize("stage", ["analyze", "compose", "mix"])
def test_full_workspace(scored: Scored, tmp_path: Path, capfd: pytest.CaptureFixture[str], stage: str) -> None:
    """The disk of the workspace is full when a stage begins: one sentence that names it, nothing unfinished or lost."""
    full_at(stage, scored, tmp_path, capfd)


@pytest.mark.slow
@pytest.mark.parametrize("stage", sorted({*STAGES} - {"analyze", "compose", "mix"}))
def test_full_workspace_at_each_other_stage(
    scored: Scored, tmp_path: Path, capfd: pytest.CaptureFixture[str], stage: str
) -> None:
    """The same for every stage."""
    full_at(stage, scored, tmp_path, capfd)


@pytest.mark.slow
@pytest.mark.parametrize("size_kb", [4, 12, 24, 40, 60, 100, 400, 1200, 2000, 2600, 3000])
def test_a_disk_that_fills_up(fresh: Scored, tmp_path: Path, capfd: pytest.CaptureFixture[str], size_kb: int) -> None:
    """It fills up in the middle of a stage, early or late; what was made until then is used when there is room."""
    with small_disk(tmp_path / "disk", size_kb) as disk:
        assert cli.main(["score", str(fresh.film), "-q", "--workspace", str(disk.folder / "ws")]) == 1
        said_once(capfd.readouterr().err, *disk.says)
        assert strays(disk.folder) == [] and not output_of(fresh.film).exists()
        if (disk.folder / "ws").exists():
            shutil.copytree(disk.folder / "ws", workspace_of(fresh.film))
            shutil.rmtree(disk.folder / "ws")
    goes_on(fresh)


@pytest.mark.parametrize("size_kb", [4, 100])
def test_full_output(scored: Scored, tmp_path: Path, capfd: pytest.CaptureFixture[str], size_kb: int) -> None:
    """The disk of the finished film fills up while it is written: a sentence, no half film; elsewhere it goes on."""
    back_to(scored.film, "deliver")
    with small_disk(tmp_path / "disk", size_kb) as disk:
        assert cli.main(["score", str(scored.film), "-q", "-o", str(disk.folder / "out.mp4")]) == 1
        said_once(capfd.readouterr().err, *disk.says)
        assert list(disk.folder.iterdir()) == []
    goes_on(scored)


def test_full_temporary_folder(scored: Scored, tmp_path: Path) -> None:
    """Without room for temporary files and for what is remembered on this machine, a film is scored all the same."""
    back_to(scored.film, "render")

    def scored_with(place: Path) -> None:
        code, err = finish(start("score", scored.film, "-q", TMPDIR=str(place), AUTOSCORE_CACHE=str(place / "cache")))
        assert code == 0, err

    with small_disk(tmp_path / "disk", 16) as disk:
        if disk.own:
            (disk.folder / "fill").write_bytes(b"x" * 12_000)
            scored_with(disk.folder)
    if not disk.own:
        scored_with(Path(os.devnull))  # it holds no files either
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
