"""A cue sheet or workspace that is spoilt, a polite kill: one sentence, and nothing half-written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from refusals import Run
from small_films import MakeFilm


@pytest.fixture
def planned(run: Run, make_film: MakeFilm) -> tuple[Path, Path]:
    """A film with its cue sheet."""
    film = make_film(seconds=4, sound=False)
    code, _out, err = run("plan", film, "-q")
    assert code == 0, err
    return film, film.with_suffix(".autoscore") / "cues.toml"


@pytest.mark.parametrize(
    "old, new, says",
    [
        ("[[cue]]", "[[cue]", ("line",)),
        ('mood = "', 'mood = "herioc', ("mood",)),
        ("tempo_bpm = ", 'tempo_bpm = "fast" # ', ("tempo_bpm",)),
        ("tempo_bpm = ", "tempo_bpm = -", ("tempo_bpm",)),
        ('metre = "', 'metre = "9/0" # "', ("metre",)),
        ('out = "00:00:04:00"', 'out = "00:00:99:00"', ("out",)),
        ('out = "00:00:04:00"', 'out = "00:00:00:00"', ("out",)),
        ('palette = "', 'pallette = "', ("pallette",)),
        ('id = "1M1"', "", ("id",)),
    ],
)
def test_malformed_cue_sheet(run: Run, planned: tuple[Path, Path], old: str, new: str, says: tuple[str, ...]) -> None:
    """A cue sheet that cannot be read or contradicts itself: exit 2, the field is named, the sheet is not touched."""
    film, sheet = planned
    text = sheet.read_text(encoding="utf-8")
    head, first, tail = text.partition("\n[[cue]]")  # what lies before only explains
    assert old in first + tail
    spoilt = head + (first + tail).replace(old, new, 1)
    sheet.write_text(spoilt, encoding="utf-8")
    code, out, err = run("score", film)
    assert code == 2, err
    assert out == "" and "Traceback" not in err
    assert "cues.toml" in err
    for word in says:
        assert word in err
    assert sheet.read_text(encoding="utf-8") == spoilt
    assert not film.with_name("film.scored.mp4").exists()


def test_cue_sheet_that_is_no_text(run: Run, planned: tuple[Path, Path]) -> None:
    """Bytes that are no text: a sentence."""
    film, sheet = planned
    sheet.write_bytes(b"\xff\xfe\x00" * 10)
    code, _out, err = run("score", film)
    assert code in (1, 2) and "cues.toml" in err and "Traceback" not in err


def test_a_broken_file_of_the_workspace(run: Run, planned: tuple[Path, Path]) -> None:
    """A value's file that somebody spoilt is named, with what to do."""
    film, sheet = planned
    spoilt = sheet.with_name("03-spotting.json")
    spoilt.write_text(spoilt.read_text(encoding="utf-8").replace('"duration_s"', '"duraton_s"', 1), encoding="utf-8")
    code, _out, err = run("plan", film)
    assert code == 1 and "03-spotting.json" in err and "Delete the file" in err


# Interrupted


def test_a_polite_kill_leaves_nothing_half_written(make_film: MakeFilm, tmp_path: Path) -> None:
    """SIGTERM in the middle of the analysis: exit 130, no lock, no unfinished file, and the next run goes on."""
    import signal
    import time

    # A machine that has analysed the film before the signal comes gets a longer one.
    for seconds in (40, 160, 640):
        film = make_film(f"film{seconds}.mp4", seconds=seconds, size="640x360")
        command = [sys.executable, "-m", "autoscore", "analyze", str(film)]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        folder = film.with_suffix(".autoscore")
        deadline = time.monotonic() + 30
        while not (folder / "01-media.json").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        child.send_signal(signal.SIGTERM)
        _out, err = child.communicate(timeout=60)
        if child.returncode != 0:
            break
    assert child.returncode == 130, err
    assert "Traceback" not in err and "again" in err
    left = {path.name for path in folder.iterdir()}
    assert "lock" not in left and not [name for name in left if "part" in name] and "02-analysis.json" not in left
