"""The folder beside the film: where it is, who may use it, and writing that is all or nothing."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from autoscore import __version__, artifacts
from autoscore.adapters.files import storage_errors, write_text
from autoscore.adapters.locks import HeldError, held
from autoscore.adapters.strangers import leading_out, read_text
from autoscore.errors import AutoscoreError, BusyError, StorageError, UsageError
from autoscore.manifest import Manifest, Piece
from autoscore.model.brief import known_wishes
from autoscore.model.names import fitting

SUFFIX = ".autoscore"
MANIFEST = "manifest.json"
LOG = "run.log"
LOCK = "lock"
TEMPORARY = (".*.part", ".*.part.*", ".part-*")
"""Names of unfinished files and folders; what a crash left of them is removed when the workspace is next opened."""

log = logging.getLogger("autoscore")
_LOGGED = "The traceback is in "


def writable(folder: Path) -> bool:
    """Whether files can be made in ``folder``."""
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where a film's workspace and, unless named, its result go; ``notes`` say what is not where one expects it."""

    workspace: Path
    results: Path
    notes: tuple[str, ...] = ()


def locate(film: Path, wanted: Path | None = None) -> Places:
    """``film.autoscore`` beside the film, or ``wanted``; the current folder where the film's cannot be written.

    Raises:
        UsageError: ``wanted`` is a file.
        StorageError: neither place can be written.
    """
    notes: tuple[str, ...] = ()
    folder = film.absolute().parent
    if not writable(folder):
        here = Path.cwd()
        if writable(here):
            notes = (f"{folder} cannot be written, so files go to the current folder, {here}.",)
            folder = here
        elif wanted is None:
            raise StorageError(
                f"Neither {folder} nor the current folder can be written.", "Name a folder with --workspace."
            )
    if wanted is not None:
        if wanted.exists() and not wanted.is_dir():
            raise UsageError(f"The workspace {wanted} is a file, not a folder.")
        return Places(workspace=wanted.absolute(), results=folder, notes=notes)
    place = folder / fitting(film.stem, SUFFIX)
    if _film_of(place) not in (None, film.name):
        place = folder / fitting(film.name, SUFFIX)  # a.mp4 and a.mov side by side do not share a workspace
    return Places(workspace=place, results=folder, notes=notes)


def _film_of(place: Path) -> str | None:
    try:
        return artifacts.load(Manifest, read_text(place / MANIFEST)).film
    except (OSError, UnicodeDecodeError, AutoscoreError):
        return None


class _Log(logging.FileHandler):
    """A log that the disk has no room for is no reason to stop, or to print a traceback."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        pass


class Workspace:
    """One film's folder. Reading needs nothing; ``with workspace.opened():`` makes it, locks it and logs into it."""

    def __init__(self, folder: Path, film: str) -> None:
        self.folder = folder
        self.manifest = Manifest(film=film, version=__version__)
        self.warnings: list[str] = []
        self._read_manifest()

    def _read_manifest(self) -> None:
        path = self.path(MANIFEST)
        try:
            found = artifacts.load(Manifest, read_text(path), str(path))
            self.manifest = replace(found, wishes=known_wishes(found.wishes), planned=known_wishes(found.planned))
        except FileNotFoundError:
            pass
        except (OSError, UnicodeDecodeError, AutoscoreError):
            said = f"{path} cannot be read, so everything is made again."
            self.warnings = [said]

    @property
    def log_path(self) -> Path:
        return self.folder / LOG

    def path(self, name: str) -> Path:
        """The path of workspace name ``name``."""
        return self.folder / name

    def read_text(self, name: str) -> str:
        """Raises StorageError when the file cannot be read as text."""
        path = self.path(name)
        try:
            return read_text(path)
        except UnicodeDecodeError:
            raise StorageError(f"{path} is not UTF-8 text.", "Delete the file to have it made again.") from None
        except OSError as error:
            raise StorageError(f"{path} cannot be read: {error.strerror}.") from error

    def pieces(self, stage: str) -> dict[str, Piece]:
        """What the manifest says about a stage's products."""
        return dict(self.manifest.stages.get(stage, {}))

    def record(self, stage: str, pieces: dict[str, Piece]) -> None:
        """Remember a stage's products; an empty dict forgets it."""
        stages = {**self.manifest.stages, stage: pieces}
        self.update(stages={name: known for name, known in stages.items() if known})

    def update(self, **fields: Any) -> None:
        """Change fields of the manifest and write it."""
        self.manifest = replace(self.manifest, version=__version__, **fields)
        write_text(self.path(MANIFEST), artifacts.dump(self.manifest))

    def check_links(self) -> None:
        """Raises StorageError when a link in the folder leads out of it."""
        with storage_errors(self.folder):
            stray = leading_out(self.folder)
        if stray is not None:
            raise StorageError(
                f"{stray} is a link that leads out of the workspace; what it points to might be overwritten.",
                "Remove the link; to keep the workspace on another disk name it with --workspace.",
            )

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Hold the workspace for one run: one process at a time, strays of a crash removed, a log kept.

        A workspace that was made for this run and got nothing from it is removed again.

        Raises:
            StorageError: another run holds it, it cannot be written, or a link in it leads out of it.
        """
        made = not self.folder.exists()
        with storage_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        self.check_links()
        with self._locked():
            self._read_manifest()  # a run that held it until now may have gone on in the meantime
            yield from self._logged(made)

    def _logged(self, made: bool) -> Iterator[None]:
        handler: logging.Handler | None = None
        try:
            self._sweep()
            with storage_errors(self.log_path):
                if self.log_path.is_symlink():  # it may lead out of the workspace
                    self.log_path.unlink()
                handler = _Log(self.log_path, encoding="utf-8", delay=True)
            handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
            handler.setLevel(logging.INFO)
            log.addHandler(handler)
            yield
        except (AutoscoreError, OSError, KeyboardInterrupt) as error:
            log.info("stopped: %s", str(error) or type(error).__name__)
            if isinstance(error, KeyboardInterrupt) or self.path(LOCK).exists():
                raise
            raise StorageError(
                f"{self.folder} was removed while it was being worked in.", "Run the same command again."
            ) from error
        except Exception as error:
            log.exception("stopped by a bug")
            error.add_note(f"{_LOGGED}{self.log_path}")
            made = False
            raise
        finally:
            if handler is not None:
                log.removeHandler(handler)
                with suppress(OSError):
                    handler.close()
            if made and not self.manifest.stages:
                shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        path = self.path(LOCK)
        with ExitStack() as stack:
            try:
                with storage_errors(path):
                    stack.enter_context(held(path))
            except HeldError as error:
                raise BusyError(
                    f"Another run{f' ({error.holder})' if error.holder else ''} is working in {self.folder}.",
                    f"Wait for it, or remove {path} if there is none.",
                ) from None
            yield

    def _sweep(self) -> None:
        if self.folder.suffix != SUFFIX and not self.path(MANIFEST).exists():
            return  # not (yet) a folder of ours: nothing in it is ours to remove
        for pattern in TEMPORARY:
            for stray in self.folder.rglob(pattern):
                if stray.is_dir():
                    shutil.rmtree(stray, ignore_errors=True)
                else:
                    stray.unlink(missing_ok=True)

    @contextmanager
    def scratch(self, name: str) -> Iterator[Path]:
        """A folder inside the workspace for files that are not finished; it is gone afterwards."""
        folder = self.path(f".part-{name}")
        shutil.rmtree(folder, ignore_errors=True)
        with storage_errors(folder):
            folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def crash_log(error: BaseException) -> Path:
    """The file that holds the traceback of an unforeseen ``error``: the run's log, or one in the temporary folder."""
    for note in getattr(error, "__notes__", ()):
        if note.startswith(_LOGGED):
            return Path(note.removeprefix(_LOGGED))
    handle, name = tempfile.mkstemp(prefix="autoscore-crash-", suffix=".log", text=True)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("".join(traceback.format_exception(error)))
    return Path(name)
