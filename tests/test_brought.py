"""Files that a user brings along: read once, found again in the plan when they are gone, refused in one sentence."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from autoscore import artifacts, brought
from autoscore.brought import bring
from autoscore.errors import BriefError
from autoscore.model.brief import Brief
from autoscore.model.cues import CuePlan, OwnTheme
from autoscore.model.score import ThemeNote
from autoscore.workspace import Workspace

PALETTE = 'lead = ["flute"]\nharmony = ["piano"]\nbass = ["cellos"]\nmotion = ["piano"]\n'
PLAN = "04-plan.json"


@pytest.fixture
def area(tmp_path: Path) -> Workspace:
    (tmp_path / "film.autoscore").mkdir()
    return Workspace(tmp_path / "film.autoscore", "film.mp4")


def tune_of(path: Path, sha256: str = "") -> OwnTheme:
    note = ThemeNote(start_beats=Fraction(0), length_beats=Fraction(1), pitch=60)
    return OwnTheme(title=path.stem, metre="4/4", key="C major", notes=(note,), source=str(path), sha256=sha256)


def remember(area: Workspace, plan: CuePlan, **wishes: Any) -> None:
    (area.folder / PLAN).write_text(artifacts.dump(plan))
    area.update(planned=wishes)


def plan_with(**fields: Any) -> CuePlan:
    return CuePlan(
        film="film.mp4", rate=Fraction(25), duration_s=9.0, seed=1, home_mood="tense", home_key="C major",
        palette="strings", cues=(), **fields,
    )  # fmt: skip


def test_nothing_is_read_where_nothing_is_named(area: Workspace) -> None:
    """A brief that names no file, or a palette of the table, brings nothing."""
    assert bring(Brief(), area, PLAN) == bring(Brief(palette="strings"), area, PLAN) == brought.Brought()


def test_a_palette_file_is_called_by_its_name(area: Workspace, tmp_path: Path) -> None:
    """my_trio.toml is the palette my_trio."""
    (tmp_path / "my_trio.toml").write_text(PALETTE)
    found = bring(Brief(palette=str(tmp_path / "my_trio.toml")), area, PLAN).palette
    assert found is not None and found.name == "my_trio"
    assert found.lead == ("flute",)


@pytest.mark.parametrize(
    "content, says",
    [(None, "no file"), (b"lead = [", "not TOML"), (b'lead = ["flu"]', "flu"), (b"\xff\xfe", "UTF-8")],
)
def test_a_bad_palette_is_one_sentence(area: Workspace, tmp_path: Path, content: bytes | None, says: str) -> None:
    """What is no palette is a usage error with the file's name."""
    path = tmp_path / "mine.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BriefError, match=says) as caught:
        bring(Brief(palette=str(path)), area, PLAN)
    assert "mine.toml" in caught.value.message


def test_a_score_outlives_its_tune(area: Workspace, tmp_path: Path) -> None:
    """A tune that is gone since is taken from the plan that was made with it; one that was never there is an error."""
    path = tmp_path / "tune.mid"
    remember(area, plan_with(own_theme=tune_of(path)), theme=str(path))
    assert bring(Brief(theme=str(path)), area, PLAN).theme == tune_of(path)
    with pytest.raises(BriefError, match="other"):
        bring(Brief(theme=str(tmp_path / "other.mid")), area, PLAN)


def test_an_unchanged_tune_is_not_read_again(area: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan's own tune is used while the file's content is the same, and the file once it is not."""
    from autoscore.adapters import theory_tune

    path = tmp_path / "tune.mid"
    path.write_bytes(b"one")
    remember(area, plan_with(own_theme=tune_of(path, theory_tune.sha256_of(path))), theme=str(path))
    read = []
    monkeypatch.setattr(theory_tune, "read_tune", lambda p: read.append(p) or tune_of(p, "new"))
    assert bring(Brief(theme=str(path)), area, PLAN).theme is not None
    assert read == []
    path.write_bytes(b"two")
    found = bring(Brief(theme=str(path)), area, PLAN).theme
    assert read == [path] and found is not None and found.sha256 == "new"
