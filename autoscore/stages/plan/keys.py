"""The key plan: a home key, related keys for neighbours, raised acts, the climax at home or above, the end at home.

Craft guide 4.6. The keys of all cues are chosen together, so that none that follows closely comes unprepared.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from autoscore.model.cues import Cue, OwnTheme
from autoscore.stages.plan.wishes import Wishes
from autoscore.tables import mood, read
from autoscore.tables.keys import Key, key_on, parse_key, third_of

RELATED = frozenset({0, 3, 4, 5, 7, 8, 9})
"""Root distances (semitones) of neighbours by fifth, relative, mediant or common tone (craft guide 4.6)."""

CLIMAX = "the climax: home or a little above"
HOME, _ASKED = "the film's home key", "the key you asked for"
_HOME_TONIC = "the tonic of the film's home key"
_RELATIONS = {
    0: "the same tonic as home", 3: "a minor third above home", 4: "a mediant above home", 5: "a fourth above home",
    7: "a fifth above home", 8: "a mediant below home", 9: "a third below home",
}  # fmt: skip


def _rules() -> dict[str, Any]:
    found: dict[str, Any] = read("planning.toml")["keys"]
    return found


def mode_of(mood_name: str, valence: float, wished: str | None) -> str:
    """The mode for a mood at a valence: the wished one, else the liked one that is nearest in brightness."""
    rows, liked = read("modes.toml"), mood(mood_name).harmony.modes
    if wished is not None:
        return wished
    return min(liked, key=lambda m: abs(float(rows[m]["brightness"]) - valence) + 0.35 * liked.index(m))


def mode_for(mood_name: str, valence: float, tune: Key) -> str:
    """The mode for a mood that states a tune of the user's own: it keeps the tune's third, so that it is recognised.

    The tune's own mode where the mood likes it or likes none with that third, else the liked one nearest in brightness.
    """
    rows, third = read("modes.toml"), third_of(tune.mode)
    liked = [mode for mode in mood(mood_name).harmony.modes if third_of(mode) == third]
    if tune.mode in liked or not liked:
        return tune.mode
    return min(liked, key=lambda m: abs(float(rows[m]["brightness"]) - valence) + 0.35 * liked.index(m))


def below_ceiling(tonic: int, mood_name: str) -> int:
    """Semitones from the tonic or its fifth, whichever is nearer, up to the ceiling of the mood's first lead.

    A tune's highest note is most often its tonic or its fifth: near 0 it lies where that player shines.
    """
    lead = mood(mood_name).texture.lead[0]
    ceiling = int(read("instruments.toml")[lead]["sweet"][1])
    return min((ceiling - tonic) % 12, (ceiling - tonic - 7) % 12)


def home_key(
    mood_name: str, valence: float, wishes: Wishes, rng: random.Random, own_theme: OwnTheme | None = None
) -> Key:
    """The film's home key: the wished one, else the own theme's, else a tonic by the seed, likelier the nearer the top
    of a tune in it lies to the ceiling of the lead."""
    rules = _rules()
    tonics = [parse_key(f"{tonic} major").pitch_class for tonic in rules["tonics"]]
    weights = [float(rules["ceiling"]) ** below_ceiling(tonic, mood_name) for tonic in tonics]
    tonic = rng.choices(tonics, weights)[0]
    if wishes.key is not None:
        return wishes.key
    if own_theme is not None:
        own = parse_key(own_theme.key)
        return key_on_like(own, 0, wishes.mode or own.mode)
    return key_on(tonic, mode_of(mood_name, valence, wishes.mode))


def _mode(cue: Cue, home: Key, home_mood: str, wishes: Wishes, is_last: bool, tune: Key | None) -> tuple[str, str]:
    """The mode of a cue; the film's own where the mood is its own, and its bright sister where all ends well.

    Args:
        tune: the key of the user's own theme, where the cue states that.

    Returns:
        the mode, and what is to be said about it after the reason for the tonic.
    """
    if tune is not None and wishes.mode is None:
        return mode_for(cue.mood, cue.valence, tune), f"; {third_of(tune.mode)} like your theme"
    liked = mood(cue.mood).harmony.modes
    mode = mode_of(cue.mood, cue.valence, wishes.mode)
    if wishes.mode is None and cue.mood == home_mood and home.mode in liked:
        mode = home.mode
        resolved = is_last and cue.valence >= _rules()["resolved_valence"] and third_of(mode) == "minor"
        if resolved:
            mode = next((m for m in liked if third_of(m) == "major"), mode)
    if wishes.key is not None and third_of(mode) == third_of(wishes.key.mode):
        mode = wishes.key.mode
    return mode, "; the mode you asked for" if wishes.mode is not None and wishes.key is None else ""


def _options(cue: Cue, place: float, home_mood: str, alone: bool) -> dict[int, tuple[float, str]]:
    """Steps above home that a cue may stand on: what each costs, and why it would be chosen.

    Args:
        place: where in the film the cue begins, 0..1. alone: silence on both sides is long enough for anything.
    """
    rules = _rules()
    if cue.is_climax:
        return {s: (0.5 * n, CLIMAX) for n, s in enumerate(rules["climax"])}
    if cue.mood == home_mood:
        found = {
            s: (0.35 * n, _RELATIONS.get(s, "related to the film's home key")) for n, s in enumerate(rules["near"][:4])
        }
    else:
        found = {
            s: (0.4 * n, _RELATIONS.get(s, "related to the film's home key")) for n, s in enumerate(rules["near"][1:])
        }
    act = sum(place >= edge for edge in rules["acts"])
    lift = int(rules["raise"][act])
    if lift and cue.arousal >= rules["raise_arousal"]:
        found[lift] = (-0.4, "raised with the act")
    if alone and mood(cue.mood).valence <= rules["threat_valence"]:
        found |= {s: (0.1 + 0.3 * n, "far from home: a threat") for n, s in enumerate(rules["far"])}
    return found


def _clash(step: int, close: bool, climax: bool) -> float:
    """What it costs that a cue stands ``step`` semitones above the one before."""
    if step % 12 == 0:
        return 0.5
    if not close or step % 12 in RELATED:
        return 0.0
    return 2.0 if climax and step % 12 == 2 else 50.0


def key_plan(
    cues: Sequence[Cue],
    home: Key,
    home_mood: str,
    wishes: Wishes,
    rng_of: Callable[[str], random.Random],
    own_theme: OwnTheme | None = None,
) -> list[tuple[Key, str]]:
    """The key of every cue, and why, in film order.

    Args:
        home, home_mood: the film's own. rng_of: a random source for each cue by its id. own_theme: the user's tune,
            which is the main theme.
    """
    near_s = float(_rules()["near_gap_s"])
    tune = parse_key(own_theme.key) if own_theme is not None else None
    gaps = [b.start_s - a.end_s for a, b in pairwise(cues)]
    length_s = cues[-1].end_s if cues else 1.0
    layers: list[list[tuple[float, int, str, int]]] = []
    for n, cue in enumerate(cues):
        rng = rng_of(cue.id)
        if n in (0, len(cues) - 1) or wishes.key is not None:
            why = _ASKED if wishes.key is not None else HOME
            options = {0: (0.0, why)}
        else:
            alone = gaps[n - 1] >= near_s and gaps[n] >= near_s
            options = _options(cue, cue.start_s / length_s, home_mood, alone)
        layer = []
        for step in sorted(options):
            cost, why = options[step]
            cost += 1.5 * rng.random()
            if not layers:
                layer.append((cost, step, why, -1))
                continue
            close = gaps[n - 1] < near_s
            climax = cue.is_climax or cues[n - 1].is_climax
            best, j = min((c + _clash(step - s, close, climax), j) for j, (c, s, _, _) in enumerate(layers[-1]))
            layer.append((round(cost + best, 9), step, why, j))
        layers.append(layer)
    found: list[tuple[Key, str]] = []
    index = min(range(len(layers[-1])), key=lambda j: layers[-1][j][:2]) if layers else 0
    for n in range(len(layers) - 1, -1, -1):
        _, step, why, before = layers[n][index]
        stated = tune if cues[n].theme.theme == "main" else None
        mode = _mode(cues[n], home, home_mood, wishes, n == len(cues) - 1, stated)
        found.append(_named(cues[n], home, step, why, mode))
        index = max(0, before)
    return found[::-1]


def key_beside(
    cue: Cue,
    before: Cue | None,
    after: Cue | None,
    home: Key,
    home_mood: str,
    wishes: Wishes,
    rng: random.Random,
    own_theme: OwnTheme | None = None,
) -> tuple[Key, str]:
    """The key of a cue that was put between others whose keys stay, and why: as in ``key_plan``."""
    near_s = float(_rules()["near_gap_s"])
    tune = parse_key(own_theme.key) if own_theme is not None and cue.theme.theme == "main" else None
    if wishes.key is not None or before is None or after is None:
        options = {0: (0.0, HOME if wishes.key is None else _ASKED)}
    else:
        alone = cue.start_s - before.end_s >= near_s and after.start_s - cue.end_s >= near_s
        options = _options(cue, cue.start_s / max(after.end_s, 1e-9), home_mood, alone)

    def cost(step: int) -> float:
        total = options[step][0] + 1.5 * rng.random()
        pitch = home.pitch_class + step
        if before is not None:
            close = cue.start_s - before.end_s < near_s
            total += _clash(pitch - parse_key(before.key).pitch_class, close, cue.is_climax)
        if after is not None:
            total += _clash(
                parse_key(after.key).pitch_class - pitch, after.start_s - cue.end_s < near_s, after.is_climax
            )
        return total

    costs = {step: cost(step) for step in sorted(options)}
    step = min(costs, key=lambda s: (costs[s], s))
    return _named(cue, home, step, options[step][1], _mode(cue, home, home_mood, wishes, after is None, tune))


def _named(cue: Cue, home: Key, step: int, why: str, mode: tuple[str, str]) -> tuple[Key, str]:
    key = key_on_like(home, step, mode[0])
    return key, (f"{_HOME_TONIC}, {mode[0]} for {cue.mood}" if why == HOME and key != home else why) + mode[1]


def key_on_like(home: Key, step: int, mode: str) -> Key:
    """The key ``step`` semitones above ``home``; the home tonic keeps its spelling."""
    if step % 12 == 0:
        return Key(tonic=home.tonic, pitch_class=home.pitch_class, mode=mode)
    return key_on(home.pitch_class + step, mode)
