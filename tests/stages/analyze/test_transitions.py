"""Hard cuts, fades, dissolves, and what only looks like them."""

from __future__ import annotations

from array import array
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from scenes import film, mix, shot

from autoscore.adapters import vision
from autoscore.adapters.cuts import Adaptive
from autoscore.adapters.pictures import Picture
from autoscore.model.analysis import Cut, Gradual, Rejected
from autoscore.stages.analyze.blends import Blends
from autoscore.stages.analyze.changes import Changes, Frame
from autoscore.stages.analyze.watch import _transitions


def seen(frames: list[Any], rate: int = 24) -> tuple[tuple[Cut, ...], tuple[Gradual, ...], tuple[Rejected, ...]]:
    """What the analysis finds in ``frames``."""
    changes, blends, adaptive, times = Changes(), Blends(float(rate)), Adaptive(Fraction(rate)), array("d")
    for index, luma in enumerate(frames):
        small = vision.halve(luma)
        changes.push([Frame(index=index, time_s=index / rate, small=small)])
        blends.push(small)
        adaptive.push(index, Picture(index=index, exact_s=Fraction(index, rate), luma=luma).bgr())
        times.append(index / rate)
    changes.finish()
    blends.finish()
    return _transitions(changes, blends, adaptive.finish(), float(rate), times)


@pytest.mark.parametrize("rate", [12, 24, 60])
@pytest.mark.parametrize(("contrast", "level", "grain"), [(45.0, 110.0, 1.5), (45.0, 110.0, 8.0), (6.0, 16.0, 1.0)])
def test_every_cut_on_its_frame(rate: int, contrast: float, level: float, grain: float) -> None:
    """Cuts between moving shots are found on their frames: at any rate, with grain, in the dark; nothing else is."""
    rng = np.random.default_rng(3)
    lengths = [int(rate * s) for s in (1.0, 0.25, 1.5, 0.5, 1.0)]
    speeds = [10 / rate, 0.0, 20 / rate, 0.0, 40 / rate]
    frames: list[Any] = []
    for length, speed in zip(lengths, speeds, strict=True):
        frames += shot(rng, length, speed=speed, contrast=contrast, level=level)
    cuts, gradual, _ = seen(film(frames, rng, grain), rate)
    assert [c.frame for c in cuts] == list(np.cumsum(lengths[:-1]))
    assert not gradual


def test_it_does_not_matter_how_many_are_pushed_at_once() -> None:
    """Frames pushed one by one, some at a time or all together are measured alike, duplicates and cuts included."""
    rng = np.random.default_rng(5)
    pictures = film(shot(rng, 30, speed=1.0) + shot(rng, 3) + shot(rng, 20, speed=0.5), rng)
    pictures[12] = pictures[11]
    run = [Frame(index=at, time_s=at / 24, small=vision.halve(one)) for at, one in enumerate(pictures)]
    found = []
    for size in (1, 7, len(run)):
        changes = Changes()
        motions = [m for at in range(0, len(run), size) for m in changes.push(run[at : at + size])]
        steps = [(c.frame, c.step, c.back, c.back_after) for c in changes.candidates]
        shown = [None if motion is None else motion.tobytes() for motion in motions]
        found.append((changes.new, changes.difference, changes.speed, steps, shown))
    assert found[0] == found[1] == found[2]
    assert {30, 33} <= {frame for frame, *_ in found[0][3]}


def test_a_last_frame_makes_no_shot() -> None:
    """One other picture as the film's last frame is no cut: nothing after it says that a shot began."""
    rng = np.random.default_rng(9)
    assert not seen(film(shot(rng, 40) + shot(rng, 1), rng))[0]
    assert [c.frame for c in seen(film(shot(rng, 40) + shot(rng, 3), rng))[0]] == [40]


def test_a_woven_frame_makes_one_cut() -> None:
    """A frame with stripes of two shots (as interlaced film has) makes one cut, not two."""
    rng = np.random.default_rng(10)
    frames = film(shot(rng, 30) + shot(rng, 30), rng)
    for row in range(8, 16):
        frames[29][row::16] = frames[30][row::16]
    cuts = seen(frames)[0]
    assert len(cuts) == 1
    assert cuts[0].frame in (29, 30)


def test_bars_do_not_hide_a_cut() -> None:
    """A cut in a narrow picture between wide black bars is found."""
    rng = np.random.default_rng(8)
    frames = film(shot(rng, 30) + shot(rng, 30), rng)
    for frame in frames:
        frame[:, :88] = 0
        frame[:, 168:] = 0
    assert [c.frame for c in seen(frames)[0]] == [30]


def test_a_flash_is_no_cut() -> None:
    """A picture that is bright for some frames and then goes on is no cut but a flash."""
    rng = np.random.default_rng(4)
    frames = shot(rng, 60)
    frames[30] = frames[30] * 1.3 + 110
    frames[31] = frames[31] * 1.2 + 70
    cuts, gradual, _ = seen(film(frames, rng))
    assert not cuts
    assert not gradual
    blank = shot(rng, 60)
    blank[30] = blank[31] = np.full_like(blank[0], 255.0)
    cuts, _, rejected = seen(film(blank, rng))
    assert not cuts
    assert [r.kind for r in rejected] == ["flash"]


def test_fast_pans_are_no_cuts() -> None:
    """A camera that starts, races and stops makes no cut."""
    rng = np.random.default_rng(5)
    speed = np.concatenate([np.zeros(20), np.linspace(0, 14, 12), np.linspace(14, 0, 12), np.zeros(20)])
    offset = np.cumsum(speed).astype(int)
    panorama = np.concatenate([shot(rng, 1, speed=0)[0] for _ in range(2)], axis=1)
    panorama = np.concatenate([panorama, panorama[:, ::-1]], axis=1)
    frames = [panorama[:, o : o + 256] for o in offset]
    cuts, gradual, _ = seen(film(frames, rng))
    assert not cuts
    assert not gradual


def test_a_page_written_anew_is_no_cut() -> None:
    """A screen whose text changes on the same ground is one shot."""
    rng = np.random.default_rng(6)
    pages = []
    for _ in range(3):
        page = np.full((144, 256), 34, np.uint8)
        for row in range(8, 136, 10):
            for column in range(8, int(rng.integers(40, 240)), 5):
                page[row : row + 6, column : column + int(rng.integers(1, 4))] = 200
        pages += [page] * 30
    cuts, gradual, _ = seen(pages)
    assert not cuts
    assert not gradual


@pytest.mark.parametrize("rate", [24, 60])
@pytest.mark.parametrize("seconds", [0.5, 1.0, 2.0])
def test_dissolves(rate: int, seconds: float) -> None:
    """A dissolve is found where it is, and gives no cut."""
    rng = np.random.default_rng(11)
    length = int(rate * seconds)
    before, after = (shot(rng, 2 * rate + length, speed=2 / rate) for _ in range(2))
    frames = before[: 2 * rate] + mix(before[2 * rate :], after[:length]) + after[length:]
    cuts, gradual, _ = seen(film(frames, rng), rate)
    assert not cuts
    assert [g.kind for g in gradual] == ["dissolve"]
    overlap = min(gradual[0].end_frame, 2 * rate + length) - max(gradual[0].start_frame, 2 * rate)
    assert overlap > 0.5 * length


@pytest.mark.parametrize("level", [0.0, 255.0])
def test_fades(level: float) -> None:
    """A fade-out to black or white and the fade-in after it are both found, in their order, and give no cut."""
    rng = np.random.default_rng(12)
    rate, length = 24, 18
    before, after = shot(rng, 60, speed=0.2), shot(rng, 60, speed=0.2)
    share = (np.arange(length) + 1) / length
    blank = [np.full_like(before[0], level)] * 12
    out = [f * (1 - s) + level * s for f, s in zip(before[-length:], share, strict=True)]
    into = [f * s + level * (1 - s) for f, s in zip(after[:length], share, strict=True)]
    cuts, gradual, _ = seen(film(before[:-length] + out + blank + into + after[length:], rng, 0.7), rate)
    assert not cuts
    assert [g.kind for g in gradual] == ["fade_out", "fade_in"]
    assert gradual[0].start_frame == pytest.approx(42, abs=4)
    assert gradual[1].start_frame == pytest.approx(72, abs=4)


def test_motion_is_no_dissolve() -> None:
    """A moving camera alone, at any speed, is no gradual transition."""
    for seed, speed in enumerate((0.3, 1.0, 3.0, 8.0)):
        rng = np.random.default_rng(20 + seed)
        cuts, gradual, _ = seen(film(shot(rng, 90, speed=speed), rng))
        assert not cuts
        assert not gradual
