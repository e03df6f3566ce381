"""One film, here and now: the pipeline's result, or its failure, as a record."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from autoscore import pipeline
from autoscore.adapters.strangers import read_text
from autoscore.batch import finished
from autoscore.batch.job import FINISHED, Fault, FilmJob, FilmRecord
from autoscore.errors import (
    AutoscoreError,
    BusyError,
    ConflictError,
    FilmError,
    StorageError,
    ToleranceError,
    ToolMissingError,
    UsageError,
    bug,
)
from autoscore.hints import brief_of, explained
from autoscore.model.events import OnEvent, ignore_event
from autoscore.workspace import crash_log

FAULTS: tuple[tuple[type[AutoscoreError], Fault], ...] = (
    (BusyError, "busy"), (StorageError, "storage"), (ToolMissingError, "tool"), (ToleranceError, "tolerance"),
    (UsageError, "wishes"), (ConflictError, "wishes"), (FilmError, "film"), (AutoscoreError, "film"),
)  # fmt: skip
BUG = 3


def now() -> str:
    """The time for a record."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def score_one(job: FilmJob, on_event: OnEvent = ignore_event) -> FilmRecord:
    """Score one film. Whatever is wrong with it is in the record; only an interrupt comes out of here.

    Raises:
        KeyboardInterrupt.
    """
    started = time.monotonic()
    record = FilmRecord(film=job.name, status="failed", output=job.output, tries=1)
    try:
        record = _scored(job, on_event, record)
    except AutoscoreError as error:
        record = failure(record, error)
    except MemoryError:
        record = replace(
            record, status="failed", fault="memory", exit_code=1, reason="There is not enough memory for it."
        )
    except Exception as error:
        record = replace(
            record, status="failed", fault="bug", exit_code=BUG, reason=bug(error),
            hint=f"If it comes again, report it with {crash_log(error)}, which holds the details.",
        )  # fmt: skip
    return replace(record, seconds=round(time.monotonic() - started, 2), at=now())


def failure(record: FilmRecord, error: AutoscoreError) -> FilmRecord:
    """``record`` as the failure that ``error`` is; a film that another run has is not failed but left to that one."""
    fault = next(fault for kind, fault in FAULTS if isinstance(error, kind))
    if fault == "busy":
        return replace(
            record, status="skipped", fault=fault, reason="It is being scored by another run.", hint=error.hint
        )
    return replace(
        record, status="failed", fault=fault, exit_code=error.exit_code, reason=error.message, hint=error.hint
    )


def _scored(job: FilmJob, on_event: OnEvent, record: FilmRecord) -> FilmRecord:
    film, output, workspace = Path(job.film), Path(job.output), Path(job.workspace)
    try:
        brief = brief_of(job.wishes)
    except ValueError as error:
        raise UsageError(f"{job.name}: {error}") from None
    whole = job.until == "deliver"
    try:
        key = finished.work_key(job)
    except OSError as error:
        raise UsageError(f"{film} cannot be opened: {error.strerror or error}.") from None
    before = finished.finished(job, key) if whole else None
    if before is not None:
        return before
    _make_folders(output.parent, workspace.parent)
    try:
        result = pipeline.run(
            film, brief, output=output if whole else None, workspace=workspace, until=job.until,
            overwrite=job.overwrite or finished.ours(job), keep=job.keep, on_event=on_event,
        )  # fmt: skip
    except ConflictError as error:
        raise explained(error, workspace, brief) from None
    made = any(outcome.made for outcome in result.outcomes.values())
    record = replace(
        record, status="done" if made or not whole else "skipped", key=key, exit_code=0, fault="",
        reason="" if made or not whole else FINISHED, warnings=tuple(result.warnings),
    )  # fmt: skip
    if result.plan is not None:
        record = replace(record, mood=result.plan.home_mood, palette=result.plan.palette, home_key=result.plan.home_key)
    if not whole:
        return replace(record, output="")
    record = replace(record, **_measured(workspace))
    if result.delivery is not None and not result.delivery.in_tolerance:
        said = f"{output} was written, but: {'; '.join(result.delivery.failures)}."
        return failure(record, ToleranceError(said, f"`autoscore verify {output}` shows the measurements."))
    try:
        finished.mark(job, record)
    except OSError as error:
        raise StorageError(f"{output} is no longer there: {error.strerror or error}.") from None
    return record


def _make_folders(*folders: Path) -> None:
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"The folder {folder} cannot be made: {error.strerror or error}.") from None


def _measured(workspace: Path) -> dict[str, Any]:
    """Quality, loudness and worst hit, as the receipt says."""
    from autoscore.stages.deliver import receipts

    try:
        found: Mapping[str, Any] = json.loads(read_text(workspace / receipts.NAME))
        errors = [
            abs(hit["error_ms"]) for hit in found["hits"] if hit["class"] == "hard" and hit["error_ms"] is not None
        ]
        return {
            "quality": str(found.get("quality", "final")),
            "loudness_lufs": float(found["loudness_lufs"]),
            "worst_hit_ms": round(max(errors), 2) if errors else None,
        }
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}
