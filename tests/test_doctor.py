"""`doctor`: every part is found or named with the command that mends it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autoscore import doctor
from autoscore.errors import AutoscoreError


def test_doctor_is_content_or_says_what_mends(run: Any) -> None:
    """Every part is named; each that is wrong comes with a command; the exit code says whether scoring can work."""
    said = run("doctor", "--json")
    parts = {part["part"]: part for part in said.document["parts"]}
    assert {"Python", "FFmpeg", "FluidSynth", "SoundFonts", "free disk here"} <= set(parts)
    assert all(part["mend"] for part in parts.values() if not part["ok"])
    assert said.code == (0 if all(part["ok"] or not part["needed"] for part in parts.values()) else 1)


def test_no_library_writes_into_the_json(tmp_path: Path) -> None:
    """In a CI job, where pyfluidsynth tells what it found, `doctor --json` still prints one document alone."""
    done = subprocess.run(
        [sys.executable, "-m", "autoscore", "doctor", "--json"],
        env={**os.environ, "CI": "true"}, cwd=tmp_path, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert json.loads(done.stdout)["parts"], done.stdout[:200]


@pytest.mark.parametrize("platform, command", [("linux", "sudo apt-get install -y"), ("darwin", "brew install")])
def test_doctor_finds_what_is_missing(run: Any, monkeypatch: pytest.MonkeyPatch, platform: str, command: str) -> None:
    """Without FFmpeg, FluidSynth and SoundFonts each is named with this system's command, and the exit code is 1."""

    def none(*_arguments: Any) -> Any:
        raise AutoscoreError("not there")

    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.setattr("shutil.which", lambda _name: None)
    monkeypatch.setattr("autoscore.adapters.libfluidsynth.version", none)
    monkeypatch.setattr("autoscore.stages.render.find_fonts", none)
    said = run("doctor")
    assert said.code == 1
    rows = [row for row in said.out.splitlines() if row.startswith("MISSING")]
    assert [next(p for p in ("FFmpeg", "FluidSynth", "SoundFonts") if p in row) for row in rows] == [
        "FFmpeg", "FluidSynth", "SoundFonts",
    ]  # fmt: skip
    assert command in rows[0] and command in rows[1]


@pytest.mark.parametrize(
    "text, ok",
    [("ffmpeg version 3.4.8-0ubuntu", False), ("ffmpeg version 7.1 Copyright", True), ("ffmpeg version N-1-g", True)],
)
def test_doctor_knows_too_old(monkeypatch: pytest.MonkeyPatch, text: str, ok: bool) -> None:
    """An FFmpeg before 4.4 is too old; one built from source is taken to be new."""
    monkeypatch.setattr("shutil.which", lambda name: name)
    finished = type("Finished", (), {"stdout": text})
    monkeypatch.setattr("autoscore.adapters.process.run", lambda *_a, **_k: finished)
    finding = next(part for part in doctor.examine() if part.part == "FFmpeg")
    assert finding.ok is ok


def test_doctor_knows_old_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python package that is missing or older than pyproject.toml asks for is named with a pip command."""
    real = doctor.metadata.version

    def version(name: str) -> str:
        if name == "music21":
            raise doctor.metadata.PackageNotFoundError(name)
        return "1.9.9" if name == "numpy" else real(name)

    monkeypatch.setattr(doctor.metadata, "version", version)
    wrong = {part.part: part for part in doctor.examine() if not part.ok}
    assert wrong["package numpy"].found == "1.9.9" and "pip install 'numpy>=2'" in wrong["package numpy"].mend
    assert wrong["package music21"].found == "not installed"


def test_doctor_ends_with_one_sentence(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last line says whether scoring can work, or what is missing."""
    for ok, last in ((True, "Everything that scoring needs is there."), (False, "Missing: FFmpeg.")):
        finding = doctor.Finding(part="FFmpeg", ok=ok, found="5.1")
        monkeypatch.setattr(doctor, "examine", lambda finding=finding: [finding])
        assert run("doctor").out.splitlines()[-1] == last
