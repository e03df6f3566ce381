from __future__ import annotations

from math import inf
from pathlib import Path

import numpy as np
import pytest

from autoscore.adapters.soundfont_levels import LOUDNESS_POINTS
from autoscore.adapters.soundfont_zones import Zone
from autoscore.stages.render.timbre import Listened, Recording, Timbre, Timbres, release_falls_s

RELEASE_S = 2.0
STEP_S = LOUDNESS_POINTS / 44_100


def recording(*levels_db: float, release_s: float = RELEASE_S) -> Recording:
    zone = Zone(name=b"", first=0, last=1, loop=None, rate_hz=44_100, corner_hz=inf, release_s=release_s)
    return Recording(zone, np.array(levels_db, np.float32))


def test_what_stays_loud_takes_as_long_as_its_release() -> None:
    """A recording that does not die away falls by 48 dB in half of its release (96 dB)."""
    assert recording(-10.0).falls_s(0.5, (48.0,)) == [RELEASE_S / 2] == [release_falls_s(RELEASE_S, 48.0)]


def test_what_dies_away_is_over_sooner() -> None:
    """A recording that loses 40 dB in each step has fallen by 60 dB after two of them, whatever its release."""
    dying = recording(0.0, -40.0, -80.0, -120.0)
    assert dying.falls_s(0.0, (60.0,)) == [pytest.approx(2 * STEP_S)]


def test_what_was_lost_before_it_was_let_go_does_not_count() -> None:
    """What counts is the fall from where a note was let go: in a loop after a loud beginning the release alone."""
    looped = recording(0.0, -50.0)
    assert looped.falls_s(1.0, (48.0,)) == [RELEASE_S / 2]
    assert looped.falls_s(0.0, (48.0,))[0] < RELEASE_S / 8


def test_recordings_of_one_release_end_with_the_last() -> None:
    """Of two recordings with the same release the one that lasts longer decides; held ones have their release."""
    timbre = Timbre({RELEASE_S: [recording(0.0, -100.0), recording(0.0)]}, {1.0}, lambda: False)
    assert timbre.falls_s(0.1, (48.0, 60.0)) == ((1.0, 0.5, 0.625), (RELEASE_S, 1.0, 1.25))


def test_a_font_that_cannot_be_read_has_no_timbre(tmp_path: Path) -> None:
    """A file that is no SoundFont gives none, and is not tried again."""
    (tmp_path / "font.sf2").write_bytes(b"nothing")
    timbres = Timbres(Listened())
    for _ in range(2):
        assert timbres.of(tmp_path / "font.sf2", tmp_path / "font.sf2", (0, 0), 60, 80) is None
