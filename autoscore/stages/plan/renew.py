"""An edited cue sheet on a new look at its film: what a person chose stays, what nobody touched is seen anew."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from autoscore.model.brief import Brief
from autoscore.model.cues import ADDED, Cue, CueHit, CuePlan, seed_of
from autoscore.model.media import Media
from autoscore.model.palette import Palette
from autoscore.model.spotting import HitPoint, Spotting
from autoscore.model.time import Span, clip
from autoscore.stages.plan import dynamics, hits
from autoscore.stages.plan.choices import rng_of
from autoscore.stages.plan.draft import FOLLOWS, mean_shot
from autoscore.stages.plan.fill import breathed, unwanted
from autoscore.stages.plan.film import Film, film_of
from autoscore.stages.plan.left import left_out
from autoscore.stages.plan.told import seen_anew, told
from autoscore.stages.plan.wishes import Wishes
from autoscore.stages.plan.words import absent_advice, coverage_advice, cue_title
from autoscore.tables.bands import band_of

_SAME_S = 0.5
"""A moment of the new look that is no further from one of the old is that one, seen better."""
_SHORTEST_S = 0.25
_GONE = "you deleted a hit here"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What the film is seen to be now, and what stands in the sheet."""

    plan: CuePlan
    media: Media
    spotting: Spotting
    wishes: Wishes
    gone: tuple[CueHit, ...]


def renewed(
    kept: CuePlan, media: Media, spotting: Spotting, brief: Brief, own_palette: Palette | None = None
) -> tuple[CuePlan, tuple[str, ...]]:
    """``kept`` with hits, dynamics, sections and exact edges as ``spotting`` has them, but for what a person chose.

    The cues stay, with their places, moods, keys, tempi and players. A hit that is only seen better keeps its id and
    device.

    Returns:
        the plan, and sentences for the user.
    """
    film = film_of(media, spotting, brief, kept.own_theme, own_palette or kept.own_palette).as_in(kept)
    spotting = film.spotting
    gone = tuple(hit for hit in kept.ignored_hits if hit.yours)
    look = _Look(plan=kept, media=media, spotting=spotting, wishes=film.wishes, gone=gone)
    cues: list[Cue] = []
    refused: dict[str, str] = {}
    for cue in _placed(look):
        found, left = _looked_at(cue, look)
        cues.append(found)
        refused |= left
    cues = [_titled(breathed(c, replace(kept, cues=tuple(cues)), film), film) for c in cues]
    cues = [seen_anew(cue, kept, film) for cue in cues]
    marked = {hit.id for cue in cues for hit in cue.hits}
    passed = [h for h in left_out(spotting, cues, refused) if h.id not in marked and not _near(h.time_s, gone)]
    ignored = sorted((*passed, *gone), key=lambda hit: (hit.time_s, hit.id))
    plan = replace(
        kept,
        rate=media.video.rate,
        duration_s=media.duration_s,
        cues=tuple(cues),
        ignored_hits=tuple(ignored),
        speech=tuple(Span(start_s=s.start_s, end_s=s.end_s) for s in spotting.speech),
        advice=(*spotting.advice, *absent_advice(look.wishes), *coverage_advice(cues, spotting, look.wishes)),
    )
    return told(kept, plan, film, anew=True), _said(kept, plan)


def _titled(cue: Cue, film: Film) -> Cue:
    """The cue with the title of its scenes as they are counted now, unless a person wrote one."""
    if "title" in cue.chosen:
        return cue
    return replace(cue, title=cue_title(cue, film.spotting, cue.mood, cue.is_climax))


def _said(kept: CuePlan, plan: CuePlan) -> tuple[str, ...]:
    yours = sum(hit.yours for cue in plan.cues for hit in cue.hits)
    old = sum(not hit.yours for cue in kept.cues for hit in cue.hits)
    new = sum(not hit.yours for cue in plan.cues for hit in cue.hits)
    own = f"{yours} {'hit' if yours == 1 else 'hits'} that you set" if yours else "what you changed"
    return (
        f"The edited cue sheet is kept: its cues with their places, moods, keys and tempi, and {own}. The film was "
        f"looked at anew for the rest: {new} {'hit' if new == 1 else 'hits'} in place of {old}.",
    )


def _placed(look: _Look) -> list[Cue]:
    """The cues, those edges exactly on their cuts that nobody set and that have to be there."""
    plan, rate = look.plan, look.media.video.rate
    pinned = {time_s for cue in plan.cues for time_s in _set_edges(cue)}
    marks = [h.time_s for h in look.spotting.hits if h.source != "sound"]
    marks += [scene.start_s for scene in look.spotting.scenes]

    def exact(time_s: float, on_cut: bool) -> float:
        near = min(marks, key=lambda t: abs(t - time_s), default=time_s)
        if not on_cut or time_s in pinned or abs(near - time_s) > _SAME_S:
            return time_s
        return dynamics.on_frame(near, rate)

    found = [
        replace(
            cue,
            start_s=exact(cue.start_s, cue.in_type in ("hard", "overlap")),
            end_s=min(exact(cue.end_s, cue.out_type in ("segue", "stop")), look.media.duration_s),
        )
        for cue in plan.cues
        if cue.start_s + _SHORTEST_S < look.media.duration_s
    ]
    apart = all(a.end_s <= b.start_s + 1e-6 for a, b in pairwise(found))
    long_enough = all(cue.duration_s >= _SHORTEST_S for cue in found)
    return found if apart and long_enough else list(plan.cues)


def _set_edges(cue: Cue) -> Iterable[float]:
    if "in" in cue.chosen or ADDED in cue.chosen:
        yield cue.start_s
    if "out" in cue.chosen or ADDED in cue.chosen:
        yield cue.end_s


def _looked_at(cue: Cue, look: _Look) -> tuple[Cue, dict[str, str]]:
    """The cue as it is seen now, and why hit points were refused (hit point id -> reason)."""
    spotting, rate = look.spotting, look.media.video.rate
    span = Span(start_s=cue.start_s, end_s=cue.end_s)
    cue = replace(cue, speech=clip(spotting.speech, span), mean_shot_s=round(mean_shot(span, spotting), 2))
    inside = [h for h in spotting.hits if span.start_s - 1e-6 <= h.time_s < span.end_s - 1e-6]
    if "hits" in cue.chosen:
        return cue, unwanted(cue, spotting)
    refused = {point.id: f"{point.reason}; {_GONE}" for point in inside if _near(point.time_s, look.gone)}
    yours = tuple(hit for hit in cue.hits if hit.yours and span.start_s <= hit.time_s <= span.end_s)
    kept, left = hits.sort_hits(
        [point for point in inside if point.id not in refused],
        span,
        hits.hard_per_min(cue.mood, spotting),
        hits.limits(span, cue.tempo_bpm, cue.in_type, cue.out_type, look.media.duration_s),
        taken=yours,
    )
    refused |= {point.id: why for point, why in left}
    changes: dict[str, object] = {"hits": _hits(cue, kept, yours, look)}
    if "dynamics" not in cue.chosen:
        changes["dynamics"] = dynamics.dynamic_points(span, spotting, look.wishes, rate, cue.in_type, cue.out_type)
        if cue.reasons.get("dynamics", "").startswith(FOLLOWS):
            changes["reasons"] = {**cue.reasons, "dynamics": FOLLOWS}
    if "sections" not in cue.chosen:
        changes["sections_s"] = dynamics.section_times(span, spotting, rate)
    return replace(cue, **changes), refused  # type: ignore[arg-type]


def _hits(cue: Cue, kept: list[tuple[HitPoint, str]], yours: tuple[CueHit, ...], look: _Look) -> tuple[CueHit, ...]:
    """``yours`` and the points that are kept, with ids and devices of the old hits where they are the same moments."""
    old = [hit for hit in cue.hits if not hit.yours]
    used = {hit.id for other in look.plan.cues for hit in other.hits} | {hit.id for hit in look.gone}
    found, fresh = list(yours), set()
    for point, why in kept:
        same = [h for h in old if h.klass == point.klass and abs(h.time_s - point.time_s) <= _SAME_S]
        was = min(same, key=lambda h: abs(h.time_s - point.time_s), default=None)
        if was is not None:
            old.remove(was)
            name, device = was.id, was.device
        else:
            name, device = next(n for n in hits.names(cue.id) if n not in used), "auto"
            fresh.add(name)
        used.add(name)
        found.append(
            CueHit(
                id=name, frame=point.frame, time_s=point.time_s, klass=point.klass, weight=round(point.weight, 2),
                device=device, reason=why,
            )
        )  # fmt: skip
    ordered = tuple(sorted(found, key=lambda hit: (hit.time_s, hit.id)))
    rng = rng_of(seed_of(look.plan.seed, look.plan.identity), f"devices {cue.id}")
    return hits.with_devices(ordered, cue.start_s, cue.mood, band_of(cue), rng, only=frozenset(fresh))


def _near(time_s: float, others: Iterable[CueHit]) -> bool:
    return any(abs(time_s - hit.time_s) <= _SAME_S for hit in others)
