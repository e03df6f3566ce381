"""Where the frames of a sound track belong."""

from __future__ import annotations

from autoscore.adapters.soundtime import JITTER_S, SoundTime

RATE = 1000


def placed(times_s: list[float | None], origin_s: float = 0.0, length_s: float | None = None) -> list[tuple[int, int]]:
    time = SoundTime(RATE, origin_s, length_s)
    return [time.place(time_s, 100) for time_s in times_s]


def test_frames_that_follow_each_other_are_left_alone() -> None:
    """Rounded or missing times change nothing."""
    assert placed([0.0, 0.1 + 0.9 * JITTER_S, None, 0.3 - 0.9 * JITTER_S, 0.4]) == [(0, 0)] * 5


def test_gaps_are_filled_and_overlaps_left_out() -> None:
    """What comes late is preceded by silence, what has been heard is left out, and each frame lies at its time."""
    assert placed([0.0, 0.5, 0.55, 0.65]) == [(0, 0), (400, 0), (0, 50), (0, 0)]


def test_the_beginning_is_exact() -> None:
    """Before the first sample that is wanted all is left out, and a late beginning is silence, to the sample."""
    assert placed([0.25, 0.35], origin_s=0.3) == [(0, 50), (0, 0)]
    assert placed([0.301], origin_s=0.3) == [(1, 0)]


def test_no_more_silence_than_is_wanted() -> None:
    """A gap that reaches beyond the end is filled to the end."""
    assert placed([0.0, 50.0], length_s=2.0) == [(0, 0), (1900, 0)]


def test_a_clock_that_jumps_is_not_believed() -> None:
    """Hours ahead, or seconds back: sound goes on without a gap, and what follows is placed by the new clock."""
    assert placed([0.0, 90_000.0, 90_000.1, 90_000.4]) == [(0, 0), (0, 0), (0, 0), (200, 0)]
    assert placed([5.0, 1.0, 1.1], origin_s=5.0) == [(0, 0)] * 3
