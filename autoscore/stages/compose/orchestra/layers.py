"""Which layers sound in which phrase, and who plays them (craft guide 6.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from autoscore.stages.compose.orchestra.chairs import is_section
from autoscore.stages.compose.orchestra.players import player
from autoscore.stages.compose.orchestra.seats import Seats, seat
from autoscore.stages.compose.values import Phrase, Setting
from autoscore.tables import read


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """One phrase's layers, in table order, and the instruments of each role; a role without players is empty.

    ``motion`` holds the sections that play one figure together (highest first), or a single player and one who may
    double it. ``tutti`` adds chords on the accents, ``bass[1]`` doubles the bass.
    """

    layers: tuple[str, ...]
    lead: str
    doubling: str
    octave: str
    counter: str
    harmony: tuple[str, ...]
    pad: str
    bass: tuple[str, ...]
    motion: tuple[str, ...]
    colour: str
    percussion: tuple[str, ...]
    tutti: str = ""

    def has(self, layer: str) -> bool:
        return layer in self.layers


def layer_rows() -> dict[str, dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = read("layers.toml")["layers"]
    return rows


def level_db(layer: str) -> float:
    """Musical balance of a layer, dB (craft guide 6.3)."""
    return float(layer_rows()[layer]["level_db"])


def _levels(setting: Setting, phrases: tuple[Phrase, ...]) -> list[float]:
    """What decides about layers: the phrase's intensity, its distance from the cue's mean made larger."""
    row = read("layers.toml")
    shift, contrast = float(row["pulse_shift"][setting.mood.tempo.pulse]), float(row["contrast"])
    shift += float(read("percussion.toml")["grooves"].get(setting.mood.texture.groove, {}).get("presence", 0.0))
    length = float(sum(p.length_beats for p in phrases))
    mean = sum(p.intensity * float(p.length_beats) for p in phrases) / length
    return [p.intensity + (contrast - 1.0) * (p.intensity - mean) + shift for p in phrases]


def _active(levels: list[float]) -> list[list[str]]:
    """Layers of each phrase, with hysteresis: what sounds stays a little longer than it took to enter."""
    hysteresis = float(read("layers.toml")["hysteresis"])
    before: set[str] = set()
    found = []
    for level in levels:
        active = [
            name
            for name, row in layer_rows().items()
            if row["from"] - (hysteresis if name in before else 0.0) <= level
            and level < row.get("until", 2.0) + (hysteresis if name in before else 0.0)
        ]
        found.append(active)
        before = set(active)
    return found


def _trim(phrase: Phrase, active: list[str], groovy: bool) -> list[str]:
    """What a phrase's function leaves out (layers.toml, trims)."""
    out = read("layers.toml")["trims"].get(phrase.function, [])
    return [n for n in active if n not in out or (n == "percussion" and groovy)]


def _lead_of(phrase: Phrase, leads: tuple[str, ...]) -> str:
    """Statements pass the theme on, contrasts have a voice of their own, the climax takes the brightest."""
    if not leads:
        return ""
    if phrase.function == "climax":
        return max(leads, key=lambda k: (player(k).sweet_high, -leads.index(k)))
    pick = {"A": phrase.statement, "B": len(leads) - 1, "development": 1, "dissolve": 1}
    return leads[pick.get(phrase.function, 0) % len(leads)]


def _under_speech(phrase: Phrase, active: list[str], seats: Seats) -> list[str]:
    """Under speech drums, figures and counter-melodies go first; soft chords and the bass stay (craft guide 8.3)."""
    table = read("layers.toml")
    if phrase.spoken < float(table["spoken"]):
        return active
    kept = [n for n in active if n in table["under_speech"]]
    bed = "pad" if seats.pad else "harmony"
    return kept if bed in kept or not getattr(seats, bed) else [*kept, bed]


def _staffed(active: list[str], seats: Seats) -> list[str]:
    """The layers that have players."""
    players = {
        "pad": seats.pad, "harmony": seats.harmony, "counter": seats.counter, "colour": seats.colour,
        "high_brass": seats.tutti, "bass": seats.bass, "motion": seats.motion, "lead": seats.leads,
        "percussion": seats.percussion, "bass_doubling": seats.bass[1:], "second_motion": seats.second,
        "doubling": seats.leads[1:] or seats.doublers, "octave": (*seats.leads, *seats.doublers)[2:],
    }  # fmt: skip
    return [n for n in active if players.get(n)]


def _yielded(active: list[str], level: float, bed: float) -> list[str]:
    """Fuller layers take others' place: the harmony the pad's, a figure that is chord enough that of held chords."""
    rows = layer_rows()
    left = [n for n in active if not any(other in active for other in rows[n].get("yields_to", ()))]
    if "motion" in left and level < bed:
        left = [n for n in left if n not in ("pad", "harmony")]
    return left


def _desk(motion: tuple[str, ...], level: float) -> tuple[str, ...]:
    """How many sections play the figure: more of them as intensity grows."""
    sizes: list[float] = read("layers.toml")["desk"]
    return motion[: 1 + sum(level >= start for start in sizes)] if motion and is_section(motion[0]) else motion[:1]


def _budget(level: float) -> int:
    """How many players a level of intensity may have at most (layers.toml, players)."""
    rows: list[list[float]] = read("layers.toml")["players"]
    return int(next(count for start, count in reversed(rows) if level >= start or start == rows[0][0]))


def _within(active: list[str], cost: dict[str, int], budget: int) -> list[str]:
    """As many layers as the players allow, the most needed ones first."""
    kept: list[str] = []
    for name in read("layers.toml")["needed"]:
        if name in active and cost.get(name, 1) <= budget:
            kept.append(name)
            budget -= cost.get(name, 1)
    return kept


def _budgets(setting: Setting, phrases: tuple[Phrase, ...], levels: list[float]) -> list[int]:
    """Players allowed in each phrase: by level and function; after a while of more the texture thins to three."""
    table = read("layers.toml")
    most = setting.mood.texture.most_players
    few, rest_s, calm = int(table["few"]), float(table["thin_every_s"]), float(table["thin_below"])
    found = []
    thin_s = setting.tempo.seconds_at(phrases[0].start_beats)
    for phrase, level in zip(phrases, levels, strict=True):
        budget = min(most, _budget(level), int(table["most"].get(phrase.function, 99)))
        start_s = setting.tempo.seconds_at(phrase.start_beats)
        if start_s - thin_s > rest_s and level < calm and phrase.function not in ("climax", "dissolve"):
            budget = min(budget, few)
        if budget <= few:
            thin_s = setting.tempo.seconds_at(phrase.end_beats)
        found.append(budget)
    return found


def cast_cue(setting: Setting, phrases: tuple[Phrase, ...], theme_lead: str) -> tuple[Cast, ...]:
    """The cast of each phrase. Everybody keeps one role through the cue; only the tune goes from hand to hand.

    Args:
        theme_lead: the instrument that sings the main theme at home; it leads where the mood and palette have it.
    """
    seats = seat(setting, theme_lead)
    groovy = setting.mood.tempo.pulse == "drums"
    levels = _levels(setting, phrases)
    budgets = _budgets(setting, phrases, levels)
    casts = []
    for phrase, level, budget, active in zip(phrases, levels, budgets, _active(levels), strict=True):
        lead = _lead_of(phrase, seats.leads)
        others = tuple(k for k in (*seats.leads, *seats.doublers) if k != lead)
        kin = player(lead).family if lead else ""
        doubling = next((k for k in others if player(k).family != kin), others[0] if others else "")
        octave = next((k for k in others if k != doubling), "")
        desk = _desk(seats.motion, level)
        there = _under_speech(phrase, _staffed(_trim(phrase, active, groovy), seats), seats)
        layers = _yielded(there, level, setting.mood.texture.bed)
        layers = _within(layers, {"motion": len(desk)}, budget)
        if not any(n in layers for n in ("pad", "harmony", "motion")):
            # A tune and a bass alone are a sketch: somebody has the chords, the softest there is.
            layers += [n for n in ("pad", "motion", "harmony") if getattr(seats, n)][:1]
        casts.append(
            Cast(
                layers=tuple(n for n in layer_rows() if n in layers),
                lead=lead,
                doubling=doubling,
                octave=octave,
                counter=seats.counter,
                harmony=(seats.harmony,) if seats.harmony else (),
                pad=seats.pad,
                bass=seats.bass,
                motion=(*desk, *seats.second),
                colour=seats.colour,
                percussion=seats.percussion,
                tutti=seats.tutti,
            )
        )
    return tuple(casts)


def seated(casts: tuple[Cast, ...]) -> frozenset[str]:
    """Everybody who plays in some phrase."""
    found: set[str] = set()
    for cast in casts:
        by_layer = {
            "lead": (cast.lead,), "doubling": (cast.doubling,), "octave": (cast.octave,), "counter": (cast.counter,),
            "pad": (cast.pad,), "harmony": cast.harmony, "bass": cast.bass[:1], "motion": cast.motion,
            "colour": (cast.colour,), "percussion": cast.percussion,
        }  # fmt: skip
        found.update(key for layer, keys in by_layer.items() if cast.has(layer) for key in keys if key)
    return frozenset(found)


def register(setting: Setting, what: str) -> int:
    """Centre pitch of ``what`` ("melody", "harmony" or "motion") in the mood's register."""
    row = read("layers.toml")["registers"][setting.mood.dynamics.register]
    return int(row[what])
