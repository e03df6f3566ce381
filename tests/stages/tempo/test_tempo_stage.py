"""tempo: exact hits, tempo within its bounds, bars without holes, whatever the hits."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoscore import tables
from autoscore.model.cues import Cue, CueHit, InType, OutType, ThemeUse
from autoscore.model.tempo import CueTempo, pulse_beats
from autoscore.stages.tempo import tempo_cue
from autoscore.stages.tempo.rules import rules_of, step_beats

METRES = ("4/4", "3/4", "2/4", "6/8", "9/8", "12/8", "5/4", "7/8", "11/8", "3/2")


def cue(
    hits: list[float],
    *,
    end_s: float,
    start_s: float = 0.0,
    mood: str = "tense",
    metre: str = "4/4",
    tempo_bpm: float | None = None,
    in_type: InType = "hard",
    out_type: OutType = "ring",
    sections: tuple[float, ...] = (),
    weights: list[float] | None = None,
    soft: tuple[float, ...] = (),
) -> Cue:
    """A cue with hard hits at ``hits`` seconds of film time."""
    hard = tuple(
        CueHit(id=f"h{i}", frame=round(t * 24), time_s=t, klass="hard", weight=weights[i] if weights else 0.8)
        for i, t in enumerate(hits)
    )
    light = tuple(
        CueHit(id=f"s{i}", frame=round(t * 24), time_s=t, klass="soft", weight=0.5) for i, t in enumerate(soft)
    )
    return Cue(
        start_s=start_s,
        end_s=end_s,
        id="1M1",
        title="test",
        in_type=in_type,
        out_type=out_type,
        mood=mood,
        valence=0.0,
        arousal=0.5,
        key="D minor",
        tempo_bpm=tempo_bpm or tables.mood(mood).tempo.prefer_bpm,
        metre=metre,
        palette="orchestral",
        theme=ThemeUse(),
        dynamics=(),
        hits=hard + light,
        sections_s=sections,
    )


def settled(found: CueTempo) -> set[str]:
    """Ids of the hard hits that are accounted for: on a beat, in free time, or made soft."""
    on_beats = {a.hit_id for a in found.anchors if a.hit_id}
    return on_beats | {f.hit_id for f in found.free_hits} | set(found.demoted)


def check_laws(wanted: Cue, found: CueTempo) -> None:
    """Everything that must hold for any cue."""
    rules = rules_of(tables.mood(wanted.mood).tempo)
    hits = {h.id: h.time_s for h in wanted.hits if h.klass == "hard"}
    for anchor in found.anchors:
        assert abs(found.seconds_at(anchor.beats) - anchor.time_s) < 1e-9
        if anchor.kind in ("hard", "end") and anchor.hit_id:
            assert anchor.time_s == pytest.approx(hits[anchor.hit_id], abs=2e-6)
    assert settled(found) >= set(hits)
    # Bars cover the cue without a hole.
    assert found.bars[0].start_beats == 0
    assert [b.number for b in found.bars] == list(range(1, len(found.bars) + 1))
    for left, right in pairwise(found.bars):
        assert left.length_beats > 0
        assert left.start_beats + left.length_beats == right.start_beats
    bars_end = found.bars[-1].start_beats + found.bars[-1].length_beats
    assert bars_end == found.length_beats
    assert found.seconds_at(bars_end) >= wanted.end_s - 1e-5
    # Segments touch in beats and in seconds.
    assert found.segments[0].start_beats == 0
    for before, after in pairwise(found.segments):
        assert before.end_beats == after.start_beats
        assert before.end_beats > before.start_beats
        assert before.start_s + before.duration_s == pytest.approx(after.start_s, abs=1e-7)
    # Tempo keeps its bounds.
    for segment in found.segments:
        if segment.label == "fermata":
            continue
        bound = 0.25 if segment.label else rules.hard_deviation
        for bpm in (segment.start_bpm, segment.end_bpm):
            assert abs(bpm / found.base_bpm - 1.0) <= bound + 1e-9
    steps = step_beats(wanted.metre)
    for segment in found.segments:
        if not segment.label:
            per_beat = abs(math.log(segment.end_bpm / segment.start_bpm)) / float(
                (segment.end_beats - segment.start_beats) / steps
            )
            assert per_beat <= math.log1p(rules.hard_change) + 1e-9
    assert found.worst_step_percent <= 100.0 * rules.hard_change + 1e-6
    assert found.worst_deviation_percent <= 100.0 * rules.hard_deviation + 1e-6
    # Time runs forward, and back again by the inverse.
    points = [found.length_beats * i / 60 for i in range(61)]
    times = [found.seconds_at(p) for p in points]
    assert all(a < b for a, b in pairwise(times))
    for point, time_s in zip(points, times, strict=True):
        assert found.beats_at(time_s) == pytest.approx(float(point), abs=1e-6)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(data=st.data())
def test_any_hit_list_is_met_exactly_within_the_bounds(data: st.DataObject) -> None:
    """Random hits, moods, metres and endings: hard hits on beats or said to be elsewhere, all laws kept."""
    duration = data.draw(st.floats(3.0, 150.0))
    start = data.draw(st.sampled_from([0.0, 1.5, 71.3]))
    times = st.floats(start, start + duration)
    hits = sorted(data.draw(st.lists(times, max_size=max(1, int(duration / 4)))))
    mood = data.draw(st.sampled_from(tables.mood_names()))
    wanted = cue(
        hits,
        start_s=start,
        end_s=start + duration,
        mood=mood,
        metre=data.draw(st.sampled_from((*METRES, *tables.mood(mood).tempo.metres))),
        in_type=data.draw(st.sampled_from(["hard", "sneak", "overlap"])),
        out_type=data.draw(st.sampled_from(["button", "ring", "fade", "segue", "stop"])),
        sections=tuple(data.draw(st.lists(times, max_size=3))),
        soft=tuple(data.draw(st.lists(times, max_size=4))),
        weights=[data.draw(st.floats(0.0, 1.0)) for _ in hits],
    )
    check_laws(wanted, tempo_cue(wanted))


@pytest.mark.parametrize("mood", tables.mood_names())
def test_well_spaced_hits_all_find_a_beat(mood: str) -> None:
    """Hits that keep the distance of craft guide 1.5 need no retreat to free time in any mood."""
    hits = [7.31, 15.08, 24.9, 33.27, 45.12, 52.6]
    for metre in tables.mood(mood).tempo.metres:
        wanted = cue(hits, end_s=61.7, mood=mood, metre=metre)
        found = tempo_cue(wanted)
        check_laws(wanted, found)
        assert not found.free_hits
        assert not found.demoted
        assert {a.hit_id for a in found.anchors if a.kind == "hard"} == {f"h{i}" for i in range(6)}


def test_hits_on_a_grid_bend_nothing() -> None:
    """Hits on downbeats of the wished tempo leave tempo alone and add no odd bar."""
    bar_s = 4 * 60.0 / 88.0
    found = tempo_cue(cue([bar_s * n for n in (4, 8, 12, 20)], end_s=bar_s * 24, out_type="button"))
    assert found.worst_deviation_percent < 0.01
    assert {b.metre for b in found.bars} == {"4/4"}
    assert {a.level for a in found.anchors} == {"downbeat"}
    assert found.base_bpm == pytest.approx(88.0, rel=1e-3)
    assert len(found.bars) == 24


def test_no_hits_keep_the_wished_tempo() -> None:
    """Without anything to land on, tempo is the wish throughout."""
    found = tempo_cue(cue([], end_s=30.0, mood="action", metre="4/4", tempo_bpm=150.0))
    assert found.base_bpm == pytest.approx(150.0)
    assert found.worst_step_percent == 0.0
    assert found.retreats == ()


def test_compound_tempo_is_counted_in_dotted_quarters() -> None:
    """60 pulses a minute in 6/8 are 90 quarter notes."""
    found = tempo_cue(cue([], end_s=20.0, mood="pastoral", metre="6/8", tempo_bpm=60.0))
    assert found.base_bpm == pytest.approx(90.0)
    assert found.bars[0].length_beats == Fraction(3)


@pytest.mark.parametrize("out_type", ["button", "stop", "segue"])
def test_an_ending_that_ends_falls_on_a_beat(out_type: OutType) -> None:
    """A button, a stop and a segue have their end exactly on a beat."""
    found = tempo_cue(cue([9.7], end_s=23.456, out_type=out_type))
    end = next(a for a in found.anchors if a.kind == "end")
    assert found.seconds_at(end.beats) == pytest.approx(23.456, abs=1e-9)


def test_hit_at_the_start_and_end_belong_to_them() -> None:
    """A hard hit on the first or last moment is carried by the start's or end's anchor."""
    found = tempo_cue(cue([5.0, 25.0], start_s=5.0, end_s=25.0))
    assert {(a.kind, a.hit_id) for a in found.anchors} == {("start", "h0"), ("end", "h1")}


def test_light_hit_gives_way_before_a_heavy_one() -> None:
    """Of two hits too close for any beat the lighter becomes soft, and it is said."""
    found = tempo_cue(cue([10.0, 10.11], end_s=30.0, mood="action", weights=[0.2, 0.9]))
    assert found.demoted == ("h0",)
    assert "h1" in {a.hit_id for a in found.anchors}
    assert any("h0" in said for said in found.retreats)


def test_heavy_hit_without_a_beat_is_played_free() -> None:
    """Of two heavy hits too close for any beat one is kept in absolute time."""
    found = tempo_cue(cue([10.0, 10.11], end_s=30.0, mood="action", weights=[0.8, 0.9]))
    assert [f.hit_id for f in found.free_hits] == ["h0"]
    assert found.free_hits[0].time_s == 10.0


def test_odd_bars_come_just_before_the_hit() -> None:
    """An irregular bar stands last before an anchor, not at the start of a phrase."""
    found = tempo_cue(cue([13.9, 31.2], end_s=45.0))
    downbeats = {a.beats for a in found.anchors}
    for bar, following in pairwise(found.bars):
        if bar.metre != "4/4":
            after = following.start_beats
            near = any(0 <= anchor - after < 4 for anchor in downbeats) or following.metre != "4/4"
            assert near, f"bar {bar.number} is {bar.metre} with no anchor after it"


def test_ritardando_is_written_where_the_mood_lets_it_ring() -> None:
    """A ringing rubato end slows down by at most 25 percent, at most 4 percent a beat until the last two."""
    mood = next(
        n
        for n in tables.mood_names()
        if tables.mood(n).devices.ending == "ring" and tables.mood(n).tempo.pulse != "drums"
    )
    found = tempo_cue(cue([], end_s=60.0, mood=mood, metre="4/4", out_type="ring"))
    rit = [s for s in found.segments if s.label == "rit" and s.end_bpm < s.start_bpm]
    assert len(rit) >= 4
    assert 0.75 <= rit[-1].end_bpm / found.base_bpm < 0.95
    drops = [1.0 - s.end_bpm / s.start_bpm for s in rit]
    assert max(drops[:-2]) <= 0.04 + 1e-9
    assert max(drops) <= 0.08 + 1e-9
    assert rit[-1].start_s + rit[-1].duration_s <= 60.0 - 2.5 + 1e-9
    assert rit[-1].end_beats in {b.start_beats for b in found.bars}


def test_same_cue_gives_the_same_tempo() -> None:
    """The stage is pure."""
    wanted = cue([4.1, 9.9, 17.2, 22.8], end_s=40.0, sections=(13.0,), soft=(6.0, 28.0))
    assert tempo_cue(wanted) == tempo_cue(wanted)


def test_ten_minutes_with_forty_hits() -> None:
    """A long cue full of hits keeps every law; hits that keep their distance stay on beats."""
    hits = [6.0 + 14.7 * i + 1.3 * math.sin(7.0 * i) for i in range(40)]
    wanted = cue(hits, end_s=600.0, sections=(100.0, 233.0, 410.0))
    found = tempo_cue(wanted)
    check_laws(wanted, found)
    assert not found.free_hits


@pytest.mark.parametrize("metre", ["4/5", "x", "0/4", "4"])
def test_not_a_metre(metre: str) -> None:
    """A metre that is none is refused in words."""
    with pytest.raises(ValueError, match="metre"):
        tempo_cue(cue([], end_s=10.0, metre=metre))


def test_seven_eight_is_felt_in_quarters() -> None:
    """Pulses of a metre: eighths of 7/8 are grouped, 6/8 beats dotted."""
    assert pulse_beats("7/8") == 1
    assert pulse_beats("12/8") == Fraction(3, 2)
    assert pulse_beats("3/2") == 2


def test_a_hard_hit_on_the_start_keeps_a_sneaking_cue_there() -> None:
    """The start of a cue that sneaks in may float, but not away from a hard hit that lies on it."""
    for gap in (2.9, 3.1, 3.3, 3.7):
        found = tempo_cue(cue([0.0, gap, 2 * gap + 0.4], end_s=20.0, in_type="sneak"))
        assert found.seconds_at(0) == 0.0
