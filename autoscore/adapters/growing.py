"""A file that is read while somebody else still writes it: a reader at its end waits for more."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from types import TracebackType

CAN_FOLLOW = os.name == "posix"
"""Whether another program can read along: only there it is given our open files."""
_PAUSE_S = 0.02
_CHUNK_BYTES = 1 << 18


class BrokenOffError(OSError):
    """What was being written will not become whole."""


class Growing:
    """``path`` as it is being written, until its writer says how that ended. The file must be there.

    Only for what is written from front to back. A reader that has it open is not disturbed when it is renamed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ended = Event()
        self.whole = False

    @property
    def name(self) -> str:
        return self.path.name

    def end(self, *, whole: bool) -> None:
        """Nothing more will be written; ``whole``: because all of it is there. What was said first counts."""
        if not self.ended.is_set():
            self.whole = whole
            self.ended.set()

    def open(self) -> Reader:
        """Raises OSError where it is not there."""
        return Reader(self)


class Reader:
    """Reads a growing file from its beginning. A context manager."""

    def __init__(self, source: Growing) -> None:
        self._source = source
        self._stopped = Event()
        self._file = -1
        self._file = os.open(source.path, os.O_RDONLY | getattr(os, "O_BINARY", 0))

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:  # FFmpeg's libraries let go of a reader without a word
        self.close()

    def close(self) -> None:
        """Lets go of the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    @property
    def closed(self) -> bool:
        return self._file < 0

    def stop(self) -> None:
        """For another thread: a ``read`` that waits gives nothing more, as does every later one."""
        self._stopped.set()

    def read(self, size: int) -> bytes:
        """The next bytes, ``size`` at most; none at the end of the whole file, or once it was stopped.

        Raises:
            BrokenOffError: the writer gave up.
        """
        while not self._stopped.is_set():
            over = self._source.ended.is_set()  # asked first: what came before it is read
            data = os.read(self._file, size)
            if data:
                return data
            if over and not self._source.whole:
                raise BrokenOffError(f"{self._source.name} was not finished")
            if over:
                return b""
            self._source.ended.wait(_PAUSE_S)
        return b""


@contextmanager
def given(source: Growing) -> Iterator[Path | int]:
    """What another program is to read: the number of an open file, see ``piped``, or where that cannot be the whole
    file, which is waited for.

    Raises:
        BrokenOffError: it did not become whole.
    """
    if CAN_FOLLOW:
        with source.open() as reader, piped(reader) as number:
            yield number
        return
    source.ended.wait()
    if not source.whole:
        raise BrokenOffError(f"{source.name} was not finished")
    yield source.path


@contextmanager
def piped(reader: Reader) -> Iterator[int]:
    """The number of an open file that gives what ``reader`` gives, for another program.

    Raises:
        BrokenOffError: at the end, where what was given was not the whole file.
    """
    given, taken = os.pipe()
    raised: list[BaseException] = []

    def pump() -> None:
        try:
            while data := memoryview(reader.read(_CHUNK_BYTES)):
                while data:
                    data = data[os.write(taken, data) :]
        except BrokenPipeError:
            pass  # whoever reads had enough, and says why
        except OSError as error:
            raised.append(error)
        finally:
            os.close(taken)

    thread = Thread(target=pump, name="pump", daemon=True)
    thread.start()
    try:
        yield given
    finally:
        reader.stop()
        with suppress(OSError):
            os.close(given)  # a pump that waits for room in the pipe waits no more
        thread.join()
    if raised:
        error = raised[0]
        raise error if isinstance(error, BrokenOffError) else BrokenOffError(str(error)) from error
