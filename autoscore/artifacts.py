"""Values <-> JSON text, with a schema tag ``Name.version`` and one-step upgrades. The only user of pydantic."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

from autoscore.errors import StorageError

if TYPE_CHECKING:
    from pydantic import TypeAdapter

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


def layout(fields: dict[str, Any]) -> str:
    """One line per field, one line per member of a list of records: short enough to hold, easy to read and to diff."""

    def text(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(", ", ": "), default=str)

    rows = []
    for key, value in fields.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            body = "[\n" + ",\n".join(f"  {text(item)}" for item in value) + "\n ]"
        elif isinstance(value, dict) and any(isinstance(item, list | dict) for item in value.values()):
            body = "{\n" + ",\n".join(f"  {text(name)}: {text(item)}" for name, item in value.items()) + "\n }"
        else:
            body = text(value)
        rows.append(f" {text(key)}: {body}")
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


def load(kind: type[T], text: str, name: str = "") -> T:
    """The value of type ``kind`` in ``text``; older schemas are upgraded step by step.

    Args:
        name: the file the text comes from, for messages.

    Raises:
        StorageError: the text is not JSON, is another schema or a newer one, or a field is missing, unknown or wrong.
    """
    from pydantic import ValidationError
    from pydantic_core import from_json, to_json

    where = name or kind.__name__
    hint = "Delete the file to have it made again." if name else ""
    try:
        fields = from_json(text, allow_inf_nan=False)
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
        return cast(T, _adapter(kind).validate_json(to_json({"value": fields}))["value"])
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"][1:]) or "the value"
        raise StorageError(f"{where}: {place}: {first['msg']}.", hint) from None
