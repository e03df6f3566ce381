"""Receipts as files: written beside the finished film and in the workspace, found again from either."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path
from typing import Any

from autoscore import artifacts
from autoscore.adapters.strangers import read_text
from autoscore.errors import StorageError, UsageError
from autoscore.model.names import fitting
from autoscore.model.receipt import SIDECAR, Receipt

NAME = "receipts.json"


def sidecar_of(output: Path) -> Path:
    """The receipt beside a finished film: it goes where the film goes, as subtitles do."""
    return output.with_name(fitting(output.name, SIDECAR))


def document(receipt: Receipt) -> dict[str, Any]:
    """The receipt as JSON types. There a hit's ``klass`` is called ``class``, which Python cannot name."""
    fields = artifacts.plain(receipt)
    for hit in fields["hits"]:
        hit["class"] = hit.pop("klass")
    return fields


def text_of(receipt: Receipt) -> str:
    """The receipt as JSON text."""
    return json.dumps(document(receipt), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def read(path: Path) -> Receipt:
    """The receipt in a file.

    Raises:
        StorageError: it cannot be read, or is not a receipt of a version that is understood.
    """
    try:
        fields = json.loads(read_text(path))
        for hit in fields["hits"]:
            hit["klass"] = hit.pop("class")
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise StorageError(f"{path.name} is not an autoscore receipt.") from None
    return artifacts.load(Receipt, json.dumps(fields), path.name)


def folder_between(workspace: Path, output: Path) -> str:
    """The way from the workspace to the finished film's folder, with forward slashes; absolute on another drive."""
    try:
        return Path(os.path.relpath(output.parent.resolve(), workspace.resolve())).as_posix()
    except ValueError:
        return output.parent.resolve().as_posix()


def find(path: Path) -> tuple[Path, Path]:
    """(receipt file, finished film) for a finished film, a receipt or a workspace.

    A finished film's receipt is looked for beside it, then in the workspaces of its folder that name it.

    Raises:
        UsageError: there is no such path, or no receipt belongs to it.
        StorageError: the receipt cannot be read.
    """
    if not path.exists():
        raise UsageError(f"There is no file {path}")
    if path.is_dir():
        found = path / NAME
        if not found.is_file():
            raise UsageError(f"{path} has no {NAME}", "Score the film first, or name the finished film.")
        return found, _finished(found)
    if path.name.endswith(SIDECAR):
        return path, path.with_name(path.name.removesuffix(SIDECAR))
    if path.suffix == ".json":
        return path, _finished(path)
    beside = sidecar_of(path)
    if beside.is_file():
        return beside, path
    known = {candidate: read(candidate) for candidate in sorted(path.parent.glob(f"*.autoscore/{NAME}"))}
    for candidate, receipt in known.items():
        if receipt.output == path.name:
            return candidate, path
    for candidate, receipt in known.items():
        if receipt.film == path.name:
            raise UsageError(
                f"{path.name} is the film that was scored, not the finished one",
                f"`autoscore verify {shlex.quote(os.path.normpath(_finished(candidate)))}` checks that one.",
            )
    raise UsageError(
        f"No receipt belongs to {path.name}",
        f"Put {beside.name} beside it, or name the workspace folder instead.",
    )


def _finished(found: Path) -> Path:
    receipt = read(found)
    return found.parent / receipt.output_folder / receipt.output
