"""The SoundFonts that are installed, and one cache of their samples for each test module."""

from __future__ import annotations

from pathlib import Path

import pytest

from autoscore.stages.render import FontSet, find_fonts


@pytest.fixture(scope="module")
def fonts(tmp_path_factory: pytest.TempPathFactory) -> FontSet:
    return find_fonts(None)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def own_cache(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One cache for all tests here: decoding and measuring a font takes longer than the tests."""
    monkeypatch.setenv("AUTOSCORE_CACHE", str(kept))
