"""One stage of one run: reuse what is there, make what is not, keep what a person changed, stop where both moved."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from autoscore import artifacts
from autoscore.adapters.files import write_text
from autoscore.adapters.heap import give_back
from autoscore.adapters.torn import torn
from autoscore.errors import ConflictError, StorageError
from autoscore.manifest import FileMark, Piece, State, digest, file_digest, state_of
from autoscore.model.events import Event, OnEvent, Progress, ignore_event
from autoscore.product import Product
from autoscore.workspace import Workspace

T = TypeVar("T")
log = logging.getLogger("autoscore")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """``reads`` names the fields of the Brief that change what the stage makes; ``file`` holds its value."""

    name: str
    file: str
    reads: tuple[str, ...] = ()
    version: int = 1
    title: str = ""


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What happened to a stage in this run: its state before, what had to be made, what was made, and how long it took.

    ``todo`` and ``made`` name cues where the stage works cue by cue, else the stage itself.
    """

    state: State
    made: list[str] = field(default_factory=list)
    todo: list[str] = field(default_factory=list)
    seconds: float = 0.0


def edited_and_moved(what: str, stage: str) -> ConflictError:
    """The sentence for a file that was edited by hand and whose inputs have changed."""
    return ConflictError(
        f"{what} was edited by hand, and what it is made from has changed since.",
        f"Keep the edited one with --keep, or drop the edits with --redo {stage}.",
    )


class NotReadyError(Exception):
    """In a dry run: from here on values would have to be made."""


class Runner:
    """Carries one run through its stages. ``keep``: hand-edited products win over moved inputs. ``redo``: stages to
    make anew whatever was edited. ``dry``: nothing is made or written, the states are only found out."""

    def __init__(
        self,
        workspace: Workspace,
        *,
        on_event: OnEvent = ignore_event,
        keep: bool = False,
        redo: Iterable[str] = (),
        dry: bool = False,
    ) -> None:
        self.workspace = workspace
        self.on_event = on_event
        self.keep = keep
        self.redo = frozenset(redo)
        self.dry = dry
        self.outcomes: dict[str, Outcome] = {}
        self.warnings: list[str] = []
        self.by_hand: list[Path] = []  # values that are not what the program wrote
        self.products: list[Product[Any]] = []  # what is let go of between stages

    # What observers hear

    def tell(self, stage: str, kind: Any, **fields: Any) -> None:
        """Tell the observer and the log."""
        if kind != "progress":
            seconds = f" {fields['seconds']:.2f} s" if "seconds" in fields else ""
            log.info("%s: %s%s %s", stage, kind, seconds, fields.get("text", ""))
        self.on_event(Event(stage=stage, kind=kind, **fields))

    def warn(self, stage: str, sentences: Iterable[str]) -> None:
        """Sentences for the user, each once."""
        for sentence in sentences:
            if sentence not in self.warnings:
                self.warnings.append(sentence)
                self.tell(stage, "warning", text=sentence)

    def progress(self, stage: str, start: float = 0.0, share: float = 1.0) -> Progress:
        """A Progress for one part of a stage: from ``start`` on, ``share`` of the whole."""
        return lambda done: self.on_event(
            Event(stage=stage, kind="progress", fraction=min(1.0, start + share * max(0.0, min(1.0, done))))
        )

    # States

    def settle(self, stage: Stage, piece: Piece | None, key: str, changed: bool, what: str) -> State:
        """The state of a piece after the user's --keep and --redo.

        Raises:
            ConflictError: it was edited by hand, its inputs moved, and the user has not said which wins.
        """
        state = state_of(piece, key, changed)
        if stage.name in self.redo and state != "missing":
            return "stale"
        if state == "conflict":
            if self.keep:
                return "edited"
            if not self.dry:
                raise edited_and_moved(what, stage.name)
        return state

    def inspect(self, stage: Stage, piece: Piece | None) -> tuple[Piece | None, str, bool]:
        """The piece (None: a file is gone or cut off), the digest of its files today, and whether they were changed."""
        if piece is None:
            return None, "", False
        try:
            now, changed = file_digest(self.workspace.folder, piece)
        except FileNotFoundError:
            return None, "", False
        except OSError as error:
            raise StorageError(f"{self.workspace.path(stage.file)} cannot be read: {error.strerror}.") from error
        if changed and self.cut_off(stage, piece.files):
            return None, "", False
        if changed:
            paths = {self.workspace.path(name): mark for name, mark in piece.files.items() if name.endswith(".json")}
            self.by_hand += [path for path, mark in paths.items() if mark.now(path).sha256 != mark.sha256]
        return piece, now, changed

    def cut_off(self, stage: Stage, files: Mapping[str, FileMark]) -> bool:
        """Whether one of these files is cut off, as after a power cut: told, and no work of a person's."""
        for name, mark in files.items():
            path = self.workspace.path(name)
            if mark.now(path).sha256 != mark.sha256 and torn(path):
                self.warn(stage.name, [f"{path} was cut off, so it is made again."])
                return True
        return False

    def key(self, stage: Stage, settings: Mapping[str, Any], inputs: Iterable[str]) -> str:
        """Digest of everything a stage's product is made from."""
        return digest(stage.name, stage.version, {name: settings[name] for name in stage.reads}, list(inputs))

    def begin(self, stage: Stage, state: State, todo: Iterable[str] | None = None) -> Outcome:
        """Note a stage's state before anything is done; in a dry run, stop where something would have to be made."""
        outcome = self.outcomes[stage.name] = Outcome(state=state)
        if todo is not None:
            outcome.todo.extend(todo)
        elif state not in ("fresh", "edited"):
            outcome.todo.append(stage.name)
        if state in ("fresh", "edited"):
            return outcome
        if self.dry:
            raise NotReadyError(stage.name)
        self.tell(stage.name, "start", text=stage.title)
        return outcome

    def end(self, stage: Stage, outcome: Outcome, started: float, text: str = "") -> None:
        """Tell that a stage is done, or that there was nothing to do."""
        outcome.seconds = time.perf_counter() - started
        for product in self.products:
            product.let_go()
        give_back()  # an hour's score as text and as values in the making: 90 MB
        if outcome.made:
            self.tell(stage.name, "done", fraction=1.0, text=text, seconds=outcome.seconds)
        else:
            kept = "edited by hand, kept" if outcome.state == "edited" else text
            self.tell(stage.name, "reused", fraction=1.0, text=kept)

    # A stage that makes one value

    def whole(
        self,
        stage: Stage,
        kind: type[T],
        key: str,
        make: Callable[[Progress], T],
        files: Callable[[T], Iterable[str]] = lambda _value: (),
    ) -> Product[T]:
        """The stage's value, reused or made.

        Args:
            files: names of the files that ``make`` writes beside the value's own.

        Raises:
            ConflictError, StorageError, and whatever the stage itself raises.
        """
        started = time.perf_counter()
        piece, now, changed = self.inspect(stage, self.workspace.pieces(stage.name).get(""))
        state = self.settle(stage, piece, key, changed, str(self.workspace.path(stage.file)))
        outcome = self.begin(stage, state)
        if piece is not None and state in ("fresh", "edited"):
            product = self.take(stage, "", stage.file, kind, piece, key, now)
        else:
            before = self.workspace.pieces(stage.name).values()
            self.forget(stage, "")
            value = make(self.progress(stage.name))
            product = self.store(stage, "", stage.file, value, key, files, started)
            self.drop_left_over(before, self.workspace.pieces(stage.name).values(), self.workspace.folder)
            outcome.made.append(stage.name)
        self.warn(stage.name, getattr(product.value, "warnings", ()))
        self.end(stage, outcome, started)
        return product

    # Products in the workspace

    def take(self, stage: Stage, name: str, file: str, kind: type[T], piece: Piece, key: str, now: str) -> Product[T]:
        """A product as it lies there; one kept in spite of moved inputs belongs to the new ones from now on."""
        text = self.workspace.read_text(file)
        value = artifacts.load(kind, text, str(self.workspace.path(file)))
        if piece.key != key and not self.dry:
            kept = Piece(key=key, digest=now, files=self.marks(piece.files), edited=True, seconds=piece.seconds)
            self.workspace.record(stage.name, {**self.workspace.pieces(stage.name), name: kept})
        return self._product(value, now, text)

    def forget(self, stage: Stage, name: str) -> None:
        """From here until it is stored again the product counts as missing, whatever happens."""
        pieces = self.workspace.pieces(stage.name)
        if pieces.pop(name, None) is not None:
            self.workspace.record(stage.name, pieces)

    def store(
        self,
        stage: Stage,
        name: str,
        file: str,
        value: T,
        key: str,
        files: Callable[[T], Iterable[str]],
        started: float,
    ) -> Product[T]:
        """Write a product and remember what it was made from. The value returned is what a resumed run would read."""
        text = artifacts.dump(value)
        write_text(self.workspace.path(file), text)
        value = artifacts.load(type(value), text, file)
        marks = self.marks((file, *files(value)))
        seconds = round(time.perf_counter() - started, 3)
        piece = Piece(key=key, digest="", files=marks, seconds=seconds)
        piece = replace(piece, digest=file_digest(self.workspace.folder, piece)[0])
        self.workspace.record(stage.name, {**self.workspace.pieces(stage.name), name: piece})
        return self._product(value, piece.digest, text)

    def _product(self, value: T, digest: str, text: str) -> Product[T]:
        product = Product(value=value, digest=digest, text=text)
        self.products.append(product)
        return product

    def drop_left_over(self, before: Iterable[Piece], after: Iterable[Piece], folder: Path) -> None:
        """Remove files in ``folder`` of earlier pieces that are in none now; never one that was changed by hand."""
        kept = {name for piece in after for name in piece.files}
        for name, mark in ((name, mark) for piece in before for name, mark in piece.files.items() if name not in kept):
            path = self.workspace.path(name)
            if Path(name).is_absolute() or not path.resolve().is_relative_to(folder.resolve()):
                continue  # a finished film; and the manifest may have been written by somebody else
            if path.exists() and FileMark.of(path).sha256 == mark.sha256:
                path.unlink()

    def marks(self, names: Iterable[str]) -> dict[str, FileMark]:
        """Marks of workspace files as they are now."""
        return {name: FileMark.of(self.workspace.path(name)) for name in names}
