"""What a batch finds of earlier runs and is given: ledgers, jobs, lists, series, marks of finished films."""

from __future__ import annotations

from pathlib import Path

from reader import Reader
from reading_values import receipts_seeds as _receipts
from spoiling import json_lines_of, json_of, toml_of


def _ledgers(_folder: Path) -> list[bytes]:
    from autoscore.batch.job import FilmRecord

    first = FilmRecord(film="a/b.mp4", status="done", seconds=3.2, tries=1, output="b.scored.mp4", loudness_lufs=-14.0)
    second = FilmRecord(film="c.mp4", status="failed", reason="It is empty.", fault="film", exit_code=1)
    return ["\n".join(record.to_json() for record in (first, second, first)).encode() + b"\n"]


def _read_ledger(path: Path) -> object:
    """As a run that goes on does: what is known is read, a line is added, and read back."""
    from autoscore.batch.job import FilmRecord
    from autoscore.batch.ledger import NAME, Ledger

    ledger = Ledger(path.rename(path.with_name(NAME)).parent)
    found = ledger.last()
    new = FilmRecord(film="new.mp4", status="done")
    ledger.append(new)
    assert Ledger(ledger.path.parent).last()["new.mp4"] == new
    return len(found)


def _jobs(_folder: Path) -> list[bytes]:
    from autoscore.batch.job import FilmJob

    job = FilmJob(
        film="/x/a.mp4", output="/x/b.mp4", workspace="/x/w", name="a.mp4", wishes={"mood": "calm", "seed": 2}
    )
    return [job.to_json().encode()]


def _read_job(path: Path) -> object:
    from autoscore.batch.job import FilmJob

    return FilmJob.from_json(path.read_bytes().decode("utf-8", "replace")).to_json()


def _lists(_folder: Path) -> list[bytes]:
    return [b"# films\nfilms/a.mp4\n/x/b c.mkv\n*.mov\n", b"a.mp4\0b\n.mp4\0"]


def _read_films(path: Path) -> object:
    from autoscore.batch.films import read_list

    return read_list(path)


def _series(_folder: Path) -> list[bytes]:
    return [b'identity = "travels"\nseed = 7\npalette = "strings"\nmood = "calm"\n']


def _read_series(path: Path) -> object:
    from autoscore.batch import series
    from autoscore.model.brief import Brief

    path.rename(path.with_name(series.NAME))
    return series.known(path.parent, Brief())


_JOB = {"film": "film.mp4", "output": "out.mp4", "workspace": "ws", "name": "film.mp4"}


def _marks(_folder: Path) -> list[bytes]:
    import json
    from dataclasses import asdict

    from autoscore.batch.job import FilmRecord

    record = FilmRecord(film="film.mp4", status="done", output="out.mp4", key="k", warnings=("One.",))
    fields = {"record": asdict(record), "output": [3, 4], "sheet": [5, 6], "causes": {"The film changed.": "0" * 16}}
    return [json.dumps(fields, indent=1).encode()]


def _read_mark(path: Path) -> object:
    """What is believed of a film that may be finished: as the next run over the folder asks, and a dry one."""
    from autoscore.batch import finished
    from autoscore.batch.job import FilmJob

    (path.parent / "ws").mkdir()
    path.rename(path.parent / "ws" / finished.MARK)
    for name in ("film.mp4", "out.mp4", "ws/cues.toml"):
        (path.parent / name).write_bytes(b"content")
    job = FilmJob(**_JOB)
    found = finished.finished(job, finished.work_key(job))
    return found.to_json() if found else finished.why(job), finished.ours(job)


def _read_receipt(path: Path) -> object:
    """The figures that a record takes from a receipt."""
    from autoscore.batch.job import FilmRecord
    from autoscore.batch.one import _measured
    from autoscore.stages.deliver import receipts

    path.rename(path.with_name(receipts.NAME))
    return FilmRecord(film="film.mp4", status="done", **_measured(path.parent)).to_json()


READERS = (
    Reader(name="batch: ledger", suffix=".jsonl", seeds=_ledgers, read=_read_ledger, spoil=json_lines_of),
    Reader(name="batch: job", suffix=".json", seeds=_jobs, read=_read_job, spoil=json_of),
    Reader(name="batch: finished film", suffix=".json", seeds=_marks, read=_read_mark, spoil=json_of),
    Reader(name="batch: receipt", suffix=".json", seeds=_receipts, read=_read_receipt, spoil=json_of),
    Reader(name="batch: list of films", suffix=".txt", seeds=_lists, read=_read_films),
    Reader(name="batch: series", suffix=".toml", seeds=_series, read=_read_series, spoil=toml_of),
)
