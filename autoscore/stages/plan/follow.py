"""A cue that was edited by hand: what hangs on the edited fields follows, unless it was edited itself."""

from __future__ import annotations

from dataclasses import replace

from autoscore.model.cues import Cue, CuePlan, DynamicPoint
from autoscore.model.time import Span, clip
from autoscore.stages.plan import choices, hits, moods, words
from autoscore.stages.plan.keys import key_on_like, mode_for, mode_of
from autoscore.stages.plan.wishes import Wishes
from autoscore.tables import mood
from autoscore.tables.keys import parse_key, third_of

_DECIDED = {
    "in": ("start_s", "in_type"), "out": ("end_s", "out_type"), "mood": ("mood",), "key": ("key",),
    "tempo_bpm": ("tempo_bpm",), "metre": ("metre",), "palette": ("palette",), "theme": ("theme",),
    "dynamics": ("dynamics",),
}  # fmt: skip
"""Each reason of a cue, and the fields that it gives a reason for."""


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
    chosen = {
        name: words.CHOSEN
        for name, fields in _DECIDED.items()
        if any(getattr(edited, field) != getattr(base, field) for field in fields)
        and edited.reasons.get(name) == base.reasons.get(name)
    }
    return replace(cue, reasons={**cue.reasons, **chosen}) if chosen else cue


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
    if free("tempo_bpm") and not row.tempo.min_bpm <= cue.tempo_bpm <= row.tempo.max_bpm:
        changes["tempo_bpm"] = choices.tempo_of(at, cue.mood, Wishes())[0]
        reasons["tempo_bpm"] = why
    if free("metre") and plan.own_theme is None and cue.metre not in row.tempo.metres:
        changes["metre"] = row.tempo.metres[0]
        reasons["metre"] = why
    wished = plan.own_palette is not None or plan.palette != mood(plan.home_mood).palette
    if free("palette") and not wished:
        palette = choices.palette_of(cue.mood, plan.home_mood, plan.palette, Wishes())[0]
        changes["palette"] = palette
        if palette != base.palette:
            reasons["palette"] = why
    if cue.out_type == base.out_type and cue.out_type in ("button", "ring", "stop"):
        ends_film = cue.end_s > plan.duration_s - 1.0
        ending = choices.ending_of(cue.mood, "ring", ends_film=ends_film, fades_out=False)
        if ending:
            changes["out_type"] = ending[0]
            reasons["out"] = ending[1]
    old = {hit.id: hit.device for hit in base.hits}
    open_ids = frozenset(hit.id for hit in cue.hits if old.get(hit.id) == hit.device)
    rng = choices.rng_of(cue.seed, f"devices {cue.mood}")
    changes["hits"] = hits.with_devices(cue.hits, cue.start_s, cue.mood, rng, only=open_ids)
    kept = {field: text for field, text in cue.reasons.items() if field not in reasons}
    return replace(cue, **changes, reasons={**kept, **reasons})  # type: ignore[arg-type]


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
