"""Sound files of a part of the rate, read at all of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoscore.adapters.coarse import read_full
from autoscore.adapters.soundfiles import Samples, write_file

RATE = 48_000
POINTS = np.random.default_rng(3).uniform(-0.5, 0.5, (999, 2)).astype(np.float32)


def whole(path: Path, every: int, **wishes: float) -> Samples:
    path = path / f"{every}.wav"
    if not path.exists():
        write_file(path, [POINTS], rate_hz=RATE // every)
    blocks = list(read_full(path, rate_hz=RATE, **wishes))  # type: ignore[arg-type]
    return np.concatenate([block.samples for block in blocks]) if blocks else np.zeros((0, 2), np.float32)


@pytest.mark.parametrize("every", [1, 2, 3])
def test_samples_between_lie_on_a_straight_line(tmp_path: Path, every: int) -> None:
    """Every ``every``-th sample is the file's, and between them it goes straight, from silence on."""
    expected = np.stack(
        [
            np.interp(np.arange(len(POINTS) * every), np.arange(-1, len(POINTS)) * every + every - 1, [0.0, *channel])
            for channel in POINTS.T.astype(np.float64)
        ],
        axis=1,
    )
    assert np.abs(whole(tmp_path, every) - expected).max() < 1e-6


@settings(max_examples=30, deadline=None)
@given(
    every=st.sampled_from([1, 2, 3]), start=st.integers(0, 998), frames=st.integers(-1, 3100),
    block_s=st.sampled_from([1e-5, 0.001, 10.0]),
)  # fmt: skip
def test_a_part_is_cut_from_the_whole(
    tmp_path_factory: pytest.TempPathFactory, every: int, start: int, frames: int, block_s: float
) -> None:
    """Wherever reading begins and ends, and in whatever pieces, the samples are those of the whole."""
    folder = tmp_path_factory.getbasetemp()
    wanted = whole(folder, every)[start:]
    found = whole(folder, every, start_frame=start, frames=frames, block_s=block_s)
    assert np.array_equal(found, wanted if frames < 0 else wanted[:frames])


def test_places_are_those_of_the_full_rate(tmp_path: Path) -> None:
    """Each block says where it begins."""
    whole(tmp_path, 2)
    starts = [block.start_s for block in read_full(tmp_path / "2.wav", rate_hz=RATE, block_s=0.01, start_frame=101)]
    assert starts[0] == pytest.approx(101 / RATE)
    assert np.all(np.diff(starts) > 0)
