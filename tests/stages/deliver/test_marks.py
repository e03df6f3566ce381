"""What a receipt says of hits and cuts: how each is played, and why otherwise than the cue sheet has it."""

from __future__ import annotations

from fractions import Fraction

from autoscore.model.analysis import Analysis, Cut
from autoscore.model.cues import Cue, CueHit, CuePlan, ThemeUse
from autoscore.model.score import CueScore, PlayedHit, Score
from autoscore.model.tempo import TempoMap
from autoscore.stages.deliver.marks import cut_marks, planned_hits

HITS = tuple(
    CueHit(id=f"1M1-{n:02d}", frame=25 * n, time_s=float(n), klass=klass, weight=0.5, device=device, reason="a cut")
    for n, (klass, device) in enumerate((("hard", "synth_riser"), ("soft", "pizz_hit"), ("hard", "brass_stab")), 1)
)  # fmt: skip
CUE = Cue(
    start_s=0.0, end_s=6.0, id="1M1", title="All", in_type="hard", out_type="ring", mood="tense", valence=0.0,
    arousal=0.5, key="D minor", tempo_bpm=120.0, metre="4/4", palette="orchestral", theme=ThemeUse(), dynamics=(),
    hits=HITS,
)  # fmt: skip
PLAN = CuePlan(
    film="film.mp4", rate=Fraction(25), duration_s=6.0, seed=1, home_mood="tense", home_key="D minor",
    palette="orchestral", cues=(CUE,),
)  # fmt: skip
WHY = "synth_riser was planned: the palette orchestral has nobody to play it"
UNPLAYED = "pizz_hit was planned: somebody is speaking"
SCORE = Score(
    seed=1,
    themes=(),
    cues=(
        CueScore(
            cue_id="1M1", title="All", key="D minor", parts=(), passed={"1M1-02": UNPLAYED},
            hits=(
                PlayedHit(hit_id="1M1-01", time_s=1.0, at_beats=Fraction(2), device="accent", why=WHY),
                PlayedHit(hit_id="1M1-03", time_s=3.0, at_beats=Fraction(6), device="brass_stab"),
            ),
        ),
    ),
)  # fmt: skip


def test_another_device_than_the_sheet_s_says_why() -> None:
    """A hit that is played otherwise, and one that is not played at all, carry the reason; the others none."""
    found = planned_hits(PLAN, TempoMap(cues=()), SCORE, (), 0)
    assert [(hit.device, hit.note) for hit in found] == [("accent", WHY), ("none", UNPLAYED), ("brass_stab", "")]


def test_a_cut_is_marked_by_what_is_played() -> None:
    """A cut whose soft hit nobody plays is not called marked; it says what was planned and why that is not heard."""
    analysis = Analysis(duration_s=6.0, frame_count=150, cuts=tuple(Cut(frame=f, time_s=f / 25) for f in (25, 50, 75)))
    marks = cut_marks(analysis, PLAN, SCORE)
    assert [mark.hit for mark in marks] == ["1M1-01", None, "1M1-03"]
    assert marks[1].why == f"a cut; {UNPLAYED}"
