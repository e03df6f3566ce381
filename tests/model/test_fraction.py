"""Fast fractions are the standard ones in all but speed."""

from __future__ import annotations

import fractions
import math
import operator
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoscore.model.fraction import Fraction

PLAIN = st.fractions(min_value=-50, max_value=50, max_denominator=96)
OTHERS = st.one_of(PLAIN, st.integers(-50, 50), st.floats(-50, 50, allow_nan=False))
SUMS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.mod, operator.floordiv]
ORDERS = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]


def _outcome(call: object, left: object, right: object) -> object:
    try:
        return call(left, right)  # type: ignore[operator]
    except ZeroDivisionError:
        return "divided by zero"


@pytest.mark.parametrize("call", [*SUMS, *ORDERS])
@given(PLAIN, OTHERS)
def test_an_operation_gives_what_plain_fractions_give(call: object, left: fractions.Fraction, right: object) -> None:
    """With a fast fraction on either side, or both, the result is the plain one, in lowest terms."""
    quick = Fraction(right) if isinstance(right, fractions.Fraction) else right
    for a, b, c, d in ((left, right, Fraction(left), right), (left, right, Fraction(left), quick),
                       (right, left, right, Fraction(left)), (right, left, quick, Fraction(left))):  # fmt: skip
        wanted, found = _outcome(call, a, b), _outcome(call, c, d)
        assert found == wanted and str(found) == str(wanted)
        assert isinstance(found, float) == isinstance(wanted, float)


@given(PLAIN)
def test_one_stands_for_the_other(plain: fractions.Fraction) -> None:
    """Both hash, print, round and convert alike, and what was pickled comes back."""
    quick = Fraction(plain)
    assert hash(quick) == hash(plain) and hash(quick) == hash(plain)
    assert (str(quick), repr(quick), float(quick), bool(quick)) == (str(plain), repr(plain), float(plain), bool(plain))
    assert (math.floor(quick), math.ceil(quick), round(quick), int(quick)) == (
        math.floor(plain), math.ceil(plain), round(plain), int(plain),
    )  # fmt: skip
    assert -quick == -plain and abs(quick) == abs(plain) and pickle.loads(pickle.dumps(quick)) == plain


def test_fast_ones_stay_fast() -> None:
    """What is reckoned from a fast fraction and plain ones or whole numbers is fast again."""
    quick, plain = Fraction(1, 3), fractions.Fraction(1, 4)
    for made in (quick + plain, plain + quick, 1 - quick, plain - quick, 2 * quick, plain * quick, quick / 2,
                 quick / plain, quick % 1, quick % plain, -quick, sum([quick, plain])):  # fmt: skip
        assert type(made) is type(quick)


@pytest.mark.parametrize("value", [(6, 4), (3, -6), ("3/8",), (0.75,), (fractions.Fraction(5, 7), 2), (0, 9), ()])
def test_it_is_made_of_what_the_plain_one_is_made_of(value: tuple[object, ...]) -> None:
    """Numerator and denominator, text, floats and other fractions are understood in the same way."""
    assert str(Fraction(*value)) == str(fractions.Fraction(*value))  # type: ignore[arg-type]


def test_nothing_is_divided_by_zero() -> None:
    """A denominator of zero is refused."""
    with pytest.raises(ZeroDivisionError):
        Fraction(1, 0)
