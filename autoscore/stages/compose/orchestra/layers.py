"""Which layers sound in which phrase, and who plays them (craft guide 6.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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


def _yielded(active: list[str], seats: Seats) -> list[str]:
    """A layer that leaves its place to a fuller one (the pad to the harmony); a role without players is silent."""
    players = {
        "pad": seats.pad, "harmony": seats.harmony, "counter": seats.counter, "colour": seats.colour,
        "high_brass": seats.tutti, "bass": seats.bass, "motion": seats.motion, "lead": seats.leads,
        "percussion": seats.percussion, "bass_doubling": seats.bass[1:], "second_motion": seats.motion[1:],
        "doubling": seats.leads[1:] or seats.doublers,
    }  # fmt: skip
    there = [n for n in active if players.get(n)]
    rows = layer_rows()
    return [n for n in there if not any(other in there for other in rows[n].get("yields_to", ()))]


def cast_cue(setting: Setting, phrases: tuple[Phrase, ...], theme_lead: str) -> tuple[Cast, ...]:
    """The cast of each phrase. Everybody keeps one role through the cue; only the tune goes from hand to hand.

    Args:
        theme_lead: the instrument that sings the main theme at home; it leads where the mood and palette have it.
    """
    seats = seat(setting, theme_lead)
    groovy = setting.mood.tempo.pulse == "drums"
    casts = []
    for phrase, active in zip(phrases, _active(_levels(setting, phrases)), strict=True):
        lead = _lead_of(phrase, seats.leads)
        others = tuple(k for k in (*seats.leads, *seats.doublers) if k != lead)
        kin = player(lead).family if lead else ""
        doubling = next((k for k in others if player(k).family != kin), others[0] if others else "")
        layers = _yielded(_trim(phrase, active, groovy), seats)
        if not any(n in layers for n in ("pad", "harmony", "motion", "bass")):
            layers += [n for n in ("pad", "harmony", "motion") if getattr(seats, n)][:1]
        casts.append(
            Cast(
                layers=tuple(n for n in layer_rows() if n in layers),
                lead=lead,
                doubling=doubling,
                counter=seats.counter,
                harmony=(seats.harmony,) if seats.harmony else (),
                pad=seats.pad,
                bass=seats.bass,
                motion=seats.motion,
                colour=seats.colour,
                percussion=seats.percussion,
                tutti=seats.tutti,
            )
        )
    return tuple(casts)


def register(setting: Setting, what: str) -> int:
    """Centre pitch of ``what`` ("melody", "harmony" or "motion") in the mood's register."""
    row = read("layers.toml")["registers"][setting.mood.dynamics.register]
    return int(row[what])
