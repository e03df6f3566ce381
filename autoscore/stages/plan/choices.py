"""One cue's tempo, metre, palette, players and ending: each from its mood, the picture and the wishes."""

from __future__ import annotations

import random

from autoscore.model.cues import OutType, OwnTheme, seed_of
from autoscore.model.palette import PALETTE_ROLES, Palette
from autoscore.stages.plan.moods import Temper
from autoscore.stages.plan.wishes import Wishes
from autoscore.tables import MoodTexture, mood, read


def rng_of(film_seed: int, name: str) -> random.Random:
    """A generator for one named choice, so that choices do not disturb each other."""
    return random.Random(seed_of(film_seed, name))


def tempo_of(at: Temper, mood_name: str, wishes: Wishes) -> tuple[float, str]:
    """Notated pulses a minute and why: the wish, else by arousal and valence within the mood's range (3.2)."""
    row, rule = mood(mood_name).tempo, read("planning.toml")["tempo"]
    if wishes.tempo_bpm is not None:
        return round(wishes.tempo_bpm, 2), "the tempo you asked for"
    if wishes.tempo_share is not None:
        wished = row.min_bpm + wishes.tempo_share * (row.max_bpm - row.min_bpm)
        return float(round(wished)), f"the speed you asked for, as {mood_name} has it"
    formula = rule["base"] + rule["per_arousal"] * at.arousal + rule["per_valence"] * at.valence
    # The formula says where the picture stands; half-way to it from the mood's own tempo keeps the mood's character.
    wish = 0.5 * (row.prefer_bpm + max(row.min_bpm, min(row.max_bpm, formula)))
    return float(round(wish / rule["step"]) * rule["step"]), f"by the picture's energy, within {mood_name}'s range"


def metre_of(
    mood_name: str, wishes: Wishes, seed: int, hits_per_min: float, own_theme: OwnTheme | None = None
) -> tuple[str, str]:
    """The metre: the wish, else the own theme's, else one of the mood's for the whole film; where much is hit the
    plainest one."""
    metres = mood(mood_name).tempo.metres
    if wishes.metre is not None:
        return wishes.metre, "the metre you asked for"
    if own_theme is not None:
        return own_theme.metre, "the metre of your theme"
    if len(metres) == 1 or hits_per_min > 6:
        return metres[0], "the mood's usual metre"
    weights = [0.85, 0.1, 0.05][: len(metres)]
    return rng_of(seed, f"metre {mood_name}").choices(metres[: len(weights)], weights)[0], "one metre for this mood"


def film_palette(home: str, wishes: Wishes) -> str:
    """The film's palette: the wish, else the home mood's, else one that has the instruments that were asked for."""
    return wishes.palette or mood(home).palette


def palette_of(mood_name: str, home: str, film: str, wishes: Wishes) -> tuple[str, str]:
    """One palette for the home mood and its kin, so that the film has one sound; a stranger brings its own."""
    if wishes.palette is not None:
        return wishes.palette, "the palette you asked for"
    kin = read("planning.toml")["moods"][home]["kin"]
    if mood_name == home or mood_name in kin:
        return film, "one sound for the film"
    own = mood(mood_name).palette
    return own, f"the palette of {mood_name}"


def featured(mood_name: str, palette: Palette, wishes: Wishes) -> tuple[str, ...]:
    """For each instrument word of the brief the one meant: the mood's or the palette's own, else the likeliest."""
    texture: MoodTexture = mood(mood_name).texture
    own = {name for role in PALETTE_ROLES for name in (*getattr(texture, role), *palette.players(role))}
    chosen = [next((name for name in names if name in own), names[0]) for names in wishes.featured]
    return tuple(dict.fromkeys(chosen))


def ending_of(mood_name: str, placed: OutType, *, ends_film: bool, fades_out: bool) -> tuple[OutType, str] | None:
    """How the mood would end a cue that ends freely; None leaves it as placed (fades and segues have their reasons)."""
    if placed != "ring":
        return None
    liked = mood(mood_name).devices.ending
    if ends_film and fades_out:
        return "ring", "the picture fades: the last chord rings out with it"
    out: OutType = "ring" if liked == "unresolved" else liked
    words = {
        "button": "a short, sure last note",
        "ring": "the last chord rings out",
        "fade": "it fades like a record",
        "stop": "it breaks off",
    }
    return out, f"{mood_name} music ends so: {words[out]}"
