"""Spoilt inputs to every reader of what strangers write: a sentence or a value, never anything else."""

from __future__ import annotations

from collections.abc import Iterator

import fuzzing
import pytest
import readers

FEW, MANY = 100, 2000


@pytest.fixture(scope="module")
def fuzzer() -> Iterator[fuzzing.Fuzzer]:
    with fuzzing.Fuzzer() as found:
        yield found


def check(fuzzer: fuzzing.Fuzzer, name: str, count: int, seed: int) -> None:
    tally = fuzzer.run(name, count, seed=seed, limit_s=readers.READERS[name].limit_s)
    assert tally.inputs == count
    assert not tally.crashes, f"{len(tally.crashes)} of {count}, first: {tally.crashes[0]}"


@pytest.mark.parametrize("name", readers.READERS)
def test_spoilt_inputs_are_refused_or_read(fuzzer: fuzzing.Fuzzer, name: str) -> None:
    """A hundred spoilt inputs: no traceback, no death, no hang, no file or program touched outside."""
    check(fuzzer, name, FEW // readers.READERS[name].cost, seed=2)


@pytest.mark.slow
@pytest.mark.parametrize("name", readers.READERS)
def test_two_thousand_spoilt_inputs_are_refused_or_read(fuzzer: fuzzing.Fuzzer, name: str) -> None:
    """As above, in earnest."""
    check(fuzzer, name, MANY, seed=1)


def test_the_watch_sees_what_is_done_outside(fuzzer: fuzzing.Fuzzer) -> None:
    """The instrument works: a reader that crashes, dies, hangs, writes outside or starts a program is caught at it."""
    told = {name: fuzzer.run(name, 1, limit_s=3.0).crashes[0][1] for name in readers.BAD_READERS}
    assert "ZeroDivisionError" in told["bad: traceback"]
    assert told["bad: death"].startswith("died")
    assert "longer than 3 s" in told["bad: hang"]
    assert "it reached outside: open" in told["bad: writes outside"]
    assert "it reached outside: os.remove" in told["bad: removes outside"]
    assert "it reached outside: os.system" in told["bad: runs a program"]
    assert "pickle.find_class" in told["bad: unpickles"]
    assert "nothing is said" in told["bad: says nothing"]
