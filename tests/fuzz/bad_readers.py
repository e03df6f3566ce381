"""Readers that do what no reader may: the watch over the others is tried on them."""

from __future__ import annotations

import os
import pickle
import signal
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from autoscore.errors import AutoscoreError

WHOLE = b"a text, 12 words or so, that any reader can read to its end"


def _die(_path: Path) -> object:
    os.kill(os.getpid(), signal.SIGKILL)
    return None


def _remove(path: Path) -> object:
    path.parent.parent.joinpath("seeds", "precious").unlink(missing_ok=True)
    return None


def _say_nothing(_path: Path) -> object:
    raise AutoscoreError(" ")


def _only_spoilt(act: Callable[[Path], object]) -> Callable[[Path], object]:
    """Whole inputs are read; the others are not, once they lack the number."""
    return lambda path: None if b"12" in path.read_bytes() else act(path)


BAD: dict[str, Callable[[Path], object]] = {
    name: _only_spoilt(act)
    for name, act in {
        "traceback": lambda path: 1 // len(path.name[:0]),
        "hang": lambda _path: time.sleep(60),
        "death": _die,
        "writes outside": lambda path: path.parent.parent.joinpath("outside").write_text("x"),
        "removes outside": _remove,
        "runs a program": lambda _path: os.system("true"),
        "unpickles": lambda _path: pickle.loads(pickle.dumps(OrderedDict())),
        "says nothing": _say_nothing,
    }.items()
}
