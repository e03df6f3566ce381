"""A small film that was scored once without any fault, and copies of it to be disturbed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fault_rig import Scored, contents, end_all
from small_films import ffmpeg
from stand_ins import Stages, install

from autoscore import cli


@pytest.fixture(autouse=True)
def nothing_runs_on() -> Iterator[None]:
    yield
    end_all()


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Scored:
    folder = tmp_path_factory.mktemp("undisturbed")
    film = folder / "film.mp4"
    ffmpeg(
        "-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25:duration=4", "-f", "lavfi", "-i", "sine=220:duration=4",
        "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", film,
    )  # fmt: skip
    assert cli.main(["score", str(film), "--quiet"]) == 0
    return Scored(film=film, undisturbed=contents(film))


@pytest.fixture
def fresh(template: Scored, tmp_path: Path) -> Scored:
    """The film alone."""
    shutil.copy2(template.film, tmp_path / "film.mp4")
    return Scored(film=tmp_path / "film.mp4", undisturbed=template.undisturbed)


@pytest.fixture
def scored(template: Scored, tmp_path: Path) -> Scored:
    """The film with its workspace; what was delivered counts as made for another place."""
    shutil.copytree(template.film.parent, tmp_path, dirs_exist_ok=True)
    return Scored(film=tmp_path / "film.mp4", undisturbed=template.undisturbed)


@pytest.fixture
def stages(monkeypatch: pytest.MonkeyPatch) -> Stages:
    return install(monkeypatch)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A film for stand-in stages."""
    path = tmp_path / "film.mp4"
    path.write_bytes(b"film")
    return path
