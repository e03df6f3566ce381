"""Tempo maps of a few fixed cues stay what they are until someone means to change them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from autoscore.model.cues import Cue, CueHit, InType, OutType, ThemeUse
from autoscore.model.tempo import CueTempo
from autoscore.stages.tempo import tempo_cue


def cue(mood: str, metre: str, bpm: float, end_s: float, hits: list[float], in_type: InType, out_type: OutType) -> Cue:
    return Cue(
        start_s=0.0,
        end_s=end_s,
        id="1M1",
        title="golden",
        in_type=in_type,
        out_type=out_type,
        mood=mood,
        valence=0.0,
        arousal=0.5,
        key="D minor",
        tempo_bpm=bpm,
        metre=metre,
        palette="orchestral",
        theme=ThemeUse(),
        dynamics=(),
        hits=tuple(
            CueHit(id=f"h{i}", frame=round(t * 24), time_s=t, klass="hard", weight=0.7) for i, t in enumerate(hits)
        ),
        sections_s=(end_s * 0.6,),
    )


def readable(tempo: CueTempo) -> dict[str, Any]:
    """Bars and anchors as text, tempi to a thousandth: fine enough to see a change, coarse enough for any machine."""
    return {
        "base_bpm": round(tempo.base_bpm, 3),
        "bars": " ".join(bar.metre for bar in tempo.bars),
        "anchors": [f"{a.kind} {a.hit_id or '-'} at beat {a.beats} ({a.level})" for a in tempo.anchors],
        "tempo": [
            f"{s.start_beats}..{s.end_beats}: {s.start_bpm:.3f} to {s.end_bpm:.3f} {s.label}".rstrip()
            for s in tempo.segments
        ],
        "retreats": list(tempo.retreats),
    }


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("tempo_chase", cue("action", "4/4", 144.0, 41.0, [6.2, 14.9, 22.05, 30.7], "hard", "stop")),
        ("tempo_lilt", cue("pastoral", "6/8", 66.0, 62.0, [17.3, 40.4], "sneak", "ring")),
        ("tempo_unease", cue("tense", "5/4", 88.0, 35.0, [5.0, 5.4, 18.8], "sneak", "fade")),
    ],
)
def test_tempo_map_is_the_golden_one(name: str, wanted: Cue, golden: Callable[[str, Any], None]) -> None:
    """Bars, anchors and tempi are as they were."""
    golden(name, readable(tempo_cue(wanted)))
