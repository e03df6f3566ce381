"""Made-up films, spotted by hand-written rules: what the music benchmarks and tests are composed for.

A film is a number: its length (96 to 180 s), scenes, intensity line and hit points follow from it alone, so that every
mood is asked to score the same pictures. ``long_film`` is one of 20 minutes with acts, places and speech. Films go
through plan, tempo and compose, as `autoscore score` does. The command writes the MIDI of moods x seeds:

    python benchmarks/studio.py DIR [--moods all] [--seeds 4]
"""

from __future__ import annotations

import argparse
import hashlib
import math
import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from autoscore.model.brief import Brief
from autoscore.model.cues import CuePlan
from autoscore.model.media import FilmDigest, Media, VideoStream
from autoscore.model.score import Score
from autoscore.model.spotting import SPOT_RATE_HZ, HitPoint, Scene, Spotting, StoryBeat
from autoscore.model.tempo import TempoMap
from autoscore.model.time import Span
from autoscore.stages.compose import compose_cue, theme_book
from autoscore.stages.deliver import midi_files
from autoscore.stages.deliver.notes import Music
from autoscore.stages.plan import plan
from autoscore.stages.tempo import tempo_cue
from autoscore.tables import mood, mood_names

RATE = Fraction(24)
LENGTHS_S = (96.0, 120.0, 168.0, 144.0, 108.0, 180.0, 132.0, 156.0)
LONG_SCENES = (
    # seconds, place, valence, arousal, intensity at its start and end, share of speech
    (70, 0, 0.3, 0.25, 0.15, 0.35, 0.0), (95, 1, 0.4, 0.35, 0.3, 0.4, 0.4), (80, 2, -0.2, 0.4, 0.3, 0.5, 0.2),
    (110, 1, 0.5, 0.45, 0.35, 0.5, 0.3), (90, 0, -0.4, 0.5, 0.4, 0.6, 0.1), (75, 3, -0.6, 0.7, 0.5, 0.75, 0.0),
    (100, 1, -0.5, 0.25, 0.4, 0.2, 0.5), (105, 2, 0.1, 0.4, 0.25, 0.5, 0.3), (85, 3, -0.5, 0.75, 0.5, 0.85, 0.0),
    (90, 0, 0.5, 0.85, 0.8, 1.0, 0.0), (110, 1, 0.4, 0.3, 0.6, 0.3, 0.4), (120, 2, 0.5, 0.3, 0.3, 0.45, 0.2),
    (70, 0, 0.5, 0.2, 0.4, 0.1, 0.0),
)  # fmt: skip
"""Thirteen scenes, 1200 s: four places that come back, the climax in the tenth at about three quarters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """One made-up film with its music. ``composing_s`` is what compose took, processor time."""

    media: Media
    plan: CuePlan
    tempo: TempoMap
    score: Score
    composing_s: float = 0.0


def _arc(share: float, number: int) -> float:
    """Intensity 0..1 of the picture at ``share`` of the film: an arch with a late peak, its place by number."""
    peak = 0.56 + 0.06 * (number % 4)
    rise = share / peak if share < peak else max(0.0, 1.0 - (share - peak) / (1.0 - peak) * 0.9)
    waves = 0.12 * math.sin(2 * math.pi * (2 + number % 3) * share + number)
    return min(1.0, max(0.0, 0.1 + 0.78 * rise**1.3 + waves))


def film(number: int, mood_name: str) -> tuple[Media, Spotting]:
    """The made-up film ``number`` (0..): its temper is that of ``mood_name``, its form its own."""
    rng = random.Random(1000 + number)
    length_s = LENGTHS_S[number % len(LENGTHS_S)]
    row = mood(mood_name)
    edges = [0.0]
    while edges[-1] < length_s - 30.0:
        edges.append(round(edges[-1] + rng.uniform(14.0, 30.0)))
    edges.append(length_s)
    scenes, beats, hits = [], [], []
    for index, (start_s, end_s) in enumerate(pairwise(edges)):
        middle = (start_s + end_s) / 2 / length_s
        level = _arc(middle, number)
        scenes.append(
            Scene(start_s=start_s, end_s=end_s, index=index, first_shot=index, last_shot=index, place=index % 3)
        )
        beats.append(
            StoryBeat(start_s=start_s, end_s=end_s, scene=index, intensity=level,
                      arousal=min(1.0, 0.5 * row.arousal + 0.5 * level), valence=row.valence)
        )  # fmt: skip
        if index:
            hits.append(_hit(f"s{index}", start_s, "section", 0.6, "scene"))
    for count in range(2 + number % 3):
        at_s = length_s * (0.25 + 0.22 * count) + rng.uniform(-3.0, 3.0)
        if all(abs(at_s - h.time_s) > 3.0 for h in hits):
            hits.append(_hit(f"h{count}", at_s, "hard", 0.85, "sound"))
    hits.extend(_hit(f"c{count}", length_s * (0.08 + 0.14 * count), "soft", 0.4, "cut") for count in range(6))
    steps = int(length_s * SPOT_RATE_HZ)
    curve = tuple(round(_arc(i / steps, number), 4) for i in range(steps))
    spotting = Spotting(
        duration_s=length_s, scenes=tuple(scenes), beats=tuple(beats),
        hits=tuple(sorted(hits, key=lambda h: h.time_s)), intensity=curve, arousal=curve,
        valence=(row.valence,) * steps, mean_shot_s=3.0 + number % 4,
    )  # fmt: skip
    return _media(f"studio-{number}", length_s), spotting


def long_film() -> tuple[Media, Spotting]:
    """The made-up film of 20 minutes: ``LONG_SCENES``."""
    rng = random.Random(2000)
    scenes, beats, hits, speech = [], [], [], []
    intensity: list[float] = []
    arousal: list[float] = []
    valence: list[float] = []
    at_s = 0.0
    for index, (seconds, place, good, wild, first, last, talk) in enumerate(LONG_SCENES):
        end_s = at_s + seconds
        scenes.append(
            Scene(start_s=at_s, end_s=end_s, index=index, first_shot=9 * index, last_shot=9 * index + 8, place=place)
        )
        for half in (0.25, 0.75):
            start_s = at_s + (half - 0.25) * seconds
            beats.append(
                StoryBeat(start_s=start_s, end_s=start_s + seconds / 2, scene=index, valence=good, arousal=wild,
                          intensity=first + half * (last - first))
            )  # fmt: skip
        if index:
            hits.append(_hit(f"s{index}", at_s, "section", 0.7, "scene"))
        if wild > 0.6:
            hits.extend(_hit(f"h{index}{k}", at_s + seconds * k / 4 + rng.uniform(-2, 2), "hard", 0.85, "sound")
                        for k in (1, 2, 3))  # fmt: skip
        spoken_s = at_s + 6.0
        while talk and spoken_s < end_s - 12.0:
            line_s = rng.uniform(4.0, 9.0)
            speech.append(Span(start_s=spoken_s, end_s=spoken_s + line_s))
            spoken_s += line_s / talk
        for step in range(int(seconds * SPOT_RATE_HZ)):
            share = step / (seconds * SPOT_RATE_HZ)
            intensity.append(round(first + share * (last - first) + 0.04 * math.sin(step / 9), 4))
            arousal.append(wild)
            valence.append(good)
        at_s = end_s
    spotting = Spotting(
        duration_s=at_s, scenes=tuple(scenes), beats=tuple(beats), hits=tuple(sorted(hits, key=lambda h: h.time_s)),
        speech=tuple(speech), intensity=tuple(min(1.0, max(0.0, v)) for v in intensity), arousal=tuple(arousal),
        valence=tuple(valence), mean_shot_s=5.0,
    )  # fmt: skip
    return _media("studio-long", at_s), spotting


def _media(name: str, length_s: float) -> Media:
    digest = hashlib.sha256(name.replace("-", " ").encode()).hexdigest()
    video = VideoStream(index=0, codec="none", width=640, height=360, rate=RATE, start_s=0.0, duration_s=length_s)
    return Media(
        name=f"{name}.mp4", digest=FilmDigest(size_bytes=1, mtime_ns=1, head_tail_sha256=digest), container="mp4",
        duration_s=length_s, video=video,
    )  # fmt: skip


def _hit(name: str, time_s: float, klass: str, weight: float, source: str) -> HitPoint:
    frame = round(time_s * RATE)
    return HitPoint(id=name, frame=frame, time_s=float(frame / RATE), klass=klass, weight=weight, source=source)  # type: ignore[arg-type]


def compose_spotted(media: Media, spotting: Spotting, brief: Brief) -> Take:
    """A spotted film through plan, tempo and compose."""
    cue_plan = plan(media, spotting, brief)
    tempo_map = TempoMap(cues=tuple(tempo_cue(cue) for cue in cue_plan.cues))
    start_s = time.process_time()
    themes = theme_book(cue_plan)
    cues = [compose_cue(c, t, themes) for c, t in zip(cue_plan.cues, tempo_map.cues, strict=True)]
    score = Score(seed=brief.seed, themes=themes, cues=tuple(cues))
    return Take(media=media, plan=cue_plan, tempo=tempo_map, score=score, composing_s=time.process_time() - start_s)


def compose_film(mood_name: str, seed: int, number: int | None = None) -> Take:
    """Film ``number`` (by default the one of the seed) scored in one mood, music all through."""
    media, spotting = film(seed - 1 if number is None else number, mood_name)
    return compose_spotted(media, spotting, Brief(mood=mood_name, seed=seed, coverage=1.0))


def write_midi(take: Take, folder: Path) -> Path:
    """score.mid (as played) and score_quantised.mid in ``folder``; returns the first."""
    folder.mkdir(parents=True, exist_ok=True)
    by_id = {cue.cue_id: cue for cue in take.tempo.cues}
    music = [Music(score=cue, tempo=by_id[cue.cue_id]) for cue in take.score.cues]
    midi_files.write(take.plan, music, take.media.duration_s, folder)
    return folder / "score.mid"


def main(arguments: Sequence[str] | None = None) -> None:
    """Writes the MIDI of moods x seeds and says where."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path(tempfile.gettempdir()) / "autoscore-studio")
    parser.add_argument("--moods", default="heroic")
    parser.add_argument("--seeds", type=int, default=1)
    asked = parser.parse_args(arguments)
    for name in mood_names() if asked.moods == "all" else asked.moods.split(","):
        for seed in range(1, asked.seeds + 1):
            print(write_midi(compose_film(name, seed), asked.folder / f"{name}-{seed}"))


if __name__ == "__main__":
    main()
