"""What a reader of strangers' files is to the fuzz tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hypothesis.strategies import SearchStrategy
from spoiling import Spoilt, text_of


@dataclass(frozen=True, kw_only=True)
class Reader:
    """``seeds`` makes whole inputs in a folder, ``spoil`` says what may become of one, ``read`` reads the file the way
    the program does, with the sentence that a user would see; ``suffix`` is its name's ending. ``limit_s``: one input
    may take so long; ``cost``: against others."""

    name: str
    suffix: str
    seeds: Callable[[Path], list[bytes]]
    read: Callable[[Path], object]
    spoil: Callable[[bytes], SearchStrategy[Spoilt]] = text_of
    limit_s: float = 10.0
    cost: int = 1


@contextmanager
def own_tables(folder: Path) -> Iterator[None]:
    """The tables are read from ``folder``, as in an installation where somebody has put them there."""
    from autoscore import tables
    from autoscore.tables.soundfonts import catalogue

    cached = (tables.read, tables.mood, tables.mood_names, catalogue)
    real, tables.FOLDER = tables.FOLDER, folder
    for function in cached:
        function.cache_clear()
    try:
        yield
    finally:
        tables.FOLDER = real
        for function in cached:
            function.cache_clear()
