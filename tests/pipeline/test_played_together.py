"""Cues that are played together, with a room that keeps account."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from stand_ins import CUES, Room, Stages, score

from autoscore.model.audio import Stems
from autoscore.model.score import CueScore
from autoscore.model.tempo import CueTempo


@pytest.mark.parametrize(
    ("together", "begun"), [(1, ["1M1", "1M2", "1M3"]), (2, ["1M1 1M2", "1M3"]), (4, [" ".join(CUES)])]
)
def test_cues_are_played_together(
    stages: Stages, film: Path, monkeypatch: pytest.MonkeyPatch, together: int, begun: list[str]
) -> None:
    """As many cues as are played together are begun at once, the next before the last of these is waited for."""
    told: list[str] = []
    begin, finish = Room.begin, Room.finish

    def note(room: Room, cues: Sequence[tuple[CueScore, CueTempo]]) -> None:
        told.append(" ".join(cue.cue_id for cue, _ in cues))
        begin(room, cues)

    def wait(room: Room, cue_id: str, on_progress: Any) -> Stems:
        told.append(f"wait {cue_id}")
        return finish(room, cue_id, on_progress)

    monkeypatch.setattr("autoscore.steps._TOGETHER", {False: together, True: together})
    monkeypatch.setattr(Room, "begin", note)
    monkeypatch.setattr(Room, "finish", wait)
    shares: list[float] = []
    score(film, on_event=lambda e: shares.append(e.fraction) if (e.stage, e.kind) == ("render", "progress") else None)
    assert [one for one in told if not one.startswith("wait")] == begun
    assert [one for one in told if one.startswith("wait")] == [f"wait {cue}" for cue in CUES]
    assert told.index(begun[-1]) < told.index("wait 1M3")
    assert shares == sorted(shares) and shares[-1] == pytest.approx(1.0)
