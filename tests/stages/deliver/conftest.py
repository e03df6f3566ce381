"""A film and its score, ready to be delivered."""

from __future__ import annotations

from pathlib import Path

import pytest
from hand_made import SECONDS, Job
from small_films import MakeFilm


@pytest.fixture
def job(make_film: MakeFilm, tmp_path: Path) -> Job:
    return Job(make_film(seconds=SECONDS), tmp_path)
