"""What the sheet says of an edited plan is true of it: the program's own sentences, never those of a person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from autoscore.model.cues import Cue, CueHit, CuePlan
from autoscore.stages.plan import keys, themes, words
from autoscore.stages.plan.edges import edges
from autoscore.stages.plan.film import Film
from autoscore.stages.plan.joints import beside, joined
from autoscore.stages.plan.overlap import share_of
from autoscore.stages.plan.reach import seen_now
from autoscore.stages.plan.spans import GOES_INTO, GOES_ON, RING_OVER_S, how_in, how_out
from autoscore.tables.bands import band_of

THEN = " (when it was planned)"
_BESIDE = (
    "a heavier", "a stronger hit", "stronger hits within", "another section change", "another hit is too near",
    "enough is marked around", "enough hard hits", "enough soft hits", "too close to the end",
    "the cue has only just begun", "you set a hit here",
)  # fmt: skip
"""Words of reasons for hits that hang on the hits and edges around them."""
_NOWHERE = "is to pass into a cue that does not follow it: give it another out_type, like ring, fade or button."
_NOBODY = "is for players whom this cue does not have; the receipt says what marks it instead."
Holds = Callable[[Cue, CuePlan, Film], bool]


def _climax_beside(cue: Cue, plan: CuePlan, later: bool) -> bool:
    return any(other.is_climax and (other.start_s > cue.start_s) == later for other in plan.cues if other.id != cue.id)


_HOLDS: dict[str, dict[str, Holds]] = {
    "in": {GOES_ON: lambda cue, plan, _: joined(beside(cue, plan.cues)[0], cue)},
    "out": {GOES_INTO: lambda cue, plan, _: joined(cue, beside(cue, plan.cues)[1])},
    "theme": {
        themes.ALONE: lambda _, plan, __: len(plan.cues) == 1,
        themes.ECHO: lambda cue, plan, _: beside(cue, plan.cues)[1] is None,
        themes.HEARD_EARLY: lambda cue, plan, _: cue.start_s <= themes.EARLY * plan.duration_s,
        themes.GROWS: lambda cue, plan, _: _climax_beside(cue, plan, later=True),
        themes.AFTER: lambda cue, plan, _: _climax_beside(cue, plan, later=False),
        themes.PEAK: lambda cue, _, __: cue.is_climax,
        themes.CREDITS: lambda cue, _, film: share_of(film.spotting.credits, cue) > 0.5,
    },
    "key": {keys.CLIMAX: lambda cue, _, __: cue.is_climax},
}
"""For reasons that hang on more than their cue: when they are true."""
_FILM = {"key": ("home key", "home_key"), "mood": ("home mood", "home_mood"), "palette": ("palette", "palette")}


def told(base: CuePlan, now: CuePlan, film: Film, *, anew: bool = False) -> CuePlan:
    """``now``, an edited ``base``, with reasons that are true of it; its music is not touched.

    Args:
        anew: its hits are those of another look at the film, with that look's own reasons.
    """
    before = {cue.id: cue for cue in base.cues}
    cues = tuple(_told(cue, before.get(cue.id), base, now, film) for cue in now.cues)
    changed = [cue for cue in cues if _marks(cue) != _marks(before.get(cue.id))]
    changed += [cue for cue in base.cues if cue.id not in {c.id for c in cues}]
    left = tuple(_hit_then(hit) if any(_in(hit, cue) for cue in changed) else hit for hit in now.ignored_hits)
    now = replace(now, cues=tuple(map(_with_hits, cues, now.cues)) if anew else cues)
    now = now if anew else replace(now, ignored_hits=left)
    kept = (said for said in now.advice if not said.endswith((_NOWHERE, _NOBODY)))
    return replace(now, advice=(*kept, *_lost(now)))


def _with_hits(cue: Cue, other: Cue) -> Cue:
    return replace(cue, hits=other.hits)


def _lost(plan: CuePlan) -> tuple[str, ...]:
    """A sentence for each cue that is to pass into one that does not follow it any more, and for each hit whose device
    nobody may play."""
    found = []
    for cue in (cue for cue in plan.cues if not cue.muted):
        if cue.out_type == "segue" and not joined(cue, beside(cue, plan.cues)[1]):
            found.append(f"{cue.id} {_NOWHERE}")
        band = band_of(cue)
        found += [
            f"{hit.id}: {hit.device} {_NOBODY}"
            for hit in cue.hits
            if hit.klass != "ignored" and hit.device != "auto" and not band.plays(hit.device, hit.klass)
        ]
    return tuple(found)


def _marks(cue: Cue | None) -> object:
    """What the reasons of hits beside each other hang on."""
    if cue is None:
        return None
    return cue.start_s, cue.end_s, tuple((hit.frame, hit.klass) for hit in cue.hits if hit.klass != "ignored")


def _in(hit: CueHit, cue: Cue) -> bool:
    return cue.start_s <= hit.time_s <= cue.end_s


def _hit_then(hit: CueHit) -> CueHit:
    beside_others = any(text in hit.reason for text in _BESIDE) and not hit.reason.endswith(THEN)
    return replace(hit, reason=hit.reason + THEN) if beside_others else hit


def _told(cue: Cue, was: Cue | None, base: CuePlan, now: CuePlan, film: Film) -> Cue:
    if was is None:
        return cue
    cue = with_film(cue, base, now)
    reasons = {
        name: text if words.own(cue, name) else _holding(name, text, cue, now, film)
        for name, text in cue.reasons.items()
    }
    moved = (cue.start_s, cue.end_s) != (was.start_s, was.end_s)
    said = reasons.get("mood", "")
    if moved and said == seen_now(was, base, film) != seen_now(cue, now, film) and not words.asked_for(said):
        reasons["mood"] = said + THEN
    if _marks(cue) != _marks(was):
        known = {hit.id: hit for hit in was.hits}
        ours = {hit.id for hit in cue.hits if known.get(hit.id) == hit} - {
            name.partition(" ")[2] for name in cue.chosen
        }
        hits = tuple(_hit_then(hit) if hit.id in ours else hit for hit in cue.hits)
        cue = replace(cue, hits=hits)
    return replace(cue, reasons=reasons)


def seen_anew(cue: Cue, plan: CuePlan, film: Film) -> Cue:
    """``cue`` after another look at its film: what was said of the picture and is not seen now was so when it was
    planned."""
    marks, spotting = edges(film.spotting), film.spotting
    rings_s = (cue.end_s, cue.end_s - RING_OVER_S)
    now = {
        "in": {how_in(cue.start_s, marks, spotting)[1], GOES_ON},
        "out": {*(how_out(time_s, marks, spotting)[1] for time_s in rings_s), GOES_INTO},
        "mood": {seen_now(cue, plan, film)},
    }
    reasons = dict(cue.reasons)
    for name, true in now.items():
        said = reasons.get(name, "")
        decided = words.asked_for(said) or words.own(cue, name) or said.startswith("you ")
        head = said if name == "mood" else said.partition("; ")[0]
        if said and not decided and THEN[2:-1] not in said and head not in true:
            reasons[name] = said + THEN
    return replace(cue, reasons=reasons)


def _holding(name: str, text: str, cue: Cue, plan: CuePlan, film: Film) -> str:
    """A reason with a word of when it was so, where it is so no longer."""
    said = text.removesuffix(THEN)
    holds = next((test for words_, test in _HOLDS.get(name, {}).items() if words_ in said), None)
    if holds is None:
        return text
    return said if holds(cue, plan, film) else said + THEN


def with_film(cue: Cue, before: CuePlan, now: CuePlan) -> Cue:
    """``cue`` with reasons that stay true where the film's home key, mood or palette was edited: the cue does not
    follow, so what its reason compares it with is named as it was."""
    reasons = dict(cue.reasons)
    for name, (what, field) in _FILM.items():
        was = getattr(before, field)
        said = reasons.get(name, "")
        ours = said and not words.asked_for(said) and not words.own(cue, name)
        if was != getattr(now, field) and ours and "when it was planned" not in said:
            reasons[name] = f"{said} (when it was planned the film's {what} was {was})"
    return replace(cue, reasons=reasons) if reasons != cue.reasons else cue
