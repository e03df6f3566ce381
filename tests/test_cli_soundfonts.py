"""`autoscore soundfonts` as a user sees it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


def test_soundfonts_are_listed_checked_and_compared(run: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No file lists, one is checked, two are compared, three are too many; a broken one ends with exit 1."""
    from autoscore.stages.render import audition

    def sounded(level_lufs: float) -> audition.Sounded:
        return audition.Sounded(
            instrument="flute", preset="Flute", kind="own", level_lufs=level_lufs, attack_ms=20.0, centroid_hz=900.0
        )

    def check(path: Path, _on_progress: Any = None) -> audition.FontReport:
        heard = () if path.stem == "broken" else (sounded(-20.0 if path.stem == "a" else -17.0),)
        return audition.FontReport(
            name=path.stem, path=str(path), sha256="", licence="MIT", sounded=heard, verdict=f"{path.stem} is heard."
        )

    font = audition.FoundFont(
        name="A", path="a.sf2", licence="MIT", grade="full", sha256="", sum="known", presets=128
    )  # fmt: skip
    monkeypatch.setattr(audition, "list_fonts", lambda: (font,))
    monkeypatch.setattr(audition, "check_font", check)
    assert "as catalogued" in run("soundfonts").out
    assert run("soundfonts", "--json").document["soundfonts"][0]["licence"] == "MIT"
    assert "a is heard." in run("soundfonts", "a.sf2").out
    assert run("soundfonts", "a.sf2", "b.sf2", "--json").document["instruments"][0]["level_lu"] == 3.0
    told = run("soundfonts", "a.sf2", "b.sf2").out
    assert "+3.0" in told and "b minus a" in told
    broken = run("soundfonts", "broken.sf2")
    assert broken.code == 1
    assert broken.out == "broken is heard.\n"  # no table of nothing
    assert run("soundfonts", "a", "b", "c").code == 2
