"""A hit of the sheet: which devices it may name, and what a person's hand leaves of its reason."""

from __future__ import annotations

from dataclasses import replace

from autoscore.adapters.cuesheet_lines import OUTSIDE
from autoscore.model.cues import NO_MUSIC, CueHit, CuePlan
from autoscore.tables import read

DELETED = "you deleted it"
_PASSED = "you passed it over"
_REACHED = "was not here before"
_ENDED = (
    "; not marked: ",
    "; soft, because ",
    "; you made it ",
    f"; {_PASSED}",
    f"; {NO_MUSIC}",
    f"; {DELETED}",
    f"; {OUTSIDE}",
)
"""Words of the planner's about a class that the hit has no longer."""


def device_names() -> tuple[str, ...]:
    """Every device a hit may name."""
    return tuple(sorted({"auto", *read("transitions.toml")}))


def as_set(hit: CueHit, was: CueHit | None, *, said: bool = False) -> CueHit:
    """``hit`` as it stands in the sheet; where it differs from what it ``was``, it is the user's, and says so unless
    they gave a reason of their own (``said``: now or before)."""
    if was is None:
        return replace(hit, yours=True)
    if (hit.time_s, hit.klass, hit.weight, hit.device) == (was.time_s, was.klass, was.weight, was.device):
        return replace(hit, yours=was.yours)
    if hit.reason == was.reason and not said:
        hit = replace(hit, reason=_reason(hit, was))
    return replace(hit, yours=True)


def _reason(hit: CueHit, was: CueHit) -> str:
    if hit.time_s != was.time_s:
        return "you moved it here"
    if hit.klass == was.klass:
        return was.reason
    return f"{_seen(was.reason)}; {_PASSED if hit.klass == 'ignored' else f'you made it {hit.klass}'}"


def outside(hit: CueHit) -> CueHit:
    """A planned hit that its cue does not reach any more."""
    seen = _seen(hit.reason)
    return replace(hit, klass="ignored", reason=f"{seen}; {OUTSIDE}" if seen else OUTSIDE)


def _seen(reason: str) -> str:
    """What the planner saw there, without what it made of it."""
    for words in _ENDED:
        reason = reason.partition(words)[0]
    return reason


def deleted(base: CuePlan, plan: CuePlan) -> tuple[CueHit, ...]:
    """The hits of ``base`` that stand nowhere in ``plan``: of a cue that is there the user took them out."""
    there = {cue.id for cue in plan.cues}
    known = {hit.id for cue in plan.cues for hit in cue.hits} | {hit.id for hit in plan.ignored_hits}
    return tuple(
        replace(
            hit,
            klass="ignored",
            yours=cue.id in there,
            reason=f"{_seen(hit.reason)}; {DELETED if cue.id in there else NO_MUSIC}",
        )
        for cue in base.cues
        for hit in cue.hits
        if hit.id not in known
    )


def covered(plan: CuePlan) -> CuePlan:
    """``plan`` with true words about the hits that have no music, where a cue was added, moved or cut short."""
    return replace(plan, ignored_hits=tuple(_covered(hit, plan) for hit in plan.ignored_hits))


def _covered(hit: CueHit, plan: CuePlan) -> CueHit:
    if not hit.reason.endswith((NO_MUSIC, _REACHED)):
        return hit
    cue = next((cue for cue in plan.cues if cue.start_s <= hit.time_s < cue.end_s), None)
    now = f"not marked: {cue.id} {_REACHED}" if cue is not None else NO_MUSIC
    return replace(hit, reason=f"{_seen(hit.reason)}; {now}")
