"""Spotting: from what is seen and heard to what music should do about it."""

from __future__ import annotations

from dataclasses import replace

from autoscore.model.analysis import Analysis, Shot
from autoscore.model.brief import Brief
from autoscore.model.media import Media
from autoscore.model.spotting import HitPoint, Spotting, StayOut
from autoscore.model.time import Span
from autoscore.stages.spot.candidates import candidates
from autoscore.stages.spot.choose import Surroundings, choose
from autoscore.stages.spot.lettering import rolling_credits, unseen
from autoscore.stages.spot.moment import FrameClock
from autoscore.stages.spot.scenes import see
from autoscore.stages.spot.signals import signals
from autoscore.stages.spot.temper import beats, temper

OWN_MUSIC_HALF = 0.5
OWN_MUSIC_MARGIN_S = 0.3
LEAST_OWN_MUSIC_S = 3.0


def spot(media: Media, analysis: Analysis, brief: Brief) -> Spotting:
    """Scenes, story beats, hit points and the spans where music stays out.

    Every cut of the analysis gets a hit point, possibly of class "ignored" with the reason why. Works for a film of any
    length, with or without cuts and sound.
    """
    duration_s = analysis.duration_s or media.duration_s
    shots = _shots(analysis, duration_s)
    curves = signals(analysis, duration_s, shots)
    seen = see(analysis, shots, curves, duration_s)
    film = temper(curves, seen.scenes)
    credits = rolling_credits(analysis, shots, duration_s)
    blank = unseen(analysis.curves, credits, curves.count)
    share = min(1.0, sum(s.duration_s for s in analysis.music) / duration_s) if duration_s > 0 else 0.0
    replaced = brief.music_only or not brief.original
    stay_out = () if replaced else _own_music(analysis, share, duration_s)
    speech = () if replaced else tuple(Span(start_s=s.start_s, end_s=s.end_s) for s in analysis.speech)
    moments = candidates(FrameClock(media=media, analysis=analysis), shots, seen, curves, film, credits, duration_s)
    around = Surroundings(
        shots=shots, film=film, speech=speech, stay_out=stay_out, credits=credits, duration_s=duration_s
    )
    return Spotting(
        duration_s=duration_s,
        scenes=seen.scenes,
        beats=beats(film, curves, seen.scenes, blank, duration_s),
        hits=_unique(choose(moments, around)),
        stay_out=stay_out,
        speech=speech,
        intensity=tuple(float(v) for v in film.intensity),
        arousal=tuple(float(v) for v in film.arousal),
        valence=tuple(float(v) for v in film.valence),
        mean_shot_s=round(duration_s / len(shots), 3),
        own_music_share=round(share, 4),
        advice=() if replaced else _advice(share, stay_out),
        credits=credits,
    )


def _shots(analysis: Analysis, duration_s: float) -> tuple[Shot, ...]:
    """The shots of the analysis, or the whole film as one."""
    if analysis.shots:
        return analysis.shots
    return (Shot(index=0, start_frame=0, end_frame=max(1, analysis.frame_count), start_s=0.0, end_s=duration_s),)


def _own_music(analysis: Analysis, share: float, duration_s: float) -> tuple[StayOut, ...]:
    if not 0.0 < share < OWN_MUSIC_HALF:
        return ()
    return tuple(
        StayOut(
            start_s=max(0.0, span.start_s - OWN_MUSIC_MARGIN_S),
            end_s=min(duration_s, span.end_s + OWN_MUSIC_MARGIN_S),
            reason="the film has music of its own here",
        )
        for span in analysis.music
        if span.duration_s >= LEAST_OWN_MUSIC_S and span.start_s < duration_s
    )


def _advice(share: float, stay_out: tuple[StayOut, ...]) -> tuple[str, ...]:
    if share >= OWN_MUSIC_HALF:
        return (
            f"The film has music of its own for {share:.0%} of its length, and the score plays over it. To hear the "
            "score alone take a film without that music, or leave out all its sound, speech too: --no-original.",
        )
    if stay_out:
        return (
            f"The film has music of its own for {share:.0%} of its length; the score stays out of it except where "
            "cues.toml has a cue.",
        )
    return ()


def _unique(points: tuple[HitPoint, ...]) -> tuple[HitPoint, ...]:
    """Each id once, whatever the analysis lists twice."""
    seen: dict[str, int] = {}
    result = []
    for point in points:
        number = seen[point.id] = seen.get(point.id, 0) + 1
        result.append(point if number == 1 else replace(point, id=f"{point.id}-{number}"))
    return tuple(result)
