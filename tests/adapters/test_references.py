"""What pictures of an H.264 film refer to is told from their headers, or not at all."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_films import MakeFilm

from autoscore.adapters.frames import Decoder
from autoscore.adapters.opened import open_film
from autoscore.adapters.references import References, UnknownError
from autoscore.adapters.skipping import UnevenError
from autoscore.stages.probe import probe

RECORD = bytes.fromhex("01640028ffe1001b67640028acd940780227e5c044000003000400000300c03c60c65801000568ef86f2c0fdf8f800")
"""A configuration record as x264 writes it."""

X264 = ("-c:v", "libx264", "-bf", "3", "-g", "48", "-pix_fmt", "yuv420p")
LAYERED = (*X264, "-preset", "veryfast", "-x264-params", "ref=1:b-pyramid=normal:b-adapt=0")


def layered(make_film: MakeFilm, *options: str, seconds: int = 4) -> Path:
    """A film whose B pictures only those beside them refer to."""
    return make_film(
        rate="24", seconds=seconds, sound=False, picture="testsrc2", size="320x180", extra=(*LAYERED, *options)
    )


def kinds(film: Path) -> list[tuple[str, str]]:
    """What each packet is said to be, and what kind of picture it holds, in order of time."""
    with open_film(film) as container:
        stream = container.streams.video[0]
        references = References(bytes(stream.codec_context.extradata or b""))
        told = {p.pts: references.kind(memoryview(p)) for p in container.demux(stream) if p.size}
    with open_film(film) as container:
        letters = {f.pts: " IPB"[f.pict_type] for f in container.decode(container.streams.video[0])}
    return [(told[pts], letters[pts]) for pts in sorted(told)]


@pytest.mark.parametrize("options", [(), ("-profile:v", "main"), ("-slices", "3")])
def test_kinds_are_those_of_the_pictures(make_film: MakeFilm, options: tuple[str, ...]) -> None:
    """Anchors are I and P pictures, the others B pictures, and of these about one in three is referred to."""
    found = kinds(layered(make_film, *options))
    assert all((kind == "anchor") == (letter in "IP") for kind, letter in found)
    between = sum(kind == "between" for kind, _ in found)
    assert 0.7 < 2 * between / sum(kind == "idle" for kind, _ in found) <= 1.3


def test_sparing_shows_the_same_pictures(make_film: MakeFilm) -> None:
    """What is decoded sparingly is what it is when all are decoded, at its own place, and far less of it."""
    film = layered(make_film)
    video = probe(film).video
    every = list(Decoder(film, video))
    referenced = list(Decoder(film, video, pick="referenced"))
    decoder = Decoder(film, video, pick="sparing")
    some = list(decoder)
    assert decoder.picker is not None
    assert decoder.picker.pick == "sparing"
    assert len(some) < 0.8 * len(referenced)
    assert all(np.array_equal(picture.luma, every[picture.index].luma) for picture in some)
    seen = [at_s for picture in some for at_s in (*picture.passed_s, picture.exact_s)] + [*decoder.passed_at_end_s]
    assert seen == [picture.exact_s for picture in every]
    indices = [picture.index for picture in some]
    assert max(b - a for a, b in pairwise(indices)) <= 4


def test_a_slow_film_keeps_its_pictures_near(make_film: MakeFilm) -> None:
    """At twelve frames a second B pictures that others refer to are decoded: what is left would be too far apart."""
    film = make_film(rate="12", seconds=4, sound=False, picture="testsrc2", size="320x180", extra=LAYERED)
    video = probe(film).video
    referenced = [picture.index for picture in Decoder(film, video, pick="referenced")]
    assert [picture.index for picture in Decoder(film, video, pick="sparing")] == referenced


def test_several_references_are_respected(make_film: MakeFilm) -> None:
    """Where predicted pictures may refer to B pictures none of these is spared."""
    film = make_film(
        rate="24", seconds=4, sound=False, picture="testsrc2", size="320x180",
        extra=(*X264, "-x264-params", "ref=3:b-pyramid=normal:b-adapt=0"),
    )  # fmt: skip
    video = probe(film).video
    decoder = Decoder(film, video, pick="sparing")
    assert len(list(decoder)) == len(list(Decoder(film, video, pick="referenced")))
    assert decoder.picker is not None
    assert decoder.picker.pick == "referenced"


def test_other_habits_on_the_way_are_noticed(make_film: MakeFilm, monkeypatch: pytest.MonkeyPatch) -> None:
    """A film that begins with one reference and goes on with several is given up, not decoded wrongly."""
    one = layered(make_film)
    several = make_film(
        "several.mp4", rate="24", seconds=4, sound=False, picture="testsrc2", size="320x180",
        extra=(*X264, "-x264-params", "ref=3:b-pyramid=normal:b-adapt=0"),
    )  # fmt: skip
    with open_film(one) as container:
        extradata = bytes(container.streams.video[0].codec_context.extradata or b"")
    monkeypatch.setattr(Decoder, "_references", lambda _self, _extradata: References(extradata))
    with pytest.raises(UnevenError):
        list(Decoder(several, probe(several).video, pick="sparing"))


@given(head=st.binary(max_size=80), record=st.binary(max_size=60))
def test_damaged_headers_are_unknown(head: bytes, record: bytes) -> None:
    """Whatever the bytes, the answer is a kind or UnknownError."""
    try:
        kind = References(RECORD if not record else b"\x01\x64\x00\x28\xff\xe1" + record).kind(
            memoryview(len(head).to_bytes(4, "big") + head)
        )
    except UnknownError:
        return
    assert kind in ("anchor", "between", "idle")
