"""Moments where music may start or stop, rated by craft guide 1.2 and 1.3."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from autoscore.model.spotting import Spotting
from autoscore.model.time import Span
from autoscore.stages.plan.overlap import is_near, touching
from autoscore.tables import read

EDGE_S = 0.15
"""Two moments closer than this are one."""
_WAYS_OUT = {
    "scene": "the scene ends",
    "story_turn": "the temper changes",
    "loud_sound": "a loud sound covers the exit",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A moment where music may start or stop: how well, 0 = badly .. 1 = well, and why."""

    time_s: float
    entry: float
    exit: float
    why_in: str
    why_out: str


def edges(spotting: Spotting) -> list[Edge]:
    """All moments where music may start or stop, in order, rated by the sum of craft guide 1.2."""
    scores, cues, found = read("planning.toml")["entry_scores"], read("planning.toml")["cues"], []
    talk = sorted(spotting.speech, key=lambda s: s.start_s)
    scene_starts = sorted(scene.start_s for scene in spotting.scenes[1:])
    after_words = [a.end_s + cues["sneak_lead_s"] for a, b in pairwise(talk) if b.start_s - a.end_s >= 1.0]
    after_words += [talk[-1].end_s + cues["sneak_lead_s"]] if talk else []
    before_words = [b.start_s - 0.5 for a, b in pairwise(talk) if b.start_s - a.end_s >= 2.0]
    loud = sorted(hit.time_s for hit in spotting.hits if hit.source == "sound" and hit.weight >= 0.4)
    turns = sorted(beat.start_s for beat in spotting.beats[1:])
    motives = (
        ("scene", scene_starts, "a new scene begins"),
        ("after_speech", sorted(after_words), "the line has just ended"),
        ("loud_sound", loud, "a loud sound covers the entry"),
        ("story_turn", turns, "the temper changes"),
    )
    speech_starts = [s.start_s for s in talk]
    for time_s in sorted({*scene_starts, *after_words, *before_words, *loud, *turns}):
        if not 0 < time_s < spotting.duration_s:
            continue
        here = [(name, words) for name, times, words in motives if is_near(times, time_s - EDGE_S, time_s + EDGE_S)]
        score = sum(scores[name] for name, _ in here)
        moment = Span(start_s=time_s, end_s=time_s + 1e-6)
        spoken = any(s.start_s < time_s < s.end_s for s in touching(talk, moment))
        scene = any(name == "scene" for name, _ in here)
        score += scores["inside_speech"] if spoken else 0.0
        waits = is_near(scene_starts, time_s + 0.5, time_s + cues["pre_cut_max_s"])
        score += scores["before_scene"] if waits else 0.0
        talk_next = is_near(speech_starts, time_s, time_s + 0.8)
        leave = 1.0 if scene else 0.8 if talk_next else 0.4 if here else 0.2
        found.append(
            Edge(
                time_s=time_s,
                entry=max(0.0, min(1.0, score / scores["enough"])),
                exit=leave * (0.5 if spoken and not scene else 1.0),
                why_in=" and ".join(words for _, words in here) or "a pause",
                why_out=_why_out([name for name, _ in here], talk_next),
            )
        )
    return found


def _why_out(motives: list[str], talk_next: bool) -> str:
    if talk_next and "scene" not in motives:
        return "it leaves room for the line"
    return next((words for name, words in _WAYS_OUT.items() if name in motives), "a pause in the talk")
