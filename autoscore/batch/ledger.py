"""The ledger: what became of each film, a line each, never changed again; only the last line of a film counts."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from autoscore.adapters.files import storage_errors
from autoscore.batch.job import FilmRecord
from autoscore.errors import AutoscoreError

NAME = "ledger.jsonl"
_PLAINLY = getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
"""A link in its place may lead to a file that is no ledger."""


class Ledger:
    """The file ``NAME`` in a folder. Several runs may write it at once: each line is written in one go, to its end."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME

    def last(self) -> dict[str, FilmRecord]:
        """The last record of each film. Lines that a power cut tore, or that are of another kind, are passed over.

        Raises:
            StorageError: it is there and cannot be read.
        """
        found: dict[str, FilmRecord] = {}
        with storage_errors(self.path), suppress(FileNotFoundError), self.path.open("rb") as file:
            for line in file:
                with suppress(AutoscoreError):
                    record = FilmRecord.from_json(line.decode("utf-8", "replace"))
                    found[record.film] = record
        return found

    def append(self, record: FilmRecord) -> None:
        """Write a record, and wait until it is on the disk.

        Raises:
            StorageError: it cannot be written.
        """
        self._write(_readable(record))

    def take_over(self, text: str) -> None:
        """Append the records in the ``text`` of a ledger elsewhere that are not in this one.

        Raises:
            StorageError: it cannot be read or written.
        """
        known: set[str] = set()
        with storage_errors(self.path), suppress(FileNotFoundError):
            known.update(self.path.read_text(encoding="utf-8", errors="replace").splitlines())
        missing = []
        for line in text.splitlines():
            with suppress(AutoscoreError):
                FilmRecord.from_json(line)
                if line not in known:
                    missing.append(line)
        if missing:
            self._write("\n".join(missing))

    def _write(self, lines: str) -> None:
        with storage_errors(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | _PLAINLY, 0o666)
            try:
                os.write(handle, (b"" if _whole(handle) else b"\n") + lines.encode("utf-8", "replace") + b"\n")
                os.fsync(handle)
            finally:
                os.close(handle)


def _readable(record: FilmRecord) -> str:
    """The record as a line with names as people write them, where they are text on one line; else as for programs."""
    text = json.dumps(record.document(), ensure_ascii=False, allow_nan=False)
    return text if len(text.splitlines()) == 1 and text.encode("utf-8", "ignore").decode() == text else record.to_json()


def _whole(handle: int) -> bool:
    """Whether the file ends with the end of a line."""
    size = os.fstat(handle).st_size
    if size == 0:
        return True
    os.lseek(handle, size - 1, os.SEEK_SET)
    return os.read(handle, 1) == b"\n"
