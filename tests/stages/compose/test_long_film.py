"""Twenty minutes of film: the main theme is what one remembers."""

from __future__ import annotations

import pytest

from autoscore.model.brief import Brief
from autoscore.model.media import FilmDigest, Media, VideoStream
from autoscore.model.spotting import SPOT_RATE_HZ, HitPoint, Scene, Spotting, StoryBeat
from autoscore.model.time import Span
from autoscore.stages.compose import compose_cue, theme_book
from autoscore.stages.compose.themes.similarity import HEARD, Tune, heard_in, of_theme, recalled, tune
from autoscore.stages.plan import plan
from autoscore.stages.tempo import tempo_cue

LENGTH_S, SCENE_S, CLIMAX = 1200.0, 50.0, 18


def _film() -> tuple[Media, Spotting]:
    """Twenty-four scenes that grow to a climax at three quarters; every third is talked over."""
    scenes, beats, hits, curve = [], [], [], []
    count = int(LENGTH_S / SCENE_S)
    for n in range(count):
        start, end = n * SCENE_S, (n + 1) * SCENE_S
        share = n / (count - 1)
        level = (
            0.97
            if n == CLIMAX
            else 0.2 + 0.55 * (share if share < 0.75 else 1.2 * (1 - share)) * (0.7 + 0.15 * (n % 3))
        )
        scenes.append(Scene(start_s=start, end_s=end, index=n, first_shot=4 * n, last_shot=4 * n + 3, place=n % 4))
        beats.append(StoryBeat(start_s=start, end_s=end, scene=n, intensity=level, arousal=0.3 + 0.6 * level,
                               valence=0.4 if n % 4 else -0.4))  # fmt: skip
        curve.extend([level] * int(SCENE_S * SPOT_RATE_HZ))
        if n:
            hits.append(HitPoint(id=f"s{n}", frame=round(start * 24), time_s=start, klass="section", weight=0.6,
                                 source="scene"))  # fmt: skip
    spotting = Spotting(
        duration_s=LENGTH_S, scenes=tuple(scenes), beats=tuple(beats), hits=tuple(hits), intensity=tuple(curve),
        arousal=tuple(curve), valence=(0.2,) * len(curve), mean_shot_s=5.0,
        speech=tuple(Span(start_s=n * SCENE_S + 8, end_s=n * SCENE_S + 22) for n in range(0, count, 3)),
    )  # fmt: skip
    video = VideoStream(index=0, codec="none", width=640, height=360, rate=24, start_s=0.0, duration_s=LENGTH_S)
    media = Media(name="long.mp4", digest=FilmDigest(size_bytes=1, mtime_ns=1, head_tail_sha256="0" * 64),
                  container="mp4", duration_s=LENGTH_S, video=video)  # fmt: skip
    return media, spotting


@pytest.mark.slow
def test_the_main_theme_carries_twenty_minutes() -> None:
    """It is stated three times or more, first within four minutes, whole at the climax, and again in the last 30 s."""
    cue_plan = plan(*_film(), Brief(mood="wonder", seed=1))
    themes = theme_book(cue_plan)
    main = of_theme(themes[0])
    stated: list[float] = []
    heard: list[float] = []
    at_climax = 0.0
    for cue in cue_plan.cues:
        tempo = tempo_cue(cue)
        score = compose_cue(cue, tempo, themes)
        tops = {}
        for note in (n for part in score.parts if part.role == "melody" for n in part.notes):
            tops[note.start_beats] = max(note, tops.get(note.start_beats, note), key=lambda n: n.pitch)
        notes = [tops[at] for at in sorted(tops)]
        line = tune(notes)
        found = recalled(line, [main])
        heard.extend(tempo.seconds_at(n.start_beats) for n, known in zip(notes, found, strict=False) if known)
        for section in score.sections:
            inside = [n for n in notes if section.start_beats <= n.start_beats < section.end_beats]
            if heard_in(main, tune(inside) if inside else Tune(pairs=())) >= HEARD:
                stated.append(tempo.seconds_at(section.start_beats))
                if cue.is_climax:
                    at_climax = max(at_climax, heard_in(main, tune(inside)))
    assert len(stated) >= 3
    assert min(heard) <= 0.2 * LENGTH_S
    assert at_climax >= 0.7
    assert max(heard) >= LENGTH_S - 30.0
