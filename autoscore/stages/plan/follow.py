"""A cue sheet that was edited by hand: what hangs on the edited fields follows, unless it was edited itself."""

from __future__ import annotations

from dataclasses import replace

from autoscore.model.brief import Brief
from autoscore.model.cues import Cue, CuePlan
from autoscore.model.media import Media
from autoscore.model.palette import Palette
from autoscore.model.spotting import Spotting
from autoscore.stages.plan import choices, hits, moods, words
from autoscore.stages.plan.fill import filled
from autoscore.stages.plan.film import Film, film_of
from autoscore.stages.plan.joints import ENDS, Open, beside, joined, open_edges
from autoscore.stages.plan.keys import key_on_like, mode_for, mode_of
from autoscore.stages.plan.left import passed_by
from autoscore.stages.plan.reach import reached
from autoscore.stages.plan.told import told
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
_ALSO = ("title", "in_type", "out_type")
"""What a person may set that has no reason of its own."""
_PLAYERS = ("palette", "own_palette", "featured", "without")
_ENDINGS = ("button", "ring", "stop")
_BY_MOOD, _FADES = "music ends so", "the picture fades"


def followed(
    base: CuePlan,
    edited: CuePlan,
    media: Media,
    spotting: Spotting,
    brief: Brief,
    own_palette: Palette | None = None,
) -> CuePlan:
    """``edited`` with what hangs on each changed field derived again, added cues filled in, and true reasons.

    Cues that were not edited keep their music.

    Args:
        base: the plan that was written. edited: the one that was read from its sheet. brief: what ``base`` was
            planned with.
    """
    if edited == base:
        return edited
    film = film_of(media, spotting, brief, base.own_theme, own_palette or base.own_palette).as_in(edited)
    before = {cue.id: cue for cue in base.cues}
    free = open_edges(base, edited)
    refused: dict[str, str] = {}
    now = edited
    # Those that were added first: what was edited beside them may pass into them.
    for cue in sorted((cue for cue in edited.cues if cue != before.get(cue.id)), key=lambda c: c.id in before):
        was = before.get(cue.id)
        found, left = filled(cue, now, film, free) if was is None else _followed(cue, was, base, now, film, free)
        now = replace(now, cues=tuple(found if other.id == cue.id else other for other in now.cues))
        refused |= left
    now = replace(now, cues=tuple(_led(cue, now) if cue != before.get(cue.id) else cue for cue in now.cues))
    now = replace(now, ignored_hits=passed_by(base, now, film.spotting, refused))
    return told(base, now, film)


def _led(cue: Cue, plan: CuePlan) -> Cue:
    """``cue`` with the key that it leads to."""
    after = beside(cue, plan.cues)[1]
    return replace(cue, next_key=after.key if after is not None and joined(cue, after) else "")


def _followed(cue: Cue, was: Cue, base: CuePlan, edited: CuePlan, film: Film, free: Open) -> tuple[Cue, dict[str, str]]:
    found = follow(cue, was, edited)
    if (cue.start_s, cue.end_s) == (was.start_s, was.end_s):
        return found, {}
    return reached(found, was, base, edited, film, free)


def follow(edited: Cue, base: Cue, plan: CuePlan) -> Cue:
    """``edited`` with the fields that follow from another mood or other players than ``base`` has and were left as
    they were, and with what was set by hand.

    A new mood brings its mode (on the same tonic), tempo, metre, palette, devices and ending, but for what the user
    asked for, and a tune of their own keeps its third and metre. Devices that nobody may play any more give way.
    """
    cue = edited
    if cue.mood != base.mood:
        cue = _with_mood(cue, base, plan)
    if any(getattr(cue, name) != getattr(base, name) for name in _PLAYERS):
        cue = _with_players(cue, base)
    chosen = {
        name
        for name, fields in _DECIDED.items()
        if any(getattr(edited, field) != getattr(base, field) for field in fields)
    }
    why = {name: words.CHOSEN for name in chosen if not words.own(cue, name)}
    chosen |= {name for name in _ALSO if getattr(edited, name) != getattr(base, name)}
    if not chosen:
        return cue
    return replace(cue, reasons={**cue.reasons, **why}, chosen=tuple(sorted({*cue.chosen, *chosen})))


def _with_mood(cue: Cue, base: Cue, plan: CuePlan) -> Cue:
    row = mood(cue.mood)
    at = moods.Temper(valence=cue.valence, arousal=cue.arousal, talk=0.0)
    changes: dict[str, object] = {}
    reasons: dict[str, str] = {}

    def free(field: str) -> bool:
        return getattr(cue, field) == getattr(base, field) and not words.asked_for(base.reasons.get(field, ""))

    if cue.title == base.title and "title" not in base.chosen:
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
    if cue.out_type == base.out_type and by_mood and "out_type" not in base.chosen:
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
    ours = {field: text for field, text in reasons.items() if not words.own(cue, field)}
    return replace(cue, **changes, reasons={**cue.reasons, **ours})  # type: ignore[arg-type]


def _place(reason: str) -> list[str]:
    """What a reason for an ending says of the place, without what it says of the mood."""
    how = (*ENDS.values(), _FADES)
    return [part for part in reason.split("; ") if _BY_MOOD not in part and not part.startswith(how)]


def _with_players(cue: Cue, base: Cue) -> Cue:
    """``cue`` with other devices where those who are left cannot play the one that was there."""
    band, old = band_of(cue), {hit.id: hit.device for hit in base.hits}
    silent = frozenset(
        hit.id
        for hit in cue.hits
        if hit.device not in ("auto", "none")
        and old.get(hit.id) == hit.device
        and hit.klass != "ignored"
        and not band.plays(hit.device, hit.klass)
    )
    rng = choices.rng_of(cue.seed, "devices " + " ".join((cue.palette, *cue.featured, *cue.without)))
    return replace(cue, hits=hits.with_devices(cue.hits, cue.start_s, cue.mood, band, rng, only=silent))
