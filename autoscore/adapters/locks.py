"""A file that one process at a time can hold. The system lets go of it when the process ends, however it ends."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

_NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)
"""What file systems say that know no locks (some network drives)."""
_TAKEN = (errno.EAGAIN, errno.EACCES, errno.EWOULDBLOCK, errno.EDEADLK)
_FAR_BYTE = 1 << 30
"""Windows locks bytes and lets nobody read them: this one is never read."""


class HeldError(Exception):
    """Somebody else holds the lock; ``holder`` is "HOST PID" as far as is known."""

    def __init__(self, holder: str) -> None:
        super().__init__(holder)
        self.holder = holder


def _take(handle: IO[bytes]) -> bool:
    """Lock the open file; False where locks are unknown. Raises BlockingIOError when it is held."""
    try:
        if os.name == "nt":  # pragma: no cover
            import msvcrt

            handle.seek(_FAR_BYTE)
            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _TAKEN:
            raise BlockingIOError(error.errno, "held") from None
        if error.errno in _NO_LOCKS:
            return False
        raise
    return True


def _alive(holder: str) -> bool:
    """Whether the process of this text may still run; one on another machine may."""
    host, _, pid = holder.rpartition(" ")
    if not pid.isdigit():
        return False
    if host != socket.gethostname() or os.name == "nt":  # there os.kill would press Ctrl-C in that process's console
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return int(pid) != os.getpid()


def _said(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold ``path`` for as long as the block runs; the file says who does, and is gone afterwards.

    Where the file system has no locks, a file whose process is gone counts as free.

    Raises:
        HeldError: somebody else holds it.
        OSError: the file cannot be made.
    """
    while True:
        if path.is_symlink():  # never ours: what it leads to would be emptied
            path.unlink()
        handle = path.open("a+b", buffering=0)
        try:
            locked = _take(handle)
            if not locked and _alive(_said(path)):
                raise BlockingIOError(errno.EAGAIN, "held")
        except BlockingIOError:
            handle.close()
            raise HeldError(_said(path)) from None
        except BaseException:
            handle.close()
            raise
        # The one before us may have removed the file between our opening and our locking it.
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle.fileno()), path.stat()):
                break
        handle.close()
    try:
        handle.truncate(0)
        handle.write(f"{socket.gethostname()} {os.getpid()}".encode())
        yield
    finally:
        if os.name == "nt":  # pragma: no cover  # an open file cannot be removed there
            handle.close()
            with suppress(OSError):
                path.unlink(missing_ok=True)
        else:
            path.unlink(missing_ok=True)
            handle.close()
