"""A job and a record travel as JSON lines."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoscore.batch.job import FilmJob, FilmRecord
from autoscore.errors import StorageError
from autoscore.model.brief import Brief

JOB = FilmJob(film="/f/a.mp4", output="/o/a.scored.mp4", workspace="/o/a.mp4.autoscore", name="a.mp4")


@given(st.text(st.characters(codec=None)), st.floats(0, 1e6), st.integers(0, 64))
def test_a_job_comes_back_as_it_went(name: str, limit_s: float, threads: int) -> None:
    """Any file name, even one that is no text, and any number survive; the JSON is one line of ASCII."""
    job = FilmJob(
        film=name, output=name, workspace=name, name=name, wishes=asdict(Brief()), limit_s=limit_s, threads=threads
    )
    text = job.to_json()
    assert FilmJob.from_json(text) == job
    assert text.isascii()
    assert len(text.splitlines()) == 1


def test_a_record_comes_back_as_it_went() -> None:
    """Lists become tuples again, and what is not known stays None."""
    record = FilmRecord(film="é\udcff.mp4", status="failed", warnings=("one", "two"), worst_hit_ms=None, seconds=1.5)
    assert FilmRecord.from_json(record.to_json()) == record


def test_a_newer_version_may_add_fields() -> None:
    """A ledger outlives the program: what is not known is passed over."""
    fields = json.loads(FilmRecord(film="a", status="done").to_json()) | {"colour": "blue"}
    assert FilmRecord.from_json(json.dumps(fields)) == FilmRecord(film="a", status="done")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"film": 3}', '{"film": "a"}', '{"film": "a", "threads": true}', '"x"', "NaN"]
)
def test_what_is_no_job_is_refused(text: str) -> None:
    """One sentence, no traceback of JSON."""
    with pytest.raises(StorageError, match="no FilmJob"):
        FilmJob.from_json(text)


@pytest.mark.parametrize(
    ("field", "value"), [("seconds", "1"), ("tries", None), ("warnings", {}), ("status", 1), ("loudness_lufs", "x")]
)
def test_a_record_of_wrong_types_is_refused(field: str, value: Any) -> None:
    """A line that somebody else wrote does not get in."""
    fields = json.loads(FilmRecord(film="a", status="done").to_json()) | {field: value}
    with pytest.raises(StorageError, match=field):
        FilmRecord.from_json(json.dumps(fields))
