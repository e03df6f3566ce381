"""Rows of tables, checked: each key known, each value of its kind. Tables may come from a user, as moods do."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from autoscore.errors import TableError

T = TypeVar("T")

_MOST = 1e12
"""No number in a table comes near it; no number at all, and one of 400 digits, are not less."""


@cache
def _kinds(kind: type[Any]) -> dict[str, Any]:
    return get_type_hints(kind)


def row(kind: type[T], table: object, where: str) -> T:
    """``kind(**table)`` with lists made tuples; a key that the row does not know is an error, not a silence.

    Args:
        where: the file and table, for messages.

    Raises:
        TableError: a key is unknown or missing, or a value is of another kind.
    """
    if not isinstance(table, dict):
        raise TableError(f"{where}: it is no table")
    unknown = set(table) - {f.name for f in fields(kind)}  # type: ignore[arg-type]
    if unknown:
        raise TableError(f"{where}: unknown key {min(unknown)!r}")
    kinds = _kinds(kind)  # type: ignore[arg-type]
    values = {}
    for key, value in table.items():
        values[key] = _frozen(value)
        if not _fits(values[key], kinds[key]):
            raise TableError(f"{where}: {key} cannot be {value!r}")
    try:
        return kind(**values)
    except TypeError as error:
        raise TableError(f"{where}: {str(error).partition(' ')[2]}") from None


def _frozen(value: Any) -> Any:
    return tuple(_frozen(v) for v in value) if isinstance(value, list) else value


def _fits(value: Any, kind: Any) -> bool:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is UnionType:
        return any(_fits(value, one) for one in arguments)
    if origin is Literal:
        return isinstance(value, str) and value in arguments
    if origin is tuple:
        return isinstance(value, tuple) and all(_fits(v, arguments[0]) for v in value)
    if is_dataclass(kind):
        return isinstance(value, kind)  # type: ignore[arg-type]
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _MOST
    return type(value) is kind
