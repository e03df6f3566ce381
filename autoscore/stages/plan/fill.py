"""A cue that a person added: what they do not say of it is chosen as for any other cue."""

from __future__ import annotations

from dataclasses import replace

from autoscore.model.cues import Cue, CuePlan, ThemeUse
from autoscore.model.spotting import Spotting
from autoscore.stages.plan import choices, hits, keys, themes, words
from autoscore.stages.plan.breath import with_breaths
from autoscore.stages.plan.draft import draft_cue, height
from autoscore.stages.plan.film import Film
from autoscore.stages.plan.joints import Open, beside, place_words, placed
from autoscore.stages.plan.overlap import share_of
from autoscore.tables.bands import band_of
from autoscore.tables.keys import parse_key

YOU_ADDED = "you added this cue"
_FIELDS = {
    "title": ("title",), "in_type": ("in_type",), "out_type": ("out_type",), "mood": ("mood",), "key": ("key",),
    "tempo_bpm": ("tempo_bpm",), "metre": ("metre",), "palette": ("palette", "own_palette"),
    "dynamics": ("dynamics",), "sections": ("sections_s",), "hits": ("hits",), "featured": ("featured",),
    "without": ("without",),
}  # fmt: skip
"""What a person may write of a cue, by the names of ``Cue.chosen``."""


def filled(cue: Cue, plan: CuePlan, film: Film, free: Open) -> tuple[Cue, dict[str, str]]:
    """``cue``, just added to ``plan``, with everything that nobody wrote: players, hits, dynamics, key, theme, ...

    Returns:
        the cue, and why hit points in it were refused (hit point id -> reason).
    """
    mine = {name: getattr(cue, name) for field in cue.chosen for name in _FIELDS.get(field, ())}
    asked = replace(
        film.wishes,
        tempo_bpm=mine.get("tempo_bpm", film.wishes.tempo_bpm),
        metre=mine.get("metre", film.wishes.metre),
        palette=mine.get("palette", film.wishes.palette),
    )
    place = placed(cue, plan.cues, film, free)
    top = max((height(other, film.spotting) for other in plan.cues if other.id != cue.id), default=-1.0)
    climax = not any(other.is_climax for other in plan.cues) and height(cue, film.spotting) > top
    made, refused = draft_cue(
        cue.id, place, replace(film, wishes=asked), is_climax=climax, mood_name=mine.get("mood"),
        free_out="out_type" not in cue.chosen,
    )  # fmt: skip
    before, after = beside(cue, plan.cues)
    made = replace(made, **{**mine, "seed": cue.seed, "take": cue.take, "muted": cue.muted})
    use, why_theme = _theme(made, plan, film)
    use = ThemeUse(
        theme=cue.theme.theme if "theme" in cue.chosen else use.theme,
        treatment=cue.theme.treatment if "treatment" in cue.chosen else use.treatment,
    )
    made = replace(made, theme=use)
    key, why_key = keys.key_beside(
        made, before, after, parse_key(plan.home_key), plan.home_mood, film.wishes,
        choices.rng_of(film.seed, f"key {cue.id}"), film.own_theme,
    )  # fmt: skip
    if "key" not in cue.chosen:
        made = replace(made, key=str(key))
    if "hits" not in cue.chosen and made.without != film.wishes.without:
        rng = choices.rng_of(film.seed, f"devices {cue.id}")
        made = replace(made, hits=hits.with_devices(made.hits, made.start_s, made.mood, band_of(made), rng))
    why = {**made.reasons, "theme": why_theme, "key": why_key}
    why |= {field: words.CHOSEN for field in cue.chosen if field in why}
    begins, ends = place_words(made)
    why |= {"in": f"{YOU_ADDED}; {begins}", "out": f"{YOU_ADDED}; {ends}"}
    why |= {"theme": words.CHOSEN} if {"theme", "treatment"} & set(cue.chosen) else {}
    made = replace(made, chosen=cue.chosen, reasons={**why, **cue.reasons})
    made = breathed(made, plan, film)
    return made, unwanted(made, film.spotting) if "hits" in cue.chosen else refused


def breathed(cue: Cue, plan: CuePlan, film: Film) -> Cue:
    """``cue`` with the thin passage it needs where it stands among the cues of ``plan``; not in dynamics that a person
    wrote."""
    if "dynamics" in cue.chosen:
        return cue
    others = [other for other in plan.cues if other.id != cue.id]
    around = sorted([*others, cue], key=lambda c: c.start_s)
    return next(c for c in with_breaths(around, film.media.video.rate) if c.id == cue.id)


def unwanted(cue: Cue, spotting: Spotting) -> dict[str, str]:
    """Why the moments under a cue are not marked whose hits a person wrote: hit point id -> reason."""
    marked = {hit.frame for hit in cue.hits}
    return {
        point.id: f"{point.reason}; not marked: you wrote the hits of this cue"
        for point in spotting.hits
        if cue.start_s - 1e-6 <= point.time_s < cue.end_s - 1e-6 and point.frame not in marked
    }


def _theme(cue: Cue, plan: CuePlan, film: Film) -> tuple[ThemeUse, str]:
    """The theme that ``cue`` would state if the film had been planned with it."""
    cues = sorted([*(c for c in plan.cues if c.id != cue.id), cue], key=lambda c: c.start_s)
    spotting = film.spotting
    uses = themes.theme_uses(
        homely=[c.mood == plan.home_mood for c in cues],
        starts_s=[c.start_s for c in cues],
        talk=[share_of(c.speech, c) for c in cues],
        climax=next((n for n, c in enumerate(cues) if c.is_climax), 0),
        duration_s=spotting.duration_s,
        themes=plan.themes,
        credits=[share_of(spotting.credits, c) > 0.5 for c in cues],
    )
    return uses[next(n for n, c in enumerate(cues) if c.id == cue.id)]
