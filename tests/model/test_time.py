"""Film time: rational rates and timecode."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoscore.model.time import Span, frame_to_seconds, parse_timecode, seconds_to_frame, timecode

RATES = (Fraction(24), Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(60000, 1001), Fraction(60))


@given(st.integers(0, 1_000_000), st.sampled_from(RATES))
def test_frame_survives_seconds(frame: int, rate: Fraction) -> None:
    """A frame's start time lies in that very frame, after ten hours as well."""
    assert seconds_to_frame(frame_to_seconds(frame, rate), rate) == frame


@given(st.integers(0, 500_000), st.sampled_from(RATES))
def test_timecode_survives_parsing(frame: int, rate: Fraction) -> None:
    """Timecode names exactly one frame, drop-frame rates included."""
    time_s = frame_to_seconds(frame, rate)
    assert seconds_to_frame(parse_timecode(timecode(time_s, rate), rate), rate) == frame


def test_drop_frame_known_answers() -> None:
    """SMPTE ST 12-1: minute one starts at ;02, minute ten at ;00, and an hour of 29.97 is 107892 frames."""
    rate = Fraction(30000, 1001)
    assert timecode(frame_to_seconds(1799, rate), rate) == "00:00:59;29"
    assert timecode(frame_to_seconds(1800, rate), rate) == "00:01:00;02"
    assert timecode(frame_to_seconds(17982, rate), rate) == "00:10:00;00"
    assert timecode(frame_to_seconds(107892, rate), rate) == "01:00:00;00"


def test_decimal_timecode_is_seconds() -> None:
    """A point in place of the last colon means decimal seconds."""
    assert parse_timecode("00:01:02.500", Fraction(25)) == 62.5


@pytest.mark.parametrize("text", ["", "1:2", "00:60:00:00", "00:00:61:00", "00:00:00:25", "-0:00:00:00"])
def test_bad_timecode_is_refused(text: str) -> None:
    """What is not a timecode at 25 fps raises ValueError."""
    with pytest.raises(ValueError, match=r"timecode|minutes|frame"):
        parse_timecode(text, Fraction(25))


def test_span_refuses_to_end_before_it_starts() -> None:
    """A span is checked when it is made, and overlaps are never negative."""
    with pytest.raises(ValueError, match="ends before"):
        Span(start_s=2.0, end_s=1.0)
    assert Span(start_s=0, end_s=1).overlap_s(Span(start_s=2, end_s=3)) == 0.0
    assert Span(start_s=0, end_s=2).overlap_s(Span(start_s=1, end_s=3)) == 1.0
