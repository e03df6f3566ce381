"""Where the music is from: in provenance.json, in the film's comment, on tables and pages."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from fractions import Fraction

from hand_made import Job

from autoscore.adapters.tags import MARK, comment_of
from autoscore.model.cues import OwnTheme
from autoscore.model.palette import Palette
from autoscore.model.score import Theme
from autoscore.stages.deliver import music_of, write_sheets


def test_the_finished_film_says_where_its_music_is_from(job: Job) -> None:
    """provenance.json names seed, fonts and licences, priors, sums; the comment of the film has it in short."""
    delivery = job.run()
    assert "provenance.json" in delivery.files
    found = json.loads((job.workspace / "provenance.json").read_text())
    assert (found["seed"], found["identity"], found["take"]) == (5, job.plan.identity, 1)
    assert found["soundfonts"][0] == {"file": "a.sf2", "name": "a", "licence": "", "origin": "", "sha256": "00"}
    assert found["priors"] and all(row["source"] and row["licence"] for row in found["priors"])
    assert found["outputs"][job.output.name] == hashlib.sha256(job.output.read_bytes()).hexdigest()
    assert comment_of(job.output).endswith(found["summary"])
    assert found["summary"].startswith(MARK) and "seed 5" in found["summary"]
    assert "take" not in found["summary"]  # none was composed


def test_a_tune_of_the_users_own_is_credited(job: Job) -> None:
    """The film's comment, the cue table and the written scores name the tune that was brought along."""
    own = OwnTheme(title="Lullaby", metre="4/4", key="D minor", notes=(), source="lullaby.mid", sha256="00")
    players = Palette(name="mine", title="Mine", groups=(), lead=("oboe",), harmony=("piano",), bass=("cellos",),
                      motion=("harp",), source="mine.toml", sha256="11")  # fmt: skip
    job.plan = replace(job.plan, own_theme=own, own_palette=players, take=2)
    job.run()
    found = json.loads((job.workspace / "provenance.json").read_text())
    summary = found["summary"]
    assert "Lullaby" in summary and "take 2" in summary
    assert found["inputs"]["lullaby.mid"] == "00" and found["inputs"]["mine.toml"] == "11"
    assert 'theme ""Lullaby""' in (job.workspace / "cues.csv").read_text()
    assert not (job.workspace / "musicxml").exists()  # paper is made when it is asked for
    names, _ = write_sheets(music_of(job.tempo, job.score, job.plan), job.plan.rate, job.workspace)
    assert names and all("Lullaby" in (job.workspace / name).read_text() for name in names)


def test_themes_are_compared_with_known_pieces(job: Job) -> None:
    """Each theme is told with the longest run that a known piece shares."""
    theme = Theme(
        id="main", metre="4/4", mode="minor", degrees=(0, 3, 7, 5, 2, 8, 7, 3, 0, 11), instrument="oboe",
        durations_beats=tuple(Fraction(n, 2) for n in (2, 1, 3, 2, 5, 1, 2, 3, 1, 4)), cell_notes=3, motif_notes=6,
    )  # fmt: skip
    job.score = replace(job.score, themes=(theme,))
    job.run()
    found = json.loads((job.workspace / "provenance.json").read_text())
    assert found["themes"][0]["id"] == "main" and not found["themes"][0]["too_close"]
    assert found["themes"][0]["shared_notes"] < 14
    assert "pieces" in found["compared_with"]


def test_music_alone_says_it_too(job: Job) -> None:
    """A WAV of the score has the facts as its comment."""
    job.output = job.output.with_suffix(".wav")
    job.run(music_only=True)
    assert comment_of(job.output).startswith(MARK)
