"""Passing frames over finds the same as decoding all of them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

import numpy as np
import pytest
from scenes import film, mix, shot

from autoscore.adapters.skipping import Fate, Picker
from autoscore.adapters.stretches import Portion, Reader
from autoscore.model.media import Media
from autoscore.stages.analyze import analyze, closely
from autoscore.stages.analyze.skim import NOTICE, skim
from autoscore.stages.analyze.watch import Seen, _Watcher, watch
from autoscore.stages.probe import probe

LENGTHS = (31, 26, 40, 23, 45, 18, 52, 30)
CUTS = tuple(accumulate(LENGTHS[:-1]))


def encoded(path: Path, frames: list[np.ndarray], *options: str) -> Path:
    """``frames`` as H.264 at 24 frames a second."""
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "gray", "-s", "256x144", "-r", "24", "-i", "-",
         "-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", "20", "-bf", "3", *options, str(path)],
        input=b"".join(frame.tobytes() for frame in frames), check=True, timeout=60,
    )  # fmt: skip
    return path


def shots(seed: int) -> list[np.ndarray]:
    """Eight shots with cuts at CUTS, half of them moving."""
    rng = np.random.default_rng(seed)
    found = []
    for number, length in enumerate(LENGTHS):
        found += shot(rng, length, speed=1.5 * (number % 2))
    return film(found, rng)


def both(path: Path) -> tuple[Media, Seen, Seen]:
    media = probe(path)
    return media, watch(path, media, pick="all"), watch(path, media)


LAYERED = ("-preset", "veryfast")
"""x264 then refers to one picture each way: B pictures are of use to those beside them only."""


@pytest.mark.parametrize(
    "options",
    [
        ("-sc_threshold", "0", "-g", "250"), ("-g", "48"), ("-b_strategy", "0"), LAYERED,
        (*LAYERED, "-sc_threshold", "0", "-g", "250"), (*LAYERED, "-b_strategy", "0"),
    ],
)  # fmt: skip
def test_cuts_are_the_same_whatever_the_encoder_did(tmp_path: Path, options: tuple[str, ...]) -> None:
    """Cuts fall on their frames though frames around are passed over, with key frames at cuts and without."""
    path = encoded(tmp_path / "film.mp4", shots(5), *options)
    media, every, some = both(path)
    assert tuple(cut.frame for cut in every.cuts) == CUTS
    assert tuple(cut.frame for cut in some.cuts) == CUTS
    assert list(some.times_s) == list(every.times_s)
    assert not some.gradual
    watcher = _Watcher(path, media, "referenced")
    passed = sum(len(picture.passed_s) for picture in watcher._decoder)
    assert passed > 0.2 * len(every.times_s)


def test_a_second_look_finds_the_frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the packets' sizes say nothing, a cut between two decoded frames is looked for among those passed over."""
    monkeypatch.setattr("autoscore.adapters.skipping.Picker._LARGER", 1e9)
    monkeypatch.setattr("autoscore.adapters.skipping.Picker._MUCH_LARGER", 1e9)
    path = encoded(tmp_path / "film.mp4", shots(6), "-sc_threshold", "0", "-g", "250", "-b_strategy", "0")
    looked: list[int] = []
    look = closely.SecondLook._look
    monkeypatch.setattr(
        closely.SecondLook,
        "_look",
        lambda self, first, last, keys: (looked.append(first), look(self, first, last, keys)),
    )
    _, every, some = both(path)
    assert len(looked) >= 2
    assert [cut.frame for cut in some.cuts] == [cut.frame for cut in every.cuts] == list(CUTS)


def test_a_film_that_marks_no_key_frame_is_decoded_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its container calls no packet a key frame: nothing can be sought or skimmed, and the same is found."""
    monkeypatch.setattr("autoscore.adapters.skipping.Picker._LARGER", 1e9)
    monkeypatch.setattr("autoscore.adapters.skipping.Picker._MUCH_LARGER", 1e9)
    read, fates = Reader.read, Picker.fates

    def unmarked(self: Reader) -> Portion | None:
        portion = read(self)
        if portion is not None:
            portion.keys.clear()
        return portion

    def without_keys(self: Picker, packet: object) -> Iterator[tuple[object, Fate]]:
        return ((one, "pass over" if self.pick == "keys" else fate) for one, fate in fates(self, packet))

    monkeypatch.setattr(Reader, "read", unmarked)
    monkeypatch.setattr(Picker, "fates", without_keys)
    path = encoded(tmp_path / "film.mp4", shots(6), "-sc_threshold", "0", "-g", "250", "-b_strategy", "0")
    media, every, some = both(path)
    assert some.cuts == every.cuts
    assert skim(path, media).cuts == every.cuts


@pytest.mark.parametrize(
    "options",
    [
        (), ("-sc_threshold", "0", "-g", "250", "-b_strategy", "0"), LAYERED,
        (*LAYERED, "-sc_threshold", "0", "-g", "250", "-b_strategy", "0"),
    ],
)  # fmt: skip
def test_a_flash_and_a_dissolve_are_the_same(tmp_path: Path, options: tuple[str, ...]) -> None:
    """One frame of an explosion stays a flash on its frame, and a dissolve stays one at its place."""
    rng = np.random.default_rng(8)
    one, two = shot(rng, 110, speed=0.3), shot(rng, 60, speed=0.3)
    frames = film(one[:80] + mix(one[80:104], two[:24]) + two[24:], rng)
    frames[41] = film(shot(rng, 1, level=225.0), rng)[0]
    path = encoded(tmp_path / "film.mp4", frames, *options)
    _, every, some = both(path)
    assert [(r.kind, r.frame) for r in some.rejected] == [("flash", 41)]
    assert not some.cuts
    (found,), (wanted,) = some.gradual, every.gradual
    assert found.kind == wanted.kind == "dissolve"
    assert abs(found.start_frame - wanted.start_frame) <= 2
    assert abs(found.end_frame - wanted.end_frame) <= 2


def test_motion_is_as_fast_as_with_every_frame(tmp_path: Path) -> None:
    """Motion is measured in time, not in frames: passing over half of them leaves the speed of a pan as it is."""
    rng = np.random.default_rng(9)
    path = encoded(tmp_path / "film.mp4", film(shot(rng, 120, speed=2.0), rng), "-b_strategy", "0")
    _, every, some = both(path)
    assert len(some.curves["motion"]) == len(every.curves["motion"])
    assert np.mean(some.curves["motion"]) == pytest.approx(np.mean(every.curves["motion"]), rel=0.08)
    assert np.mean(some.curves["brightness"]) == pytest.approx(np.mean(every.curves["brightness"]), rel=0.01)


def test_damage_does_not_shift_what_comes_after(tmp_path: Path) -> None:
    """After a damaged stretch every frame has the time, and every cut the frame, that it has with all decoded."""
    path = encoded(tmp_path / "film.mkv", shots(7), "-g", "48")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 2000] = np.random.default_rng(1).integers(0, 256, 2000, dtype=np.uint8).tobytes()
    path.write_bytes(bytes(data))
    _, every, some = both(path)
    assert list(some.times_s) == list(every.times_s)
    assert len(some.cuts) == len(every.cuts)
    assert all(abs(a.frame - b.frame) <= 1 for a, b in zip(some.cuts, every.cuts, strict=True))
    assert some.cuts[-1].frame == every.cuts[-1].frame


def test_a_draft_sees_the_key_frames_and_says_so(tmp_path: Path) -> None:
    """A draft finds cuts at key frames, one curve value a tenth of a second, and says that it is a draft."""
    path = encoded(tmp_path / "film.mp4", shots(5))
    media = probe(path)
    seen = skim(path, media)
    assert {cut.frame for cut in seen.cuts} <= set(CUTS)
    assert len(seen.cuts) >= 4
    assert len(seen.times_s) == sum(LENGTHS)
    assert len(seen.curves["motion"]) == len(watch(path, media).curves["motion"])
    assert max(seen.curves["motion"]) > 0
    assert analyze(path, media, quality="draft").warnings == (NOTICE,)
    assert NOTICE not in analyze(path, media).warnings
