"""An existing Dask cluster as one more ``concurrent.futures`` executor."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any

from autoscore import __version__
from autoscore.errors import ToolMissingError, UsageError

CONNECT_S = 15


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
        UsageError: nobody listens there, or a worker has another version of autoscore.
    """
    try:
        from distributed import Client
    except ImportError:
        raise ToolMissingError(
            "--cluster needs the package distributed.", "Install it with: pip install 'autoscore[cluster]'."
        ) from None
    logging.getLogger("distributed").setLevel(logging.ERROR)
    try:
        client = Client(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        said = str(error).strip().splitlines()
        raise UsageError(
            f"No Dask scheduler answers at {address}{f': {said[0]}' if said else ''}.",
            "Start one with `dask scheduler`, or take the address that your cluster shows.",
        ) from None
    try:
        _same_version(client, address)
        yield client.get_executor(pure=True)
    finally:
        client.close(timeout=CONNECT_S)


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
