"""A file read while it is being written."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from autoscore.adapters.growing import BrokenOffError, Growing, Reader, given, piped


@pytest.fixture
def growing(tmp_path: Path) -> Iterator[Growing]:
    path = tmp_path / "part"
    path.touch()
    found = Growing(path)
    yield found
    found.end(whole=False)


def all_of(reader: Reader) -> bytes:
    found = b""
    while data := reader.read(7):
        found += data
    return found


def test_a_reader_waits_for_what_is_not_written_yet(growing: Growing) -> None:
    """What comes piece by piece, under another name in the end, is read from the first byte to the last."""
    wanted = bytes(range(256)) * 20
    first = threading.Event()

    def write() -> None:
        with growing.path.open("r+b", buffering=0) as file:
            for at in range(0, len(wanted), 1024):
                file.write(wanted[at : at + 1024])
                first.set()
        growing.path.rename(growing.path.with_name("whole"))
        growing.end(whole=True)

    with growing.open() as reader:
        writer = threading.Thread(target=write)
        writer.start()
        assert first.wait(10)
        assert all_of(reader) == wanted
        writer.join()


def test_what_is_broken_off_has_no_end(growing: Growing) -> None:
    """Half a file is never taken for a whole one: what is there is read, then comes an error."""
    growing.path.write_bytes(b"half")
    growing.end(whole=False)
    growing.end(whole=True)  # too late
    with growing.open() as reader:
        assert reader.read(10) == b"half"
        with pytest.raises(BrokenOffError):
            reader.read(10)


def test_a_reader_that_waits_can_be_stopped(growing: Growing) -> None:
    """Another thread ends a read that waits for a writer who says nothing."""
    with growing.open() as reader:
        found: list[bytes] = []
        waiting = threading.Thread(target=lambda: found.append(reader.read(10)))
        waiting.start()
        reader.stop()
        waiting.join(10)
        assert found == [b""]


COPY = "import os, sys; sys.stdout.buffer.write(os.fdopen(int(sys.argv[1]), 'rb').read())"


def copied(growing: Growing) -> bytes:
    with piped(growing.open()) as given:
        return subprocess.run(
            [sys.executable, "-c", COPY, str(given)], pass_fds=(given,), stdout=subprocess.PIPE, check=True
        ).stdout


@pytest.mark.skipif(sys.platform == "win32", reason="open files are not handed over there")
def test_another_program_is_given_it_through_a_pipe(growing: Growing) -> None:
    """All of it comes out there; where it is broken off the program sees an end, and we hear of it."""
    growing.path.write_bytes(b"x" * 1_000_000)
    growing.end(whole=True)
    assert copied(growing) == b"x" * 1_000_000
    broken = Growing(growing.path)
    broken.end(whole=False)
    with pytest.raises(BrokenOffError):
        copied(broken)


@pytest.mark.skipif(sys.platform == "win32", reason="open files are not handed over there")
def test_a_program_that_reads_no_more_does_not_hold_us_up(growing: Growing) -> None:
    """It may end before the writer does."""
    growing.path.write_bytes(b"x" * 1_000_000)
    with piped(growing.open()) as given:
        subprocess.run([sys.executable, "-c", "pass"], pass_fds=(given,), check=True)


def test_where_nothing_can_be_handed_over_the_whole_file_is_waited_for(
    growing: Growing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program gets its name then, and nothing where it was broken off."""
    monkeypatch.setattr("autoscore.adapters.growing.CAN_FOLLOW", False)
    threading.Timer(0.05, lambda: growing.end(whole=True)).start()
    with given(growing) as found:
        assert found == growing.path and growing.whole
    broken = Growing(growing.path)
    broken.end(whole=False)
    with pytest.raises(BrokenOffError), given(broken):
        pass


def test_what_was_given_is_closed_at_once(growing: Growing, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader behind a file that was given is closed when its context ends, whoever still knows of it."""
    growing.path.write_bytes(b"whole")
    growing.end(whole=True)
    readers: list[Reader] = []
    real = Growing.open
    monkeypatch.setattr(Growing, "open", lambda source: (readers.append(real(source)), readers[0])[1])
    with given(growing):
        pass
    assert [reader.closed for reader in readers] == [True]
