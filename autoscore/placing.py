"""Before a result counts: the film is still the one that was scored, and what is put in its place is known as ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from autoscore.adapters import locks
from autoscore.adapters.files import remove_strays, short, storage_errors
from autoscore.errors import BusyError, FilmError
from autoscore.model.media import FilmDigest
from autoscore.model.names import fitting
from autoscore.model.receipt import SIDECAR
from autoscore.workspace import Workspace


def check_unchanged(film: Path, before: FilmDigest) -> None:
    """What was made of a film that changed meanwhile is of two films, and is no result.

    Raises:
        FilmError: ``film`` is gone, or no longer what it was.
    """
    from autoscore.stages.probe.digest import digest

    try:
        same = digest(film) == before
    except OSError as error:
        raise FilmError(f"{film} can no longer be read: {error.strerror or error}.") from None
    if not same:
        raise FilmError(
            f"{film} was changed while it was being scored.",
            "Run the same command again once nothing writes to it any more.",
        )


@contextmanager
def held(output: Path | None) -> Iterator[None]:
    """The finished film is ours to write for as long as the block runs; what a killed run left beside it is removed.

    Raises:
        BusyError: another run, with a workspace of its own, is making the same file.
    """
    if output is None:
        yield
        return
    lock = output.with_name(f".{short(output.name)}.lock")
    with ExitStack() as stack:
        try:
            with storage_errors(output):
                stack.enter_context(locks.held(lock))
        except locks.HeldError as error:
            who = f" ({error.holder})" if error.holder else ""
            raise BusyError(
                f"Another run{who} is making {output}.", "Wait for it, or name another file with --output."
            ) from None
        for file in (output, output.with_name(fitting(output.name, SIDECAR))):
            remove_strays(file)
        yield


def place(workspace: Workspace, draft: Path, output: Path) -> None:
    """Remember that ``draft`` is about to become ``output``: a run that is stopped in between need not ask later.

    Raises:
        StorageError: the workspace cannot be written.
    """
    workspace.update(placed={str(output.absolute()): _look(draft)})


def was_placed(workspace: Workspace, output: Path) -> bool:
    """Whether ``output`` is what a run put there that was stopped before it could take note of it."""
    try:
        return workspace.manifest.placed.get(str(output.absolute())) == _look(output)
    except OSError:
        return False


def is_as_delivered(workspace: Workspace, stage: str, output: Path) -> bool:
    """Whether ``output`` lies there as ``stage`` delivered it last."""
    mark = next((p.files.get(str(output.absolute())) for p in workspace.pieces(stage).values()), None)
    try:
        return mark is not None and (mark.size_bytes, mark.mtime_ns) == _look(output)
    except OSError:
        return False


def settled(workspace: Workspace) -> None:
    """The delivery is recorded: from now on the finished film is the user's, and is not replaced unasked."""
    if workspace.manifest.placed:
        workspace.update(placed={})


def _look(file: Path) -> tuple[int, int]:
    """Size in bytes and time of change in ns: they stay when a file is renamed."""
    about = file.stat()
    return about.st_size, about.st_mtime_ns
