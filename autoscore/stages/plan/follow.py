"""A cue that was edited by hand: what hangs on the edited fields follows, unless it was edited itself."""

from __future__ import annotations

from dataclasses import replace

from autoscore.model.cues import Cue, CuePlan, DynamicPoint
from autoscore.model.time import Span, clip
from autoscore.stages.plan import choices, hits, moods, words
from autoscore.stages.plan.keys import key_on_like, mode_for, mode_of
from autoscore.stages.plan.wishes import Wishes
from autoscore.tables import mood
from autoscore.tables.bands import band_of
from autoscore.tables.keys import parse_key, third_of

_DECIDED = {
    "in": ("start_s", "in_type"), "out": ("end_s", "out_type"), "mood": ("mood",), "key": ("key",),
    "tempo_bpm": ("tempo_bpm",), "metre": ("metre",), "palette": ("palette",), "theme": ("theme",),
    "dynamics": ("dynamics",), "sections": ("sections_s",),
}  # fmt: skip
"""Each reason of a cue, and the fields that it gives a reason for."""
_ENDINGS = ("button", "ring", "stop")
_BY_MOOD, _FADES = "music ends so", "the picture fades"
_THEN = "when it was planned"


def follow(edited: Cue, base: Cue, plan: CuePlan) -> Cue:
    """``edited`` with the fields that follow from what was changed against ``base`` and were left as they were.

    A new mood brings its mode (on the same tonic), tempo, metre, palette, devices and ending, but for what the user
    asked for, and a tune of their own keeps its third and metre; new edges bring the speech that lies between them.
    Nothing else of the film is looked at, so that no other cue changes.
    """
    cue = edited
    if cue.mood != base.mood:
        cue = _with_mood(cue, base, plan)
    if (cue.start_s, cue.end_s) != (base.start_s, base.end_s):
        cue = _with_edges(cue, base, plan)
    chosen = [
        name
        for name, fields in _DECIDED.items()
        if any(getattr(edited, field) != getattr(base, field) for field in fields)
    ]
    why = {name: words.CHOSEN for name in chosen if edited.reasons.get(name) == base.reasons.get(name)}
    if not chosen:
        return cue
    return replace(cue, reasons={**cue.reasons, **why}, chosen=tuple(sorted({*cue.chosen, *chosen})))


def with_film(cue: Cue, before: CuePlan, now: CuePlan) -> Cue:
    """``cue`` with reasons that stay true where the film's home key, mood or palette was edited: the cue does not
    follow, so what its reason compares it with is named as it was."""
    film = {"key": ("home key", "home_key"), "mood": ("home mood", "home_mood"), "palette": ("palette", "palette")}
    reasons = dict(cue.reasons)
    for name, (what, field) in film.items():
        was = getattr(before, field)
        said = reasons.get(name, "")
        if was != getattr(now, field) and said and not words.asked_for(said) and _THEN not in said:
            reasons[name] = f"{said} ({_THEN} the film's {what} was {was})"
    return replace(cue, reasons=reasons) if reasons != cue.reasons else cue


def _with_mood(cue: Cue, base: Cue, plan: CuePlan) -> Cue:
    row = mood(cue.mood)
    at = moods.Temper(valence=cue.valence, arousal=cue.arousal, talk=0.0)
    changes: dict[str, object] = {}
    reasons: dict[str, str] = {}

    def free(field: str) -> bool:
        return getattr(cue, field) == getattr(base, field) and not words.asked_for(base.reasons.get(field, ""))

    if cue.title == base.title:
        changes["title"] = base.title.replace(mood(base.mood).title.lower(), row.title.lower())
    why = f"follows the mood you chose ({cue.mood})"
    if free("key"):
        key = parse_key(base.key)
        tune = parse_key(plan.own_theme.key) if plan.own_theme and cue.theme.theme == "main" else None
        mode = mode_for(cue.mood, row.valence, tune) if tune else mode_of(cue.mood, row.valence, None)
        if key.mode not in row.harmony.modes and mode != key.mode:
            changes["key"] = str(key_on_like(key, 0, mode))
            reasons["key"] = f"{why}; {third_of(mode)} like your theme" if tune else why
    if free("tempo_bpm"):
        if row.tempo.min_bpm <= cue.tempo_bpm <= row.tempo.max_bpm:
            reasons["tempo_bpm"] = f"as before the mood you chose: {cue.mood} has this tempo too"
        else:
            changes["tempo_bpm"] = choices.tempo_of(at, cue.mood, Wishes())[0]
            reasons["tempo_bpm"] = why
    if free("metre") and plan.own_theme is None:
        if cue.metre in row.tempo.metres:
            reasons["metre"] = f"as before the mood you chose: {cue.mood} has this metre too"
        else:
            changes["metre"] = row.tempo.metres[0]
            reasons["metre"] = why
    wished = plan.own_palette is not None or plan.palette != mood(plan.home_mood).palette
    if free("palette") and not wished:
        palette, of_mood = choices.palette_of(cue.mood, plan.home_mood, plan.palette, Wishes())
        changes["palette"] = palette
        reasons["palette"] = why if palette != base.palette else of_mood
    by_mood = cue.out_type in _ENDINGS or _BY_MOOD in base.reasons.get("out", "")
    if cue.out_type == base.out_type and by_mood and "out" not in base.chosen:
        ends_film = cue.end_s > plan.duration_s - 1.0
        ending = choices.ending_of(
            cue.mood, "ring", ends_film=ends_film, fades_out=_FADES in base.reasons.get("out", "")
        )
        if ending:
            changes["out_type"] = ending[0]
            reasons["out"] = "; ".join([*(_place(base.reasons["out"]) if "out" in base.reasons else ()), ending[1]])
    old = {hit.id: hit.device for hit in base.hits}
    open_ids = frozenset(hit.id for hit in cue.hits if old.get(hit.id) == hit.device)
    rng = choices.rng_of(cue.seed, f"devices {cue.mood}")
    changes["hits"] = hits.with_devices(cue.hits, cue.start_s, cue.mood, band_of(cue), rng, only=open_ids)
    ours = {field: text for field, text in reasons.items() if cue.reasons.get(field) == base.reasons.get(field)}
    return replace(cue, **changes, reasons={**cue.reasons, **ours})  # type: ignore[arg-type]


def _place(reason: str) -> list[str]:
    """What a reason for an ending says of the place, without what it says of the mood."""
    return [part for part in reason.split("; ") if _BY_MOOD not in part and not part.startswith(_FADES)]


def _with_edges(cue: Cue, base: Cue, plan: CuePlan) -> Cue:
    span = Span(start_s=cue.start_s, end_s=cue.end_s)
    changes: dict[str, object] = {}
    if plan.speech:
        changes["speech"] = clip(plan.speech, span)
    changes["sections_s"] = tuple(t for t in cue.sections_s if cue.start_s < t < cue.end_s)
    if cue.dynamics == base.dynamics and cue.dynamics:
        inner = [p for p in cue.dynamics if cue.start_s < p.time_s < cue.end_s]
        first = DynamicPoint(time_s=cue.start_s, intensity=round(cue.intensity_at(cue.start_s), 2))
        last = DynamicPoint(time_s=cue.end_s, intensity=round(cue.intensity_at(cue.end_s), 2))
        changes["dynamics"] = (first, *inner, last)
    return replace(cue, **changes)  # type: ignore[arg-type]
