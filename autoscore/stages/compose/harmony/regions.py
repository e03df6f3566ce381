"""Where a cue may move its key to: mediants and relatives for contrast, steps for a sequence (craft guide 4.4)."""

from __future__ import annotations

from dataclasses import dataclass

from autoscore.stages.compose.harmony.graph import Graph, graph
from autoscore.stages.compose.harmony.roman import parse_roman
from autoscore.stages.compose.harmony.rows import has_rows
from autoscore.stages.compose.values import Key, Setting
from autoscore.tables import MoodHarmony, keys, read


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """``key`` lies ``steps`` semitones above home. Numerals of ``map_`` are counted from ``origin``: the region's own
    tonic, or the home tonic where a relative key borrows the chords of home; ``start`` is its tonic chord there."""

    steps: int
    key: Key
    map_: Graph
    origin: int
    start: str

    @property
    def home(self) -> bool:
        return self.steps == 0


def home_region(harmony: MoodHarmony, key: Key) -> Region:
    """The cue's own key."""
    map_ = graph(harmony, key)
    return Region(steps=0, key=key, map_=map_, origin=0, start=map_.home)


def at_steps(harmony: MoodHarmony, key: Key, steps: int) -> Region:
    """The same mode, ``steps`` semitones higher."""
    there = Key(tonic=(key.tonic + steps) % 12, mode=key.mode, scale=key.scale)
    map_ = graph(harmony, there)
    return Region(steps=steps % 12, key=there, map_=map_, origin=steps % 12, start=map_.home)


def regions(setting: Setting) -> tuple[Region, ...]:
    """The regions of the mood that can be reached from the cue's key, in order of liking.

    A region is written as the numeral of its tonic chord. One with the third of home takes the mood's rows there; one
    with the other third takes rows of the mood for it, or, as a relative key, the chords of home around its own tonic.
    """
    harmony, home = setting.mood.harmony, setting.key
    found: list[Region] = []
    for numeral in harmony.regions:
        steps, minor = parse_roman(numeral).root, numeral.lstrip("b#").islower()
        if minor == home.minor:
            found.append(at_steps(harmony, home, steps))
            continue
        mode = "minor" if minor else "major"
        there = Key(tonic=(home.tonic + steps) % 12, mode=mode, scale=tuple(read("modes.toml")[mode]["scale"]))
        if has_rows(there, harmony.progressions):
            map_ = graph(harmony, there)
            found.append(Region(steps=steps, key=there, map_=map_, origin=steps, start=map_.home))
            continue
        map_ = graph(harmony, home)
        if numeral in map_.travel:
            found.append(Region(steps=steps, key=there, map_=map_, origin=0, start=numeral))
    return tuple(found)


def key_name(key: Key) -> str:
    """ "F major" of a key, in the usual spelling."""
    return str(keys.key_on(key.tonic, key.mode))
