"""What everybody has in common: the accents of a phrase, on which figures, bass, struck chords and low drums meet."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from autoscore.model.tempo import Bar
from autoscore.stages.compose.themes.skeleton import compound
from autoscore.stages.compose.values import Phrase, Setting
from autoscore.tables import read

CALM = 0.35
"""Below this intensity a phrase keeps to its groove's first, calmest accents."""

_SIMPLE = (Fraction(0), Fraction(1, 4), Fraction(1, 2), Fraction(3, 4))
_COMPOUND = (Fraction(0), Fraction(1, 2), Fraction(1), Fraction(5, 4))


def groove_row(setting: Setting) -> dict[str, Any]:
    """The groove of the mood; "none" where percussion.toml has none of that name."""
    grooves: dict[str, dict[str, Any]] = read("percussion.toml")["grooves"]
    return grooves.get(setting.mood.texture.groove) or grooves["none"]


def placed(pattern: str, bar: Bar) -> list[tuple[Fraction, str]]:
    """(beat inside the bar, symbol) of a 4/4 pattern of 16ths in the metre of ``bar``; "." is a rest.

    Other metres take as many beats; a compound beat takes its four places as long-short-short with a last sixteenth.
    """
    found: list[tuple[Fraction, str]] = []
    pulse, inside = (Fraction(3, 2), _COMPOUND) if compound(bar.metre) else (Fraction(1), _SIMPLE)
    beat = 0
    while beat * pulse < bar.length_beats:
        for i in range(4):
            symbol = pattern[(beat * 4 + i) % len(pattern)]
            at = beat * pulse + inside[i]
            if symbol != "." and at < bar.length_beats:
                found.append((at, symbol))
        beat += 1
    return found


def accent_map(setting: Setting, phrase: Phrase) -> str:
    """The phrase's accents as a pattern of 16ths; another one in every phrase (craft guide 5.4: every 8 bars)."""
    maps: list[str] = groove_row(setting)["accents"]
    if phrase.intensity < CALM or len(maps) == 1:
        return maps[0]
    start = setting.random("accents").randrange(len(maps))
    return maps[(start + phrase.index) % len(maps)]


def accents(setting: Setting, phrase: Phrase, bar: Bar) -> tuple[Fraction, ...]:
    """Beats inside ``bar`` on which the whole accompaniment strikes together, the downbeat first among them."""
    found = [at for at, _ in placed(accent_map(setting, phrase), bar)]
    return tuple(dict.fromkeys((Fraction(0), *found)))
