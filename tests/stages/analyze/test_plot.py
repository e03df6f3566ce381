"""What the timeline picture shows, and what it says of what it cannot show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from matplotlib.collections import LineCollection

from autoscore.adapters import chart
from autoscore.model.analysis import CURVE_RATE_HZ, Analysis, Curves, Cut, Shot
from autoscore.model.cues import Cue, CueHit, CuePlan, ThemeUse
from autoscore.model.media import FilmDigest, Media, VideoStream
from autoscore.stages.analyze import plot

LENGTH_S = 60.0
COUNT = int(LENGTH_S * CURVE_RATE_HZ)
FLAT = (0.3,) * COUNT
VIDEO = VideoStream(index=0, codec="h264", width=64, height=36, rate=Fraction(25), start_s=0.0, duration_s=LENGTH_S)
MEDIA = Media(
    name="a.mp4", digest=FilmDigest(size_bytes=1, mtime_ns=1, head_tail_sha256=""), container="mp4",
    duration_s=LENGTH_S, video=VIDEO,
)  # fmt: skip
ANALYSIS = Analysis(
    duration_s=LENGTH_S,
    frame_count=1500,
    cuts=(Cut(frame=500, time_s=20.0), Cut(frame=1000, time_s=40.0)),
    shots=tuple(Shot(index=n, start_frame=500 * n, end_frame=500 * n + 500, start_s=20.0 * n, end_s=20.0 * n + 20.0)
                for n in range(3)),
    curves=Curves(motion=FLAT, camera=FLAT, subject=FLAT, brightness=FLAT, contrast=FLAT, saturation=FLAT, warmth=FLAT,
                  loudness_lufs=(-20.0,) * COUNT),
)  # fmt: skip
HITS = [("hard", 21.0), ("soft", 30.0), ("hard", 40.0)]
CUE = Cue(
    id="1M1", title="", start_s=10.0, end_s=50.0, in_type="hard", out_type="ring", mood="noir", valence=0.0,
    arousal=0.5, key="C minor", tempo_bpm=90.0, metre="4/4", palette="orchestral", theme=ThemeUse(), dynamics=(),
    hits=tuple(CueHit(id=str(n), frame=0, time_s=t, klass=k, weight=0.5) for n, (k, t) in enumerate(HITS)),  # type: ignore[arg-type]
)  # fmt: skip
PLAN = CuePlan(
    film="a.mp4", rate=Fraction(25), duration_s=LENGTH_S, seed=1, home_mood="noir", home_key="C minor",
    palette="orchestral", cues=(CUE, replace(CUE, id="1M2", start_s=50.0, end_s=60.0, muted=True)),
)  # fmt: skip


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Draws, and gives the panels by their labels."""
    panels: list[Any] = []

    @contextmanager
    def figure(*args: Any) -> Iterator[list[Any]]:
        with chart.figure(*args) as axes:
            panels[:] = axes
            yield axes

    monkeypatch.setattr(plot, "figure", figure)
    monkeypatch.setattr(plot, "picture_at", lambda *_: None)
    monkeypatch.setattr(plot, "mel_picture", lambda *_: None)

    def draw(analysis: Analysis = ANALYSIS, **how: Any) -> dict[str, Any]:
        plot.draw(Path("a.mp4"), MEDIA, analysis, tmp_path / "a.svg", **how)
        return {axis.get_ylabel().partition("\n")[0]: axis for axis in panels}

    return draw


def names(axis: Any) -> list[str]:
    return [text.get_text().strip() for text in axis.texts]


def test_no_curve_hides_another(drawn: Any) -> None:
    """Where warmth and saturation are the same, one is an area and the other a line on it."""
    colour = drawn()["colour"]
    assert len(colour.lines) == 1 and len(colour.collections) == 1
    assert colour.get_ylim()[0] < 0 < 0.3 < colour.get_ylim()[1]


def test_a_peak_above_the_panel_is_marked(drawn: Any) -> None:
    """A single fast moment is cut off so that the rest can be read; an arrow says how high it is."""
    assert not any("↑" in name for name in names(drawn()["motion"]))
    peaked = tuple(9.0 if n == 250 else 0.3 for n in range(COUNT))
    curves = replace(ANALYSIS.curves, motion=peaked)
    motion = drawn(replace(ANALYSIS, curves=curves))["motion"]
    assert motion.get_ylim()[1] < 1.0
    assert [name for name in names(motion) if "↑" in name] == ["↑ 9.0"]


def test_the_shots_can_be_counted(drawn: Any) -> None:
    """Each shot is a bar of its own under the cuts."""
    edits = drawn()["edits"]
    assert "the shots" in names(edits)
    bars = [bar for group in edits.collections for bar in group.get_paths() if bar.get_extents().y1 == 0.12]
    assert sorted(bar.get_extents().x0 for bar in bars) == [0.0, 20.0, 40.0]


def test_a_planned_score_is_drawn(drawn: Any) -> None:
    """Cues that are not muted with their moods, and their hard hits as lines of their own; without a plan no panel."""
    assert "score" not in drawn()
    score = drawn(plan=PLAN)["score"]
    assert "1M1 noir" in names(score) and not any("1M2" in name for name in names(score))
    lines = [group for group in score.collections if isinstance(group, LineCollection)]
    assert [[segment[0][0] for segment in group.get_segments()] for group in lines] == [[21.0, 40.0], [30.0]]


def test_a_draft_says_what_it_did_not_measure(drawn: Any) -> None:
    """Held values are dotted steps with a word about it, motion is a guess, camera and subject are not drawn."""
    panels = drawn(draft=True)
    assert "DRAFT" in panels["edits"].figure.get_suptitle()
    assert "fades not looked for" in names(panels["edits"])
    assert names(panels["motion"]) == ["guessed from\npacket sizes"]
    for name in ("light", "colour"):
        assert any("held between" in text for text in names(panels[name]))
        assert all((line.get_linestyle(), line.get_drawstyle()) == (":", "steps-post") for line in panels[name].lines)
    assert all(line.get_linestyle() == "-" for line in drawn()["light"].lines)
