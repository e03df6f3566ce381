"""Work beside other work ends with it."""

from __future__ import annotations

from concurrent.futures import CancelledError, ThreadPoolExecutor
from itertools import count
from pathlib import Path
from threading import Event

import pytest
from small_films import MakeFilm

from autoscore.adapters.copied import read_packets, read_sound
from autoscore.adapters.files import file_sha256
from autoscore.model.events import Progress
from autoscore.stages.deliver.ending import ending


def test_an_interruption_ends_the_work_beside_it() -> None:
    """A Ctrl-C is not held up by a film that is being read: that stops where it next tells how far it is."""
    begun = Event()

    def endless(on_progress: Progress) -> None:
        for _ in count():
            begun.set()
            on_progress(0.5)

    with pytest.raises(KeyboardInterrupt), ThreadPoolExecutor(1) as pool, ending(pool) as go_on:
        work, never = pool.submit(endless, go_on), pool.submit(endless, go_on)
        begun.wait()
        raise KeyboardInterrupt
    assert isinstance(work.exception(), CancelledError)
    assert never.cancelled()


def test_whoever_reads_a_film_can_be_stopped(make_film: MakeFilm) -> None:
    """Reading packets, a sound track or the bytes of a file ends with what its listener raises."""
    film = make_film(seconds=1.0)

    def stop(_share: float) -> None:
        raise CancelledError

    for read in (read_packets, read_sound, file_sha256):
        with pytest.raises(CancelledError):
            read(film, on_progress=stop)


def test_the_sum_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    """Read in pieces or at once, empty or not."""
    import hashlib

    for size in (0, 1, (1 << 20) + 7):
        data = bytes(range(256)) * (size // 256 + 1)
        (tmp_path / "x").write_bytes(data[:size])
        assert file_sha256(tmp_path / "x") == hashlib.sha256(data[:size]).hexdigest()
