"""What commands share: wishes, each field of the Brief an option, and how a run over one film goes about it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autoscore.errors import UsageError
from autoscore.model.brief import Brief
from autoscore.options import GOING, WISHES

Command = Callable[..., None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Going:
    """How a run over one film goes about it; each field is an option."""

    workspace: Path | None = None
    dry_run: bool = False
    keep: bool = False
    redo: list[str] | None = None
    as_json: bool = False
    quiet: bool = False
    verbose: bool = False

    @property
    def silent(self) -> bool:
        """Whether progress and notes are left out."""
        return self.quiet or self.as_json


def wished(*names: str) -> Callable[[Command], Command]:
    """In place of its parameter ``brief`` a command gets the options of these fields; all of them when none is named.
    In place of a parameter ``going`` it gets those of ``Going``.

    Raises:
        UsageError: when the command is called, if the Brief refuses a wish.
    """
    wishes = _options(Brief(), {name: WISHES[name] for name in names or WISHES})
    options = {"brief": wishes, "going": _options(Going(), GOING)}
    made: dict[str, Callable[..., Any]] = {"brief": _stated, "going": Going}

    def of(command: Command) -> Command:
        own = inspect.signature(command, eval_str=True)
        joined = [name for name in own.parameters if name in options]

        @functools.wraps(command)
        def called(**given: Any) -> None:
            values = {name: made[name](**{one.name: given.pop(one.name) for one in options[name]}) for name in joined}
            command(**values, **given)

        parameters: list[inspect.Parameter] = []
        for one in own.parameters.values():
            parameters += options.get(one.name, [one.replace(kind=inspect.Parameter.KEYWORD_ONLY)])
        called.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
        called.__annotations__ = {one.name: one.annotation for one in parameters}
        return called

    return of


def _options(default: Any, annotations: dict[str, Any]) -> list[inspect.Parameter]:
    kind = inspect.Parameter.KEYWORD_ONLY
    return [
        inspect.Parameter(name, kind, default=getattr(default, name), annotation=annotation)
        for name, annotation in annotations.items()
    ]


def _stated(**wishes: Any) -> Brief:
    """The wishes as a Brief; what it refuses is a UsageError."""
    try:
        return Brief(**wishes)
    except ValueError as error:
        said = str(error)
        raise UsageError(f"{said[0].upper()}{said[1:]}") from None
