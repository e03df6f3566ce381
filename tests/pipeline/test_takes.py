"""Several takes of one plan: composed beside the score, ranked, chosen by the program or by a person."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from stand_ins import CUES, Stages, score

import autoscore.adapters
from autoscore import taking
from autoscore.adapters.cuesheet import dump, load
from autoscore.errors import StorageError, UsageError
from autoscore.model.brief import Brief
from autoscore.model.cues import CuePlan
from autoscore.model.score import Score
from autoscore.model.takes import Take, Takes
from autoscore.model.tempo import TempoMap


def rank_takes(plan: CuePlan, tempo: TempoMap, scores: Mapping[int, Score]) -> Takes:
    """A ranking that always likes the second take best, then the others in order."""
    order = sorted(scores, key=lambda number: (number != 2, number))
    takes = tuple(
        Take(number=n, rank=r, worth=1.0 / r, hits=1.0, clean=1.0, form=1.0, critic=1.0, distance=0.5, nearest=0,
             theme=(62, 65, 69), faults=("irregular_bars", "turns") if n == 3 else ())
        for r, n in enumerate(order, 1)
    )  # fmt: skip
    return Takes(film=plan.film, home_key=plan.home_key, cues=CUES, takes=takes)


@pytest.fixture
def takes(stages: Stages, monkeypatch: pytest.MonkeyPatch) -> Stages:
    """The stand-ins, with a ranking, a MIDI writer and the real cue sheet."""
    judge, deliver = ModuleType("autoscore.stages.compose.takes"), sys.modules["autoscore.stages.deliver"]
    judge.rank_takes = rank_takes  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, judge.__name__, judge)

    def write_score_midi(_plan: Any, _tempo: Any, music: Score, _duration_s: float, folder: Path) -> None:
        (folder / "score.mid").write_text(music.themes[0].id)

    deliver.write_score_midi = write_score_midi  # type: ignore[attr-defined]
    sheet = SimpleNamespace(dump=dump, load=load)
    monkeypatch.setattr(autoscore.adapters, "cuesheet", sheet, raising=False)
    monkeypatch.setattr(sys.modules["autoscore.stages.plan"], "followed", lambda _base, edited, *_seen: edited)
    return stages


def composed(stages: Stages) -> list[str]:
    return [call.removeprefix("compose ") for call in stages.taken() if call.startswith("compose")]


def sheet_text(film: Path) -> str:
    return (film.with_suffix(".autoscore") / "cues.toml").read_text()


def test_the_best_take_is_chosen_and_stays(takes: Stages, film: Path) -> None:
    """--takes 3 composes three scores, plays the best and notes it in the sheet; a run without it keeps that one."""
    result = score(film, Brief(takes=3))
    assert composed(takes) == [*CUES] * 3  # the chosen one is not composed a fourth time
    assert result.plan is not None and result.plan.take == 2
    assert "\ntake = 2\n" in sheet_text(film)
    folder = film.with_suffix(".autoscore") / "takes"
    assert [(folder / f"take-{n}/score.mid").read_text() for n in (1, 2, 3)] == ["main1.1", "main1.2", "main1.3"]
    again = score(film)
    assert composed(takes) == []
    assert again.plan is not None and again.plan.take == 2
    assert again.outcomes["plan"].state == "fresh"  # the program's own choice is no edit


def test_a_take_is_the_same_however_it_is_asked_for(takes: Stages, film: Path) -> None:
    """What is played of take 2 is, cue for cue, what lies in its folder."""
    result = score(film, Brief(takes=2))
    folder = film.with_suffix(".autoscore")
    shown = (folder / "takes/take-2/score.json").read_text()
    assert shown == (folder / "06-score.json").read_text()
    assert result.score is not None and result.score.themes[0].id == "main1.2"


def test_more_takes_are_added_to_those_that_are_there(takes: Stages, film: Path) -> None:
    """A fourth take composes that take alone."""
    score(film, Brief(takes=3))
    takes.taken()
    score(film, Brief(takes=4))
    assert composed(takes) == [*CUES]


def test_one_cue_from_another_take(takes: Stages, film: Path) -> None:
    """--pick 1M2=3 changes that cue alone, in the sheet with its comments and in the score."""
    score(film, Brief(takes=3))
    path = film.with_suffix(".autoscore") / "cues.toml"
    path.write_text(path.read_text().replace('id = "1M2"', 'id = "1M2"  # the chase'))
    shown = taking.show(film, picks=("1M2=3",))
    assert shown.cue_takes == {"1M2": 3} and shown.take == 2
    assert "# the chase" in sheet_text(film)
    assert not shown.behind
    assert "--output" in shown.command()
    assert "--overwrite" not in shown.command()
    takes.taken()
    result = score(film)
    assert result.outcomes["compose"].made == ["1M2"]
    assert result.outcomes["tempo"].made == []
    assert result.outcomes["render"].made == []  # the stand-in writes the same notes whatever the take
    taking.show(film, picks=("1M2=film",))
    assert "take = 3" not in sheet_text(film)


def test_a_choice_that_stands_is_kept(takes: Stages, film: Path) -> None:
    """Who picked take 1 keeps it when takes are composed anew, and is told that another one ranks first."""
    score(film, Brief(takes=2))
    taking.show(film, picks=("1",))
    result = score(film, Brief(takes=3))
    assert result.plan is not None and result.plan.take == 1
    assert any("Take 2 ranks first" in text for text in result.warnings)


def test_takes_side_by_side(takes: Stages, film: Path) -> None:
    """Best first, with the theme's first notes by name and where each take is used; the JSON has the same facts."""
    score(film, Brief(takes=3))
    shown = taking.show(film, picks=("1M3=1",))
    rows = [dict(zip(taking.HEADERS, row, strict=True)) for row in shown.rows()]
    assert [row["take"] for row in rows] == [2, 1, 3]
    assert rows[0]["theme"] == "D4 F4 A4"
    assert [row["used"] for row in rows] == ["film", "1M3", ""]
    document = shown.document()
    assert [take["number"] for take in document["takes"]] == [2, 1, 3]
    assert document["takes"][1]["used_in"] == "1M3"
    assert [row["faults"] for row in rows] == [0, 0, 2]
    (said,) = shown.faults()
    assert said.startswith("Faults of take 3: ") and "bars of odd length" in said and "_" not in said
    assert document["takes"][2]["faults_in_words"][0] in said


def test_takes_of_an_older_sheet_are_said_to_be_that(takes: Stages, film: Path) -> None:
    """After an edit the takes that lie there are not those of the sheet; picking one alone does not change that."""
    score(film, Brief(takes=2))
    assert not taking.show(film, picks=("1",)).behind
    path = film.with_suffix(".autoscore") / "cues.toml"
    path.write_text(path.read_text().replace("tempo_bpm = 90", "tempo_bpm = 96", 1))
    shown = taking.show(film)
    assert shown.behind
    assert {row[taking.HEADERS.index("used")] for row in shown.rows()} == {""}
    assert "--takes 2" in shown.command()
    before = sheet_text(film)
    with pytest.raises(UsageError, match="another cue sheet") as caught:
        taking.show(film, picks=("2",))
    assert "--takes 2" in caught.value.hint
    assert sheet_text(film) == before


def test_a_pick_is_no_edit_and_keeps_the_wishes(takes: Stages, film: Path) -> None:
    """After a pick alone, the same plan stands without its wishes being said again, and other wishes plan anew."""
    score(film, Brief(takes=2, mood="wonder"))
    shown = taking.show(film, picks=("1",))
    assert "--mood wonder" in shown.command()
    again = score(film)
    assert again.plan is not None and again.plan.take == 1
    assert again.brief.mood == "wonder" and any("picked take stands" in text for text in again.warnings)
    other = score(film, Brief(mood="tense"))  # no ConflictError
    assert other.plan is not None and other.plan.take is None
    assert any("picked is dropped" in text for text in other.warnings)


@pytest.mark.parametrize(
    "pick, says",
    [("7", "no take 7"), ("1M9=2", "no cue 1M9"), ("1M2=x", "no take x"), ("", "not a pick"), ("film", "no take film")],
)
def test_picks_that_cannot_be_meant(takes: Stages, film: Path, pick: str, says: str) -> None:
    """A pick that names nothing is a usage error that says what there is, and changes nothing."""
    score(film, Brief(takes=2))
    before = sheet_text(film)
    with pytest.raises(UsageError, match=says):
        taking.show(film, picks=(pick,))
    assert sheet_text(film) == before


def test_without_takes_the_way_to_them_is_named(takes: Stages, film: Path) -> None:
    """A film that was scored once has no takes to show; the hint says how to make some."""
    score(film)
    with pytest.raises(UsageError) as caught:
        taking.show(film)
    assert "--takes" in caught.value.hint


def test_a_spoilt_list_of_takes_is_named(takes: Stages, film: Path) -> None:
    """A home key that is none: a sentence with the file and what to do."""
    score(film, Brief(takes=2))
    listed = film.with_suffix(".autoscore") / taking.LIST
    fields = json.loads(listed.read_text(encoding="utf-8"))
    listed.write_text(json.dumps({**fields, "home_key": ""}), encoding="utf-8")
    with pytest.raises(StorageError, match=r"takes\.json.*is not a key") as told:
        taking.show(film)
    assert "Delete" in told.value.hint
