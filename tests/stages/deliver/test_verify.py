"""A finished film held against its receipt."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hand_made import SECONDS, Job
from small_films import MakeFilm

from autoscore import receipt_reports
from autoscore.errors import StorageError, UsageError
from autoscore.stages.deliver import inspect, receipts


def test_verify_finds_the_receipt_from_anywhere(job: Job, tmp_path: Path) -> None:
    """Film, receipt and workspace all lead to the same receipt, also after film and receipt moved together."""
    job.run()
    expected = inspect(job.output).receipt
    assert inspect(job.workspace).receipt == expected
    assert inspect(job.workspace / "receipts.json").receipt == expected
    new = tmp_path / "elsewhere"
    new.mkdir()
    shutil.move(job.output, new / job.output.name)
    with pytest.raises(UsageError, match="No receipt belongs"):
        inspect(new / job.output.name)
    shutil.move(receipts.sidecar_of(job.output), new)
    assert inspect(new / job.output.name).receipt == expected


def test_verify_speaks_the_language_of_the_receipt(job: Job) -> None:
    """What `verify --json` prints has every field of the receipt file, under the same name."""
    job.run()
    printed = receipt_reports.verify_document(inspect(job.output))
    assert job.receipt().items() <= printed.items()
    assert printed["ok"]


def test_verify_notices_another_film(job: Job, make_film: MakeFilm) -> None:
    """A finished film that was replaced by another does not pass with the old receipt."""
    job.run()
    other = make_film("other.mp4", seconds=SECONDS, picture="smptebars")
    shutil.copy(other, job.output)
    problems = inspect(job.output).problems
    assert any("picture" in problem for problem in problems)
    assert any("sound" in problem for problem in problems)


def test_verify_of_the_source_names_the_finished_film(job: Job) -> None:
    """Who asks about the film that was scored is told which file to ask about."""
    job.run()
    receipts.sidecar_of(job.output).unlink()
    found = job.receipt()
    with pytest.raises(UsageError, match="not the finished one") as caught:
        receipts.find(job.workspace.parent / found["film"])
    assert found["output"] in caught.value.hint


def test_verify_of_nothing_is_a_usage_error(tmp_path: Path) -> None:
    """No such file, an empty folder and a file that is no receipt each get their sentence."""
    with pytest.raises(UsageError, match="no file"):
        inspect(tmp_path / "none.mp4")
    with pytest.raises(UsageError, match=r"receipts\.json"):
        inspect(tmp_path)
    (tmp_path / "x.json").write_text('{"a": 1}')
    with pytest.raises(StorageError, match="not an autoscore receipt"):
        inspect(tmp_path / "x.json")
