"""Which mood each stretch of the film has: one home colour, its kin, and strangers only on strong demand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from autoscore.model.spotting import Spotting, StoryBeat
from autoscore.model.time import Span
from autoscore.stages.plan.overlap import share_of, touching
from autoscore.stages.plan.wishes import Wishes
from autoscore.tables import mood, read

_SWITCH_S = 25.0
"""A change of mood has to pay for itself as if it lasted this long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Temper:
    """The picture's mean over a stretch: valence -1..1, arousal 0..1, talk = share of it that is spoken."""

    valence: float
    arousal: float
    talk: float


def temper(span: Span, spotting: Spotting, sure: float = 1.0) -> Temper:
    """The mean temper of ``span``, its valence times ``sure``; the middle of the plane where nothing is known."""
    valence = arousal = total = 0.0
    for beat in touching(spotting.beats, span):
        share = span.overlap_s(beat)
        total += share
        valence += share * beat.valence
        arousal += share * beat.arousal
    talk = share_of(spotting.speech, span)
    if total <= 0:
        return Temper(valence=0.0, arousal=0.4, talk=talk)
    return Temper(valence=sure * valence / total, arousal=arousal / total, talk=talk)


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """The whole film: its temper (leaning to its intense moments), how far the picture can be trusted to tell valence
    (``sure`` 0..1: little, where little happens or only one shot is seen), how dramatic and how edited it is, 0..1."""

    temper: Temper
    sure: float
    drama: float
    edited: float


def character(spotting: Spotting) -> Character:
    """What the film is like as a whole."""
    rules = read("planning.toml")["home"]
    mean = temper(Span(start_s=0.0, end_s=spotting.duration_s), spotting)
    lean, arousal, valence = rules["peaks"], mean.arousal, mean.valence
    weights = [b.duration_s * b.intensity**2 for b in spotting.beats]
    total = sum(weights)
    if total > 0:
        peaks_arousal = sum(w * b.arousal for w, b in zip(weights, spotting.beats, strict=True)) / total
        peaks_valence = sum(w * b.valence for w, b in zip(weights, spotting.beats, strict=True)) / total
        arousal = (1 - lean) * mean.arousal + lean * peaks_arousal
        valence = (1 - lean) * mean.valence + lean * peaks_valence
    shots = spotting.scenes[-1].last_shot + 1 if spotting.scenes else 1
    sure = min(1.0, arousal / rules["sure_arousal"]) * min(1.0, 0.4 + shots / 10)
    line = sorted(spotting.intensity) or sorted(b.intensity for b in spotting.beats) or [0.0]
    spread = line[int(0.95 * (len(line) - 1))] - line[int(0.1 * (len(line) - 1))]
    cutting = (rules["slow_shot_s"] - (spotting.mean_shot_s or spotting.duration_s)) / rules["slow_shot_s"]
    drama = 0.5 * min(1.0, spread / rules["full_spread"]) + 0.5 * max(0.0, min(1.0, 1.6 * cutting))
    return Character(
        temper=Temper(valence=sure * valence, arousal=arousal, talk=mean.talk),
        sure=sure,
        drama=min(1.0, drama),
        edited=min(1.0, shots / rules["edited_shots"]),
    )


def distance(at: Temper, name: str) -> float:
    """How far a mood is from a temper in the valence-arousal plane, with a term for talk; 0 = just right."""
    rules, row = read("planning.toml")["home"], mood(name)
    suits = read("planning.toml")["moods"][name]["speech"]
    # Too much talk for a mood counts; too little does not.
    return math.hypot(
        rules["valence_weight"] * (at.valence - row.valence),
        rules["arousal_weight"] * (at.arousal - row.arousal),
        rules["speech_weight"] * max(0.0, at.talk - suits),
    )


def home_mood(spotting: Spotting, film: Character, wishes: Wishes) -> str:
    """The film's home mood: the brief's first, else the one nearest to the film as a whole."""
    if wishes.moods:
        return wishes.moods[0]
    plan = read("planning.toml")
    rules, rows = plan["home"], plan["moods"]
    plain: str = rules["plain"]

    parts = [(b.duration_s, temper(b, spotting, film.sure)) for b in spotting.beats]
    total = max(sum(length for length, _ in parts), 1e-9)

    # The film as a whole says what it is; its parts say whether that mood can live in it.
    def cost(name: str) -> float:
        spread = sum(length * distance(at, name) for length, at in parts) / total
        drama = rules["drama_weight"] * abs(film.drama - rows[name]["drama"])
        ease = rules["plain_ease"] * (1.0 - film.sure) if name == plain else 0.0
        mute = rules["mute_weight"] * film.edited * max(0.0, rows[name]["speech"] - film.temper.talk)
        return float(distance(film.temper, name) + 0.5 * spread + drama + mute - ease)

    names: list[str] = [name for name, row in rows.items() if row["inferred"]]
    return min(names, key=lambda name: (cost(name), name))


def mood_costs(at: Temper, home: str, wishes: Wishes) -> dict[str, float]:
    """What each mood that may be used costs at a temper: leaving home costs, leaving the family costs more."""
    if wishes.moods:
        return {name: distance(at, name) for name in wishes.moods}
    plan = read("planning.toml")
    rules, rows = plan["home"], plan["moods"]
    costs = {home: distance(at, home)}
    for name, row in rows.items():
        if row["inferred"] and name != home:
            leave = rules["leave_home"] if name in rows[home]["kin"] else rules["leave_kin"]
            costs[name] = distance(at, name) + leave
    return costs


def mood_of(at: Temper, home: str, wishes: Wishes) -> str:
    """The mood of one cue."""
    costs = mood_costs(at, home, wishes)
    return min(costs, key=lambda name: (costs[name], name != home, name))


def mood_turns(spotting: Spotting, sure: float, home: str, wishes: Wishes) -> list[float]:
    """Film times at which the mood changes for long enough to make it a new cue: scene or story-beat boundaries.

    Viterbi over story beats: cost of each mood times its length, plus a price for each change.
    """
    beats: tuple[StoryBeat, ...] = spotting.beats
    if len(beats) < 2:
        return []
    scene_starts = {round(s.start_s, 3) for s in spotting.scenes}
    tables = [mood_costs(temper(b, spotting, sure), home, wishes) for b in beats]
    names = sorted(tables[0])
    value = {n: tables[0][n] * beats[0].duration_s for n in names}
    back: list[dict[str, str]] = []
    for beat, table in zip(beats[1:], tables[1:], strict=True):
        price = 0.25 * _SWITCH_S * (1.0 if round(beat.start_s, 3) in scene_starts else 1.6)
        best = min(names, key=lambda n: (value[n], n))
        source = {n: n if value[n] <= value[best] + price else best for n in names}
        cost = {n: min(value[n], value[best] + price) + table[n] * beat.duration_s for n in names}
        back.append(source)
        value = cost
    state = min(names, key=lambda n: (value[n], n))
    path = [state]
    for source in reversed(back):
        state = source[state]
        path.append(state)
    path.reverse()
    return [b.start_s for (left, right), b in zip(pairwise(path), beats[1:], strict=True) if left != right]
