"""What each phrase of a cue is for: a template of film form that bends to the picture's intensity (craft guide 4.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autoscore.tables import read


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A phrase before it has a function: bars, mean intensity."""

    bars: int
    level: float


def limits() -> dict[str, Any]:
    """What makes a climax, a link and an introduction: form.toml."""
    row: dict[str, Any] = read("form.toml")["functions"]
    return row


def _climax(stretches: Sequence[Stretch], body: range, wanted: bool) -> int | None:
    """The index of the climax: the maximum of intensity; of near equals the one with room for the whole theme."""
    if len(body) < (2 if wanted else 3):
        return None
    row = limits()
    levels = [stretches[i].level for i in body]
    height = max(levels)
    least = min(s.level for s in stretches)
    if not wanted and (height < row["climax_from"] or height - least < row["climax_above"]):
        return None
    near = [i for i in body if stretches[i].level >= height - row["near_climax"] and (i > body[0] or len(body) == 1)]
    near = near or [body[levels.index(height)]]
    return max(near, key=lambda i: (min(stretches[i].bars, row["room_bars"]), stretches[i].level, i))


def _cycle(names: Sequence[str], count: int, last: str = "") -> list[str]:
    found = [names[i % len(names)] for i in range(count)]
    if last and count >= 4:
        found[-1] = last
    return found


def assign(stretches: Sequence[Stretch], *, introduced: bool, closes: bool, peaks: bool) -> list[str]:
    """A function for each stretch.

    Args:
        introduced: there is time for an introduction (it still needs somewhere to grow from).
        closes: the cue has an end of its own, so its last phrase is a coda.
        peaks: the film's climax is in this cue.
    """
    count = len(stretches)
    if count == 1:
        return ["A"]
    row = limits()
    functions = [""] * count
    first, last = 0, count
    if introduced:
        functions[0], first = "intro", 1
    if closes and count - first >= 2:
        functions[-1], last = "coda", count - 1
    body = range(first, last)
    peak = _climax(stretches, body, peaks)
    before = [i for i in body if peak is None or i < peak]
    after = [] if peak is None else [i for i in body if i > peak]
    if peak is not None:
        functions[peak] = "climax"
        if peak == first == 1:
            # Nothing may peak that was not heard before: the opening states the theme.
            functions[0] = "A"
    if after and peak is not None and stretches[after[0]].level < stretches[peak].level - row["dissolve"]:
        functions[after[0]] = "dissolve"
        after = after[1:]
    links = [
        i
        for i in (*before, *after)
        if stretches[i].bars <= row["link_bars"] and i != first and i + 1 < count and len(body) > 2
    ]
    for i in links:
        functions[i] = "retransition" if stretches[i + 1].level >= stretches[i].level else "dissolve"
    before = [i for i in before if i not in links]
    after = [i for i in after if i not in links]
    grows_to = "development" if peak is not None else ""
    for i, name in zip(before, _cycle(row["climbs"], len(before), grows_to), strict=True):
        functions[i] = name
    for i, name in zip(after, _cycle(row["after"], len(after)), strict=True):
        functions[i] = name
    return functions
