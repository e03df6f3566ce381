"""Plans to write as cue sheets: a small one, and any that keeps the rules."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from autoscore.adapters.cuesheet import dump
from autoscore.model.cues import Cue, CueHit, CuePlan, DynamicPoint, ThemeUse
from autoscore.model.time import Span, frame_to_seconds

RATES = [Fraction(24), Fraction(25), Fraction(30), Fraction(30000, 1001), Fraction(24000, 1001), Fraction(60000, 1001)]
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=20)


def small_plan(rate: Fraction = Fraction(25)) -> CuePlan:
    """Two cues with hits, one passed-by hit."""

    def at(frame: int) -> float:
        return frame_to_seconds(frame, rate)

    def hit(name: str, frame: int, **fields: Any) -> CueHit:
        return CueHit(id=name, frame=frame, time_s=at(frame), **fields)

    def cue(name: str, first: int, last: int) -> Cue:
        hits = (
            CueHit(
                id=f"{name}-01", frame=first + 50, time_s=at(first + 50), klass="hard", weight=0.9, device="brass_stab"
            ),
            CueHit(
                id=f"{name}-02", frame=first + 90, time_s=at(first + 90), klass="soft", weight=0.4, device="bell_mark"
            ),
        )
        return Cue(
            start_s=at(first),
            end_s=at(last),
            id=name,
            title="Opening: tense",
            in_type="sneak",
            out_type="ring",
            mood="tense",
            valence=-0.3,
            arousal=0.5,
            key="D minor",
            tempo_bpm=92.0,
            metre="4/4",
            palette="orchestral",
            theme=ThemeUse(theme="main", treatment="partial"),
            dynamics=(DynamicPoint(time_s=at(first), intensity=0.2), DynamicPoint(time_s=at(last), intensity=0.7)),
            hits=hits,
            sections_s=(at(first + 120),),
            speech=(Span(start_s=at(first) + 1.01, end_s=at(first) + 2.03),),
            seed=7,
            reasons={"in": "the film opens", "mood": "dark"},
        )

    return CuePlan(
        film="film.mp4",
        rate=rate,
        duration_s=at(2000),
        seed=1,
        home_mood="tense",
        home_key="D minor",
        palette="orchestral",
        cues=(cue("1M1", 0, 700), cue("1M2", 900, 1800)),
        themes=("main", "contrast"),
        ignored_hits=(CueHit(id="cut-800", frame=800, time_s=at(800), klass="ignored", weight=0.3, device="none"),),
        advice=("The film has music of its own.",),
    )


PLAN = small_plan()
SHEET = dump(PLAN, None)


@st.composite
def plans(draw: st.DrawFn) -> CuePlan:
    """Any plan that keeps the rules of a cue sheet."""
    rate = draw(st.sampled_from(RATES))
    base = small_plan(rate)
    cues, at, number = [], 0, 0
    for _ in range(draw(st.integers(0, 4))):
        start = at + draw(st.integers(0, 300))
        end = start + draw(st.integers(60, 5000))
        at, number = end, number + 1
        frames = sorted(draw(st.sets(st.integers(start, end), max_size=6)))
        hits = tuple(
            CueHit(
                id=f"1M{number}-{n:02d}",
                frame=frame,
                # At a variable rate a frame does not start where the average rate would have it.
                time_s=min(frame_to_seconds(end, rate), frame_to_seconds(frame, rate) + draw(st.floats(0, 0.007))),
                klass=draw(st.sampled_from(["hard", "section", "soft"])),
                weight=draw(st.integers(0, 100)) / 100,
                device=draw(st.sampled_from(["auto", "none", "timpani_roll", "bell_mark"])),
                reason=draw(TEXTS),
            )
            for n, frame in enumerate(frames)
        )
        points = sorted({start, end, *draw(st.sets(st.integers(start, end), max_size=5))})
        cues.append(
            replace(
                base.cues[0],
                start_s=frame_to_seconds(start, rate),
                end_s=frame_to_seconds(end, rate),
                id=f"1M{number}",
                title=draw(TEXTS),
                tempo_bpm=draw(st.integers(4000, 22000)) / 100,
                theme=ThemeUse(theme=draw(st.sampled_from(["main", "contrast"])), treatment="altered"),
                dynamics=tuple(
                    DynamicPoint(time_s=frame_to_seconds(p, rate), intensity=draw(st.integers(0, 100)) / 100)
                    for p in points
                ),
                hits=hits,
                sections_s=tuple(frame_to_seconds(p, rate) for p in points[1:-1]),
                seed=draw(st.integers(0, 2**31 - 1)),
                muted=draw(st.booleans()),
                featured=draw(st.sampled_from([(), ("piano",), ("harp", "flute")])),
                without=draw(st.sampled_from([(), ("percussion",)])),
                reasons=draw(st.dictionaries(TEXTS.filter(bool), TEXTS, max_size=3)),
            )
        )
    return replace(base, duration_s=frame_to_seconds(at + 2000, rate), cues=tuple(cues))
