"""An existing Dask cluster as one more ``concurrent.futures`` executor."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from typing import Any

from autoscore import __version__
from autoscore.errors import ToolMissingError, UsageError

CONNECT_S = 15
_ADDRESS = re.compile(r"([a-z]+://)?([^\s:/\[\]]+|\[[0-9a-fA-F:.]+\]):\d{1,5}/?")


def check(address: str) -> None:
    """Raises UsageError when ``address`` cannot be that of a scheduler."""
    if not _ADDRESS.fullmatch(address):
        raise UsageError(f"{address!r} is no address of a Dask scheduler.", "One looks like tcp://HOST:8786.")


def _version() -> str:
    """Called on the workers."""
    return __version__


@contextmanager
def executor(address: str) -> Iterator[Executor]:
    """The cluster whose scheduler listens at ``address`` (``tcp://HOST:PORT``).

    A call with the same function and arguments as one that is under way is that one: two runs that hand over the same
    work do it once. What a killed worker had in hand is given to another by the scheduler.

    Raises:
        ToolMissingError: the package ``distributed`` is missing, here or autoscore on a worker.
        UsageError: it is no address, nobody listens there, or a worker has another version of autoscore.
    """
    check(address)
    try:
        from distributed import Client
    except ImportError:
        raise ToolMissingError(
            "--cluster needs the package distributed.", "Install it with: pip install 'autoscore[cluster]'."
        ) from None
    logging.getLogger("distributed").setLevel(logging.ERROR)
    client = _connected(Client, address)
    try:
        _same_version(client, address)
        yield client.get_executor(pure=True)
    finally:
        client.close(timeout=CONNECT_S)


def _connected(kind: Any, address: str) -> Any:
    """A client of the scheduler. One that did not get through is put away at once: left to the interpreter it would
    try to say good-bye for half a minute."""
    client = kind.__new__(kind)
    try:
        client.__init__(address, timeout=CONNECT_S, set_as_default=False)
    except BaseException as error:
        client.status = "closed"
        with suppress(Exception):
            client._loop_runner.stop()
        if not isinstance(error, OSError | TimeoutError | ValueError):
            raise
        said = str(error).strip().splitlines()
        raise UsageError(
            f"No Dask scheduler answers at {address}{f': {said[0]}' if said else ''}.",
            "Start one with `dask scheduler`, or take the address that your cluster shows.",
        ) from None
    return client


def _same_version(client: Any, address: str) -> None:
    """Workers may come later; those that are there must have this version: another one writes other music."""
    try:
        versions = client.run(_version, on_error="return")
    except Exception as error:
        raise UsageError(f"The workers at {address} cannot be asked for their version: {error}") from error
    for worker, found in sorted(versions.items()):
        if isinstance(found, BaseException):
            raise ToolMissingError(
                f"The worker {worker} cannot load autoscore: {type(found).__name__}: {found}.",
                f"Install it there: pip install 'autoscore[cluster]=={__version__}'.",
            )
        if found != __version__:
            raise UsageError(
                f"The worker {worker} has autoscore {found}, and this is {__version__}.",
                f"Install the same there: pip install 'autoscore[cluster]=={__version__}'.",
            )
