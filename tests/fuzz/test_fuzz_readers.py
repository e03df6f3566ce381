"""Spoilt inputs to every reader of what strangers write: a sentence or a value, never anything else."""

from __future__ import annotations

from collections.abc import Iterator

import fuzzing
import pytest
import readers

FEW, MANY = 60, 2000


@pytest.fixture(scope="module")
def fuzzer() -> Iterator[fuzzing.Fuzzer]:
    with fuzzing.Fuzzer() as found:
        yield found


def check(fuzzer: fuzzing.Fuzzer, name: str, count: int, seed: int | None = None) -> None:
    tally = fuzzer.run(name, count, seed=seed)
    assert not tally.faults, "\n".join(map(str, tally.faults))
    assert tally.inputs == count


@pytest.mark.parametrize("name", readers.READERS)
def test_spoilt_inputs_are_refused_or_read(fuzzer: fuzzing.Fuzzer, name: str) -> None:
    """A few dozen spoilt inputs: no traceback, no death, no hang, no file or program touched outside."""
    check(fuzzer, name, FEW // readers.READERS[name].cost)


@pytest.mark.slow
@pytest.mark.parametrize("name", readers.READERS)
def test_two_thousand_spoilt_inputs_are_refused_or_read(fuzzer: fuzzing.Fuzzer, name: str) -> None:
    """As above, in earnest."""
    check(fuzzer, name, MANY, seed=1)


@pytest.mark.parametrize(
    "name, says",
    [
        ("traceback", "ZeroDivisionError"),
        ("death", "the process died: -9"),
        ("writes outside", "it reached outside: open"),
        ("removes outside", "it reached outside: os.remove"),
        ("runs a program", "it reached outside: os.system"),
        ("unpickles", "pickle.find_class"),
        ("says nothing", "nothing is said"),
    ],
)
def test_the_watch_sees_what_no_reader_may(fuzzer: fuzzing.Fuzzer, name: str, says: str) -> None:
    """The instrument works: a reader that does such a thing on some inputs is caught, with a small input for it."""
    tally = fuzzer.run(f"bad: {name}", 100)
    assert [says in found.text for found in tally.faults] == [True]
    assert len(tally.faults[0].spoilt.faults) == 1, tally.faults[0]


def test_the_watch_sees_a_hang(fuzzer: fuzzing.Fuzzer) -> None:
    """The instrument works: a reader that does not come back is ended."""
    told = fuzzer.read("bad: hang", b"none", 0.5)
    assert (told["outcome"], told["text"]) == ("fault", "it took longer than 0.5 s")


def test_the_same_inputs_each_time(fuzzer: fuzzing.Fuzzer) -> None:
    """What a run finds, the next one finds."""
    first, again = (fuzzer.run("cue sheet", 20).sentences for _ in range(2))
    assert first == again
