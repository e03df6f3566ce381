"""The cue plan: what is known of the film and what is wished, made into cues that a person can read and change."""

from __future__ import annotations

from dataclasses import replace

from autoscore.model.brief import Brief
from autoscore.model.cues import Cue, CuePlan, OwnTheme
from autoscore.model.media import Media
from autoscore.model.palette import Palette
from autoscore.model.spotting import Spotting
from autoscore.model.time import Span
from autoscore.stages.plan import choices, dynamics, keys, spans, themes, words
from autoscore.stages.plan.breath import with_breaths
from autoscore.stages.plan.draft import drafts
from autoscore.stages.plan.film import Film, film_of, turns_of
from autoscore.stages.plan.left import left_out
from autoscore.stages.plan.overlap import share_of
from autoscore.stages.plan.wishes import Wishes
from autoscore.tables import mood, read
from autoscore.tables.keys import Key

_TALK_FREE = 0.1
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


def plan(
    media: Media,
    spotting: Spotting,
    brief: Brief,
    own_theme: OwnTheme | None = None,
    own_palette: Palette | None = None,
) -> CuePlan:
    """The cue plan of a film. ``own_theme`` and ``own_palette`` are what the files hold that ``brief`` names.

    Raises:
        BriefError: a wish is not understood, or two of them contradict each other.
    """
    film = film_of(media, spotting, brief, own_theme, own_palette)
    wishes, spotting, character, home = film.wishes, film.spotting, film.character, film.home
    rate, film_end_s = media.video.rate, media.duration_s
    coverage, _ = coverage_of(spotting, home, wishes)
    placed = _framed(spans.placements(spotting, coverage, turns_of(film), dynamics.peak_s(spotting)), media)
    names = themes.theme_names(spotting)
    home_key = keys.home_key(
        home, character.temper.valence, wishes, choices.rng_of(film.seed, f"home key {home}"), own_theme
    )
    cues, refused = drafts(placed, film)
    finished = _with_keys_and_themes(with_breaths(cues, rate), film, home_key, names)
    left = left_out(spotting, finished, refused)
    advice = list(spotting.advice)
    if not finished:
        advice.append("There is no cue in this film: music is to stay out everywhere, or coverage is 0.")
    advice += (*words.absent_advice(wishes), *words.coverage_advice(finished, spotting, wishes))
    return CuePlan(
        film=media.name,
        rate=rate,
        duration_s=film_end_s,
        seed=brief.seed,
        home_mood=home,
        home_key=str(home_key),
        palette=film.palette,
        cues=tuple(finished),
        themes=names,
        ignored_hits=left,
        speech=tuple(Span(start_s=s.start_s, end_s=s.end_s) for s in spotting.speech),
        advice=tuple(advice),
        identity=brief.identity or media.digest.head_tail_sha256[:12],
        own_theme=own_theme,
        own_palette=own_palette,
    )


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
            end_s = max(end_s, min(end_s + spans.RING_OVER_S, room))
        end_s = min(last_s, dynamics.on_frame(end_s, rate))
        if end_s - start_s >= _SHORTEST_S:
            result.append(replace(place, start_s=start_s, end_s=end_s))
    return result


def _with_keys_and_themes(drafts: list[Cue], film: Film, home_key: Key, names: tuple[str, ...]) -> list[Cue]:
    spotting = film.spotting
    climax = next((n for n, cue in enumerate(drafts) if cue.is_climax), 0)
    talk = [share_of(cue.speech, cue) for cue in drafts]
    uses = themes.theme_uses(
        homely=[cue.mood == film.home for cue in drafts],
        starts_s=[cue.start_s for cue in drafts],
        talk=talk,
        climax=climax,
        duration_s=spotting.duration_s,
        themes=names,
        credits=[share_of(spotting.credits, cue) > 0.5 for cue in drafts],
    )
    drafts = [
        replace(cue, theme=use, reasons={**cue.reasons, "theme": why})
        for cue, (use, why) in zip(drafts, uses, strict=True)
    ]
    planned = keys.key_plan(
        drafts,
        home_key,
        film.home,
        film.wishes,
        lambda cue_id: choices.rng_of(film.seed, f"key {cue_id}"),
        film.own_theme,
    )
    finished: list[Cue] = []
    for number, (cue, (key, why_key)) in enumerate(zip(drafts, planned, strict=True)):
        follows = cue.out_type == "segue" and number + 1 < len(drafts)
        finished.append(
            replace(
                cue,
                key=str(key),
                next_key=str(planned[number + 1][0]) if follows else "",
                reasons={**cue.reasons, "key": why_key},
            )
        )
    return finished
