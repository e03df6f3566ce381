"""The cue plan: what is known of the film and what is wished, made into cues that a person can read and change."""

from __future__ import annotations

from dataclasses import replace

from autoscore.model.brief import Brief
from autoscore.model.cues import Cue, CueHit, CuePlan, ThemeUse
from autoscore.model.media import Media
from autoscore.model.spotting import Spotting
from autoscore.model.time import Span
from autoscore.stages.plan import choices, dynamics, hits, keys, moods, spans, themes, words
from autoscore.stages.plan.breath import with_breaths
from autoscore.stages.plan.overlap import share_of
from autoscore.stages.plan.wishes import Wishes, wishes_of
from autoscore.tables import mood, read
from autoscore.tables.keys import Key, parse_key

_REEL_S = 1200.0
_TALK_FREE = 0.1
_RING_OVER_S = 2.0
_SHORTEST_S = 0.25


def coverage_of(spotting: Spotting, home: str, wishes: Wishes) -> tuple[float, str]:
    """Share of running time with music, and why (craft guide 1.4)."""
    talk = sum(s.duration_s for s in spotting.speech) / max(spotting.duration_s, 1e-9)
    if wishes.coverage is not None:
        return wishes.coverage, "as you asked"
    if spotting.duration_s <= read("planning.toml")["cues"]["one_cue_s"]:
        return 1.0, "a short film is one piece of music"
    usual = mood(home).spotting.coverage
    if talk < _TALK_FREE:
        return max(usual, 0.95), "nobody speaks, so music carries the film"
    return usual, f"usual for {home}"


def plan(media: Media, spotting: Spotting, brief: Brief) -> CuePlan:
    """The cue plan of a film.

    Raises:
        BriefError: a wish is not understood, or two of them contradict each other.
    """
    wishes = wishes_of(brief)
    rate, film_end_s = media.video.rate, media.duration_s
    spotting = _clipped(spotting, film_end_s)
    character = moods.character(spotting)
    home = moods.home_mood(spotting, character, wishes)
    home_key = keys.home_key(
        home, character.temper.valence, wishes, choices.rng_of(brief.seed, f"home key {media.digest.head_tail_sha256}")
    )
    coverage, _ = coverage_of(spotting, home, wishes)
    path = moods.mood_path(spotting, character.sure, home, wishes)
    if film_end_s <= read("planning.toml")["cues"]["one_mood_s"] and not wishes.moods:
        path = [home for _ in path]  # however much of it has music
    short = film_end_s <= read("planning.toml")["cues"]["one_mood_s"] or hits.is_trailer(spotting)
    turns = [] if short else moods.mood_turns(spotting, path)
    placed = _framed(spans.placements(spotting, coverage, turns, dynamics.peak_s(spotting)), media)
    names = themes.theme_names(spotting)
    palette = choices.film_palette(home, wishes)
    drafts, refused = _drafts(placed, media, spotting, character, path, wishes, brief.seed, home, palette)
    drafts = with_breaths(drafts, rate)
    finished = _with_keys_and_themes(drafts, spotting, wishes, brief.seed, home, home_key, names)
    left = _ignored(spotting, finished, refused)
    advice = list(spotting.advice)
    if not finished:
        advice.append("There is no cue in this film: music is to stay out everywhere, or coverage is 0.")
    advice += words.coverage_advice(finished, spotting, wishes)
    return CuePlan(
        film=media.name,
        rate=rate,
        duration_s=film_end_s,
        seed=brief.seed,
        home_mood=home,
        home_key=str(home_key),
        palette=palette,
        cues=tuple(finished),
        themes=names,
        ignored_hits=left,
        speech=tuple(Span(start_s=s.start_s, end_s=s.end_s) for s in spotting.speech),
        advice=tuple(advice),
    )


def _clipped(spotting: Spotting, end_s: float) -> Spotting:
    """Spotting with the picture's exact length."""
    return spotting if abs(spotting.duration_s - end_s) < 1e-9 else replace(spotting, duration_s=end_s)


def _framed(placed: list[spans.Placement], media: Media) -> list[spans.Placement]:
    """Placements on frames, the end ringing over a cut where there is room, never past the last frame."""
    rate, result = media.video.rate, []
    last_s = dynamics.on_frame(media.duration_s, rate)
    if last_s > media.duration_s:
        last_s = dynamics.on_frame(last_s - float(1 / rate), rate)
    starts = [p.start_s for p in placed]
    for number, place in enumerate(placed):
        start_s, end_s = dynamics.on_frame(place.start_s, rate), place.end_s
        if place.out_type == "ring" and end_s < media.duration_s:
            room = starts[number + 1] - 4.0 if number + 1 < len(placed) else media.duration_s
            end_s = max(end_s, min(end_s + _RING_OVER_S, room))
        end_s = min(last_s, dynamics.on_frame(end_s, rate))
        if end_s - start_s >= _SHORTEST_S:
            result.append(replace(place, start_s=start_s, end_s=end_s))
    return result


def _drafts(
    placed: list[spans.Placement],
    media: Media,
    spotting: Spotting,
    character: moods.Character,
    path: list[str],
    wishes: Wishes,
    seed: int,
    home: str,
    palette: str,
) -> tuple[list[Cue], dict[str, str]]:
    """Cues with everything but key and theme, which depend on their neighbours; and why hit points were refused."""
    climax = max(range(len(placed)), key=lambda n: (_height(placed[n], spotting), n), default=-1)
    path = path or [home for _ in spotting.beats]
    counts: dict[int, int] = {}
    drafts: list[Cue] = []
    refused: dict[str, str] = {}
    for number, place in enumerate(placed):
        reel = 1 + int(place.start_s // _REEL_S)
        counts[reel] = counts.get(reel, 0) + 1
        cue_id = f"{reel}M{counts[reel]}"
        cue, left = _draft(
            cue_id, place, media, spotting, character, path, wishes, seed, home, palette, number == climax
        )
        drafts.append(cue)
        refused |= left
    return drafts, refused


def _height(span: Span, spotting: Spotting) -> float:
    """How much of a climax a stretch is: half its highest moment, half its mean; credits are none."""
    if share_of(spotting.credits, span) > 0.5:
        return -1.0
    inside = [v for t, v in dynamics.intensity_line(spotting) if span.start_s + 0.5 <= t < span.end_s - 0.5]
    return round(max(inside) + sum(inside) / len(inside), 3) if inside else 0.0


def _draft(
    cue_id: str,
    place: spans.Placement,
    media: Media,
    spotting: Spotting,
    character: moods.Character,
    path: list[str],
    wishes: Wishes,
    seed: int,
    home: str,
    palette: str,
    is_climax: bool,
) -> tuple[Cue, dict[str, str]]:
    span = Span(start_s=place.start_s, end_s=place.end_s)
    whole_film = span.duration_s > 0.95 * media.duration_s
    at = character.temper if whole_film else moods.temper(span, spotting, character.sure)
    one_mood = home if whole_film and not wishes.moods else None
    mood_name = one_mood or moods.mood_on(span, spotting, path) or moods.mood_of(at, home, wishes)
    tempo_bpm, why_tempo = choices.tempo_of(at, mood_name, wishes)
    ends_film = span.end_s > media.duration_s - 1.0
    fades_out = any(h.source == "fade_out" and h.time_s > media.duration_s - 8.0 for h in spotting.hits)
    ending = choices.ending_of(mood_name, place.out_type, ends_film=ends_film, fades_out=fades_out)
    out_type, why_out = (ending[0], f"{place.why_out}; {ending[1]}") if ending else (place.out_type, place.why_out)
    bounds = hits.limits(span, tempo_bpm, out_type, media.duration_s)
    per_min = hits.hard_per_min(mood_name, spotting)
    inside = [h for h in spotting.hits if span.start_s - 1e-6 <= h.time_s < span.end_s - 1e-6]
    kept, left = hits.sort_hits(inside, span, per_min, bounds)
    found = hits.cue_hits(kept, cue_id, span.start_s, mood_name, choices.rng_of(seed, f"devices {cue_id}"))
    found_per_min = 60.0 * sum(h.klass == "hard" for h in found) / max(span.duration_s, 1.0)
    metre, why_metre = choices.metre_of(mood_name, wishes, seed, found_per_min)
    cue_palette, why_palette = choices.palette_of(mood_name, home, palette, wishes)
    reasons = {
        "in": place.why_in,
        "out": why_out,
        "mood": words.why_mood(mood_name, home, at, wishes),
        "tempo_bpm": why_tempo,
        "metre": why_metre,
        "palette": why_palette,
        "dynamics": "follows the intensity of the picture",
    }
    cue = Cue(
        start_s=span.start_s,
        end_s=span.end_s,
        id=cue_id,
        title=words.cue_title(span, spotting, mood_name, is_climax),
        in_type=place.in_type,
        out_type=out_type,
        mood=mood_name,
        valence=round(at.valence, 3),
        arousal=round(at.arousal, 3),
        key="",
        tempo_bpm=tempo_bpm,
        metre=metre,
        palette=cue_palette,
        theme=ThemeUse(),
        dynamics=dynamics.dynamic_points(span, spotting, wishes, media.video.rate, place.in_type, out_type),
        hits=found,
        sections_s=dynamics.section_times(span, spotting, media.video.rate),
        speech=clip(spotting.speech, span),
        mean_shot_s=round(_mean_shot(span, spotting), 2),
        is_climax=is_climax,
        seed=choices.seed_of(seed, cue_id),
        featured=choices.featured(mood_name, cue_palette, wishes),
        without=wishes.without,
        reasons=reasons,
    )
    return cue, {point.id: why for point, why in left}


def clip(speech: tuple[Span, ...], span: Span) -> tuple[Span, ...]:
    """The parts of ``speech`` inside ``span``."""
    return tuple(
        Span(start_s=max(s.start_s, span.start_s), end_s=min(s.end_s, span.end_s))
        for s in speech
        if s.overlap_s(span) > 0
    )


def _mean_shot(span: Span, spotting: Spotting) -> float:
    """Mean shot length around a cue: from its scenes' shots, else the film's."""
    shots = length = 0.0
    for scene in spotting.scenes:
        share = span.overlap_s(scene)
        if share > 0 and scene.duration_s > 0:
            shots += share / scene.duration_s * (scene.last_shot - scene.first_shot + 1)
            length += share
    return length / shots if shots > 0 else spotting.mean_shot_s or span.duration_s


def _with_keys_and_themes(
    drafts: list[Cue], spotting: Spotting, wishes: Wishes, seed: int, home: str, home_key: Key, names: tuple[str, ...]
) -> list[Cue]:
    climax = next((n for n, cue in enumerate(drafts) if cue.is_climax), 0)
    talk = [share_of(cue.speech, cue) for cue in drafts]
    uses = themes.theme_uses(
        homely=[cue.mood == home for cue in drafts],
        starts_s=[cue.start_s for cue in drafts],
        talk=talk,
        climax=climax,
        duration_s=spotting.duration_s,
        themes=names,
        credits=[share_of(spotting.credits, cue) > 0.5 for cue in drafts],
    )
    finished: list[Cue] = []
    for number, (cue, (use, why_theme)) in enumerate(zip(drafts, uses, strict=True)):
        before = finished[-1] if finished else None
        key, why_key = keys.cue_key(
            home=home_key,
            mood_name=cue.mood,
            valence=cue.valence,
            wishes=wishes,
            before=parse_key(before.key) if before else None,
            gap_s=cue.start_s - before.end_s if before else 0.0,
            is_first=number == 0,
            is_last=number == len(drafts) - 1,
            is_climax=cue.is_climax,
            is_home_mood=cue.mood == home,
            rng=choices.rng_of(seed, f"key {cue.id}"),
        )
        reasons = {**cue.reasons, "key": why_key, "theme": why_theme}
        finished.append(replace(cue, key=str(key), theme=use, reasons=reasons))
    return finished


def _ignored(spotting: Spotting, cues: list[Cue], refused: dict[str, str]) -> tuple[CueHit, ...]:
    """Every hit point that no cue marks, with the reason."""
    left: list[CueHit] = []
    for point in spotting.hits:
        covered = any(c.start_s - 1e-6 <= point.time_s < c.end_s - 1e-6 for c in cues)
        if covered and point.id not in refused:
            continue
        reason = refused.get(point.id, point.reason if point.klass == "ignored" else f"{point.reason}; no music here")
        left.append(
            CueHit(
                id=point.id,
                frame=point.frame,
                time_s=point.time_s,
                klass="ignored",
                weight=round(point.weight, 2),
                device="none",
                reason=reason,
            )
        )
    return tuple(left)
