"""What a stage made: held while somebody works with it, packed while nobody does."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Generic, TypeVar, cast

from autoscore import artifacts

T = TypeVar("T")
P = TypeVar("P")

_LARGE = 1 << 20
"""Characters of a value's file from which on it is worth to let go of: an hour's score has twelve million, which are
one million when packed, and takes 25 MB as a value."""


def packed(text: str) -> bytes:
    """``text`` in about a tenth of its size."""
    return zlib.compress(text.encode(), 1)


def unpacked(found: bytes) -> str:
    """What was ``packed``."""
    return zlib.decompress(found).decode()


class Product(Generic[T]):
    """A stage's value and the digest of its files, which is what later stages are made from.

    Args:
        text: the value's file. A large value can be let go of, and is read again from this when it is asked for.
    """

    def __init__(self, *, value: T, digest: str, text: str = "") -> None:
        self.digest = digest
        self._kind = type(value)
        self._held: T | None = value
        self._packed = packed(text) if len(text) >= _LARGE else b""

    @property
    def value(self) -> T:
        """What the stage made."""
        if self._held is None:
            self._held = self._read()
        return self._held

    def let_go(self) -> None:
        """A large value is not needed for a while."""
        if self._packed:
            self._held = None

    def _read(self) -> T:
        return artifacts.load(self._kind, unpacked(self._packed))


class ByCue(Product[T], Generic[T, P]):
    """A product whose cues can be told apart.

    Args:
        value: what is not of any cue: the whole with ``cues`` empty. kind: what its cues are.
        rows: each cue's part as ``artifacts.row`` writes it, ``packed``, in film order.
        sums: cue id -> digest of its part.
        size: of the whole file, characters.
    """

    def __init__(
        self, *, value: T, digest: str, kind: type[P], rows: Mapping[str, bytes], sums: Mapping[str, str], size: int
    ) -> None:
        super().__init__(value=value, digest=digest)
        self.sums = sums
        self._rest, self._part, self._rows = value, kind, rows
        self._held = None if rows else value
        self._large = size >= _LARGE

    def let_go(self) -> None:
        if self._large:
            self._held = None

    def part(self, cue: str) -> P:
        """The part of one cue, without the others where the whole is not held."""
        if self._held is None and not self._large:
            self._held = self._read()
        if self._held is not None:
            return cast(P, next(part for part in cast(Any, self._held).cues if part.cue_id == cue))
        return artifacts.of_row(self._part, unpacked(self._rows[cue]))

    def outline(self, of: Callable[[P], P]) -> T:
        """The whole, each cue as ``of`` gives it: of a large one no two cues are there as they are."""
        if self._held is not None or not self._large:
            return cast(T, replace(cast(Any, self.value), cues=tuple(map(of, cast(Any, self.value).cues))))
        return cast(T, replace(cast(Any, self._rest), cues=tuple(of(self.part(cue)) for cue in self._rows)))

    def _read(self) -> T:
        parts = (artifacts.of_row(self._part, unpacked(row)) for row in self._rows.values())
        return cast(T, replace(cast(Any, self._rest), cues=tuple(parts)))


class Held(Generic[T]):
    """A field that takes a value or the product it is in, and gives the value; None where there is none yet."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = f"_{name}"

    def __get__(self, instance: object, owner: type) -> T | None:
        held = None if instance is None else instance.__dict__.get(self._name)
        return held.value if isinstance(held, Product) else held

    def __set__(self, instance: object, value: T | Product[T] | None) -> None:
        instance.__dict__[self._name] = value
