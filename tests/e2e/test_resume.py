"""The real stages end to end: reuse, one edited cue, the same seed twice, another seed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from small_films import MakeFilm, ffmpeg

from autoscore import cli, pipeline
from autoscore.adapters import cuesheet
from autoscore.model.brief import Brief

MUSIC = ("*.flac", "*.mid")


def sums(folder: Path, *patterns: str) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for pattern in patterns
        for path in folder.rglob(pattern)
    }


@pytest.fixture
def film(make_film: MakeFilm, tmp_path: Path) -> Path:
    """Two scenes of different colour and movement, cut hard, 24 s."""
    film = tmp_path / "two.mp4"
    ffmpeg(
        "-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25:duration=12",
        "-f", "lavfi", "-i", "gradients=size=160x90:rate=25:duration=12:speed=0.01",
        "-filter_complex", "[0][1]concat=n=2:v=1[v]", "-map", "[v]", "-c:v", "libx264", "-preset", "ultrafast",
        "-pix_fmt", "yuv420p", film,
    )  # fmt: skip
    return film


@pytest.mark.slow
def test_edit_one_cue_of_a_real_score(film: Path) -> None:
    """Reuse, then another mood for one cue: its files alone change, and all other music stays byte for byte."""
    first = pipeline.run(film, Brief(mood="tense"), until="plan")
    sheet = first.workspace / "cues.toml"
    assert first.plan is not None
    if len(first.plan.cues) == 1:
        # One cue over all of it: end it early and add a second, as a person would.
        only = first.plan.cues[0]
        start = replace(
            only, end_s=12.8, hits=tuple(hit for hit in only.hits if hit.time_s < 12.7),
            dynamics=tuple(p for p in only.dynamics if p.time_s < 12.7), sections_s=(),
        )  # fmt: skip
        rest = replace(start, id="1M2", title="More", start_s=14.0, end_s=23.0, hits=(), dynamics=(), seed=7)
        two = replace(first.plan, cues=(start, rest))
        sheet.write_text(cuesheet.dump(two, sheet.read_text(encoding="utf-8")), encoding="utf-8")
    assert cli.main(["score", str(film), "--quiet"]) == 0
    stems = first.workspace / "07-stems"
    before = sums(stems, "*.flac")
    document = json.loads((first.workspace / "06-score.json").read_text(encoding="utf-8"))
    cues = [cue["cue_id"] for cue in document["cues"]]
    assert len(cues) >= 2
    again = pipeline.run(film, Brief(), overwrite=True)
    assert not [name for name, outcome in again.outcomes.items() if outcome.made]

    text = sheet.read_text(encoding="utf-8")
    at = text.index(f'id = "{cues[-1]}"')
    old = text[at:].split('mood = "')[1].split('"')[0]
    new = "pastoral" if old != "pastoral" else "noir"
    sheet.write_text(text[:at] + text[at:].replace(f'mood = "{old}"', f'mood = "{new}"', 1), encoding="utf-8")
    edited = pipeline.run(film, Brief(), overwrite=True)
    assert edited.outcomes["compose"].made == [cues[-1]]
    assert edited.outcomes["render"].made == [cues[-1]]
    after = sums(stems, "*.flac")
    for name in before.keys() | after.keys():
        same = before.get(name) == after.get(name)
        assert same is not name.startswith(f"{cues[-1]}_"), name
    now = json.loads((first.workspace / "06-score.json").read_text(encoding="utf-8"))
    assert now["cues"][:-1] == document["cues"][:-1]
    assert now["themes"] == document["themes"]
    assert now["cues"][-1] != document["cues"][-1]


@pytest.mark.slow
def test_seeds(film: Path, tmp_path: Path) -> None:
    """The same seed twice gives the same MIDI and stems byte for byte; another seed gives another theme."""
    results = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        brief = Brief(seed=seed, mood="heroic", music_only=True)
        results.append(pipeline.run(film, brief, workspace=tmp_path / name, output=tmp_path / f"{name}.wav"))
    one, same, _other = (sums(result.workspace, *MUSIC) for result in results)
    assert any(name.endswith(".mid") for name in one) and any("07-stems" in name for name in one)
    assert one == same
    assert results[0].score is not None and results[2].score is not None
    assert results[0].score.themes != results[2].score.themes
