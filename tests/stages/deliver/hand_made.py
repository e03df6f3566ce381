"""Everything deliver needs, made by hand: a film, a mix with drums at known times, and a score of one note."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from autoscore.adapters import sound
from autoscore.model.analysis import Analysis, Cut
from autoscore.model.audio import Delivery, Mix, SpeechMargin, Stems
from autoscore.model.brief import Brief
from autoscore.model.cues import Cue, CueHit, CuePlan, ThemeUse
from autoscore.model.score import CueScore, Note, Part, PlayedHit, Score
from autoscore.model.tempo import Bar, CueTempo, TempoMap, TempoSegment
from autoscore.stages.deliver import Ahead, deliver
from autoscore.stages.probe import probe

RATE = 48_000
SECONDS = 6.0
HITS_S = (1.0, 2.6, 4.2)
"""Film times of the pictures; each on a frame at 25 frames a second."""


def programme(late_ms: tuple[float, ...], start_s: float) -> tuple[np.ndarray, np.ndarray]:
    """(music, own sound): drums ``late_ms`` after each hit under a chord, and a voice-like noise of its own."""
    rng = np.random.default_rng(2)
    times = start_s + np.arange(round((SECONDS - start_s) * RATE)) / RATE
    music = np.sum([0.02 * np.sin(2 * np.pi * hz * times) for hz in (110, 165, 220)], axis=0)
    for hit_s, late in zip(HITS_S, late_ms, strict=True):
        after = times - hit_s - late / 1000
        music = music + np.where(after >= 0, np.exp(-np.maximum(after, 0) / 0.1), 0) * (
            0.25 * np.sin(2 * np.pi * 90 * after) + 0.1 * rng.standard_normal(len(times))
        )
    own = 0.05 * np.convolve(rng.standard_normal(len(times)), np.ones(8) / 8, "same")
    own *= 1 + np.sign(np.sin(2 * np.pi * 3.1 * times))  # bursts of its own, which must not be taken for the music's
    return music.astype(np.float32)[:, None].repeat(2, 1), own.astype(np.float32)[:, None].repeat(2, 1)


class Job:
    """Everything deliver needs, with drums that come ``late_ms`` after their pictures."""

    def __init__(self, film: Path, folder: Path, *, late_ms: tuple[float, ...] = (0.0, 8.0, 25.0), **mix: Any) -> None:
        self.film, self.workspace = film, folder / "film.autoscore"
        self.output = folder / "out" / f"film_scored{film.suffix}"
        self.output.parent.mkdir(exist_ok=True)
        self.workspace.mkdir(exist_ok=True)
        self.media = probe(film)
        start_s = min(0.0, self.media.sound.start_s) if self.media.sound else 0.0
        music, own = programme(late_ms, start_s)
        sound.write_file(self.workspace / "08-mix.flac", [music + own])
        sound.write_file(self.workspace / "08-music.flac", [music])
        from autoscore.adapters.loudness import Meter

        meter = Meter(RATE)
        meter.push(music + own)
        self.mix = Mix(
            path="08-mix.flac", music_path="08-music.flac", start_s=start_s, frames=len(music),
            **{"loudness_lufs": meter.integrated_lufs, "target_lufs": meter.integrated_lufs, "wanted_lufs": -14.0,
               "true_peak_dbtp": meter.true_peak_dbtp, "true_peak_limit_dbtp": -1.0, "master_gain_db": 0.0,
               "original_gain_db": 0.0, "speech_margin": SpeechMargin(p5_lu=11.0, median_lu=14.0, windows=20), **mix},
        )  # fmt: skip
        hits = tuple(
            CueHit(id=f"1M1-{i:02d}", frame=round(t * 25), time_s=t, klass="hard", weight=1.0, reason="a cut")
            for i, t in enumerate(HITS_S, 1)
        )
        cue = Cue(
            start_s=0.0, end_s=SECONDS, id="1M1", title="All", in_type="hard", out_type="ring", mood="tense",
            valence=0.0, arousal=0.5, key="D minor", tempo_bpm=120.0, metre="4/4", palette="orchestra",
            theme=ThemeUse(), dynamics=(), hits=hits,
        )  # fmt: skip
        self.plan = CuePlan(
            film=film.name, rate=Fraction(25), duration_s=SECONDS, seed=5, home_mood="tense", home_key="D minor",
            palette="orchestra", cues=(cue,),
            ignored_hits=(CueHit(id="x", frame=80, time_s=3.2, klass="ignored", weight=0.1, reason="a glance"),),
        )  # fmt: skip
        segment = TempoSegment(
            start_beats=Fraction(0), end_beats=Fraction(12), start_bpm=120.0, end_bpm=120.0, start_s=0.0
        )
        bars = tuple(Bar(number=i + 1, start_beats=Fraction(4 * i), numerator=4, denominator=4) for i in range(3))
        self.tempo = TempoMap(
            cues=(CueTempo(cue_id="1M1", start_s=0.0, end_s=SECONDS, base_bpm=120.0, bars=bars, segments=(segment,)),)
        )
        part = Part(
            id="d", name="Drums", instrument="orchestra_kit", group="percussion", role="hit",
            notes=(Note(start_beats=Fraction(2), length_beats=Fraction(1), pitch=36, velocity=100),),
        )  # fmt: skip
        played = tuple(PlayedHit(hit_id=h.id, time_s=h.time_s, at_beats=Fraction(2), device="boom") for h in hits)
        score = CueScore(cue_id="1M1", title="All", key="D minor", parts=(part,), hits=played)
        self.score = Score(seed=5, themes=(), cues=(score,))
        self.analysis = Analysis(
            duration_s=SECONDS, frame_count=150, cuts=(Cut(frame=25, time_s=1.0), Cut(frame=80, time_s=3.2)),
        )  # fmt: skip

    def run(self, **brief: Any) -> Delivery:
        return self.run_ahead(None, **brief)

    def run_ahead(self, ahead: Ahead | None, **brief: Any) -> Delivery:
        """With a film's sound that was begun before."""
        return deliver(
            film=self.film, media=self.media, analysis=self.analysis, plan=self.plan, tempo=self.tempo,
            score=self.score, stems=Stems(stems=(), soundfonts={"a.sf2": "00"}), mix=self.mix, brief=Brief(**brief),
            workspace=self.workspace, output=self.output, ahead=ahead,
        )  # fmt: skip

    def receipt(self) -> dict[str, Any]:
        fields: dict[str, Any] = json.loads((self.workspace / "receipts.json").read_text())
        return fields
