"""The address of a cluster: what cannot be one, and one where nobody answers."""

from __future__ import annotations

import gc

import pytest

from autoscore.adapters import cluster
from autoscore.errors import UsageError


@pytest.mark.parametrize("address", ["nonsense", "tcp://", "tcp://host", "host:port", "tcp://a b:1", ""])
def test_what_is_no_address_is_told_at_once(address: str) -> None:
    """It is refused before anybody is asked."""
    with pytest.raises(UsageError, match="no address"):
        cluster.check(address)


@pytest.mark.parametrize("address", ["tcp://host:8786", "host:8786", "tls://10.0.0.1:8786/", "tcp://[::1]:8786"])
def test_addresses_of_schedulers(address: str) -> None:
    """What Dask understands passes."""
    cluster.check(address)


def test_a_client_that_got_nowhere_is_put_away() -> None:
    """Nobody listening is one sentence, and nothing is left to be closed later."""
    distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    seen = []

    class Lost(distributed.Client):  # type: ignore[misc, name-defined]
        def __init__(self, *args: object, **kwargs: object) -> None:
            seen.append(self)
            self._loop_runner = self
            self.stopped = False
            raise OSError("connection refused")

        def stop(self) -> None:
            self.stopped = True

        def __del__(self) -> None:
            pass

    with pytest.raises(UsageError, match=r"answers at tcp://127\.0\.0\.1:9: connection refused"):
        cluster._connected(Lost, "tcp://127.0.0.1:9")
    assert seen[0].status == "closed"
    assert seen[0].stopped
    gc.collect()
