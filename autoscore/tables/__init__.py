"""What a composer knows, as data: TOML files read into typed rows. The files are the truth; this module only reads."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

from autoscore.errors import TableError
from autoscore.tables.rows import row

FOLDER = resources.files(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoodTempo:
    """``pulse`` sets the bounds of tempo change (craft guide 2.3): "drums", "pulse" or "rubato".

    Tempi are notated pulses a minute. ``swing`` is the share of a beat that its first half takes, 0.5 =
    straight; ``swing_unit`` the length in quarters of what is divided so: "1" swings eighths, "1/2" sixteenths.
    """

    min_bpm: float
    max_bpm: float
    prefer_bpm: float
    metres: tuple[str, ...]
    pulse: Literal["drums", "pulse", "rubato"]
    swing: float = 0.5
    swing_unit: str = "1"
    odd_metres: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MoodSpotting:
    """Music's share of running time, and how often it may mark the picture (craft guide 1.4, 1.5)."""

    coverage: float
    hard_hits_per_min: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MoodHarmony:
    """``modes`` in order of liking. Progressions, cadences and ``ending`` are roman numerals, see tables/README.

    ``style``: "functional" resolves its tendency tones, "modal" and "jazz" need not, "chromatic" has no key to keep.
    """

    modes: tuple[str, ...]
    progressions: tuple[tuple[str, ...], ...]
    cadences: tuple[tuple[str, ...], ...]
    ending: tuple[str, ...]
    style: Literal["functional", "modal", "jazz", "chromatic"]
    pedal: float = 0.0
    """Probability of a tonic pedal under a phrase."""
    suspensions: float = 0.0
    """Suspensions per bar, at most."""
    colours: tuple[str, ...] = ()
    """Borrowed chords and mediants that a phrase may take on its way."""
    pairs: tuple[tuple[str, ...], ...] = ()
    """Pairs of chords to dwell on (craft guide 3.3)."""
    regions: tuple[str, ...] = ()
    """Where a contrast may move its key to: numerals of the tonic chords there, in order of liking."""
    dress: tuple[str, ...] = ()
    """Extensions that plain triads may take inside a phrase."""
    inversions: float = 0.1
    """Share of chords with their third in the bass."""
    pace: Literal["flowing", "static"] = "flowing"
    leading: Literal["led", "planed"] = "led"
    """How voices go: each its own way, or in blocks."""
    authentic: bool = False
    """A full close is at home here, also inside a cue (one a minute)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoodMelody:
    """``density`` is melody notes per beat at middle intensity; ``rest_share`` of its bars' time is silence."""

    style: str
    density: float
    rest_share: float
    leap_bias: float = 0.0
    """Share of steps that become fourths or fifths, -0.1..0.2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoodTexture:
    """Who may play each role, best first: keys of instruments.toml. ``motion_figures``: keys of figures.toml."""

    lead: tuple[str, ...]
    harmony: tuple[str, ...]
    bass: tuple[str, ...]
    motion: tuple[str, ...]
    colour: tuple[str, ...]
    counter: tuple[str, ...]
    percussion: tuple[str, ...]
    motion_figures: tuple[str, ...]
    groove: str = "orchestral"
    bed: float = 0.5
    """Intensity from which held chords lie under a figure; below it the figure is chord enough."""
    most_players: int = 16
    """How many may play at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoodDynamics:
    """Written dynamics at intensity 0 and 1; ``register``: "low", "middle", "high", "wide" or "extremes"."""

    floor: str
    ceiling: str
    register: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoodPlaying:
    """How a mood is played. ``swell``: the shape of long notes, a row of performance.toml [swells]."""

    swell: str = "arch"
    lead_ms: float = -11.0
    """How much later than everybody the tune is played; negative: ahead of them."""
    rubato_ms: float = 0.0
    """How much everybody lingers at the end of a phrase."""
    roll_ms: float = 6.0
    """Time between two tones of a chord on a keyboard, a harp or a guitar."""
    pump_db: float = 0.0
    """Dip of held chords on every beat, dB, negative."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoodMix:
    """Reverberation time RT60 in seconds, how wet against the family defaults, dB, how far the rows of the seating
    plan lie apart (1 = a concert hall, 0 = everybody at the microphone), and how much brighter than usual, dB."""

    rt60_s: float
    wet_db: float = 0.0
    depth: float = 1.0
    tone_db: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MoodDevices:
    """Transition and hit recipes of transitions.toml this mood likes, and how its last chord ends."""

    hard: tuple[str, ...]
    section: tuple[str, ...]
    soft: tuple[str, ...]
    ending: Literal["button", "ring", "fade", "stop", "unresolved"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mood:
    """One mood: tables/moods/NAME.toml. ``words`` are what a brief may call it."""

    name: str
    title: str
    words: tuple[str, ...]
    valence: float
    arousal: float
    palette: str
    tempo: MoodTempo
    spotting: MoodSpotting
    harmony: MoodHarmony
    melody: MoodMelody
    texture: MoodTexture
    dynamics: MoodDynamics
    mix: MoodMix
    devices: MoodDevices
    playing: MoodPlaying = MoodPlaying()


_MOOD_ROWS: dict[str, type[Any]] = {
    "tempo": MoodTempo, "spotting": MoodSpotting, "harmony": MoodHarmony, "melody": MoodMelody,
    "texture": MoodTexture, "dynamics": MoodDynamics, "mix": MoodMix, "devices": MoodDevices,
    "playing": MoodPlaying,
}  # fmt: skip


@cache
def read(name: str) -> dict[str, Any]:
    """The table file ``name`` (like "instruments.toml") as nested dicts.

    Raises:
        TableError: it is not there or no TOML.
    """
    try:
        return tomllib.loads(FOLDER.joinpath(name).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise TableError(f"{name}: {error}") from None


@cache
def priors() -> dict[str, Any]:
    """Statistics of human-composed music (priors.json), each block with its sources and licence under "_src"."""
    table: dict[str, Any] = json.loads(FOLDER.joinpath("priors.json").read_text(encoding="utf-8"))
    return table


@cache
def mood_names() -> tuple[str, ...]:
    """All moods, sorted by name."""
    files = FOLDER.joinpath("moods").iterdir()
    return tuple(sorted(f.name.removesuffix(".toml") for f in files if f.name.endswith(".toml")))


@cache
def mood(name: str) -> Mood:
    """One mood.

    Raises:
        KeyError: there is no such mood.
        TableError: its file has an unknown or missing key, or a value of another kind.
    """
    if name not in mood_names():
        raise KeyError(name)
    where = f"moods/{name}.toml"
    table = dict(read(where))
    for key, kind in _MOOD_ROWS.items():
        table[key] = row(kind, table.get(key, {}), f"{where} [{key}]")
    return row(Mood, {"name": name, **table}, where)
