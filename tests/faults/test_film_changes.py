"""A film that goes away, grows or becomes another one while it is scored: told, and no result counts as fresh."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from fault_rig import Scored, back_to, contents, said_once, strays, workspace_of
from small_films import ffmpeg
from stand_ins import Stages, score

from autoscore import cli, runner
from autoscore.errors import AutoscoreError, FilmError


def at_start_of(patch: pytest.MonkeyPatch, stage: str, act: Callable[[], object]) -> None:
    """Do something once, when ``stage`` begins."""
    real, done = runner.Runner.tell, []

    def tell(self: runner.Runner, name: str, kind: str, **more: object) -> None:
        real(self, name, kind, **more)
        if (name, kind) == (stage, "start") and not done:
            done.append(act())

    patch.setattr(runner.Runner, "tell", tell)


def grow(film: Path) -> None:
    with film.open("ab") as file:
        file.write(bytes(1000))


def replace(film: Path) -> None:
    film.with_suffix(".new").write_bytes(b"another film")
    film.with_suffix(".new").replace(film)


@pytest.mark.parametrize("change", [grow, replace, Path.unlink], ids=["grows", "is replaced", "goes away"])
@pytest.mark.parametrize("stage", ["analyze", "plan", "render", "mix", "deliver"])
def test_no_result_of_two_films(
    stages: Stages, small: Path, monkeypatch: pytest.MonkeyPatch, stage: str, change: Callable[[Path], None]
) -> None:
    """Whenever it happens, the run ends in a sentence, nothing is delivered, and all is made for the film as it is."""
    at_start_of(monkeypatch, stage, lambda: change(small))
    with pytest.raises(FilmError, match=r"changed|no longer be read"):
        score(small)
    assert not small.with_name("film.scored.mp4").exists()
    small.write_bytes(b"a film of now")
    stages.taken()
    score(small)
    assert stages.taken()[:2] == ["probe", "analyze"]


@pytest.mark.parametrize("change", [grow, Path.unlink], ids=["grows", "goes away"])
@pytest.mark.parametrize("stage", ["analyze", "deliver"])
def test_what_the_user_sees(
    scored: Scored,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    stage: str,
    change: Callable[[Path], None],
) -> None:
    """With real stages, while the film is read or written: exit 1, a sentence that names it; put back, it completes."""
    kept = scored.film.with_name("kept")
    shutil.copy2(scored.film, kept)
    back_to(scored.film, stage)
    with monkeypatch.context() as patch:
        at_start_of(patch, stage, lambda: change(scored.film))
        assert cli.main(["score", str(scored.film), "-q"]) == 1
    said_once(capfd.readouterr().err, "film.mp4")
    assert strays(scored.film.parent) == []
    kept.replace(scored.film)
    assert cli.main(["score", str(scored.film), "-q"]) == 0
    assert contents(scored.film) == scored.undisturbed


def test_a_film_that_is_still_being_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A recording that grows under its decoder: exit 1, it is said so; once it is whole, it is scored."""
    whole, film = tmp_path / "whole.ts", tmp_path / "film.ts"
    ffmpeg(
        "-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25:duration=6", "-f", "lavfi", "-i", "sine=220:duration=6",
        "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", whole,
    )  # fmt: skip
    data = whole.read_bytes()
    half = len(data) // 2 // 188 * 188
    film.write_bytes(data[:half])
    over = threading.Event()

    def record() -> None:
        with film.open("ab") as file:
            for at in range(half, len(data), 188 * 8):
                file.write(data[at : at + 188 * 8])
                file.flush()
                if over.wait(0.002):
                    file.write(data[at + 188 * 8 :])
                    break

    recorder = threading.Thread(target=record)
    with monkeypatch.context() as patch:
        at_start_of(patch, "analyze", recorder.start)
        assert cli.main(["score", str(film), "-q"]) == 1
    over.set()
    recorder.join()
    said_once(capfd.readouterr().err, "film.ts", "changed", "again")
    assert strays(tmp_path) == [] and not (tmp_path / "film.scored.ts").exists()
    assert film.read_bytes() == data
    assert cli.main(["score", str(film), "-q"]) == 0
    said = json.loads((tmp_path / "film.autoscore" / "01-media.json").read_text(encoding="utf-8"))
    assert said["duration_s"] > 5


@pytest.mark.parametrize("stage", ["plan", "render", "mix", "deliver"])
def test_a_workspace_that_goes_away(stages: Stages, small: Path, monkeypatch: pytest.MonkeyPatch, stage: str) -> None:
    """Removed under a run: told as that or made anew, never a bug; and the next run completes."""
    at_start_of(monkeypatch, stage, lambda: shutil.rmtree(workspace_of(small)))
    try:
        score(small)
    except AutoscoreError as error:
        assert "removed" in error.message
    score(small)
    assert small.with_name("film.scored.mp4").exists() and strays(small.parent) == []


def test_an_output_folder_that_goes_away(
    scored: Scored, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The folder of the finished film is removed meanwhile: a sentence that says so."""
    back_to(scored.film, "deliver")
    there = tmp_path / "there"
    there.mkdir()
    with monkeypatch.context() as patch:
        at_start_of(patch, "deliver", lambda: shutil.rmtree(there))
        assert cli.main(["score", str(scored.film), "-q", "-o", str(there / "out.mp4")]) == 1
    said_once(capfd.readouterr().err, "out.mp4", "folder")
    assert cli.main(["score", str(scored.film), "-q"]) == 0
    assert contents(scored.film) == scored.undisturbed
