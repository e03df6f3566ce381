"""What is read of a film without decoding it."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_films import MakeFilm, ffmpeg

from autoscore.adapters.copied import beginning, read_packets


def test_a_copy_that_begins_between_key_frames_begins_where_it_is_shown(make_film: MakeFilm, tmp_path: Path) -> None:
    """Of such a cut the first hundreds of packets are there but hidden; the beginning is the first that is shown."""
    film = make_film("long.mp4", seconds=8, extra=("-c:v", "libx264", "-g", "400", "-bf", "0"))
    cut = tmp_path / "cut.mp4"
    ffmpeg("-ss", "6", "-i", str(film), "-c", "copy", str(cut))
    index, first_s = beginning(cut)
    packets = read_packets(cut)
    assert packets.video.count > 150
    assert (index, first_s) == (packets.sound_index, pytest.approx(packets.video.first_s))
