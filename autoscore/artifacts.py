"""Values <-> JSON text, with a schema tag ``Name.version`` and one-step upgrades. The only user of pydantic."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

from autoscore.errors import StorageError

if TYPE_CHECKING:
    from pydantic import TypeAdapter
    from pydantic_core import SchemaValidator

T = TypeVar("T")

VERSIONS: dict[str, int] = {}
"""Schema version of each value's name; 1 where it is not listed."""

UPGRADES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""``"Media.1"``: the function that turns the fields of a Media.1 into those of a Media.2. One step each."""


@cache
def _adapter_of(kind: Hashable) -> TypeAdapter[Any]:
    from pydantic import ConfigDict, TypeAdapter
    from typing_extensions import TypedDict

    # Standard dataclasses take the configuration of what holds them; the values themselves stay free of pydantic.
    box = TypedDict("box", {"value": kind})  # type: ignore[valid-type]  # noqa: UP013
    config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
    box.__pydantic_config__ = config  # type: ignore[attr-defined]
    return TypeAdapter(box)


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    return _adapter_of(cast(Hashable, kind))


@cache
def _reader_of(kind: Hashable) -> SchemaValidator:
    from pydantic_core import CoreConfig, SchemaValidator

    # The strings that pydantic keeps for the next time lie scattered over the heap: of an hour's score they held 24 MB.
    return SchemaValidator(_adapter_of(kind).core_schema, CoreConfig(cache_strings="none"))


def _read(kind: type[Any], text: str | bytes) -> Any:
    """The value in ``{"value": FIELDS}``. Raises ValidationError."""
    return _reader_of(cast(Hashable, kind)).validate_json(text)["value"]


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(", ", ": "), default=str)


def _list(rows: Iterable[str]) -> str:
    return "[\n" + ",\n".join(f"  {row}" for row in rows) + "\n ]"


def layout(fields: dict[str, Any]) -> str:
    """One line per field, one line per member of a list of records: short enough to hold, easy to read and to diff."""
    rows = []
    for key, value in fields.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            body = _list(map(_line, value))
        elif isinstance(value, dict) and any(isinstance(item, list | dict) for item in value.values()):
            body = "{\n" + ",\n".join(f"  {_line(name)}: {_line(item)}" for name, item in value.items()) + "\n }"
        else:
            body = _line(value)
        rows.append(f" {_line(key)}: {body}")
    return "{\n" + ",\n".join(rows) + "\n}\n"


def tag_of(kind: type[Any]) -> str:
    """The schema tag that ``dump`` writes, like "Media.1"."""
    return f"{kind.__name__}.{VERSIONS.get(kind.__name__, 1)}"


def plain(value: Any) -> dict[str, Any]:
    """``value`` (a dataclass of the model) as JSON types: fractions as "30000/1001", floats exact, tuples as lists.

    Raises:
        ValueError: a number is not finite.
    """
    fields = _adapter(type(value)).dump_python(cast(Any, {"value": value}), mode="json", warnings=False)["value"]
    return {"schema": tag_of(type(value)), **fields}


def dump(value: Any) -> str:
    """``value`` as canonical JSON text: the same value gives the same text on every machine.

    Raises:
        ValueError: a number is not finite.
    """
    return layout(plain(value))


def settled(value: T) -> T:
    """``value`` as it would be read: what was counted as 1 where a float belongs is 1.0.

    Raises:
        ValueError: a field is not what its type says, or a number is not finite.
    """
    return cast(T, _read(type(value), _adapter(type(value)).dump_json(cast(Any, {"value": value}), warnings=False)))


def row(value: Any) -> str:
    """``value`` as the one line that it is in the list of a larger value's file; read again by ``of_row``.

    Raises:
        ValueError: a number is not finite.
    """
    fields = plain(value)
    del fields["schema"]
    return _line(fields)


def of_row(kind: type[T], line: str) -> T:
    """The value that ``row`` wrote."""
    return cast(T, _read(kind, f'{{"value": {line}}}'))


def dump_rows(value: Any, field: str, rows: Iterable[str]) -> str:
    """What ``dump`` would write if the list ``field`` of ``value``, which is empty, had members with these ``rows``."""
    members = list(rows)
    if not members:
        return dump(value)
    before, empty, after = dump(value).partition(f"\n {_line(field)}: []")
    assert empty, f"{field} is not empty"
    return f"{before}{empty.removesuffix('[]')}{_list(members)}{after}"


def load(kind: type[T], text: str, name: str = "") -> T:
    """The value of type ``kind`` in ``text``; older schemas are upgraded step by step.

    Args:
        name: the file the text comes from, for messages.

    Raises:
        StorageError: the text is not JSON, is another schema or a newer one, or a field is missing, unknown or wrong.
    """
    from pydantic import ValidationError
    from pydantic_core import from_json, to_json

    own = f'{{\n "schema": "{tag_of(kind)}",'
    if text.startswith(own):  # as ``dump`` writes: at once, without plain values in between
        with suppress(ValidationError):
            return cast(T, _read(kind, f'{{"value": {{{text[len(own) :]}}}'))
    where = name or kind.__name__
    hint = "Delete the file to have it made again." if name else ""
    try:
        fields = from_json(text, allow_inf_nan=False, cache_strings="none")
    except ValueError as error:
        raise StorageError(f"{where} is not valid JSON: {error}.", hint) from None
    tag = fields.pop("schema", None) if isinstance(fields, dict) else None
    if not isinstance(tag, str):
        raise StorageError(f"{where} has no schema tag; expected {tag_of(kind)!r}.", hint)
    while tag in UPGRADES and tag != tag_of(kind):
        fields = UPGRADES[tag](fields)
        stem, _, version = tag.rpartition(".")
        tag = f"{stem}.{int(version) + 1}"
    if tag != tag_of(kind):
        raise StorageError(f"{where} is of schema {tag!r}, but this version reads {tag_of(kind)!r}.", hint)
    try:
        # Through JSON, because only there a list may stand for a tuple while everything else stays strict.
        return cast(T, _read(kind, to_json({"value": fields})))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"][1:]) or "the value"
        raise StorageError(f"{where}: {place}: {first['msg']}.", hint) from None
