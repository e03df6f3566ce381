"""Before a result counts: the film is still the one that was scored, and what is put in its place is known as ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from autoscore.adapters import locks, tags
from autoscore.adapters.files import remove_strays, short, storage_errors
from autoscore.errors import AutoscoreError, BusyError, FilmError
from autoscore.model.media import FilmDigest
from autoscore.model.names import fitting
from autoscore.model.receipt import SIDECAR
from autoscore.workspace import Workspace

SCORED_BEFORE = "already has autoscore's music"


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


def lock_of(output: Path) -> Path:
    """The file that is held while ``output`` is being made."""
    return output.with_name(f".{short(output.name)}.lock")


@contextmanager
def held(output: Path | None) -> Iterator[None]:
    """The finished film is ours to write for as long as the block runs; what a killed run left beside it is removed.

    Raises:
        BusyError: another run, with a workspace of its own, is making the same file.
    """
    if output is None:
        yield
        return
    with ExitStack() as stack:
        try:
            with storage_errors(output):
                stack.enter_context(locks.held(lock_of(output)))
        except locks.HeldError as error:
            who = f" ({error.holder})" if error.holder else ""
            raise BusyError(
                f"Another run{who} is making {output}.", "Wait for it, or name another file with --output."
            ) from None
        for file in (output, output.with_name(fitting(output.name, SIDECAR))):
            remove_strays(file)
        yield


def place(workspace: Workspace, draft: Path, output: Path) -> None:
    """Remember that ``draft`` is about to become ``output``, so that a later run knows it for ours.

    What was put elsewhere before and has been changed or removed since is forgotten.

    Raises:
        StorageError: the workspace cannot be written.
    """
    kept = {name: look for name, look in workspace.manifest.placed.items() if _looks(Path(name), look)}
    workspace.update(placed={**kept, str(output.absolute()): _look(draft)})


def is_ours(workspace: Workspace, stage: str, output: Path) -> bool:
    """Whether ``output`` is as a run in this workspace left it: delivered by ``stage``, or put there by a run that was
    stopped before it could take note of it, and not changed since. Only such a file may be replaced unasked."""
    where = str(output.absolute())
    if output.is_symlink():  # made by somebody: we write files
        return False
    mark = next((p.files[where] for p in workspace.pieces(stage).values() if where in p.files), None)
    with suppress(OSError):
        if mark is not None and mark.now(output).sha256 == mark.sha256:
            return True
    look = workspace.manifest.placed.get(where)
    return look is not None and _looks(output, look)


def _looks(file: Path, look: tuple[int, int]) -> bool:
    try:
        return _look(file) == look
    except OSError:
        return False


def _look(file: Path) -> tuple[int, int]:
    """Size in bytes and time of change in ns: they stay when a file is renamed."""
    about = file.stat()
    return about.st_size, about.st_mtime_ns


def source_of(film: Path) -> Path | None:
    """The film that ``film`` was made from, as the receipt beside it says; None where there is none."""
    from autoscore.stages.deliver import receipts

    with suppress(OSError, AutoscoreError):
        return Path(receipts.read(receipts.sidecar_of(film)).film)
    return None


def scored_before(film: Path) -> tuple[str, ...]:
    """A sentence for who has a finished film of ours scored, as its tags tell; nothing for any other film."""
    if tags.MARK not in tags.comment_of(film):
        return ()
    source = source_of(film)
    original = "the original" if source is None else f"the original, {source.name},"
    return (
        f"{film.name} {SCORED_BEFORE}; its sound, music and all, counts as the film's own. Score {original} instead.",
    )
