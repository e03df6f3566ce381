"""A SoundFont from a stranger is played in a child first; what it does there is said in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_fonts import small_font

from autoscore.adapters import font_trial
from autoscore.adapters.process import ChildFailedError
from autoscore.errors import ToolMissingError
from autoscore.stages.render.fonts import find_fonts


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOSCORE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def font(tmp_path: Path) -> Path:
    path = tmp_path / "mine.sf2"
    path.write_bytes(small_font())
    return path


def test_a_whole_font_passes_once(font: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is played through the first time and remembered by its content, wherever it lies then."""
    assert find_fonts(str(font)).fonts[0].path == font.resolve()
    monkeypatch.setattr(font_trial, "run", lambda *_a, **_k: pytest.fail("it was tried again"))
    moved = font.rename(font.with_name("moved.sf2"))
    assert find_fonts(str(moved)).fonts[0].name == "moved"


def test_a_file_beside_the_font_is_not_run(font: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The child does not import what lies in the folder where the program was started."""
    for name in ("numpy.py", "autoscore.py", "ctypes.py", "sitecustomize.py"):
        (tmp_path / name).write_text("open('was_run', 'w').close()\nraise SystemExit(1)\n")
    monkeypatch.chdir(tmp_path)
    font_trial.check(font, "0" * 64)
    assert not (tmp_path / "was_run").exists()


def test_a_font_that_crashes_is_refused(font: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash of C code is one sentence that names the font, and is not remembered as good."""

    def crash(*_arguments: object, **_options: object) -> None:
        raise ChildFailedError("python", "", -11)

    monkeypatch.setattr(font_trial, "run", crash)
    for _ in range(2):
        with pytest.raises(ToolMissingError, match=r"mine\.sf2 is damaged: FluidSynth crashes when it plays it"):
            font_trial.check(font, "1" * 64)


def test_a_font_that_wants_the_whole_machine_is_refused(font: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory and time are limited, and the sentence says which."""
    monkeypatch.setattr(font_trial, "TRIAL_S", 0.01)
    monkeypatch.setattr(font_trial, "BYTES_PER_S", 1_000_000_000)
    with pytest.raises(ToolMissingError, match=r"cannot be played: it took longer than 0\.01 s"):
        font_trial.check(font, "2" * 64)


def test_catalogued_fonts_are_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that the catalogue knows by its sum is trusted."""
    known = next(font for font in find_fonts(None).fonts)
    monkeypatch.setattr(font_trial, "run", lambda *_a, **_k: pytest.fail("it was tried"))
    assert any(font.sha256 == known.sha256 for font in find_fonts(None).fonts)
