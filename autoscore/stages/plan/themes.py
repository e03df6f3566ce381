"""Themes over the film: which cue states which theme, and how (craft guide 4.3, 4.5)."""

from __future__ import annotations

from autoscore.model.cues import ThemeTreatment, ThemeUse
from autoscore.model.spotting import Spotting
from autoscore.tables import read

ALONE, PEAK = "the only cue states the theme whole", "the most intense moment of the film is here"
CREDITS, ECHO = "the credits give the main theme room", "the film ends with an echo of the main theme"
HEARD_EARLY = "the main theme is heard early"
GROWS, AFTER = "the main theme grows toward the climax", "the main theme after the climax"
_ROAD: tuple[ThemeTreatment, ...] = ("fragment", "partial", "full", "altered")
_TALKATIVE = 0.6
EARLY = 0.2
"""The main theme is first heard within this share of the film (craft guide 4.5)."""
STATEMENTS, LONG_S = 3, 300.0
"""So many statements a film of this length or more has of its main theme at least."""
WHOLE: tuple[ThemeTreatment, ...] = ("partial", "full", "altered", "climax")
"""Treatments in which the theme is recognised by somebody who heard it once."""


def theme_names(spotting: Spotting) -> tuple[str, ...]:
    """Main, a contrasting one in longer films, and one for each place that is seen again, within the budget."""
    rules = read("planning.toml")["themes"]
    names = ["main"]
    if spotting.duration_s >= rules["second_min_s"]:
        names.append("contrast")
    seen: dict[int, list[float]] = {}
    for scene in spotting.scenes:
        seen.setdefault(scene.place, []).append(scene.duration_s)
    again = [p for p, spans in seen.items() if len(spans) >= 2 and sum(spans) >= 0.1 * spotting.duration_s]
    room = min(int(spotting.duration_s // rules["place_every_s"]), rules["most"] - len(names))
    return tuple(names + [f"place{n + 1}" for n in range(min(len(again), room))])


def theme_uses(
    *,
    homely: list[bool],
    starts_s: list[float],
    talk: list[float],
    climax: int,
    duration_s: float,
    themes: tuple[str, ...],
    credits: list[bool] | None = None,
) -> list[tuple[ThemeUse, str]]:
    """The use and the reason for each cue. ``homely``: the cue has the home mood; ``climax``: index of the peak cue;
    ``credits``: credits roll under the cue.

    Over the film the main theme goes fragment -> partial -> full -> altered -> climax -> echo.
    """
    count = len(homely)
    if count == 1:
        return [(ThemeUse(theme="main", treatment="full"), ALONE)]
    uses: list[tuple[ThemeUse, str]] = []
    others = [t for t in themes if t != "main"]
    road = [n for n in range(count) if n < climax and (homely[n] or not others)]
    after_climax = 0
    strangers = 0
    for number in range(count):
        if number == climax:
            uses.append((ThemeUse(theme="main", treatment="climax"), PEAK))
        elif credits and credits[number]:
            uses.append((ThemeUse(theme="main", treatment="full"), CREDITS))
        elif number == count - 1:
            last: ThemeTreatment = "echo"
            uses.append((ThemeUse(theme="main", treatment=last), ECHO))
        elif starts_s[number] <= EARLY * duration_s and not any(u.theme == "main" for u, _ in uses):
            first: ThemeTreatment = "partial" if len(road) <= 3 else "fragment"
            uses.append((ThemeUse(theme="main", treatment=first), HEARD_EARLY))
        elif not homely[number] and others:
            theme = others[strangers % len(others)]
            strangers += 1
            how: ThemeTreatment = "full" if strangers == 1 else "altered"
            if talk[number] >= _TALKATIVE:
                how = "fragment"
            uses.append((ThemeUse(theme=theme, treatment=how), "another temper, another theme"))
        elif talk[number] >= _TALKATIVE:
            uses.append((ThemeUse(theme="main", treatment="fragment"), "much is said here: only a trace of the theme"))
        elif number < climax:
            place = road.index(number) / max(1, len(road) - 1) if number in road else 0.5
            how = _ROAD[min(len(_ROAD) - 1, int(place * len(_ROAD)))]
            uses.append((ThemeUse(theme="main", treatment=how), GROWS))
        else:
            after_climax += 1
            how = "altered" if after_climax == 1 else "partial"
            uses.append((ThemeUse(theme="main", treatment=how), AFTER))
    return _stated(uses, talk, duration_s)


def _stated(uses: list[tuple[ThemeUse, str]], talk: list[float], duration_s: float) -> list[tuple[ThemeUse, str]]:
    """The uses, with as many whole statements of the main theme as a film of this length needs to be remembered by:
    fragments in cues with little talk grow first, then cues of other themes give way, the quietest talk first."""
    wanted = min(STATEMENTS if duration_s >= LONG_S else 1, len(uses))
    found = list(uses)
    order = sorted(range(len(found) - 1), key=lambda n: (found[n][0].theme != "main", talk[n], n))
    for number in order:
        if sum(u.theme == "main" and u.treatment in WHOLE for u, _ in found) >= wanted:
            break
        use = found[number][0]
        if use.theme == "main" and use.treatment in WHOLE:
            continue
        if use.theme != "main" and talk[number] >= _TALKATIVE:
            continue
        found[number] = (ThemeUse(theme="main", treatment="full"), "the main theme has to be heard often enough")
    return found
