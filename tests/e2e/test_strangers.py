"""Films and folders from strangers: any name works, nothing outside the workspace is touched."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from refusals import Run
from small_films import MakeFilm

SOME = {
    "dash": "-i.mp4",
    "double dash": "--help.mp4",
    "spaces": "  two  spaces .mp4",
    "quotes": 'it\'s "one" `two`.mp4',
    "newline": "one\ntwo.mp4",
    "emoji": "\U0001f3ac\U0001f469\u200d\U0001f4bb.mp4",
    "pattern": "shot%03d_%d%%.mp4",
    "shell": "$(touch x); rm *|&.mp4",
    "url": "http:film.mp4",
    "file": "file:film.mp4",
    "concat": "concat:a|b.mp4",
    "data": "data:,x.mp4",
    "markup": "[red]x[bold].mp4",
    "backslash": "a\\b.mp4",
    "brackets": "a[1]{2}*?.mp4",
    "255 bytes": "n" * 251 + ".mp4",
    "255 bytes of others": "\u00e9" * 125 + "x.mp4",
}
ALL_AT_ONCE = '- it\'s "one"\n%03d http:x|y \U0001f3ac $(x) [b] ' + "\u00e9" * 90 + ".mp4"


def from_name_to_verified(run: Run, make_film: MakeFilm, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Scored from its own folder by its bare name, and the finished film verified."""
    plain = make_film(seconds=2, size="64x36", rate="10")
    odd = plain.with_name("films") / name
    odd.parent.mkdir()
    plain.rename(odd)
    before = odd.read_bytes()
    monkeypatch.chdir(odd.parent)
    code, out, err = run("score", "--json", "--", name)
    assert code == 0, err
    finished = json.loads(out)["output"]
    code, _out, err = run("verify", "-q", "--", finished)
    assert code == 0, err
    made = {path.name for path in odd.parent.iterdir()}
    assert len(made) == 4 and all(len(os.fsencode(name)) <= 255 for name in made)  # film, workspace, result, receipt
    assert odd.read_bytes() == before


def test_an_impossible_name_works(run: Run, make_film: MakeFilm, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dash, quotes, newline, pattern, URL, emoji, shell and markup in one long name."""
    from_name_to_verified(run, make_film, monkeypatch, ALL_AT_ONCE)


@pytest.mark.slow
@pytest.mark.parametrize("kind", SOME)
def test_any_name_works(run: Run, make_film: MakeFilm, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """Each of them alone."""
    from_name_to_verified(run, make_film, monkeypatch, SOME[kind])


def test_a_name_that_is_no_text_is_refused(run: Run, make_film: MakeFilm) -> None:
    """Bytes that are no UTF-8: a sentence, and nothing is made."""
    film = make_film(sound=False)
    odd = Path(os.fsdecode(os.fsencode(film.parent) + b"/bad\xff.mp4"))
    try:
        film.rename(odd)
    except OSError:
        pytest.skip("this disk has no such names")
    code, out, err = run("score", odd)
    assert code == 2 and out == "" and "not UTF-8" in err and "Traceback" not in err
    assert [path.name for path in odd.parent.iterdir()] == [odd.name]


# Workspaces


@pytest.fixture
def planned(run: Run, make_film: MakeFilm) -> tuple[Path, Path]:
    film = make_film(seconds=3, sound=False, size="64x36", rate="12")
    assert run("plan", film, "-q")[0] == 0
    return film, film.with_suffix(".autoscore")


def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "precious").write_text("precious")
    return folder


@pytest.mark.parametrize("name", ["07-stems", "musicxml", ".part-render"])
def test_a_folder_that_leads_out_is_refused(run: Run, planned: tuple[Path, Path], tmp_path: Path, name: str) -> None:
    """A folder of the workspace that is a link to somewhere else: nothing is written there."""
    film, workspace = planned
    elsewhere = outside(tmp_path)
    (workspace / name).symlink_to(elsewhere)
    code, _out, err = run("score", film, "-q")
    assert code == 1 and "link that leads out of the workspace" in err
    assert [path.name for path in elsewhere.iterdir()] == ["precious"]


@pytest.mark.parametrize(
    "name", ["run.log", "lock", "manifest.json", "06-score.json", "cues.toml", ".manifest.json.1.part"]
)
def test_a_file_that_leads_out_is_not_written_through(
    run: Run, planned: tuple[Path, Path], tmp_path: Path, name: str
) -> None:
    """A file of the workspace that is a link to somebody's file: that one stays as it is."""
    film, workspace = planned
    precious = outside(tmp_path) / "precious"
    (workspace / name).unlink(missing_ok=True)
    (workspace / name).symlink_to(precious)
    code, _out, err = run("score", film, "-q")
    assert code == 1 and "link that leads out of the workspace" in err
    assert precious.read_text() == "precious"


def test_the_workspace_itself_may_be_a_link(run: Run, planned: tuple[Path, Path], tmp_path: Path) -> None:
    """Where the workspace lies is the user's to say, also by a link."""
    film, workspace = planned
    there = workspace.rename(tmp_path / "big disk")
    workspace.symlink_to(there)
    before = (there / "cues.toml").read_text()
    assert run("plan", film, "-q", "--mood", "horror")[0] == 0
    assert (there / "cues.toml").read_text() != before


def test_a_pipe_in_the_workspace_does_not_hang(run: Run, planned: tuple[Path, Path]) -> None:
    """A file without an end is not read."""
    film, workspace = planned
    for name in ("manifest.json", "03-spotting.json"):
        (workspace / name).unlink()
        os.mkfifo(workspace / name)
    code, _out, err = run("plan", film, "-q")
    assert code in (0, 1) and "Traceback" not in err


@pytest.mark.parametrize("name", ["../../outside/precious", "/etc/hostname", "..", "a/../../x", "a\u0000b"])
def test_a_name_in_a_value_does_not_lead_out(run: Run, planned: tuple[Path, Path], tmp_path: Path, name: str) -> None:
    """A cue whose id is a path, in the plan or in the sheet: refused before a file is named after it."""
    film, workspace = planned
    precious = outside(tmp_path) / "precious"
    for file in ("04-plan.json", "cues.toml"):
        path = workspace / file
        whole = path.read_text(encoding="utf-8")
        path.write_text(whole.replace('"1M1"', json.dumps(name)), encoding="utf-8")
        code, _out, err = run("score", film, "-q")
        assert code in (1, 2) and "Traceback" not in err, err
        path.write_text(whole, encoding="utf-8")
    assert precious.read_text() == "precious"


def test_a_manifest_does_not_make_us_remove_others(run: Run, make_film: MakeFilm, tmp_path: Path) -> None:
    """A record that claims somebody's file as a stem of a cue that is gone: the file stays."""
    from autoscore import artifacts, cuewise
    from autoscore.manifest import FileMark, Manifest, Piece
    from autoscore.runner import Runner
    from autoscore.verbs import RENDER
    from autoscore.workspace import Workspace

    precious = outside(tmp_path) / "precious"
    folder = tmp_path / "film.autoscore"
    folder.mkdir()
    piece = Piece(key="k", digest="d", files={str(precious): FileMark.of(precious)})
    (folder / "manifest.json").write_text(
        artifacts.dump(Manifest(film="film.mp4", version="0", stages={RENDER.name: {"9M9": piece}}))
    )
    runner = Runner(Workspace(folder, "film.mp4"))
    cuewise._drop_left_over(runner, RENDER, runner.workspace.pieces(RENDER.name), {})
    assert precious.read_text() == "precious"
    with pytest.raises(ValueError, match="no file of a workspace"):
        Piece(key="k", digest="d", files={"../outside/precious": FileMark.of(precious)})


# What a user brings


@pytest.mark.parametrize("option", ["--palette", "--theme", "--soundfont"])
@pytest.mark.parametrize("kind", ["pipe", "huge", "device"])
def test_what_is_brought_is_an_ordinary_file(
    run: Run, make_film: MakeFilm, tmp_path: Path, option: str, kind: str
) -> None:
    """A pipe, a device or a file of gigabytes for a palette, a theme or a SoundFont: a sentence, no hang."""
    suffix = {"--palette": ".toml", "--theme": ".mid", "--soundfont": ".sf2"}[option]
    brought = tmp_path / f"brought{suffix}"
    if kind == "pipe":
        os.mkfifo(brought)
    elif kind == "device":
        brought.symlink_to("/dev/zero")
    else:
        with brought.open("wb") as file:
            file.truncate(3 << 30)
    code, out, err = run("score", make_film(sound=False), "-q", option, brought)
    assert code in (1, 2), err
    assert out == "" and "Traceback" not in err and brought.name in err
