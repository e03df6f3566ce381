"""The hand-off to a DAW: what goes into the folder, what is refused, and that it is all or nothing."""

from __future__ import annotations

import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from autoscore import handover, pipeline
from autoscore.adapters import sound
from autoscore.errors import StorageError, UsageError
from autoscore.handover import export
from autoscore.model.audio import RATE_HZ, Delivery, Mix, Stem, Stems
from autoscore.model.brief import Brief
from autoscore.model.events import Event
from autoscore.model.score import Score
from autoscore.model.tempo import TempoMap
from autoscore.runner import Outcome
from autoscore.stages.deliver.notes import picture_code

SECONDS = 2.0
STEMS = (("1M1", "strings", 0.25, 0.5), ("1M1", "brass", 0.5, 0.25), ("1M2", "strings", 1.5, 0.25))
"""Cue, group, film time of the start, length."""


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"film")
    return path


@pytest.fixture
def found(film: Path, monkeypatch: pytest.MonkeyPatch) -> pipeline.Result:
    """A finished workspace with real, tiny sound files, as `pipeline.status` would find it."""
    folder = film.with_suffix(".autoscore")
    (folder / "07-stems").mkdir(parents=True)
    music = np.zeros((round((SECONDS + 1) * RATE_HZ), 2), np.float32)  # from -0.5 s to half a second after the end
    stems = []
    for number, (cue, group, start_s, length_s) in enumerate(STEMS):
        samples = np.full((round(length_s * RATE_HZ), 2), 0.1 * (number + 1), np.float32)
        name = f"07-stems/{cue}_{group}.flac"
        sound.write_file(folder / name, [samples])
        first = round((start_s + 0.5) * RATE_HZ)
        music[first : first + len(samples)] += samples
        stems.append(
            Stem(cue_id=cue, group=group, path=name, start_s=start_s, frames=len(samples), peak_dbfs=-9.0, sha256="")
        )
    for name in ("08-mix.flac", "08-music.flac"):
        sound.write_file(folder / name, [music])
    texts = (
        "score.mid",
        "midi/1M1.mid",
        "cues.csv",
        "tempo.csv",
        "provenance.json",
        "receipts.json",
    )
    for name in (*texts, "preview.mp4"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(name)
    mix = Mix(
        path="08-mix.flac", music_path="08-music.flac", start_s=-0.5, frames=len(music), loudness_lufs=-14.0,
        target_lufs=-14.0, wanted_lufs=-14.0, true_peak_dbtp=-1.0, true_peak_limit_dbtp=-1.0, master_gain_db=0.0,
        original_gain_db=0.0,
    )  # fmt: skip
    media: Any = SimpleNamespace(duration_s=SECONDS, video=SimpleNamespace(rate=Fraction(25)))
    result = pipeline.Result(
        film=film, workspace=folder, media=media,
        stems=Stems(stems=tuple(stems)), mix=mix,
        delivery=Delivery(output="", receipt="receipts.json", files=(*texts[:-1], "preview.mp4", "receipts.json")),
        outcomes={name: Outcome(state="fresh") for name in pipeline.NAMES},
    )  # fmt: skip
    monkeypatch.setattr("autoscore.pipeline.status", lambda film, workspace=None: result)
    return result


def samples(path: Path) -> Any:
    return np.concatenate([block.samples for block in sound.read_file(path)])


def strays(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if ".part" in path.name]


@pytest.mark.parametrize(("transposed", "parts"), [(False, False), (True, False), (True, True)])
def test_sheets_are_written_as_asked(
    found: pipeline.Result, monkeypatch: pytest.MonkeyPatch, transposed: bool, parts: bool
) -> None:
    """Each export makes scores on paper: in concert pitch, or with --transposed as read; --parts each player's."""
    sheets = "musicxml_transposed" if transposed else "musicxml"
    asked = []

    def write_sheets(_cues: Any, rate: Fraction, folder: Path, **how: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
        asked.append(how)
        (folder / sheets).mkdir()
        (folder / f"{sheets}/1M1.musicxml").write_text(str(rate))
        return (f"{sheets}/1M1.musicxml",), ("A cue is too odd for paper.",)

    monkeypatch.setattr("autoscore.stages.deliver.write_sheets", write_sheets)
    found.tempo, found.score = TempoMap(cues=()), Score(seed=1, themes=(), cues=())
    made = export(found.film, transposed=transposed, parts=parts)
    assert [name for name in made.export.files if name.endswith(".musicxml")] == [f"{sheets}/1M1.musicxml"]
    assert asked == [{"transposed": transposed, "parts": parts}]
    assert made.notes == ("A cue is too odd for paper.",)


def test_everything_is_handed_over_at_the_films_length(found: pipeline.Result) -> None:
    """Stems, mix and music are 24-bit and as long as the film; stems add up to the music; notes are there."""
    made = export(found.film)
    folder = found.film.with_suffix(".export")
    assert made.folder == folder
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert names == set(made.export.files) == {
        "stems/brass.wav", "stems/strings.wav", "stems.csv", "mix.wav", "music.wav", "score.mid", "midi/1M1.mid",
        "cues.csv", "tempo.csv", "receipts.json", "provenance.json", "export.json",
    }  # fmt: skip
    for path in folder.rglob("*.wav"):
        assert sound.file_info(path) == (round(SECONDS * RATE_HZ), RATE_HZ, 2)
        assert path.read_bytes()[34:36] == (24).to_bytes(2, "little")
    added = samples(folder / "stems/brass.wav") + samples(folder / "stems/strings.wav")
    assert np.allclose(added, samples(folder / "music.wav"), atol=1e-6)
    assert added[round(0.6 * RATE_HZ), 0] == pytest.approx(0.3, abs=1e-6)  # strings of 0.1 and brass of 0.2
    assert (folder / "midi/1M1.mid").read_text() == "midi/1M1.mid"


def test_stems_a_cue_say_where_they_start(found: pipeline.Result) -> None:
    """With `per_cue`, each cue's files have one length, and stems.csv tells film time and timecode of their start."""
    made = export(found.film, per_cue=True)
    frames = {path.name: sound.file_info(path)[0] for path in (made.folder / "stems").iterdir()}
    half, quarter = RATE_HZ // 2, RATE_HZ // 4
    early, late = round(0.01 * RATE_HZ), round(0.02 * RATE_HZ)  # from the frame before to the first sound
    assert frames == {"1M1_strings.wav": half + early, "1M1_brass.wav": half + early, "1M2_strings.wav": quarter + late}
    assert not samples(made.folder / "stems/1M2_strings.wav")[:late].any()
    rows = (made.folder / "stems.csv").read_text().splitlines()
    assert "stems/1M2_strings.wav,1.480000,01:00:01:12,0.270000" in rows
    assert "stems/1M1_brass.wav,0.240000,01:00:00:06,0.510000" in rows


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(24), Fraction(30000, 1001), Fraction(50)])
def test_first_picture_is_one_hour(rate: Fraction) -> None:
    """At every rate the first picture is 01:00:00:00, and the frame before it ends the hour before."""
    assert picture_code(0.0, rate).replace(";", ":") == "01:00:00:00"
    assert picture_code(float(-1 / rate), rate).replace(";", ":") == f"00:59:59:{round(rate) - 1:02d}"


def test_a_film_without_music_is_handed_over_too(found: pipeline.Result) -> None:
    """No cue, no stem: mix, music and tables are still there."""
    found.stems = Stems(stems=())
    made = export(found.film)
    assert "mix.wav" in made.export.files and not (made.folder / "stems").exists()


@pytest.mark.parametrize(("states", "says"), [
    (dict.fromkeys(pipeline.NAMES, "missing"), "has not been scored yet"),
    ({"mix": "missing", "deliver": "missing"}, "has not been scored yet"),
    ({"render": "stale", "mix": "stale", "deliver": "stale"}, "out of date: render, mix, deliver"),
    ({"deliver": "missing"}, "out of date: deliver"),
])  # fmt: skip
def test_an_unfinished_score_is_refused(found: pipeline.Result, states: dict[str, Any], says: str) -> None:
    """One sentence with the command that helps, and no folder."""
    found.outcomes |= {name: Outcome(state=state) for name, state in states.items()}
    found.brief = Brief(theme="tune.mid", palette="mine.toml")
    with pytest.raises(UsageError, match=says) as caught:
        export(found.film)
    assert "autoscore score" in caught.value.hint
    assert "--theme tune.mid --palette mine.toml" in caught.value.hint
    assert not found.film.with_suffix(".export").exists()


def test_a_film_that_was_never_scored(film: Path) -> None:
    """The states are asked of the real pipeline, and nothing is written."""
    with pytest.raises(UsageError, match="has not been scored yet") as caught:
        export(film)
    assert "--workspace DIR/film.mp4.autoscore" in caught.value.hint
    assert [path.name for path in film.parent.iterdir()] == [film.name]


def test_a_finished_film_is_not_what_it_was_made_from(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its receipt tells which film to name instead of scoring it once more."""
    from autoscore.stages.deliver import receipts

    receipts.sidecar_of(film).write_text("{}")
    monkeypatch.setattr(receipts, "read", lambda _path: SimpleNamespace(film="holiday.mov"))
    with pytest.raises(UsageError, match="is a scored film") as caught:
        export(film)
    assert caught.value.hint.endswith("holiday.mov.")


def test_folders_above_are_made(found: pipeline.Result) -> None:
    """An export may go into a folder that is not there yet."""
    made = export(found.film, to=found.film.parent / "desk/new/holiday")
    assert (made.folder / "mix.wav").is_file()


def test_a_plan_edited_and_scored_is_finished(found: pipeline.Result) -> None:
    """A cue sheet edited by hand is no reason to refuse where all after it is up to date."""
    found.outcomes["plan"] = Outcome(state="edited")
    assert export(found.film).folder.is_dir()


def test_a_folder_with_something_in_it_is_left_alone(found: pipeline.Result) -> None:
    """Without --overwrite a folder that is not empty is refused; an empty one is used."""
    folder = found.film.parent / "desk"
    folder.mkdir()
    export(found.film, to=folder)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    with pytest.raises(UsageError, match="not empty"):
        export(found.film, to=folder)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
    assert not strays(found.film.parent)


def test_overwrite_replaces_what_is_ours(found: pipeline.Result) -> None:
    """An earlier export's files go, those of the new one come, and the user's own stay."""
    folder = export(found.film).folder
    (folder / "session.rpp").write_text("mine")
    (folder / "stems" / "takes.txt").write_text("mine")
    assert found.stems is not None
    found.stems = replace(found.stems, stems=found.stems.stems[:1])
    export(found.film, overwrite=True)
    assert {path.name for path in (folder / "stems").iterdir()} == {"strings.wav", "takes.txt"}
    assert (folder / "session.rpp").read_text() == "mine"
    assert not strays(folder)


def test_a_list_that_names_other_peoples_files_removes_none(found: pipeline.Result) -> None:
    """export.json may have been changed: what lies outside the folder is never touched."""
    folder = export(found.film).folder
    text = (folder / "export.json").read_text()
    (folder / "export.json").write_text(text.replace('"cues.csv"', '"cues.csv", "../film.mp4"'))
    assert "../film.mp4" in (folder / "export.json").read_text()
    export(found.film, overwrite=True)
    assert found.film.exists()


@pytest.mark.parametrize("to", ["film.autoscore", "film.autoscore/out", "film.mp4", "film.mp4/out"])
def test_folders_that_are_refused(found: pipeline.Result, to: str) -> None:
    """The workspace, a place in it, a file, a folder in a file."""
    before = sorted(found.film.parent.rglob("*"))
    with pytest.raises(UsageError):
        export(found.film, to=found.film.parent / to, overwrite=True)
    assert sorted(found.film.parent.rglob("*")) == before


@pytest.mark.parametrize("there", [False, True])
def test_a_failure_leaves_nothing(found: pipeline.Result, there: bool) -> None:
    """When a file cannot be read half-way, no folder appears, and one that is there keeps its files."""
    folder = found.film.with_suffix(".export")
    if there:
        export(found.film)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    (found.workspace / "08-music.flac").unlink()
    with pytest.raises(StorageError, match=r"08-music\.flac"):
        export(found.film, overwrite=True)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
    assert folder.exists() == there
    assert not strays(found.film.parent)


@pytest.mark.parametrize("full_from_the_start", [True, False])
def test_a_full_disk_is_one_sentence(
    found: pipeline.Result, monkeypatch: pytest.MonkeyPatch, full_from_the_start: bool
) -> None:
    """Told before anything is written, or when it fills up meanwhile; either way nothing is left."""
    free = [0 if full_from_the_start else 10**12, 0]
    usage = SimpleNamespace(disk_usage=lambda _place: SimpleNamespace(free=free.pop(0)))
    monkeypatch.setattr(handover, "shutil", SimpleNamespace(**{**vars(shutil), **vars(usage)}))

    def fail(*_arguments: Any, **_how: Any) -> None:
        raise StorageError("strings.wav: writing failed (System error.)")

    monkeypatch.setattr(sound, "write_file", fail)
    with pytest.raises(StorageError, match="no space left") as caught:
        export(found.film)
    assert "--to" in caught.value.hint
    assert not found.film.with_suffix(".export").exists() and not strays(found.film.parent)


def test_progress_is_told(found: pipeline.Result) -> None:
    """The export starts, goes on and is done."""
    events: list[Event] = []
    export(found.film, on_event=events.append)
    assert events[0].kind == "start" and events[-1].kind == "done"
    shares = [event.fraction for event in events if event.kind == "progress"]
    assert shares == sorted(shares) and shares and shares[-1] <= 1.0
