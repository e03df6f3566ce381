"""Decoders side by side: the same pictures whatever their number, and none left at work."""

from __future__ import annotations

import threading
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from small_films import MakeFilm

from autoscore.adapters import decoders, stretches
from autoscore.adapters.frames import Decoder
from autoscore.adapters.pictures import Picture
from autoscore.adapters.skipping import DamagedError, Pick, UnevenError
from autoscore.adapters.stamps import Stamps
from autoscore.adapters.stretches import Portion, Reader
from autoscore.stages.analyze.watch import watch
from autoscore.stages.probe import probe

X264 = ("-c:v", "libx264", "-bf", "3", "-pix_fmt", "yuv420p")
X265 = ("-c:v", "libx265", "-x265-params", "log-level=none:bframes=3:keyint=24:open-gop=0", "-pix_fmt", "yuv420p")
ONE_REFERENCE = (*X264, "-refs", "1", "-g", "24")


def film_with(make_film: MakeFilm, *options: str, name: str = "film.mp4") -> Path:
    return make_film(name, rate="24", seconds=8, sound=False, picture="testsrc2", size="320x180", extra=options)


def same(some: list[Picture], others: list[Picture]) -> bool:
    return len(some) == len(others) and all(
        (a.index, a.exact_s, a.passed_s) == (b.index, b.exact_s, b.passed_s)
        and np.array_equal(a.luma, b.luma)
        and all(np.array_equal(one, two) for one, two in zip(a.chroma or (), b.chroma or (), strict=True))
        for a, b in zip(some, others, strict=True)
    )


@pytest.mark.parametrize(
    ("pick", "options", "name"),
    [
        ("sparing", ONE_REFERENCE, "film.mp4"),
        ("sparing", ONE_REFERENCE, "film.mkv"),
        ("referenced", (*X264, "-g", "24"), "film.mp4"),
        ("referenced", (*X264, "-g", "24"), "film.ts"),
        ("referenced", (*X264, "-g", "24", "-x264-params", "open-gop=1"), "film.mp4"),
        ("referenced", (*X264, "-g", "500", "-force_key_frames", "0,1,7"), "film.mkv"),
        ("referenced", (*X264, "-g", "1"), "film.mp4"),
        ("referenced", X265, "film.mkv"),
        ("keys", (*X264, "-g", "8"), "film.mp4"),
    ],
)
def test_any_number_shows_the_same(make_film: MakeFilm, pick: Pick, options: tuple[str, ...], name: str) -> None:
    """One decoder and three give the same pictures at the same times, as does decoding all of the film in one go."""
    film = film_with(make_film, *options, name=name)
    video = probe(film).video
    alone = list(Decoder(film, video, pick=pick, decoders=1))
    assert same(list(Decoder(film, video, pick=pick, decoders=3)), alone)
    every = list(Decoder(film, video))
    assert all(np.array_equal(picture.luma, every[picture.index].luma) for picture in alone if pick != "sparing")
    assert all(picture.exact_s == every[picture.index].exact_s for picture in alone)


def test_long_stretches_are_decoded_in_parts(make_film: MakeFilm, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stretch that does not fit into one portion stays with its decoder, with others short enough beside it."""
    film = film_with(make_film, *X264, "-g", "500", "-force_key_frames", "0,1,3.5")
    video = probe(film).video
    whole = list(Decoder(film, video, pick="referenced"))
    monkeypatch.setattr(stretches, "MOST_PACKETS", 20)
    assert same(list(Decoder(film, video, pick="referenced", decoders=3)), whole)


@pytest.mark.parametrize("waiting", [1, 20])
def test_few_may_wait(make_film: MakeFilm, monkeypatch: pytest.MonkeyPatch, waiting: int) -> None:
    """However few pictures may wait for being measured, all come."""
    film = film_with(make_film, *X264, "-g", "24")
    video = probe(film).video
    whole = list(Decoder(film, video, pick="referenced"))
    monkeypatch.setattr("autoscore.adapters.decoders._WAITING", waiting)
    monkeypatch.setattr("autoscore.adapters.decoders._WAITING_NEXT", 1)
    assert same(list(Decoder(film, video, pick="referenced", decoders=2)), whole)


def test_open_stretches_are_one(make_film: MakeFilm) -> None:
    """Key frames after which pictures are shown that refer to what was before begin no stretch; others do."""
    for option, count in (("open-gop=1", 1), ("open-gop=0", 8)):
        film = film_with(make_film, *X264, "-g", "24", "-x264-params", option, name=f"{option}.mkv")
        decoder = Decoder(film, probe(film).video, pick="referenced")
        begun = [portion.first for portion in portions_of(decoder)]
        assert sum(begun) == count


def portions_of(decoder: Decoder) -> list[Portion]:
    found: list[Portion] = []
    read = Reader.read

    def noted(self: Reader) -> Portion | None:
        portion = read(self)
        if portion is not None:
            found.append(portion)
        return portion

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Reader, "read", noted)
        list(decoder)
    return found


def at_work() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("decoder")]


def test_damage_looks_the_same_every_time(make_film: MakeFilm, monkeypatch: pytest.MonkeyPatch) -> None:
    """FFmpeg's threads are taken for whole films only: with a broken picture one thread begins again, and what it
    conceals does not depend on who was first."""
    film = film_with(make_film, *X264, "-g", "24", name="film.ts")
    data = bytearray(film.read_bytes())
    rng = np.random.default_rng(3)
    for at in rng.integers(20_000, len(data) - 5_000, 6):
        data[at : at + 600] = rng.integers(0, 256, 600, dtype=np.uint8).tobytes()
    film.write_bytes(bytes(data))
    media = probe(film)
    with pytest.raises(DamagedError):
        list(Decoder(film, media.video, swift=True))
    once = list(Decoder(film, media.video))
    assert any(picture.broken for picture in once)
    assert same(list(Decoder(film, media.video)), once)
    asked: list[int] = []
    opened = decoders.opened_picture
    monkeypatch.setattr(
        decoders, "opened_picture", lambda f, v, threads: (asked.append(threads), opened(f, v, threads))[1]
    )
    assert watch(film, media).bad_frames == sum(picture.broken for picture in once)
    assert asked[-1] == 1 < max(asked)


@pytest.mark.parametrize("pick", ["all", "referenced"])
def test_nobody_works_on_when_it_is_closed(make_film: MakeFilm, pick: Pick) -> None:
    """Whoever stops in the middle of a film leaves no decoder behind."""
    film = film_with(make_film, *X264, "-g", "24")
    pictures = iter(Decoder(film, probe(film).video, pick=pick))
    assert len(list(islice(pictures, 5))) == 5
    assert at_work()
    pictures.close()
    assert not at_work()


def test_nobody_works_on_when_not_all_can_begin(make_film: MakeFilm, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system gives no further thread, those that have begun end before the film they read is closed."""
    start = threading.Thread.start

    def refused(self: threading.Thread) -> None:
        if self.name == "decoder 1":
            raise RuntimeError("can't start new thread")
        start(self)

    film = film_with(make_film, *X264, "-g", "24")
    video = probe(film).video
    monkeypatch.setattr(threading.Thread, "start", refused)
    with pytest.raises(RuntimeError, match="new thread"):
        list(Decoder(film, video, pick="referenced", decoders=3))
    assert not at_work()


def test_a_fault_in_a_thread_is_told(make_film: MakeFilm, monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes wrong in a decoder's thread is raised where its pictures are waited for, and ends the others."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    film = film_with(make_film, *X264, "-g", "24")
    monkeypatch.setattr("autoscore.adapters.pictures.Shrinker.small", fail)
    with pytest.raises(ZeroDivisionError):
        list(Decoder(film, probe(film).video, pick="referenced"))
    assert not at_work()


def test_what_does_not_come_out_is_noticed() -> None:
    """A missing frame, one that nobody asked for and one that comes too late make it unsure which is which."""
    stamps = Stamps()
    stamps.begin()
    stamps.enter([3, 1, 2, 4], [1, 3, 4])
    assert stamps.passed(1) == []
    assert stamps.passed(3) == [2]
    with pytest.raises(UnevenError):
        stamps.passed(5)
    with pytest.raises(UnevenError):
        stamps.enter([2], [])
    with pytest.raises(UnevenError):
        stamps.begin()
    assert stamps.passed(4) == []
    stamps.begin()
    stamps.enter([5, 6], [])
    assert stamps.passed(None) == [5, 6]
