"""A film of four bytes, and stages that make something of it."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from stand_ins import Stages, dump_sheet, load_sheet

import autoscore.adapters


@pytest.fixture
def stages(monkeypatch: pytest.MonkeyPatch) -> Stages:
    made = Stages()
    for package, names in {
        "analyze": ("analyze",), "spot": ("spot",), "plan": ("plan", "follow"), "tempo": ("tempo_cue",),
        "compose": ("compose_cue", "theme_book"), "render": ("Room", "find_fonts", "release"), "mix": ("mix",),
        "deliver": ("deliver",),
    }.items():  # fmt: skip
        module = ModuleType(f"autoscore.stages.{package}")
        for name in names:
            setattr(module, name, getattr(made, name))
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr("autoscore.stages.probe.probe", made.probe)
    sheet = SimpleNamespace(dump=dump_sheet, load=load_sheet)
    monkeypatch.setattr(autoscore.adapters, "cuesheet", sheet, raising=False)
    monkeypatch.setattr("autoscore.preflight.check_tools", lambda: None)
    monkeypatch.setattr("autoscore.steps.check_brief", lambda brief, brought: None)
    return made


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"film")
    return path
