"""What one film of many is: a job of plain values that can travel anywhere as JSON, and the record that comes back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal, TypeVar

from autoscore.errors import StorageError
from autoscore.manifest import Wish

T = TypeVar("T")

Status = Literal["todo", "done", "skipped", "failed"]
Fault = Literal["", "film", "wishes", "storage", "tool", "tolerance", "bug", "crash", "memory", "time", "busy"]

LASTING: frozenset[Fault] = frozenset({"film", "tolerance", "bug", "crash", "memory", "time"})
"""Faults that would come again with the same film and cost time; the others are seen at once, or go with what they came
from (a full disk, a missing tool, a file in the way, another run)."""
FINISHED = "It is finished."


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmJob:
    """One film to score. Everything in it is text or a number, so it means the same in any process.

    Args:
        film, output, workspace: paths as the process that works on it sees them.
        name: what people call it: its path as it was found, with forward slashes.
        wishes: the fields of the Brief.
        until: the last stage; "plan" for a look at what a film is like.
        threads: what its process may use; 0 leaves it alone.
        limit_s: it is stopped after so many seconds; 0 = never. stall_s: after so many without a sign of progress.
        memory_mb: it is stopped when its process holds more; 0 = no limit.
        overwrite: a finished film of somebody else's making may be replaced.
        keep: a cue sheet that was edited is kept although what it was made from has changed.
    """

    film: str
    output: str
    workspace: str
    name: str
    wishes: dict[str, Wish] = field(default_factory=dict)
    until: str = "deliver"
    threads: int = 0
    limit_s: float = 0.0
    stall_s: float = 0.0
    memory_mb: int = 0
    overwrite: bool = False
    keep: bool = False

    def to_json(self) -> str:
        """One line. File names that are not text survive it."""
        return _line(self)

    @staticmethod
    def from_json(text: str) -> FilmJob:
        """Raises StorageError when the text is no job."""
        return _read(FilmJob, text)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmRecord:
    """What became of one film in one run: a line of the ledger.

    Args:
        film: the job's ``name``. status: "todo" only in a dry run.
        reason: one sentence, of a failure or why there was nothing to do. hint: the next step.
        fault: what kind of failure. exit_code: as ``autoscore score`` would have left with.
        seconds: wall time of this run's work on it. tries: how often it was begun.
        output: the finished film. loudness_lufs, worst_hit_ms (largest |error| of the hard hits): as its receipt says.
        key: digest of film, wishes and version: the same work has the same key.
        mood, palette, home_key: what its plan decided; at: when it ended, UTC, ISO 8601.
        quality: "draft" where the finished film is one.
    """

    film: str
    status: Status
    reason: str = ""
    hint: str = ""
    fault: Fault = ""
    exit_code: int = 0
    seconds: float = 0.0
    tries: int = 0
    output: str = ""
    loudness_lufs: float | None = None
    worst_hit_ms: float | None = None
    key: str = ""
    mood: str = ""
    palette: str = ""
    home_key: str = ""
    warnings: tuple[str, ...] = ()
    at: str = ""
    quality: str = "final"

    def stands(self, film: str, reason: str = FINISHED) -> FilmRecord:
        """The record of a run in which there was nothing to do, since this is what became of the film before."""
        return replace(self, film=film, status="skipped", reason=reason, seconds=0.0, tries=0)

    def to_json(self) -> str:
        """One line, its fields in their order."""
        return _line(self)

    def document(self) -> dict[str, Any]:
        """Plain types."""
        return asdict(self)

    @staticmethod
    def from_json(text: str) -> FilmRecord:
        """Raises StorageError when the text is no record."""
        return _read(FilmRecord, text)


def _line(value: Any) -> str:
    # ASCII: a file name that is not UTF-8 is kept by its escapes, and no line separator of Unicode splits the line.
    return json.dumps(asdict(value), ensure_ascii=True, allow_nan=False, separators=(", ", ": "))


def _read(kind: type[T], text: str) -> T:
    try:
        found = json.loads(text)
        json.dumps(found, allow_nan=False)  # "Infinity" and 1e400 are read, and cannot be written
    except (ValueError, RecursionError) as error:
        raise StorageError(f"This is no {kind.__name__}: {error}") from None
    if not isinstance(found, Mapping):
        raise StorageError(f"This is no {kind.__name__}: {text[:60]!r}")
    known = {f.name: f for f in fields(kind)}  # type: ignore[arg-type]
    # What a newer version added is passed over: a ledger outlives the program that wrote it.
    values = {name: value for name, value in found.items() if name in known}
    for name, value in values.items():
        if not _fits(value, str(known[name].type)):
            raise StorageError(f"This is no {kind.__name__}: {name} is {value!r}")
    if isinstance(values.get("warnings"), list):
        values["warnings"] = tuple(values["warnings"])
    try:
        return kind(**values)
    except TypeError as error:
        raise StorageError(f"This is no {kind.__name__}: {error}") from None


_PLAIN: dict[str, tuple[type, ...]] = {
    "str": (str,), "int": (int,), "float": (int, float), "bool": (bool,), "float | None": (int, float, type(None)),
    "dict[str, Wish]": (dict,), "tuple[str, ...]": (list,), "Status": (str,), "Fault": (str,),
}  # fmt: skip


def _fits(value: object, annotation: str) -> bool:
    kinds = _PLAIN[annotation]
    return isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))
