"""Dress: plain triads away from the tonic take a seventh, ninth or sixth of the mood's liking; the tonic stands plain.

So dissonance rises as a phrase goes away and is released where it comes home (craft guide 5.1).
"""

from __future__ import annotations

import random
import re

from autoscore.stages.compose.harmony.roman import parse_roman
from autoscore.stages.compose.harmony.rows import tonic
from autoscore.stages.compose.values import Key
from autoscore.tables import read

_PLAIN = re.compile(r"^([b#]*)(VII|VI|IV|V|III|II|I|vii|vi|iv|v|iii|ii|i)((?:/[b#]*[1-7])?)$")


def dressed(roman: str, key: Key, likes: tuple[str, ...], rng: random.Random) -> str:
    """The numeral with one of ``likes`` added, where it is a plain triad and the added tones belong to the key.

    Args:
        likes: extensions of the grammar (add9, maj7, 7, sus2, ...). rng: the same source gives the same dress, so that
            a chord that returns looks as it did.
    """
    chance, pick = rng.random(), rng.random()
    match = _PLAIN.match(roman)
    if not match or not likes or tonic(roman) or chance > read("harmony.toml")["dress"]["share"]:
        return roman
    accidental, numeral, bass = match.groups()
    plain = set(parse_roman(roman).classes)
    fitting = []
    for like in likes:
        if like == "maj7" and numeral.islower():
            continue
        found = f"{accidental}{numeral}{like}{bass}"
        if all(c in key.scale for c in parse_roman(found).classes if c not in plain):
            fitting.append(found)
    return fitting[min(len(fitting) - 1, int(pick * len(fitting)))] if fitting else roman
