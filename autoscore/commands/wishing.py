"""Commands that take wishes: each field of the Brief is an option of theirs."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from autoscore.errors import UsageError
from autoscore.model.brief import Brief
from autoscore.options import WISHES

Command = Callable[..., None]


def wished(*names: str) -> Callable[[Command], Command]:
    """In place of its parameter ``brief`` a command gets the options of these fields; all of them when none is named.

    Raises:
        UsageError: when the command is called, if the Brief refuses a wish.
    """
    default = asdict(Brief())
    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default[name], annotation=WISHES[name])
        for name in names or WISHES
    ]

    def of(command: Command) -> Command:
        own = inspect.signature(command, eval_str=True)

        @functools.wraps(command)
        def called(**given: Any) -> None:
            wishes = {option.name: given.pop(option.name) for option in options}
            command(brief=_stated(wishes), **given)

        parameters: list[inspect.Parameter] = []
        for one in own.parameters.values():
            parameters += options if one.name == "brief" else [one.replace(kind=inspect.Parameter.KEYWORD_ONLY)]
        called.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
        called.__annotations__ = {one.name: one.annotation for one in parameters}
        return called

    return of


def _stated(wishes: dict[str, Any]) -> Brief:
    """The wishes as a Brief; what it refuses is a UsageError."""
    try:
        return Brief(**wishes)
    except ValueError as error:
        said = str(error)
        raise UsageError(f"{said[0].upper()}{said[1:]}") from None
