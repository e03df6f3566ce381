"""How an edited cue begins and ends: joined to the cue beside it, or as the picture has it there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from autoscore.model.cues import Cue, CuePlan, InType, OutType
from autoscore.stages.plan import choices
from autoscore.stages.plan.edges import edges
from autoscore.stages.plan.film import Film
from autoscore.stages.plan.spans import GOES_INTO, GOES_ON, Placement, how_in, how_out

JOINED_S = 0.03
"""Cues that lie no further apart than this follow each other at once: less than a frame."""


_BEGINS: dict[InType, str] = {"hard": "it begins at once", "sneak": "it sneaks in", "overlap": GOES_ON}
ENDS: dict[OutType, str] = {
    "segue": GOES_INTO, "fade": "it fades", "ring": "the last chord rings out",
    "button": "it ends on a short, sure note", "stop": "it breaks off",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """Which cues of an edited sheet may begin (``into``) or end (``out``) in another way than they did: those whose
    place was changed there, where nobody said how."""

    into: frozenset[str]
    out: frozenset[str]


def open_edges(base: CuePlan, now: CuePlan) -> Open:
    """Of ``now``, as it was read, against ``base``."""
    before = {cue.id: cue for cue in base.cues}
    into, out = set(), set()
    for cue in now.cues:
        was = before.get(cue.id)
        if "in_type" not in cue.chosen and (was is None or (cue.start_s != was.start_s and cue.in_type == was.in_type)):
            into.add(cue.id)
        if "out_type" not in cue.chosen and (was is None or (cue.end_s != was.end_s and cue.out_type == was.out_type)):
            out.add(cue.id)
    return Open(into=frozenset(into), out=frozenset(out))


def joined(left: Cue | None, right: Cue | None) -> bool:
    """Does the music pass from ``left`` into ``right``?"""
    return (
        left is not None
        and right is not None
        and not (left.muted or right.muted)
        and abs(right.start_s - left.end_s) <= JOINED_S
        and left.out_type == "segue"
    )


def _may_join(left: Cue | None, right: Cue | None, free: Open) -> bool:
    if left is None or right is None or left.muted or right.muted or abs(right.start_s - left.end_s) > JOINED_S:
        return False
    leaves = left.out_type == "segue" or left.id in free.out
    enters = right.in_type == "overlap" or right.id in free.into
    return leaves and enters


def beside(cue: Cue, cues: Sequence[Cue]) -> tuple[Cue | None, Cue | None]:
    """The cues before and after ``cue`` in film order."""
    before = max((c for c in cues if c.id != cue.id and c.start_s < cue.start_s), key=lambda c: c.start_s, default=None)
    after = min((c for c in cues if c.id != cue.id and c.start_s > cue.start_s), key=lambda c: c.start_s, default=None)
    return before, after


def placed(cue: Cue, cues: Sequence[Cue], film: Film, free: Open) -> Placement:
    """Where and how ``cue`` begins and ends: its own way where it is not free to change."""
    before, after = beside(cue, cues)
    marks = edges(film.spotting)
    in_type, why_in = cue.in_type, cue.reasons.get("in", "")
    if cue.id in free.into:
        in_type, why_in = (
            ("overlap", GOES_ON) if _may_join(before, cue, free) else how_in(cue.start_s, marks, film.spotting)
        )
    out_type, why_out = cue.out_type, cue.reasons.get("out", "")
    if cue.id in free.out:
        out_type, why_out = (
            ("segue", GOES_INTO) if _may_join(cue, after, free) else how_out(cue.end_s, marks, film.spotting)
        )
    return Placement(
        start_s=cue.start_s, end_s=cue.end_s, in_type=in_type, out_type=out_type, why_in=why_in, why_out=why_out
    )


def place_words(cue: Cue) -> tuple[str, str]:
    """How a cue begins and how it ends, in plain words."""
    return _BEGINS[cue.in_type], ENDS[cue.out_type]


def ended(place: Placement, mood_name: str, film: Film) -> Placement:
    """``place`` with the ending that the mood likes, where it ends freely."""
    end_s, hits = film.media.duration_s, film.spotting.hits
    found = choices.ending_of(
        mood_name,
        place.out_type,
        ends_film=place.end_s > end_s - 1.0,
        fades_out=any(h.source == "fade_out" and h.time_s > end_s - 8.0 for h in hits),
    )
    return replace(place, out_type=found[0], why_out=f"{place.why_out}; {found[1]}") if found else place
