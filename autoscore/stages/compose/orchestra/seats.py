"""Seats: who plays what in a cue. Everybody gets one role and keeps it (craft guide 6.1, 9.19, 9.20)."""

from __future__ import annotations

from dataclasses import dataclass

from autoscore.stages.compose.orchestra.chairs import Chairs, by_height, chair, is_section
from autoscore.stages.compose.orchestra.players import choose, player, suits
from autoscore.stages.compose.values import Setting
from autoscore.tables import Mood
from autoscore.tables.bands import Band, band_of

MOST_LEADS = 3
MOST_SECTIONS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Seats:
    """A cue's players by role. ``leads`` may sing the tune, its home voice first; ``doublers`` may join them."""

    leads: tuple[str, ...]
    doublers: tuple[str, ...]
    counter: str
    harmony: str
    tutti: str
    pad: str
    bass: tuple[str, ...]
    motion: tuple[str, ...]
    second: tuple[str, ...]
    colour: str
    percussion: tuple[str, ...]


def _motion(keys: tuple[str, ...], chairs: Chairs) -> tuple[tuple[str, ...], str]:
    """The players of the figure, string sections of one articulation together, and who may double a single player."""
    free = tuple(k for k in keys if chairs.free(k))
    if not free:
        return (), ""
    if is_section(free[0]):
        ending = free[0].removeprefix(chair(free[0]))
        desk = tuple(k for k in free if is_section(k) and k.removeprefix(chair(k)) == ending)
        return by_height(desk[:MOST_SECTIONS]), ""
    return free[:1], next((k for k in free[1:] if not is_section(k) and k != free[0]), "")


def _harmony(keys: tuple[str, ...], chairs: Chairs) -> str:
    """Who has the chords: somebody with several voices, a single voice only where there is nobody else."""
    full = tuple(k for k in keys if player(k).polyphonic)
    return chairs.first(full) or chairs.first(keys)


def seat(setting: Setting, theme_lead: str) -> Seats:
    """Hands out the roles: tune, bass, motion and chords first, then what is added to them."""
    mood: Mood = setting.mood
    band: Band = band_of(setting.cue)
    roles = {role: choose(role, mood, band) for role in ("lead", "harmony", "bass", "motion", "colour", "counter")}
    leads = roles["lead"]
    if theme_lead and (theme_lead in leads or (band.allows(theme_lead) and suits(theme_lead, "lead"))):
        leads = (theme_lead, *(k for k in leads if k != theme_lead))
    chairs = Chairs()
    home = leads[:1]
    chairs.take(*home)
    bass = chairs.first(roles["bass"]) or (roles["bass"][0] if roles["bass"] else "")
    chairs.take(bass)
    motion, second_motion = _motion(roles["motion"], chairs)
    chairs.take(*motion, second_motion)
    harmony = _harmony(roles["harmony"], chairs)
    chairs.take(harmony)
    rest = tuple(k for k in leads[1:] if chairs.free(k))
    # The second voice is the next one liked, the third the brightest: it has the climax.
    bright = sorted(rest[1:], key=lambda k: (-player(k).sweet_high, leads.index(k)))
    rest = (*rest[:1], *bright)
    leads = (*home, *rest[: MOST_LEADS - 1])
    chairs.take(*leads[1:])
    counter = chairs.first(roles["counter"])
    chairs.take(counter)
    held = tuple(k for k in roles["harmony"] if player(k).polyphonic and not player(k).struck)
    pad = harmony if harmony in held else chairs.first(held)
    tutti = (
        next((k for k in held if player(k).group != player(harmony).group and chairs.free(k)), "") if harmony else ""
    )
    chairs.take(tutti, pad if pad != harmony else "")
    low = (k for k in roles["bass"][1:] if chair(k) != chair(bass) and chairs.free(k) and not player(bass).struck)
    below = next(low, "") if bass and player(bass).family != "synth" else ""
    chairs.take(below)
    colour = chairs.first(roles["colour"])
    chairs.take(colour)
    doublers = tuple(k for k in (*rest[MOST_LEADS - 1 :], *roles["counter"]) if k != counter and chairs.free(k))
    return Seats(
        leads=leads,
        doublers=doublers[:1],
        counter=counter,
        harmony=harmony,
        tutti=tutti,
        pad=pad,
        bass=tuple(k for k in (bass, below) if k),
        motion=motion,
        second=(second_motion,) if second_motion else (),
        colour=colour,
        percussion=choose("percussion", mood, band),
    )
