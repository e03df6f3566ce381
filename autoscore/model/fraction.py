"""Fractions as in the standard library, two to four times as fast, for those who reckon with many.

Every result equals, hashes and prints as the standard one; an operation of both kinds gives the fast one. Sums and
products follow Knuth (The Art of Computer Programming 2, 4.5.1), as the standard library's own do.
"""

from __future__ import annotations

import fractions
from math import gcd
from typing import TYPE_CHECKING, Any

_Plain: Any = fractions.Fraction
_new = object.__new__


class _Fraction(fractions.Fraction):
    """A ``fractions.Fraction``; immutable."""

    __slots__ = ("_hash",)
    _numerator: int
    _denominator: int
    _hash: int

    def __new__(cls, numerator: Any = 0, denominator: Any = None) -> _Fraction:
        """As of the standard one, whose arguments and errors it has."""
        if type(numerator) is int and denominator is None:
            return _made(numerator, 1)
        if type(numerator) is int and type(denominator) is int and denominator > 0:
            common = gcd(numerator, denominator)
            return _made(numerator // common, denominator // common)
        plain = _Plain(numerator, denominator)
        return _made(plain._numerator, plain._denominator)

    def __add__(self, other: Any) -> Any:
        kind = type(other)
        if kind is _Fraction or kind is _Plain:
            return _sum(self._numerator, self._denominator, other._numerator, other._denominator)
        if kind is int:
            return _made(self._numerator + other * self._denominator, self._denominator)
        return _Plain.__add__(self, other)

    def __radd__(self, other: Any) -> Any:
        kind = type(other)
        if kind is int:
            return _made(other * self._denominator + self._numerator, self._denominator)
        if kind is _Plain:
            return _sum(other._numerator, other._denominator, self._numerator, self._denominator)
        return _Plain.__radd__(self, other)

    def __sub__(self, other: Any) -> Any:
        kind = type(other)
        if kind is _Fraction or kind is _Plain:
            return _sum(self._numerator, self._denominator, -other._numerator, other._denominator)
        if kind is int:
            return _made(self._numerator - other * self._denominator, self._denominator)
        return _Plain.__sub__(self, other)

    def __rsub__(self, other: Any) -> Any:
        kind = type(other)
        if kind is int:
            return _made(other * self._denominator - self._numerator, self._denominator)
        if kind is _Plain:
            return _sum(other._numerator, other._denominator, -self._numerator, self._denominator)
        return _Plain.__rsub__(self, other)

    def __mul__(self, other: Any) -> Any:
        kind = type(other)
        if kind is _Fraction or kind is _Plain:
            return _product(self._numerator, self._denominator, other._numerator, other._denominator)
        if kind is int:
            return _product(self._numerator, self._denominator, other, 1)
        return _Plain.__mul__(self, other)

    def __rmul__(self, other: Any) -> Any:
        kind = type(other)
        if kind is int:
            return _product(other, 1, self._numerator, self._denominator)
        if kind is _Plain:
            return _product(other._numerator, other._denominator, self._numerator, self._denominator)
        return _Plain.__rmul__(self, other)

    def __truediv__(self, other: Any) -> Any:
        kind = type(other)
        if kind is int:
            n, d = other, 1
        elif kind is _Fraction or kind is _Plain:
            n, d = other._numerator, other._denominator
        else:
            return _Plain.__truediv__(self, other)
        if n > 0:
            return _product(self._numerator, self._denominator, d, n)
        if n:
            return _product(self._numerator, self._denominator, -d, -n)
        return _Plain.__truediv__(self, other)  # which raises

    def __floordiv__(self, other: Any) -> Any:
        return (
            self._numerator // (other * self._denominator) if type(other) is int else _Plain.__floordiv__(self, other)
        )

    def __mod__(self, other: Any) -> Any:
        if type(other) is int:
            return _made(self._numerator % (other * self._denominator), self._denominator)
        made = _Plain.__mod__(self, other)
        return _made(made._numerator, made._denominator) if type(made) is _Plain else made

    def __neg__(self) -> Any:
        return _made(-self._numerator, self._denominator)

    def __eq__(self, other: Any) -> Any:
        kind = type(other)
        if kind is _Fraction or kind is _Plain:
            return self._numerator == other._numerator and self._denominator == other._denominator
        if kind is int:
            return self._numerator == other and self._denominator == 1
        return _Plain.__eq__(self, other)

    def __lt__(self, other: Any) -> Any:
        kind = type(other)
        if kind is _Fraction or kind is _Plain:
            return self._numerator * other._denominator < other._numerator * self._denominator
        return self._numerator < other * self._denominator if kind is int else _Plain.__lt__(self, other)

    def __gt__(self, other: Any) -> Any:
        kind = type(other)
        if kind is _Fraction or kind is _Plain:
            return self._numerator * other._denominator > other._numerator * self._denominator
        return self._numerator > other * self._denominator if kind is int else _Plain.__gt__(self, other)

    def __le__(self, other: Any) -> Any:
        kind = type(other)
        if kind is _Fraction or kind is _Plain:
            return self._numerator * other._denominator <= other._numerator * self._denominator
        return self._numerator <= other * self._denominator if kind is int else _Plain.__le__(self, other)

    def __ge__(self, other: Any) -> Any:
        kind = type(other)
        if kind is _Fraction or kind is _Plain:
            return self._numerator * other._denominator >= other._numerator * self._denominator
        return self._numerator >= other * self._denominator if kind is int else _Plain.__ge__(self, other)

    def __hash__(self) -> int:  # type: ignore[override]
        try:
            return self._hash
        except AttributeError:
            self._hash = hash(self._numerator) if self._denominator == 1 else _Plain.__hash__(self)
            return self._hash

    def __float__(self) -> float:
        return self._numerator / self._denominator

    def __bool__(self) -> bool:
        return self._numerator != 0


def _made(numerator: int, denominator: int) -> _Fraction:
    """A fraction in lowest terms."""
    made = _new(_Fraction)
    made._numerator, made._denominator = numerator, denominator
    return made


def _sum(na: int, da: int, nb: int, db: int) -> _Fraction:
    common = gcd(da, db)
    if common == 1:
        return _made(na * db + da * nb, da * db)
    share = da // common
    total = na * (db // common) + nb * share
    common = gcd(total, common)
    return _made(total // common, share * (db // common))


def _product(na: int, da: int, nb: int, db: int) -> _Fraction:
    left, right = gcd(na, db), gcd(nb, da)
    return _made((na // left) * (nb // right), (da // right) * (db // left))


_Fraction.__name__ = "Fraction"
if TYPE_CHECKING:
    from fractions import Fraction as Fraction
else:
    Fraction = _Fraction
