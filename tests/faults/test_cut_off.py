"""What a power cut leaves: empty, zeroed or cut-off files of every kind. The next run makes those again, no others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fault_rig import Scored, contents, is_whole, output_of, strays, workspace_of

from autoscore import cli
from autoscore.adapters.torn import torn

KINDS = (
    "01-media.json", "02-analysis.json", "03-spotting.json", "04-plan.json", "05-tempo.json", "06-score.json",
    "07-stems/1M1.json", "07-stems/1M1_strings.flac", "08-mix.flac", "08-music.flac", "08-mix.json", "09-delivery.json",
    "score.mid", "midi/1M1.mid", "midi/1M1_quantised.mid", "receipts.json", "provenance.json", "manifest.json",
)  # fmt: skip
WAYS = {"empty": lambda data: b"", "zeroed": lambda data: bytes(len(data)), "half": lambda data: data[: len(data) // 2]}


def ready(scored: Scored) -> None:
    """Delivered at its present place."""
    assert cli.main(["score", str(scored.film), "-q", "--overwrite"]) == 0


def goes_on(scored: Scored) -> None:
    assert cli.main(["score", str(scored.film), "-q", "--overwrite"]) == 0
    assert contents(scored.film) == scored.undisturbed and strays(scored.film.parent) == []
    is_whole(scored.film)


@pytest.mark.parametrize("way", WAYS)
def test_each_kind_is_known_to_be_cut_off(scored: Scored, way: str) -> None:
    """Every kind of file is seen to be cut off, and none that is whole is."""
    folder = workspace_of(scored.film)
    whole = [path for path in folder.parent.rglob("*") if path.is_file() and path.suffix != ".log"]
    assert len(whole) > 20 and not [path for path in whole if torn(path)]
    for path in whole:
        if way == "half" and path.suffix in (".csv", ".toml"):
            continue  # half a table is a table
        path.write_bytes(WAYS[way](path.read_bytes()))
        assert torn(path), path.name


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("way", WAYS)
def test_each_file_is_made_again(scored: Scored, name: str, way: str) -> None:
    """Whichever file was spoilt, and however, the next run ends equal to an undisturbed one."""
    ready(scored)
    path = workspace_of(scored.film) / name
    path.write_bytes(WAYS[way](path.read_bytes()))
    goes_on(scored)


def test_only_what_was_spoilt_is_made_again(scored: Scored, capfd: pytest.CaptureFixture[str]) -> None:
    """A cut-off stem, a lost MIDI file, half a finished film and an empty cue sheet at once: all mended, each said."""
    ready(scored)
    folder = workspace_of(scored.film)
    stem, film, sheet = folder / "07-stems/1M1_strings.flac", output_of(scored.film), folder / "cues.toml"
    before = {name: (folder / name).stat().st_mtime_ns for name in ("02-analysis.json", "06-score.json")}
    for path in (stem, film):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    (folder / "score.mid").unlink()
    sheet.write_bytes(b"")
    capfd.readouterr()
    assert cli.main(["score", str(scored.film), "--overwrite"]) == 0
    said = capfd.readouterr().err
    assert "1M1_strings.flac was cut off" in said and "cues.toml was empty" in said
    assert before == {name: (folder / name).stat().st_mtime_ns for name in before}
    assert contents(scored.film) == scored.undisturbed
    is_whole(scored.film)


def test_a_clock_that_jumps(scored: Scored, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files from 2100, a clock in 1970: what was made stays fresh, and nothing is made for the date's sake."""
    import os
    import time

    folder = workspace_of(scored.film)
    manifest = folder / "manifest.json"
    known = json.loads(manifest.read_text())
    future = 4_102_444_800 * 10**9
    for pieces in known["stages"].values():
        for piece in pieces.values():
            for name, mark in piece["files"].items():
                if (folder / name).exists():
                    os.utime(folder / name, ns=(future, future))
                    mark["mtime_ns"] = future
    manifest.write_text(json.dumps(known))
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("0*") if path.is_file()}
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() % 86400)
    assert cli.main(["score", str(scored.film), "-q", "--overwrite"]) == 0
    changed = {path.name for path, then in before.items() if path.exists() and path.stat().st_mtime_ns != then}
    assert changed <= {"09-delivery.json"}
    assert contents(scored.film) == scored.undisturbed


def test_the_same_command_again(scored: Scored, capfd: pytest.CaptureFixture[str]) -> None:
    """Where nothing is left to do a finished film stays; with other wishes it is replaced, but not once changed."""
    ready(scored)
    before = Path(output_of(scored.film)).stat().st_mtime_ns
    assert cli.main(["score", str(scored.film), "-q"]) == 0
    assert output_of(scored.film).stat().st_mtime_ns == before
    with output_of(scored.film).open("ab") as film:
        film.write(b"graded")
    before = Path(output_of(scored.film)).stat().st_mtime_ns
    assert cli.main(["score", str(scored.film), "-q", "--seed", "9"]) == 2
    assert "--overwrite" in capfd.readouterr().err
    assert output_of(scored.film).stat().st_mtime_ns == before
