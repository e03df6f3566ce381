"""Stages that work cue by cue: only the cues whose own inputs moved are made anew."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar, cast

from autoscore import artifacts
from autoscore.adapters.files import write_text
from autoscore.adapters.torn import torn
from autoscore.manifest import Piece, State, digest
from autoscore.model.events import Progress
from autoscore.product import ByCue, Product, packed, unpacked
from autoscore.runner import Runner, Stage

J = TypeVar("J")
P = TypeVar("P")

_WORST: tuple[State, ...] = ("fresh", "edited", "missing", "stale", "conflict")


def worst(states: Iterable[State]) -> State:
    """One state for a stage from those of its cues; "fresh" when it has none."""
    return max(states, key=_WORST.index, default="fresh")


def _todo(states: Mapping[str, State]) -> list[str]:
    return [cue for cue, state in states.items() if state not in ("fresh", "edited")]


def _summary(made: Sequence[str], of: int) -> str:
    return f"{len(made)} of {of} cues made" if len(made) < of else ""


def joined(
    runner: Runner,
    stage: Stage,
    kind: type[J],
    of_cue: type[P],
    keys: Mapping[str, str],
    *,
    rest: Callable[[], J],
    make: Callable[[str], P],
) -> ByCue[J, P]:
    """A stage whose cues share one file, as the field ``cues`` of its value.

    However many cues there are, one at a time is a value when they are made.

    Args:
        of_cue: what ``cues`` holds. keys: cue id -> digest of what that cue is made from, in film order.
        rest: the value without any cues. make: cue id -> its part.
    """
    started = time.perf_counter()
    workspace, path = runner.workspace, runner.workspace.path(stage.file)
    pieces = workspace.pieces(stage.name)
    usable = bool(pieces) and path.exists()
    if usable and torn(path):
        runner.warn(stage.name, [f"{path} was cut off, so it is made again."])
        usable = False
    there = artifacts.load(kind, workspace.read_text(stage.file), str(path)) if usable else None
    sums: dict[str, str] = {}
    rows: dict[str, bytes] = {}

    def note(cue: str, part: P) -> None:
        sums[cue], rows[cue] = digest(artifacts.dump(part)), packed(artifacts.row(part))

    if there is not None:
        for part in cast(Any, there).cues:
            note(part.cue_id, part)
        there = cast(J, replace(cast(Any, there), cues=()))
    old = list(rows)
    states: dict[str, State] = {}
    for cue, key in keys.items():
        piece = pieces.get(cue) if cue in old else None
        changed = piece is not None and sums[cue] != piece.digest
        states[cue] = runner.settle(stage, piece, key, changed, f"Cue {cue} in {path}")
    state = worst(states.values())
    if there is None or old != list(keys):
        state = worst((state, "missing" if there is None else "stale"))
    outcome = runner.begin(stage, state, _todo(states))
    known: dict[str, Piece] = {}
    for count, (cue, key) in enumerate(keys.items()):
        if states[cue] in ("fresh", "edited"):
            piece = pieces[cue]
            if piece.key != key:
                piece = Piece(key=key, digest=sums[cue], edited=True)
        else:
            note(cue, artifacts.settled(make(cue)))
            piece = Piece(key=key, digest=sums[cue])
            outcome.made.append(cue)
        known[cue] = piece
        runner.progress(stage.name)((count + 1) / len(keys))
    if there is None or state not in ("fresh", "edited"):
        there = artifacts.settled(rest())
    text = artifacts.dump_rows(there, "cues", [unpacked(rows[cue]) for cue in keys])
    if state not in ("fresh", "edited"):
        write_text(path, text)
    if known != pieces and not runner.dry:
        workspace.record(stage.name, known)
    product = ByCue(
        value=there, digest=digest(text), kind=of_cue, rows={cue: rows[cue] for cue in keys},
        sums={cue: sums[cue] for cue in keys}, size=len(text),
    )  # fmt: skip
    runner.products.append(product)
    del text
    runner.end(stage, outcome, started, _summary(outcome.made, len(keys)))
    return product


def separate(
    runner: Runner,
    stage: Stage,
    kind: type[P],
    keys: Mapping[str, str],
    *,
    weights: Mapping[str, float],
    together: int,
    begin: Callable[[Sequence[str]], None],
    make: Callable[[str, Progress], P],
    files: Callable[[P], Iterable[str]],
) -> dict[str, Product[P]]:
    """A stage with files of its own for each cue: ``CUE.json`` in the folder ``stage.file``, and ``files`` of it.

    Args:
        weights: cue id -> how much work it is, for the progress bar.
        together: so many cues are worked on together, in film order.
        begin: has the work on such cues begun, each once; the next ones are begun while the last of them are made.
        make: the part of one of them; its progress is that of all which are worked on together.
    """
    started = time.perf_counter()
    workspace = runner.workspace
    before = workspace.pieces(stage.name)
    seen = {cue: runner.inspect(stage, before.get(cue)) for cue in keys}
    states = {
        cue: runner.settle(stage, seen[cue][0], key, seen[cue][2], f"Cue {cue} in {workspace.path(stage.file)}")
        for cue, key in keys.items()
    }
    outcome = runner.begin(stage, worst(states.values()), _todo(states))
    todo = sum(weights[cue] for cue in keys if states[cue] not in ("fresh", "edited")) or 1.0
    queue = _todo(states)
    bunches = deque(range(0, len(queue), together))
    products: dict[str, Product[P]] = {}
    for cue, key in keys.items():
        file = f"{stage.file}/{cue}.json"
        piece, now, _changed = seen[cue]
        if piece is not None and states[cue] in ("fresh", "edited"):
            products[cue] = runner.take(stage, cue, file, kind, piece, key, now)
        else:
            begun, place = time.perf_counter(), queue.index(cue)
            runner.forget(stage, cue)
            first = place - place % together
            while bunches and bunches[0] <= (first if place == first else first + together):
                at = bunches.popleft()
                begin(queue[at : at + together])
            done = sum(weights[each] for each in queue[:first]) / todo
            share = sum(weights[each] for each in queue[first : first + together]) / todo
            value = make(cue, runner.progress(stage.name, done, share))
            products[cue] = runner.store(stage, cue, file, value, key, files, begun)
            outcome.made.append(cue)
        runner.warn(stage.name, getattr(products[cue].value, "warnings", ()))
    if not runner.dry:
        _drop_left_over(runner, stage, before, keys)
    runner.end(stage, outcome, started, _summary(outcome.made, len(keys)))
    return products


def _drop_left_over(runner: Runner, stage: Stage, before: Mapping[str, Piece], keys: Mapping[str, str]) -> None:
    """Remove files of cues, or of groups of a cue, that are no more."""
    pieces = {cue: piece for cue, piece in runner.workspace.pieces(stage.name).items() if cue in keys}
    runner.drop_left_over(before.values(), pieces.values(), runner.workspace.path(stage.file))
    if pieces != runner.workspace.pieces(stage.name):
        runner.workspace.record(stage.name, pieces)
