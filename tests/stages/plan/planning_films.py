"""Made-up films for the tests of planning: known scenes, tempers, speech and hit points."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import pairwise

from autoscore.model.media import FilmDigest, Media, VideoStream
from autoscore.model.spotting import SPOT_RATE_HZ, HitClass, HitPoint, Scene, Spotting, StayOut, StoryBeat
from autoscore.model.time import Span, frame_to_seconds, seconds_to_frame


def media(duration_s: float, rate: Fraction = Fraction(24), name: str = "film.mp4") -> Media:
    """A film file of a length."""
    video = VideoStream(
        index=0, codec="h264", width=640, height=360, rate=rate, start_s=0.0, duration_s=duration_s, frame_count=0
    )
    digest = FilmDigest(size_bytes=1, mtime_ns=1, head_tail_sha256=name)
    return Media(name=name, digest=digest, container="mp4", duration_s=duration_s, video=video)


def film(
    *stretches: tuple[float, float, float, float],
    rate: Fraction = Fraction(24),
    speech: tuple[tuple[float, float], ...] = (),
    hits: tuple[tuple[float, HitClass, float], ...] = (),
    stay_out: tuple[tuple[float, float], ...] = (),
    shots_per_scene: int = 4,
) -> Spotting:
    """Spotting of a film whose scenes are (length_s, intensity, arousal, valence); each is one story beat."""
    times = [0.0]
    for length_s, *_ in stretches:
        times.append(frame_to_seconds(seconds_to_frame(times[-1] + length_s, rate), rate))
    spans = list(pairwise(times))
    scenes = tuple(
        Scene(
            start_s=a,
            end_s=b,
            index=n,
            first_shot=n * shots_per_scene,
            last_shot=(n + 1) * shots_per_scene - 1,
            place=n % 3,
        )
        for n, (a, b) in enumerate(spans)
    )
    beats = tuple(
        StoryBeat(start_s=a, end_s=b, scene=n, intensity=s[1], arousal=s[2], valence=s[3])
        for n, ((a, b), s) in enumerate(zip(spans, stretches, strict=True))
    )
    curve = []
    for n in range(int(times[-1] * SPOT_RATE_HZ)):
        at = n / SPOT_RATE_HZ
        curve.append(next((b.intensity for b in beats if b.start_s <= at < b.end_s), beats[-1].intensity))
    points = tuple(
        HitPoint(
            id=f"cut-{seconds_to_frame(t, rate)}",
            frame=seconds_to_frame(t, rate),
            time_s=frame_to_seconds(seconds_to_frame(t, rate), rate),
            klass=klass,
            weight=weight,
            source="cut",
            reason="a cut to another view",
        )
        for t, klass, weight in hits
    )
    return Spotting(
        duration_s=times[-1],
        scenes=scenes,
        beats=beats,
        hits=points,
        stay_out=tuple(StayOut(start_s=a, end_s=b, reason="the film has music here") for a, b in stay_out),
        speech=tuple(Span(start_s=a, end_s=b) for a, b in speech),
        intensity=tuple(curve),
        mean_shot_s=times[-1] / max(1, len(scenes) * shots_per_scene),
    )


def random_film(seed: int, rate: Fraction = Fraction(24)) -> Spotting:
    """Any film: 1 to 20 scenes of 2 to 60 s, with speech, hits and spans to stay out of, all by the seed."""
    rng = random.Random(seed)
    stretches = [
        (rng.uniform(2, 60), rng.random(), rng.random(), rng.uniform(-0.9, 0.9)) for _ in range(rng.randint(1, 20))
    ]
    length_s = sum(s[0] for s in stretches) - 1.0
    kinds: tuple[HitClass, ...] = ("hard", "section", "soft", "ignored")
    frames = sorted({round(rng.uniform(0, length_s) * rate) for _ in range(rng.randint(0, 60))})
    hits = tuple((frame_to_seconds(f, rate), rng.choice(kinds), round(rng.random(), 3)) for f in frames)
    speech, at = [], rng.uniform(0, 5)
    while at < length_s - 4 and rng.random() < 0.95:
        speech.append((at, min(length_s, at + rng.uniform(0.5, 8))))
        at = speech[-1][1] + rng.uniform(0.3, 12)
    stay_out = []
    if length_s > 30 and rng.random() < 0.4:
        start = rng.uniform(0, length_s - 12)
        stay_out.append((start, start + rng.uniform(5, 12)))
    return film(*stretches, rate=rate, speech=tuple(speech), hits=hits, stay_out=tuple(stay_out))
