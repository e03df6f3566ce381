"""A film of four bytes, and stages that make something of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from stand_ins import Stages, install


@pytest.fixture
def stages(monkeypatch: pytest.MonkeyPatch) -> Stages:
    return install(monkeypatch)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"film")
    return path
