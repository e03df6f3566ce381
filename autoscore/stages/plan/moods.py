"""Which mood each stretch of the film has: one home colour, its kin, and strangers only on strong demand."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise

from autoscore.model.spotting import Spotting, StoryBeat
from autoscore.model.time import Span
from autoscore.stages.plan.overlap import share_of, touching
from autoscore.stages.plan.wishes import Wishes
from autoscore.tables import mood, read


@dataclass(frozen=True, slots=True, kw_only=True)
class Temper:
    """The picture's mean over a stretch: valence -1..1, arousal 0..1, talk = share of it that is spoken, bursts 0..1 =
    how much its motion stops and goes."""

    valence: float
    arousal: float
    talk: float
    bursts: float = 0.0


def temper(span: Span, spotting: Spotting, sure: float = 1.0) -> Temper:
    """The mean temper of ``span``, its valence times ``sure``; the middle of the plane where nothing is known.

    Black and lettering count little beside a picture.
    """
    valence = arousal = bursts = total = 0.0
    for beat in touching(spotting.beats, span):
        share = span.overlap_s(beat) * _said(beat)
        total += share
        valence += share * beat.valence
        arousal += share * beat.arousal
        bursts += share * beat.bursts
    talk = share_of(spotting.speech, span)
    if total <= 0:
        return Temper(valence=0.0, arousal=0.4, talk=talk)
    return Temper(valence=sure * valence / total, arousal=arousal / total, talk=talk, bursts=bursts / total)


def _said(beat: StoryBeat) -> float:
    """How much a story beat's picture says: all of it but black and lettering, and a trace of those."""
    return max(0.05, beat.seen)


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
    weights = [_said(b) * b.duration_s * b.intensity**2 for b in spotting.beats]
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
    # A picture on the other side of neutral than the mood is worse than one that is only weaker.
    other_side = max(0.0, -math.copysign(1.0, row.valence) * at.valence)
    # Too much talk for a mood counts; too little does not.
    return float(rules["other_side"]) * other_side + math.hypot(
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

    parts = [(_said(b) * b.duration_s, temper(b, spotting, film.sure)) for b in spotting.beats]
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
        kin = name in rows[home]["kin"]
        if name != home and (row["inferred"] or (kin and row.get("inferred_as_kin", False))):
            costs[name] = distance(at, name) + (rules["leave_home"] if kin else rules["leave_kin"])
            costs[name] += row.get("bursts_weight", 0.0) * (1.0 - at.bursts)
    return costs


def mood_of(at: Temper, home: str, wishes: Wishes) -> str:
    """The mood of one cue."""
    costs = mood_costs(at, home, wishes)
    return min(costs, key=lambda name: (costs[name], name != home, name))


def mood_path(spotting: Spotting, sure: float, home: str, wishes: Wishes) -> list[str]:
    """The mood of each story beat; it changes only where that pays for long enough to make a new cue.

    Viterbi over story beats: cost of each mood times its length, plus a price for each change. Credits have the home
    mood.
    """
    beats: tuple[StoryBeat, ...] = spotting.beats
    if not beats:
        return []
    switch_s, contrast = (read("planning.toml")["home"][name] for name in ("switch_s", "contrast"))
    mean = temper(Span(start_s=0.0, end_s=spotting.duration_s), spotting, sure)
    scene_starts = {round(s.start_s, 3) for s in spotting.scenes}
    tables = [mood_costs(_against(mean, temper(b, spotting, sure), contrast), home, wishes) for b in beats]
    for beat, table in zip(beats, tables, strict=True):
        if share_of(spotting.credits, beat) > 0.5:
            table |= {name: cost + 1.0 for name, cost in table.items() if name != home}
    names = sorted(tables[0])
    value = {n: tables[0][n] * beats[0].duration_s for n in names}
    back: list[dict[str, str]] = []
    for beat, table in zip(beats[1:], tables[1:], strict=True):
        price = 0.25 * switch_s * (1.0 if round(beat.start_s, 3) in scene_starts else 1.6)
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
    return path


def _against(mean: Temper, at: Temper, contrast: float) -> Temper:
    """``at`` as it is felt beside the rest of the film: its distance from ``mean`` times ``contrast``."""
    valence = mean.valence + contrast * (at.valence - mean.valence)
    arousal = mean.arousal + contrast * (at.arousal - mean.arousal)
    return replace(at, valence=max(-1.0, min(1.0, valence)), arousal=max(0.0, min(1.0, arousal)))


def mood_turns(spotting: Spotting, path: list[str]) -> list[float]:
    """Film times at which the mood changes, and where credits begin and end."""
    beats = spotting.beats
    turns = [b.start_s for (left, right), b in zip(pairwise(path), beats[1:], strict=True) if left != right]
    edges = [t for span in spotting.credits for t in (span.start_s, span.end_s) if 1.0 < t < spotting.duration_s - 1.0]
    return [t for t in turns if all(abs(t - edge) > 4.0 for edge in edges)] + edges


def mood_on(span: Span, spotting: Spotting, path: list[str]) -> str | None:
    """The mood that fills most of ``span``, by the path; None where no story beat is."""
    lengths: dict[str, float] = {}
    for beat, name in zip(spotting.beats, path, strict=True):
        lengths[name] = lengths.get(name, 0.0) + span.overlap_s(beat) * _said(beat)
    best = max(lengths, key=lambda name: (lengths[name], name), default=None)
    return best if best is not None and lengths[best] > 0 else None
