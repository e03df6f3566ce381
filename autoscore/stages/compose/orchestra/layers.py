"""Which layers sound in which phrase, and who leads (craft guide 6.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from autoscore.stages.compose.orchestra.players import band_of, choose, player
from autoscore.stages.compose.values import Phrase, Setting
from autoscore.tables import read


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """One phrase's layers, in table order, and the instruments of each role; a role without players is empty."""

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

    def has(self, layer: str) -> bool:
        return layer in self.layers


def layer_rows() -> dict[str, dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = read("layers.toml")["layers"]
    return rows


def level_db(layer: str) -> float:
    """Musical balance of a layer, dB (craft guide 6.3)."""
    return float(layer_rows()[layer]["level_db"])


def _active(phrases: tuple[Phrase, ...], shift: float) -> list[list[str]]:
    """Layers of each phrase by intensity, with hysteresis: what sounds stays a little longer than it took to enter."""
    hysteresis = float(read("layers.toml")["hysteresis"])
    before: set[str] = set()
    found = []
    for phrase in phrases:
        level = phrase.intensity + shift
        active = [
            name for name, row in layer_rows().items() if level >= row["from"] - (hysteresis if name in before else 0.0)
        ]
        found.append(active)
        before = set(active)
    return found


def _spare(keys: tuple[str, ...], taken: set[str], index: int) -> str:
    """The ``index``-th of the keys that nobody else plays, any of them when all are busy."""
    free = tuple(k for k in keys if k not in taken) or keys
    return free[index % len(free)] if free else ""


def _trim(function: str, active: list[str], position: int, count: int, groovy: bool) -> list[str]:
    """Introductions and codas are thin; a development drops the pads so that its lines are heard."""
    if function == "intro":
        out = ("counter", "doubling", "second_motion", "high_brass", "bass_doubling")
        return [n for n in active if n not in out and (n != "percussion" or groovy)]
    if function in ("coda", "dissolve"):
        return [n for n in active if n not in ("second_motion", "high_brass", "doubling")]
    if function == "B" and count > 2 and position % 2 == 1:
        return [n for n in active if n != "colour"]
    return active


def cast_cue(setting: Setting, phrases: tuple[Phrase, ...], theme_lead: str) -> tuple[Cast, ...]:
    """The cast of each phrase.

    Args:
        theme_lead: the instrument that sings the main theme at home; it leads where the mood and palette have it.
    """
    mood, band = setting.mood, band_of(setting.cue)
    roles = {role: choose(role, mood, band) for role in ("lead", "harmony", "bass", "motion", "colour", "counter")}
    drums = choose("percussion", mood, band)
    shift = float(read("layers.toml")["pulse_shift"][mood.tempo.pulse])
    leads = roles["lead"]
    if theme_lead in leads:
        leads = (theme_lead, *(k for k in leads if k != theme_lead))
    rng = setting.random("cast")
    turn = rng.randrange(2) if len(leads) > 2 else 0
    sustained = tuple(k for k in roles["harmony"] if not player(k).struck)
    casts = []
    for phrase, active in zip(phrases, _active(phrases, shift), strict=True):
        pick = {"A": phrase.statement, "B": 1 + turn, "climax": 0, "development": 2, "coda": 0, "dissolve": 1}
        lead = leads[pick.get(phrase.function, 0) % len(leads)] if leads else ""
        if phrase.function == "climax" and leads:
            lead = max(leads, key=lambda k: (player(k).sweet_high, -leads.index(k)))
        taken = {lead}
        harmony = roles["harmony"]
        pad = next((k for k in sustained if player(k).polyphonic and k not in taken), "")
        chords = tuple(k for k in harmony if k not in taken) or harmony
        taken |= {pad, *chords[:1]}
        counter = _spare(roles["counter"], taken, phrase.statement)
        taken.add(counter)
        bass = roles["bass"]
        taken |= set(bass[:2])
        motion_free = tuple(k for k in roles["motion"] if k not in taken) or roles["motion"]
        start = (1 if phrase.function in ("B", "development") else 0) % max(1, len(motion_free))
        motion = (*motion_free[start:], *motion_free[:start])
        taken |= set(motion[:1])
        colour = _spare(roles["colour"], taken, phrase.statement)
        doubling = _spare(tuple(k for k in (*roles["lead"], *roles["counter"]) if k not in (lead, counter)), taken, 0)
        layers = _trim(phrase.function, active, phrase.index, len(phrases), mood.tempo.pulse == "drums")
        if not pad and "pad" in layers:
            layers = [n for n in layers if n != "pad"]
            layers += [n for n in ("lead", "harmony") if n not in layers]
        casts.append(
            Cast(
                layers=tuple(n for n in layer_rows() if n in layers),
                lead=lead,
                doubling=doubling,
                counter=counter,
                harmony=chords,
                pad=pad,
                bass=bass,
                motion=motion,
                colour=colour,
                percussion=drums,
            )
        )
    return tuple(casts)


def register(setting: Setting, what: str) -> int:
    """Centre pitch of ``what`` ("melody", "harmony" or "motion") in the mood's register."""
    row = read("layers.toml")["registers"][setting.mood.dynamics.register]
    return int(row[what])
