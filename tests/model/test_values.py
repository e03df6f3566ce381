"""Values refuse nonsense when they are made."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from autoscore.model.brief import Brief
from autoscore.model.cues import Cue, DynamicPoint, ThemeUse
from autoscore.model.media import VideoStream
from autoscore.model.score import GROUPS, Note
from autoscore.model.takes import Takes


@pytest.mark.parametrize(
    ("change", "word"),
    [({"pitch": 128}, "pitch"), ({"velocity": 0}, "velocity"), ({"length_beats": Fraction(0)}, "length")],
)
def test_note_out_of_range_is_refused(change: dict[str, Any], word: str) -> None:
    """A note outside MIDI's range, or of no length, cannot be made."""
    good = {"start_beats": Fraction(0), "length_beats": Fraction(1), "pitch": 60, "velocity": 80}
    with pytest.raises(ValueError, match=word):
        Note(**{**good, **change})


@pytest.mark.parametrize(("change", "word"), [({"coverage": 1.5}, "coverage"), ({"tempo_bpm": 400.0}, "tempo")])
def test_brief_out_of_range_is_refused(change: dict[str, Any], word: str) -> None:
    """A wish that cannot be met is refused where it is made."""
    with pytest.raises(ValueError, match=word):
        Brief(**change)


def test_video_needs_a_frame_rate() -> None:
    """A picture without a frame rate is no picture."""
    with pytest.raises(ValueError, match="frame rate"):
        VideoStream(index=0, codec="h264", width=2, height=2, rate=Fraction(0), start_s=0, duration_s=1)


def test_intensity_is_linear_between_points_and_clamped_outside() -> None:
    """The planned intensity follows its points and keeps the end values beyond them."""
    cue = Cue(
        start_s=0, end_s=20, id="1M1", title="", in_type="hard", out_type="ring", mood="tense", valence=0, arousal=0,
        key="D minor", tempo_bpm=90, metre="4/4", palette="orchestral", theme=ThemeUse(),
        dynamics=(DynamicPoint(time_s=5, intensity=0.2), DynamicPoint(time_s=15, intensity=0.8)),
    )  # fmt: skip
    assert [cue.intensity_at(t) for t in (0, 5, 10, 15, 20)] == pytest.approx([0.2, 0.2, 0.5, 0.8, 0.8])


def test_there_are_eleven_stem_groups() -> None:
    """The stems are the eleven groups of the hand-over convention."""
    assert len(GROUPS) == len(set(GROUPS)) == 11


def test_takes_of_nothing_are_refused() -> None:
    """There is a best one, or there are no takes."""
    with pytest.raises(ValueError, match="no take"):
        Takes(film="film.mp4", home_key="C minor", cues=("1M1",), takes=())
