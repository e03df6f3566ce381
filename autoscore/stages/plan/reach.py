"""A cue whose in or out was moved by hand: what lies in it now is looked at, what a person set stays."""

from __future__ import annotations

from dataclasses import replace

from autoscore.model.cues import Cue, CueHit, CuePlan, DynamicPoint
from autoscore.model.spotting import HitPoint
from autoscore.model.time import Span, clip
from autoscore.stages.plan import choices, dynamics, hits, moods, words
from autoscore.stages.plan.draft import FOLLOWS, height, mean_shot
from autoscore.stages.plan.fill import breathed
from autoscore.stages.plan.film import Film
from autoscore.stages.plan.joints import Open, ended, place_words, placed
from autoscore.tables.bands import band_of

YOUR_PLACE = "you chose the place"
_SAME_FRAMES = 1
_LEVEL = 0.1
"""A climax stays one as long as no other cue is higher by more than this."""
_NEAR_S = 0.5


def reached(cue: Cue, was: Cue, base: CuePlan, now: CuePlan, film: Film, free: Open) -> tuple[Cue, dict[str, str]]:
    """``cue`` (in ``now``), which ``was`` at other times in ``base``: its speech, how it begins and ends, its title,
    dynamics and sections are those of its new place, and moments it did not reach before are marked as in any cue.
    Its mood, key, tempo, players and the hits it had stay.

    Returns:
        the cue, and why hit points in it are passed over (hit point id -> reason).
    """
    spotting, rate = film.spotting, film.media.video.rate
    span = Span(start_s=cue.start_s, end_s=cue.end_s)
    place = placed(cue, now.cues, film, free)
    if cue.id in free.out:
        place = ended(place, cue.mood, film)
    highest = max((height(other, spotting) for other in now.cues if other.id != cue.id), default=-1.0)
    cue = replace(
        cue,
        in_type=place.in_type,
        out_type=place.out_type,
        speech=clip(spotting.speech, span),
        mean_shot_s=round(mean_shot(span, spotting), 2),
        is_climax=cue.is_climax and height(span, spotting) >= highest - _LEVEL,
    )
    if "title" not in cue.chosen and cue.title == was.title:
        cue = replace(cue, title=words.cue_title(span, spotting, cue.mood, cue.is_climax))
    if "sections" not in cue.chosen and cue.sections_s == was.sections_s:
        cue = replace(cue, sections_s=dynamics.section_times(span, spotting, rate))
    else:
        cue = replace(cue, sections_s=tuple(t for t in cue.sections_s if cue.start_s < t < cue.end_s))
    begins, ends = place_words(cue)
    said = {"in": begins} if cue.id in free.into else {}
    said |= {"out": ends} if cue.id in free.out else {}
    why = {name: f"{YOUR_PLACE}; {how}" for name, how in said.items() if cue.reasons.get(name) == words.CHOSEN}
    cue = replace(cue, reasons={**cue.reasons, **why})
    cue, refused = _marked(cue, was, base, now, film)
    return _shaped(cue, was, now, film), refused


def _shaped(cue: Cue, was: Cue, now: CuePlan, film: Film) -> Cue:
    """The cue with the dynamics of its new place, or with its own where a person wrote them."""
    if "dynamics" not in cue.chosen and cue.dynamics == was.dynamics:
        span = Span(start_s=cue.start_s, end_s=cue.end_s)
        points = dynamics.dynamic_points(
            span, film.spotting, film.wishes, film.media.video.rate, cue.in_type, cue.out_type
        )
        said = cue.reasons.get("dynamics", "")
        why = {**cue.reasons, "dynamics": FOLLOWS} if said.startswith(FOLLOWS) else cue.reasons
        return breathed(replace(cue, dynamics=points, reasons=why), now, film)
    inner = [p for p in cue.dynamics if cue.start_s < p.time_s < cue.end_s]
    first, last = (DynamicPoint(time_s=t, intensity=round(cue.intensity_at(t), 2)) for t in (cue.start_s, cue.end_s))
    return replace(cue, dynamics=(first, *inner, last))


def _marked(cue: Cue, was: Cue, base: CuePlan, now: CuePlan, film: Film) -> tuple[Cue, dict[str, str]]:
    """The cue with the hits it has, but for those its end has no room for, and those of the stretch that is new."""
    bounds = hits.limits(cue, cue.tempo_bpm, cue.in_type, cue.out_type, film.media.duration_s)
    stay = tuple(h for h in cue.hits if h.yours or h.klass == "ignored" or h.time_s <= bounds.last_s + 1e-6)
    gone = [hit for hit in now.ignored_hits if hit.yours]
    fresh = [
        point
        for point in film.spotting.hits
        if cue.start_s - 1e-6 <= point.time_s < cue.end_s - 1e-6
        and not was.start_s - 1e-6 <= point.time_s < was.end_s - 1e-6
        and not any(abs(point.time_s - hit.time_s) < _NEAR_S for hit in gone)
        and not any(abs(point.frame - hit.frame) <= _SAME_FRAMES for hit in stay)
    ]
    per_min = hits.hard_per_min(cue.mood, film.spotting)
    kept, left = hits.sort_hits(fresh, cue, per_min, bounds, taken=stay)
    refused = {point.id: why for point, why in left}
    at = {point.frame: point.id for point in film.spotting.hits}
    refused |= {at.get(h.frame, h.id): f"{h.reason}; {hits.TOO_LATE}" for h in cue.hits if h not in stay}
    here = {hit.id for other in now.cues for hit in other.hits}
    ours = (h for h in base.ignored_hits if not h.yours and h.id.startswith(f"{cue.id}-"))
    known = {h.frame: h for h in ours if h.id not in here}
    taken = {hit.id for plan in (base, now) for c in plan.cues for hit in c.hits} | {h.id for h in now.ignored_hits}
    found, unnamed = list(stay), set()
    names = (name for name in hits.names(cue.id) if name not in taken)
    for point, why in kept:
        old = known.get(point.frame)
        hit = _hit(point, why, old.id if old else next(names), old.device if old else "auto")
        found.append(hit)
        if old is None:
            unnamed.add(hit.id)
    ordered = tuple(sorted(found, key=lambda hit: (hit.time_s, hit.id)))
    rng = choices.rng_of(film.seed, f"devices {cue.id} {cue.start_s:.3f} {cue.end_s:.3f}")
    chosen = hits.with_devices(ordered, cue.start_s, cue.mood, band_of(cue), rng, only=frozenset(unnamed))
    return replace(cue, hits=chosen), refused


def _hit(point: HitPoint, why: str, name: str, device: str) -> CueHit:
    return CueHit(
        id=name, frame=point.frame, time_s=point.time_s, klass=point.klass, weight=round(point.weight, 2),
        device=device, reason=why,
    )  # fmt: skip


def seen_now(cue: Cue, plan: CuePlan, film: Film) -> str:
    """What would be said of the cue's mood where it is now."""
    span = Span(start_s=cue.start_s, end_s=cue.end_s)
    at = moods.temper(span, film.spotting, film.character.sure)
    return words.why_mood(cue.mood, plan.home_mood, at, film.wishes)
