"""Made-up films of 90 to 180 s, spotted by hand-written rules: what the music benchmarks and tests are composed for.

A film is a number: its length, scenes, intensity line and hit points follow from it alone, so that every mood is asked to
score the same pictures. ``compose_film`` takes one through plan, tempo and compose, as `autoscore score` does.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import random
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from autoscore.model.brief import Brief
from autoscore.model.cues import CuePlan
from autoscore.model.media import FilmDigest, Media, VideoStream
from autoscore.model.score import Score
from autoscore.model.spotting import SPOT_RATE_HZ, HitPoint, Scene, Spotting, StoryBeat
from autoscore.model.tempo import TempoMap
from autoscore.stages.compose import compose_cue, theme_book
from autoscore.stages.deliver import midi_files
from autoscore.stages.deliver.notes import Music
from autoscore.stages.plan import plan
from autoscore.stages.tempo import tempo_cue
from autoscore.tables import mood, mood_names

RATE = Fraction(24)
LENGTHS_S = (96.0, 120.0, 168.0, 144.0, 108.0, 180.0, 132.0, 156.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """One made-up film with its music."""

    media: Media
    plan: CuePlan
    tempo: TempoMap
    score: Score


def _arc(share: float, number: int) -> float:
    """Intensity 0..1 of the picture at ``share`` of the film: an arch with a late peak, its place and depth by number."""
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
    for index, (start_s, end_s) in enumerate(zip(edges, edges[1:], strict=False)):
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
    for count in range(6):
        hits.append(_hit(f"c{count}", length_s * (0.08 + 0.14 * count), "soft", 0.4, "cut"))
    steps = int(length_s * SPOT_RATE_HZ)
    curve = tuple(round(_arc(i / steps, number), 4) for i in range(steps))
    spotting = Spotting(
        duration_s=length_s, scenes=tuple(scenes), beats=tuple(beats),
        hits=tuple(sorted(hits, key=lambda h: h.time_s)), intensity=curve, arousal=curve,
        valence=(row.valence,) * steps, mean_shot_s=3.0 + number % 4,
    )  # fmt: skip
    digest = hashlib.sha256(f"studio {number}".encode()).hexdigest()
    video = VideoStream(index=0, codec="none", width=640, height=360, rate=RATE, start_s=0.0, duration_s=length_s)
    media = Media(
        name=f"studio-{number}.mp4", digest=FilmDigest(size_bytes=1, mtime_ns=1, head_tail_sha256=digest),
        container="mp4", duration_s=length_s, video=video,
    )  # fmt: skip
    return media, spotting


def _hit(name: str, time_s: float, klass: str, weight: float, source: str) -> HitPoint:
    frame = round(time_s * RATE)
    return HitPoint(id=name, frame=frame, time_s=float(frame / RATE), klass=klass, weight=weight, source=source)  # type: ignore[arg-type]


def compose_film(mood_name: str, seed: int, number: int | None = None) -> Take:
    """Film ``number`` (by default the one of the seed) scored in one mood, music all through."""
    media, spotting = film(seed - 1 if number is None else number, mood_name)
    cue_plan = plan(media, spotting, Brief(mood=mood_name, seed=seed, coverage=1.0))
    tempo_map = TempoMap(cues=tuple(tempo_cue(cue) for cue in cue_plan.cues))
    themes = theme_book(cue_plan)
    cues = [compose_cue(c, t, themes) for c, t in zip(cue_plan.cues, tempo_map.cues, strict=True)]
    return Take(media=media, plan=cue_plan, tempo=tempo_map, score=Score(seed=seed, themes=themes, cues=tuple(cues)))


def write_midi(take: Take, folder: Path) -> Path:
    """score.mid (as played) and score_quantised.mid in ``folder``; returns the first."""
    folder.mkdir(parents=True, exist_ok=True)
    by_id = {cue.cue_id: cue for cue in take.tempo.cues}
    music = [Music(score=cue, tempo=by_id[cue.cue_id]) for cue in take.score.cues]
    midi_files.write(take.plan, music, take.media.duration_s, folder)
    return folder / "score.mid"


def main() -> None:
    """Writes the MIDI of moods x seeds: python benchmarks/studio.py DIR [--moods a,b] [--seeds 4]."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--moods", default=",".join(mood_names()))
    parser.add_argument("--seeds", type=int, default=4)
    asked = parser.parse_args()
    for name in asked.moods.split(","):
        for seed in range(1, asked.seeds + 1):
            print(write_midi(compose_film(name, seed), asked.folder / f"{name}-{seed}"))


if __name__ == "__main__":
    main()
