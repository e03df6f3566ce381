"""Files that were cut off."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from autoscore.adapters.soundfiles import write_file
from autoscore.adapters.torn import torn


@pytest.mark.parametrize("name", ["a.flac", "a.wav"])
def test_a_sound_file_that_is_cut_off_is_torn(tmp_path: Path, name: str) -> None:
    """The whole file is not torn; with half of it gone it is."""
    path = tmp_path / name
    write_file(path, [np.random.default_rng(0).uniform(-0.5, 0.5, (20_000, 2)).astype(np.float32)], subtype="PCM_16")
    assert not torn(path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert torn(path)
