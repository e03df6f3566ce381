"""What every cue of a film is planned from, and the moments around a cue that say how it begins and ends."""

from __future__ import annotations

from dataclasses import dataclass, replace

from autoscore.model.brief import Brief
from autoscore.model.cues import CuePlan, OwnTheme, seed_of
from autoscore.model.media import Media
from autoscore.model.palette import Palette
from autoscore.model.spotting import Spotting
from autoscore.stages.plan import choices, hits, moods
from autoscore.stages.plan.wishes import Wishes, wishes_of
from autoscore.tables import read


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """``seed`` is the film's own: of the wished seed and its identity. ``path`` holds the mood of each story beat."""

    media: Media
    spotting: Spotting
    wishes: Wishes
    character: moods.Character
    home: str
    palette: str
    seed: int
    path: list[str]
    own_theme: OwnTheme | None = None
    own_palette: Palette | None = None

    @property
    def short(self) -> bool:
        """Has it one mood, unless others were asked for?"""
        return self.media.duration_s <= float(read("planning.toml")["cues"]["one_mood_s"])

    def as_in(self, plan: CuePlan) -> Film:
        """The same film with the home mood and the palette of an edited sheet."""
        path = [plan.home_mood for _ in self.path] if self.short and not self.wishes.moods else self.path
        return replace(
            self,
            home=plan.home_mood,
            palette=plan.palette,
            seed=seed_of(plan.seed, plan.identity),
            path=path,
            own_theme=plan.own_theme,
            own_palette=plan.own_palette,
        )


def film_of(
    media: Media,
    spotting: Spotting,
    brief: Brief,
    own_theme: OwnTheme | None = None,
    own_palette: Palette | None = None,
) -> Film:
    """What ``brief`` makes of a film as it was spotted.

    Raises:
        BriefError: a wish is not understood, or two of them contradict each other.
    """
    wishes = wishes_of(brief, own_palette)
    if abs(spotting.duration_s - media.duration_s) >= 1e-9:
        spotting = replace(spotting, duration_s=media.duration_s)
    character = moods.character(spotting)
    home = moods.home_mood(spotting, character, wishes)
    film = Film(
        media=media,
        spotting=spotting,
        wishes=wishes,
        character=character,
        home=home,
        palette=choices.film_palette(home, wishes),
        seed=seed_of(brief.seed, brief.identity or media.digest.head_tail_sha256[:12]),
        path=moods.mood_path(spotting, character.sure, home, wishes),
        own_theme=own_theme,
        own_palette=own_palette,
    )
    if film.short and not wishes.moods:
        return replace(film, path=[home for _ in film.path])  # however much of it has music
    return film


def turns_of(film: Film) -> list[float]:
    """Film times at which the mood changes for good."""
    return [] if film.short or hits.is_trailer(film.spotting) else moods.mood_turns(film.spotting, film.path)
