"""Beats to seconds and back."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoscore.model.tempo import CueTempo, TempoSegment, pulse_beats, ramp_seconds


def ramps(start_s: float, tempi: list[float], beats: int) -> CueTempo:
    """A cue whose tempo moves through ``tempi``, ``beats`` quarter notes from each to the next."""
    segments = []
    for index, (start, end) in enumerate(pairwise(tempi)):
        segments.append(
            TempoSegment(
                start_beats=Fraction(index * beats),
                end_beats=Fraction((index + 1) * beats),
                start_bpm=start,
                end_bpm=end,
                start_s=start_s,
            )
        )
        start_s = segments[-1].start_s + segments[-1].duration_s
    return CueTempo(
        cue_id="1M1", start_s=segments[0].start_s, end_s=start_s, base_bpm=tempi[0], bars=(), segments=tuple(segments)
    )


@given(
    st.floats(0, 7200),
    st.lists(st.floats(40, 220), min_size=2, max_size=6),
    st.integers(1, 16),
    st.floats(-0.2, 1.2),
)
def test_seconds_and_beats_are_inverse(start_s: float, tempi: list[float], beats: int, share: float) -> None:
    """Any position, also just outside the cue, comes back from seconds to the same beat."""
    cue = ramps(start_s, tempi, beats)
    position = share * float(cue.length_beats)
    assert cue.beats_at(cue.seconds_at(position)) == pytest.approx(position, abs=1e-6)


def test_ramp_agrees_with_summing_small_steps() -> None:
    """The closed form of a geometric ramp equals the sum over ten thousand tiny constant-tempo steps."""
    steps = 10_000
    total = sum(60 * (8 / steps) / (90 * (140 / 90) ** ((i + 0.5) / steps)) for i in range(steps))
    assert ramp_seconds(90, 140, 8) == pytest.approx(total, rel=1e-7)


def test_pulse_of_compound_metres_is_dotted() -> None:
    """6/8 and 12/8 are felt in dotted quarters, 3/4 and 5/4 in quarters, 7/8 in quarters too."""
    assert [pulse_beats(m) for m in ("6/8", "12/8", "3/4", "5/4", "7/8", "2/2")] == [
        Fraction(3, 2), Fraction(3, 2), Fraction(1), Fraction(1), Fraction(1), Fraction(2),
    ]  # fmt: skip
