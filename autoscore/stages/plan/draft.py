"""One cue after another, with everything about it but key and theme, which depend on its neighbours."""

from __future__ import annotations

from autoscore.model.cues import Cue, ThemeUse, seed_of
from autoscore.model.spotting import Spotting
from autoscore.model.time import Span, clip
from autoscore.stages.plan import choices, dynamics, hits, moods, spans, words
from autoscore.stages.plan.film import Film
from autoscore.stages.plan.joints import ended
from autoscore.stages.plan.overlap import share_of
from autoscore.tables.bands import Band
from autoscore.tables.palettes import palette

_REEL_S = 1200.0
FOLLOWS = "follows the intensity of the picture"


def drafts(placed: list[spans.Placement], film: Film) -> tuple[list[Cue], dict[str, str]]:
    """The cues, and why hit points were refused (hit point id -> reason)."""
    climax = max(range(len(placed)), key=lambda n: (height(placed[n], film.spotting), n), default=-1)
    counts: dict[int, int] = {}
    cues: list[Cue] = []
    refused: dict[str, str] = {}
    for number, place in enumerate(placed):
        reel = 1 + int(place.start_s // _REEL_S)
        counts[reel] = counts.get(reel, 0) + 1
        cue, left = draft_cue(f"{reel}M{counts[reel]}", place, film, is_climax=number == climax)
        cues.append(cue)
        refused |= left
    return cues, refused


def height(span: Span, spotting: Spotting) -> float:
    """How much of a climax a stretch is: half its highest moment, half its mean; credits are none."""
    if share_of(spotting.credits, span) > 0.5:
        return -1.0
    inside = [v for t, v in dynamics.intensity_line(spotting) if span.start_s + 0.5 <= t < span.end_s - 0.5]
    return round(max(inside) + sum(inside) / len(inside), 3) if inside else 0.0


def draft_cue(
    cue_id: str,
    place: spans.Placement,
    film: Film,
    *,
    is_climax: bool,
    mood_name: str | None = None,
    free_out: bool = True,
) -> tuple[Cue, dict[str, str]]:
    """The cue at ``place``, and why hit points in it were refused (hit point id -> reason).

    Args:
        mood_name: the mood; None: that of the picture. free_out: it ends as the mood has it, where the place lets it.
    """
    media, spotting, wishes, home = film.media, film.spotting, film.wishes, film.home
    span = Span(start_s=place.start_s, end_s=place.end_s)
    whole_film = span.duration_s > 0.95 * media.duration_s
    at = film.character.temper if whole_film else moods.temper(span, spotting, film.character.sure)
    one_mood = home if whole_film and not wishes.moods else None
    mood_name = mood_name or one_mood or moods.mood_on(span, spotting, film.path) or moods.mood_of(at, home, wishes)
    tempo_bpm, why_tempo = choices.tempo_of(at, mood_name, wishes)
    place = ended(place, mood_name, film) if free_out else place
    bounds = hits.limits(span, tempo_bpm, place.in_type, place.out_type, media.duration_s)
    per_min = hits.hard_per_min(mood_name, spotting)
    inside = [h for h in spotting.hits if span.start_s - 1e-6 <= h.time_s < span.end_s - 1e-6]
    kept, left = hits.sort_hits(inside, span, per_min, bounds)
    own = (film.own_palette,) if film.own_palette else ()
    cue_palette, why_palette = choices.palette_of(mood_name, home, film.palette, wishes)
    players = palette(cue_palette, own)
    band = Band(palette=players, featured=choices.featured(mood_name, players, wishes), without=wishes.without)
    rng = choices.rng_of(film.seed, f"devices {cue_id}")
    found = hits.cue_hits(kept, cue_id, span.start_s, mood_name, band, rng)
    found_per_min = 60.0 * sum(h.klass == "hard" for h in found) / max(span.duration_s, 1.0)
    metre, why_metre = choices.metre_of(mood_name, wishes, film.seed, found_per_min, film.own_theme)
    reasons = {
        "in": place.why_in,
        "out": place.why_out,
        "mood": words.why_mood(mood_name, home, at, wishes),
        "tempo_bpm": why_tempo,
        "metre": why_metre,
        "palette": why_palette,
        "dynamics": FOLLOWS,
    }
    cue = Cue(
        start_s=span.start_s,
        end_s=span.end_s,
        id=cue_id,
        title=words.cue_title(span, spotting, mood_name, is_climax),
        in_type=place.in_type,
        out_type=place.out_type,
        mood=mood_name,
        valence=round(at.valence, 3),
        arousal=round(at.arousal, 3),
        key="",
        tempo_bpm=tempo_bpm,
        metre=metre,
        palette=cue_palette,
        own_palette=film.own_palette if film.own_palette and film.own_palette.name == cue_palette else None,
        theme=ThemeUse(),
        dynamics=dynamics.dynamic_points(span, spotting, wishes, media.video.rate, place.in_type, place.out_type),
        hits=found,
        sections_s=dynamics.section_times(span, spotting, media.video.rate),
        speech=clip(spotting.speech, span),
        mean_shot_s=round(mean_shot(span, spotting), 2),
        is_climax=is_climax,
        seed=seed_of(film.seed, cue_id),
        featured=band.featured,
        without=wishes.without,
        reasons=reasons,
    )
    return cue, {point.id: why for point, why in left}


def mean_shot(span: Span, spotting: Spotting) -> float:
    """Mean shot length (s) around a cue: from its scenes' shots, else the film's."""
    shots = length = 0.0
    for scene in spotting.scenes:
        share = span.overlap_s(scene)
        if share > 0 and scene.duration_s > 0:
            shots += share / scene.duration_s * (scene.last_shot - scene.first_shot + 1)
            length += share
    return length / shots if shots > 0 else spotting.mean_shot_s or span.duration_s
