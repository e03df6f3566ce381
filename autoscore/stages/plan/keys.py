"""The key plan: a home key, related keys for neighbours, the climax at home or above, the end at home."""

from __future__ import annotations

import random

from autoscore.model.cues import OwnTheme
from autoscore.stages.plan.wishes import Wishes
from autoscore.tables import mood, read
from autoscore.tables.keys import Key, key_on, parse_key, third_of

RELATED = frozenset({0, 3, 4, 5, 7, 8, 9})
"""Root distances (semitones) of neighbours by fifth, relative, mediant or common tone (craft guide 4.6)."""


def mode_of(mood_name: str, valence: float, wished: str | None) -> str:
    """The mode for a mood at a valence: the wished one, else the liked one that is nearest in brightness."""
    rows, liked = read("modes.toml"), mood(mood_name).harmony.modes
    if wished is not None:
        return wished
    return min(liked, key=lambda m: abs(float(rows[m]["brightness"]) - valence) + 0.35 * liked.index(m))


def home_key(
    mood_name: str, valence: float, wishes: Wishes, rng: random.Random, own_theme: OwnTheme | None = None
) -> Key:
    """The film's home key: the wished one, else the own theme's, else a tonic by the seed in the mood's mode."""
    tonics = read("planning.toml")["keys"]["tonics"]
    tonic = parse_key(f"{rng.choice(tonics)} major").pitch_class
    if wishes.key is not None:
        return wishes.key
    if own_theme is not None:
        own = parse_key(own_theme.key)
        return key_on_like(own, 0, wishes.mode or own.mode)
    return key_on(tonic, mode_of(mood_name, valence, wishes.mode))


def cue_key(
    *,
    home: Key,
    mood_name: str,
    valence: float,
    wishes: Wishes,
    before: Key | None,
    gap_s: float,
    is_first: bool,
    is_last: bool,
    is_climax: bool,
    is_home_mood: bool,
    rng: random.Random,
) -> tuple[Key, str]:
    """The key of one cue, and why."""
    rules = read("planning.toml")["keys"]
    mode = mode_of(mood_name, valence, wishes.mode)
    if is_home_mood and wishes.mode is None and home.mode in mood(mood_name).harmony.modes:
        mode = home.mode
    if wishes.key is not None and third_of(mode) == third_of(wishes.key.mode):
        mode = wishes.key.mode
    if is_first or is_last or wishes.key is not None:
        why = "the key you asked for" if wishes.key is not None else "the film's home key"
        return key_on_like(home, 0, mode), why
    if is_climax:
        steps, why = list(rules["climax"]), "the climax: home or a little above"
    elif is_home_mood:
        steps, why = [0, *rules["near"][1:3]], "near the film's home key"
    else:
        steps, why = list(rules["near"][1:]), "related to the film's home key"
    close = before is not None and gap_s < rules["near_gap_s"]
    fit = [s for s in steps if not close or before is None or _related(home, s, before)] or [0]
    if before is not None and not is_climax and len(fit) > 1:
        fit = [s for s in fit if (home.pitch_class + s) % 12 != before.pitch_class] or fit
    weights = [1.0 / (1 + n) for n in range(len(fit))]
    return key_on_like(home, rng.choices(fit, weights)[0], mode), why


def _related(home: Key, step: int, before: Key) -> bool:
    return (home.pitch_class + step - before.pitch_class) % 12 in RELATED


def key_on_like(home: Key, step: int, mode: str) -> Key:
    """The key ``step`` semitones above ``home``; the home tonic keeps its spelling."""
    if step % 12 == 0:
        return Key(tonic=home.tonic, pitch_class=home.pitch_class, mode=mode)
    return key_on(home.pitch_class + step, mode)
