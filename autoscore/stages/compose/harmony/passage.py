"""One phrase's harmony: which idea it takes by its function, in which key, over which pedal (craft guide 4.4, 5.1)."""

from __future__ import annotations

from autoscore.stages.compose.harmony.contrast import contrast, retransition
from autoscore.stages.compose.harmony.idea import reharmonised
from autoscore.stages.compose.harmony.plot import (
    Passage,
    Plot,
    by_bars,
    closing_of,
    idea_of,
    joined,
    padded,
    passage_of,
    returning,
    theme_harmony,
)
from autoscore.stages.compose.harmony.regions import regions
from autoscore.stages.compose.harmony.rhythm import bar_s, pace_of, slots, unit_bars
from autoscore.stages.compose.harmony.rows import rows_in, tonic
from autoscore.stages.compose.values import Phrase


def statement(plot: Plot, phrase: Phrase, authentic: bool) -> Passage:
    """A and the climax: the theme's own harmony, or the cue's first idea; the same chords whenever it returns.

    Every second return is another light on it: the same beginning and goal, other chords between.
    """
    even = phrase.function != "A" or phrase.statement % 2 == 0
    region = plot.home
    if (
        pace_of(plot.setting, phrase) == "static"
        and phrase.cadence != "end"
        and (phrase.function == "climax" or not even)
    ):
        # Where hardly anything moves, everything slides: the ground itself is the event.
        region = next(iter(regions(plot.setting)), region)
    rhythm = plot.random("rhythm", returning(phrase))
    own = theme_harmony(plot, 0)
    closing = plot.random("closing", phrase.index)
    if own and unit_bars(bar_s(plot.setting, phrase), "moderate") <= 2 and len(phrase.bars) >= 4:
        romans = own if even else reharmonised(own, region.map_, plot.random("light", phrase.statement), keep=0)
        found, named = by_bars(plot, phrase, romans, rhythm)
    else:
        found = slots(plot.setting, phrase, plot.stop, rhythm)
        idea = idea_of(plot, region, "A", max(8, len(found)))
        if not even:
            idea = reharmonised(idea, region.map_, plot.random("light", phrase.statement), keep=0)
        room = 2 if len(found) > 3 else 1
        named = list(idea[: max(0, len(found) - room)])
    tail = closing_of(plot, phrase, region, len(found) - len(named), closing, named, authentic=authentic)
    tail = padded(tail, len(found) - len(named), region, named, closing)
    named = joined(named, tail, region)
    return passage_of(found, named, region)


def frame(plot: Plot, phrase: Phrase) -> Passage:
    """Introduction, dissolve, coda: a pair of chords to dwell on, or the head of the idea; a pedal is at home here."""
    setting, region = plot.setting, plot.home
    label = phrase.function
    rng = plot.random("frame", label, phrase.statement)
    found = slots(setting, phrase, plot.stop, plot.random("rhythm", label), cadence=label != "coda")
    pairs = [p for p in setting.mood.harmony.pairs if rows_in(setting.key, (p,))]
    fitting = [p for p in pairs if rows_in(setting.key, (p,))[0] == p]
    closing = plot.random("closing", phrase.index)
    room = 0 if len(found) < 2 else 2 if phrase.cadence == "end" and len(found) > 3 else 1
    if fitting and label != "dissolve" and (rng.random() < 0.65 or pace_of(setting, phrase) == "static"):
        pair = fitting[rng.randrange(len(fitting))]
        body = [pair[i % 2] for i in range(min(8, len(found) - room))]
    else:
        body = list(idea_of(plot, region, "A", max(8, len(found)))[: len(found) - room])
        if label == "dissolve":
            body = list(reharmonised(tuple(body), region.map_, rng, keep=0))
    tail = closing_of(plot, phrase, region, room, closing, body)
    tail = padded(tail, len(found) - len(body), region, body, closing)
    named = joined(body, tail, region)
    if phrase.index == 0 and named and not tonic(named[0]) and setting.mood.harmony.style == "functional":
        named[0] = region.map_.home
    return passage_of(found, named, region)


def passage(plot: Plot, phrase: Phrase, follows: str, authentic: bool) -> Passage:
    """The harmony of ``phrase``.

    Args:
        follows: the function of the next phrase, "" at the end. authentic: a full close is allowed here.
    """
    if phrase.function == "retransition":
        return retransition(plot, phrase)
    if phrase.function in ("B", "development"):
        return contrast(plot, phrase, follows)
    if phrase.function in ("intro", "coda", "dissolve"):
        return frame(plot, phrase)
    return statement(plot, phrase, authentic)
