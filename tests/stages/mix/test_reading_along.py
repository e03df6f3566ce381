"""The mix can be read while it is written, and comes out the same however many threads are at work."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from test_mix_stage import Film

from autoscore.adapters.growing import Growing
from autoscore.adapters.soundfiles import SoundWriter
from autoscore.model.brief import Brief
from autoscore.stages.mix import mix, music
from autoscore.stages.mix.music import lay_music
from autoscore.stages.mix.scratch import Scratch

HEADER_BYTES = 42
"""Of a FLAC file: what is filled in at the end."""


def mixed(film: Film, out: Path, on_writing: Callable[[Path, float], bool]) -> bytes:
    made = mix(film.path, film.media, film.analysis, film.plan, film.stems, film.folder, Brief(), out,
               on_writing=on_writing)  # fmt: skip
    return (out / made.path).read_bytes()


@pytest.mark.parametrize("start_s", [0.0, -0.1])
def test_who_reads_along_gets_the_mix(tmp_path: Path, start_s: float) -> None:
    """Told once, with the time of the first sample; all that follows the header is what the file has in the end."""
    film = Film(tmp_path, start_s=start_s)
    told: list[float] = []
    growing: list[Growing] = []
    read: list[bytes] = []

    def follow(reader: object) -> None:
        while data := reader.read(50_000):  # type: ignore[attr-defined]
            read.append(data)

    threads: list[threading.Thread] = []

    def begun(part: Path, first_s: float) -> bool:
        told.append(first_s)
        growing.append(Growing(part))
        threads.append(threading.Thread(target=follow, args=(growing[0].open(),)))
        threads[0].start()
        return True

    whole = mixed(film, tmp_path / "along", begun)
    growing[0].end(whole=True)
    threads[0].join()
    assert told == [pytest.approx(start_s, abs=1e-4)]
    assert b"".join(read)[HEADER_BYTES:] == whole[HEADER_BYTES:]
    assert whole == mixed(film, tmp_path / "alone", lambda _part, _start_s: False)


def test_a_mix_that_fails_leaves_nothing_of_what_was_read_along(tmp_path: Path) -> None:
    """An error in the midst of writing: no mix under its name, no temporary file."""
    film = Film(tmp_path)

    def begun(_part: Path, _start_s: float) -> bool:
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError):
        mixed(film, tmp_path / "out", begun)
    assert not list((tmp_path / "out").iterdir())


def test_a_file_is_not_closed_while_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mix that is stopped in its last pass lets the block under way end first: else the library would crash."""
    film = Film(tmp_path)
    real = SoundWriter.write
    begun, open_then = threading.Event(), []

    def write(self: SoundWriter, samples: np.ndarray) -> None:
        begun.set()
        time.sleep(0.2)
        open_then.append(not self._file.closed)
        real(self, samples)

    def on_progress(_share: float) -> None:
        if writing:
            assert begun.wait(10)
            raise KeyboardInterrupt

    writing: list[Path] = []
    monkeypatch.setattr(SoundWriter, "write", write)
    with pytest.raises(KeyboardInterrupt):
        mix(film.path, film.media, film.analysis, film.plan, film.stems, film.folder, Brief(), tmp_path / "out",
            on_progress, lambda part, _start_s: bool(writing.append(part)))  # fmt: skip
    assert open_then and all(open_then)
    assert not list((tmp_path / "out").iterdir())


def laid(film: Film, folder: Path, threads: int, ahead: int, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    monkeypatch.setattr(music, "_AHEAD", ahead)
    cue, stems = film.plan.cues[0], film.stems.stems
    cues = [(cue, [replace(stem, start_s=stem.start_s + late_s) for stem in stems]) for late_s in (0.0, 6.0, 12.0)]
    frames = 40 * 48_000
    with Scratch(folder / f"{threads}-{ahead}", frames) as track, ThreadPoolExecutor(threads) as pool:
        shares = list(lay_music(cues, film.folder, track, 0.0, 40.0, pool))
        assert shares == sorted(shares) and shares[-1] == pytest.approx(1.0)
        return track.read(0, frames)


def test_cues_that_sound_at_once_are_added_in_one_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three cues over one another: the same samples with one thread and none ahead as with five and many."""
    film = Film(tmp_path)
    alone = laid(film, tmp_path, 1, 0, monkeypatch)
    assert np.abs(alone).max() > 0.01
    assert np.array_equal(alone, laid(film, tmp_path, 5, 6, monkeypatch))
