"""What a cue is called, and why it has its mood, in plain words."""

from __future__ import annotations

from collections.abc import Sequence

from autoscore.model.cues import WHY, Cue
from autoscore.model.spotting import Spotting
from autoscore.model.time import Span
from autoscore.stages.plan.moods import Temper
from autoscore.stages.plan.overlap import share_of
from autoscore.stages.plan.wishes import Wishes
from autoscore.tables import mood

_COVERAGE_MISSED = 0.1
CHOSEN = "you chose it"
"""The reason for what was edited by hand."""


def own(cue: Cue, name: str) -> bool:
    """Whether a person gave the reason ``name`` of a cue in words of their own."""
    return f"{WHY} {name}" in cue.chosen


def asked_for(reason: str) -> bool:
    """Whether a reason says that the user decided: by a wish, or by hand in the cue sheet."""
    return reason == CHOSEN or reason.endswith("you asked for")


def why_mood(name: str, home: str, at: Temper, wishes: Wishes) -> str:
    """The reason for a cue's mood."""
    light = "bright" if at.valence > 0.2 else "dark" if at.valence < -0.2 else "neutral"
    energy = "excited" if at.arousal > 0.65 else "calm" if at.arousal < 0.3 else "moderate"
    picture = f"the picture is {light} and {energy}"
    if len(wishes.moods) == 1:
        return "the mood you asked for"
    if wishes.moods:
        return f"of the moods you asked for, nearest to the picture ({light}, {energy})"
    if name == home:
        return f"the film's home mood, nearest to the film as a whole; here {picture}"
    return f"{picture}, away from the home mood ({home})"


def absent_advice(wishes: Wishes) -> tuple[str, ...]:
    """A sentence for each instrument that was asked for and is not here."""
    return tuple(
        f"There is no {word.replace('-', ' ')} here: {instead} plays in its place." for word, instead in wishes.absent
    )


def coverage_advice(cues: Sequence[Span], spotting: Spotting, wishes: Wishes) -> tuple[str, ...]:
    """A sentence where clearly more or less of the film has music than was asked for, and why."""
    has = sum(cue.duration_s for cue in cues) / max(spotting.duration_s, 1e-9)
    if wishes.coverage is None or not cues or abs(has - wishes.coverage) <= _COVERAGE_MISSED:
        return ()
    if has < wishes.coverage:
        why = "music stays out where the film has its own" if spotting.stay_out else "elsewhere is no room for a cue"
    elif len(cues) == 1:
        why = "it is too short a film for less; edit `out` in cues.toml to stop the cue earlier"
    else:
        why = "music starts and stops only where the picture has a place for it; edit cues.toml for other places"
    return (f"Music is under {has:.0%} of the film, {wishes.coverage:.0%} were asked for: {why}.",)


def cue_title(span: Span, spotting: Spotting, mood_name: str, is_climax: bool) -> str:
    """Where in the film a cue is, and its mood, like "Scenes 3-5: comedy"."""
    title, film_end_s = mood(mood_name).title.lower(), spotting.duration_s
    if span.start_s < 1.0 and span.end_s > film_end_s - 1.0:
        return f"The whole film: {title}"
    under = [s.index + 1 for s in spotting.scenes if span.overlap_s(s) > 0.2 * min(s.duration_s, span.duration_s)]
    if span.start_s < 1.0:
        place = "Opening"
    elif share_of(spotting.credits, span) > 0.5:
        place = "End credits"
    elif span.end_s > film_end_s - 1.0:
        place = "After the credits" if any(c.end_s <= span.start_s + 2.0 for c in spotting.credits) else "Ending"
    elif is_climax:
        place = "Climax"
    elif under:
        place = f"Scenes {under[0]}-{under[-1]}" if len(under) > 1 else f"Scene {under[0]}"
    else:
        place = "Underscore"
    return f"{place}: {title}"
